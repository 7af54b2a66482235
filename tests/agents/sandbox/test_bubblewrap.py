"""What only tier 1 has."""

from __future__ import annotations

import pytest

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import Tier, bubblewrap, identity, probe, python_job
from agents.sandbox.policy import interpreter_folders


@pytest.fixture
def sandbox() -> Tier:
    try:
        return probe("bubblewrap")
    except NoSandbox as error:
        pytest.skip(f"no bubblewrap on this machine: {error.message}")


async def test_the_only_folders_of_the_host_are_libraries_fonts_and_the_interpreter(sandbox):
    outcome = await sandbox.run(python_job("print(open('/proc/self/mounts').read())"))
    places = {line.split()[1] for line in outcome.stdout.splitlines() if line}
    known = {
        "/",
        "/usr/lib",
        "/usr/lib32",
        "/usr/lib64",
        "/usr/local/lib",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/etc/fonts",
    }
    known |= {"/var/cache/fontconfig", *interpreter_folders()}
    others = {
        p for p in places - known if not p.startswith(("/proc", "/dev", "/usr/share/font", "/usr/local/share/fonts", "/usr/bin/python"))
    }
    assert others <= {"/work", "/tmp"}


async def test_broken_walls_are_a_sandbox_error_with_bwraps_own_words(sandbox, monkeypatch):
    monkeypatch.setattr(bubblewrap.policy, "world", lambda job: ["--ro-bind", "/does/not/exist", "/x"])
    with pytest.raises(SandboxError, match="does/not/exist"):
        await sandbox.run(python_job(""))


def test_without_bubblewrap_there_is_no_sandbox_and_the_mend_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NoSandbox, match="apt-get install bubblewrap"):
        bubblewrap.Bubblewrap()


@pytest.mark.parametrize(
    ("extents", "possible"), [([(0, 4294967295)], True), ([(0, 65536)], True), ([(0, 1), (1, 65536)], True), ([(0, 1)], False)]
)
def test_a_spare_user_lies_inside_what_we_own_and_above_accounts(extents, possible):
    spare = identity._spare(extents)
    assert (spare is not None) is possible
    assert spare is None or (spare >= 30_000 and any(first <= spare < first + count for first, count in extents))
