from __future__ import annotations

import pytest

from finetune.data.licences import allows


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0",
        "BSD-3-Clause AND MIT",
        "GPL-3.0-only OR MIT",
        "(GPL-2.0-only OR MIT) AND ISC",
        "Apache-2.0 WITH LLVM-exception",
        "CC0-1.0",
    ],
)
def test_a_permissive_licence_lets_code_be_learnt(licence: str) -> None:
    assert allows(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "CC-BY-NC-SA-4.0",
        "(MIT OR ISC) AND AGPL-3.0-only",
        "MIT OR",
        "(MIT",
        "MIT MIT",
        "see LICENSE",
        "AND",
        "MIT; rm",
    ],
)
def test_what_asks_for_more_or_is_not_known_does_not(licence: str) -> None:
    assert not allows(licence)
