"""Which tier is taken, and what is said where none stands."""

from __future__ import annotations

import importlib

import pytest

from agents.errors import NoSandbox
from agents.sandbox import landlock, probe, python_job
from agents.sandbox.probe import TIERS

# By name: `agents.sandbox.probe` as an attribute is the function.
module = importlib.import_module("agents.sandbox.probe")


@pytest.fixture
def no_bubblewrap(monkeypatch, tmp_path):
    """A bubblewrap as in a container, and nothing found before."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "_found", {})


async def test_probing_inside_an_event_loop_gives_the_same_sandbox(sandbox):
    assert probe(sandbox.tier) is sandbox


def test_the_better_tier_is_taken_where_it_stands():
    try:
        best = probe("bubblewrap")
    except NoSandbox as error:
        pytest.skip(f"no bubblewrap on this machine: {error.message}")
    assert probe() is best


def test_landlock_stands_in_where_bubblewrap_fails(no_bubblewrap):
    try:
        landlock.Landlock()
    except NoSandbox as error:
        pytest.skip(f"no landlock on this machine: {error.message}")
    assert probe().tier == "landlock"
    with pytest.raises(NoSandbox, match=r"No permissions to create new namespace.*unprivileged_userns_clone"):
        probe("bubblewrap")


def test_where_neither_stands_both_reasons_are_told(no_bubblewrap, monkeypatch):
    monkeypatch.setattr(landlock, "landlock_abi", lambda: 0)
    with pytest.raises(NoSandbox, match=r"\(1\) .*No permissions to create new namespace.*\(2\) the kernel has no Landlock"):
        probe()


@pytest.mark.parametrize("tier", TIERS)
async def test_a_tier_with_a_wall_missing_is_none(tier, monkeypatch):
    try:
        probe(tier)
    except NoSandbox as error:
        pytest.skip(f"no {tier} on this machine: {error.message}")
    monkeypatch.setattr(module, "_found", {})
    monkeypatch.setitem(module._OWN, tier, '"no sun": False')
    with pytest.raises(NoSandbox, match="not whole; missing: no sun"):
        probe(tier)


async def test_each_wall_of_the_probe_is_felt_to_be_missing_outside():
    """The same program, run without walls, finds none of them."""
    import json
    import subprocess
    import sys

    for own in module._OWN.values():
        code = module._FEEL.replace("OWN", own)
        job = python_job(code)
        bare = subprocess.run([sys.executable, "-I", "-c", job.files["program.py"].decode()], capture_output=True, text=True, check=True)
        walls = json.loads(bare.stdout)
        assert not walls["no host file"] and not walls["a seccomp filter"] and not walls["own processes only"] and not walls["no network"]
