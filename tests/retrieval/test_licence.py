from __future__ import annotations

import pytest

from retrieval.licence import spdx_of_metadata, spdx_of_text


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("Copyright 2020\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software", "MIT"),
        ("                 Apache License\n           Version 2.0, January 2004", "Apache-2.0"),
        ("GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0-only"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3", "AGPL-3.0-only"),
        ("Redistribution and use in source and binary forms, with or without modification ...\n Neither the name of", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms, with or without modification", "BSD-2-Clause"),
        ("Attribution-NonCommercial-ShareAlike 4.0 International", "CC-BY-NC-SA-4.0"),
        ("# SPDX-License-Identifier: MIT OR Apache-2.0\n", "MIT OR Apache-2.0"),
        ("All rights reserved.", ""),
        ("", ""),
    ],
)
def test_a_licence_is_known_by_its_words(text: str, spdx: str) -> None:
    assert spdx_of_text(text) == spdx


@pytest.mark.parametrize(
    ("expression", "licence", "classifiers", "spdx"),
    [
        ("MIT", "whatever", [], "MIT"),
        ("MIT AND (Apache-2.0 OR BSD-2-Clause)", "", [], "MIT AND (Apache-2.0 OR BSD-2-Clause)"),
        ("MIT; rm -rf /", "", [], ""),
        ("", "MIT License", [], "MIT"),
        ("", "Apache License, Version 2.0", [], "Apache-2.0"),
        ("", "GPLv3+", [], "GPL-3.0-or-later"),
        ("", "BSD-3-Clause", [], "BSD-3-Clause"),
        ("", "BSD", ["License :: OSI Approved :: BSD License"], ""),
        ("", "see LICENSE", [], ""),
        ("", "", ["License :: OSI Approved :: MIT License", "Topic :: Games"], "MIT"),
        ("", "", ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: Apache Software License"], ""),
    ],
)
def test_metadata_names_a_licence_or_none(expression: str, licence: str, classifiers: list[str], spdx: str) -> None:
    assert spdx_of_metadata(expression, licence, classifiers) == spdx
