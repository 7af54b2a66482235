"""What the doctor says of the walls: which stand, and why they are not the best ones."""

from __future__ import annotations

import importlib

import pytest

from agents.errors import NoSandbox
from agents.sandbox import probe
from server import doctor
from server.settings import load_settings

module = importlib.import_module("agents.sandbox.probe")


def _sandbox(tier: str) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor._sandbox(load_settings(sandbox_tier=tier))}


@pytest.mark.parametrize("tier", ["bubblewrap", "landlock"])
def test_the_tier_that_is_demanded_is_tried_and_named(tier: str) -> None:
    try:
        probe(tier)  # type: ignore[arg-type]
    except NoSandbox as error:
        pytest.skip(f"no {tier} on this machine: {error.message}")
    found = _sandbox(tier)["sandbox"]
    assert found.ok and found.detail.startswith(f"{tier}, tried")
    assert ("HISOLVER_SANDBOX_TIER" in found.detail) is (tier == "landlock")


def test_without_bubblewrap_the_second_tier_is_found_with_the_reason_and_bubblewrap_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        probe("landlock")
    except NoSandbox as error:
        pytest.skip(f"no landlock on this machine: {error.message}")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(module, "_found", {})
    found = _sandbox("auto")
    assert found["sandbox"].ok and found["sandbox"].detail.startswith("landlock, tried; ") and "is not installed" in found["sandbox"].detail
    assert not found["bwrap"].ok and not found["bwrap"].needed


def test_without_any_tier_the_reasons_are_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(tier: str) -> None:
        raise NoSandbox("(1) no bubblewrap (2) no Landlock")

    monkeypatch.setattr("agents.sandbox.probe", none)
    found = _sandbox("auto")["sandbox"]
    assert not found.ok and found.needed and found.mend == "(1) no bubblewrap (2) no Landlock"


def _formulas(wanted: str) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor._formulas(load_settings(formulas=wanted))}


def test_without_latex_formulas_are_set_with_typst_and_latex_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("agents.rendering.formulas.has_typst", lambda: True)
    found = _formulas("auto")
    assert found["formulas"].ok and found["formulas"].detail == "set with Typst, since LaTeX is not installed"
    assert not found["latex"].ok and not found["latex"].needed and not found["dvisvgm"].needed
    demanded = _formulas("latex")
    assert not demanded["formulas"].ok and demanded["latex"].needed and "texlive" in demanded["latex"].mend


def test_typst_that_is_demanded_and_missing_has_a_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.rendering.formulas.has_typst", lambda: False)
    found = _formulas("typst")["formulas"]
    assert not found.ok and found.needed and found.mend == "scripts/setup.sh"
