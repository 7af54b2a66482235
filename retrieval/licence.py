"""Which licence a text or a package's metadata names, as an SPDX identifier; "" where that is not sure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TAG = re.compile(r"SPDX-License-Identifier:\s*([A-Za-z0-9.+\-]+(?:\s+(?:OR|AND|WITH)\s+[A-Za-z0-9.+\-]+)*)")
_TEXTS: tuple[tuple[str, str], ...] = (
    # more telling first: the GPL's text is quoted in nothing that stands above it, "mit" is in much
    ("CC-BY-NC-SA-4.0", r"attribution-noncommercial-sharealike 4\.0|by-nc-sa/4\.0"),
    ("CC-BY-NC-ND-4.0", r"attribution-noncommercial-noderivatives 4\.0|by-nc-nd/4\.0"),
    ("CC-BY-NC-4.0", r"attribution-noncommercial 4\.0|by-nc/4\.0"),
    ("CC-BY-SA-4.0", r"attribution-sharealike 4\.0|by-sa/4\.0"),
    ("CC-BY-4.0", r"attribution 4\.0 international|creativecommons\.org/licenses/by/4\.0"),
    ("CC0-1.0", r"cc0 1\.0 universal|publicdomain/zero/1\.0"),
    ("AGPL-3.0-only", r"gnu affero general public license.{0,40}version 3"),
    ("LGPL-3.0-only", r"gnu lesser general public license.{0,40}version 3"),
    ("LGPL-2.1-only", r"gnu lesser general public license.{0,40}version 2\.1"),
    ("GPL-3.0-only", r"gnu general public license.{0,40}version 3"),
    ("GPL-2.0-only", r"gnu general public license.{0,40}version 2"),
    ("MPL-2.0", r"mozilla public license,? version 2\.0|mozilla public license.{0,20}2\.0"),
    ("Apache-2.0", r"apache license,? version 2\.0|licensed under the apache license"),
    ("Unlicense", r"this is free and unencumbered software released into the public domain"),
    ("WTFPL", r"do what the fuck you want to public license"),
    ("BSL-1.0", r"boost software license.{0,10}version 1\.0"),
    ("Zlib", r"altered source versions must be plainly marked as such"),
    ("ISC", r"permission to use, copy, modify,? and(?:/or)? distribute this software for any purpose with or without fee"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.*neither the name"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
    ("MIT", r"permission is hereby granted, free of charge, to any person obtaining a copy"),
)
_NAMES = {
    "mit": "MIT",
    "mitlicense": "MIT",
    "themitlicense": "MIT",
    "expat": "MIT",
    "apache": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache20": "Apache-2.0",
    "apachelicense": "Apache-2.0",
    "apachelicense20": "Apache-2.0",
    "apachelicenseversion20": "Apache-2.0",
    "apachesoftwarelicense": "Apache-2.0",
    "bsd3clause": "BSD-3-Clause",
    "newbsd": "BSD-3-Clause",
    "newbsdlicense": "BSD-3-Clause",
    "bsd3clauselicense": "BSD-3-Clause",
    "bsd2clause": "BSD-2-Clause",
    "simplifiedbsd": "BSD-2-Clause",
    "isc": "ISC",
    "isclicense": "ISC",
    "mpl20": "MPL-2.0",
    "mozillapubliclicense20": "MPL-2.0",
    "gplv3": "GPL-3.0-only",
    "gpl3": "GPL-3.0-only",
    "gpl30": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "gplv2": "GPL-2.0-only",
    "lgplv3": "LGPL-3.0-only",
    "agplv3": "AGPL-3.0-only",
    "agpl30": "AGPL-3.0-only",
    "unlicense": "Unlicense",
    "theunlicense": "Unlicense",
    "cc0": "CC0-1.0",
    "cc010": "CC0-1.0",
    "publicdomain": "",
}
_CLASSIFIERS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "The Unlicense (Unlicense)": "Unlicense",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
}
_IDENTIFIER = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9.]+)*-?\d[\w.]*(?:-[A-Za-z]+)*|MIT|ISC|Zlib|Unlicense|WTFPL")
_EXPRESSION = re.compile(r"[A-Za-z0-9.+\-()]+(?:\s+(?:OR|AND|WITH)\s+[A-Za-z0-9.+\-()]+)*")


def spdx_of_text(text: str) -> str:
    """The licence whose text, or whose tag, this is."""
    if match := _TAG.search(text[:20_000]):
        return match[1]
    plain = " ".join(text[:40_000].lower().replace("*", " ").split())
    return next((name for name, pattern in _TEXTS if re.search(pattern, plain)), "")


def spdx_of_metadata(expression: str, licence: str, classifiers: Iterable[str]) -> str:
    """The licence that a package's metadata declares: `License-Expression`, then the classifiers, then the free text of `License`."""
    if expression and _EXPRESSION.fullmatch(expression.strip()):
        return expression.strip()
    named = {_CLASSIFIERS.get(line.rsplit("::", 1)[-1].strip(), "") for line in classifiers if line.startswith("License ::")} - {""}
    if len(named) == 1:
        return named.pop()
    if len(licence) > 200:
        return spdx_of_text(licence)
    licence = licence.strip()
    known = _NAMES.get(re.sub(r"[^a-z0-9+]", "", licence.lower()))
    return known if known is not None else licence if _IDENTIFIER.fullmatch(licence) else ""
