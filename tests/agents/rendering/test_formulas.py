"""Which of LaTeX and Typst sets formulas."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.rendering import formulas


def programs(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_latex_where_it_is_and_typst_where_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "has_typst", lambda: True)
    monkeypatch.setenv("PATH", programs(tmp_path / "both", "latex", "dvisvgm"))
    assert formulas.choose() == "latex"
    for missing in ("latex", "dvisvgm"):
        monkeypatch.setenv("PATH", programs(tmp_path / f"only-{missing}", missing))
        assert formulas.choose() == "typst", f"{missing} alone makes no formula"


def test_a_setting_decides_whatever_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path / "none"))
    assert (formulas.choose("latex"), formulas.choose("typst")) == ("latex", "typst")


def test_without_either_latex_is_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "has_typst", lambda: False)
    monkeypatch.setenv("PATH", programs(tmp_path / "none"))
    assert formulas.choose() == "latex"
