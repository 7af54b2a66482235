"""The texts that a sandbox's first process is made of, as one program for `python -c`: where it runs there is no repository to import from."""

from __future__ import annotations

from pathlib import Path

_FUTURE = "from __future__ import annotations\n"


def program(*names: str) -> str:
    """The modules `names` of this folder one behind the other."""
    texts = [Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8").replace(_FUTURE, "") for name in names]
    return _FUTURE + "\n".join(texts)
