from __future__ import annotations

import errno
import struct

import pytest

from agents.sandbox import seccomp

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(machine: str, number: int, *args: int, arch: int | None = None, shared: bool = False) -> int:
    """Runs the filter as the kernel would (net/core/filter.c) and gives what it returns."""
    data = struct.pack("<iIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *[*args, 0, 0, 0, 0, 0, 0][:6])
    program = list(struct.iter_unpack("<HBBI", seccomp.assemble(machine, shared=shared)))
    at, accumulator = 0, 0
    while True:
        code, jump_true, jump_false, k = program[at]
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, k)[0]
        elif code == 0x54:
            accumulator &= k
        elif code == 0x06:
            return k
        else:
            holds = {0x15: accumulator == k, 0x25: accumulator > k, 0x45: bool(accumulator & k)}[code]
            at += jump_true if holds else jump_false


@pytest.mark.parametrize("machine", ARCH)
def test_another_architectures_calls_kill(machine):
    assert decide(machine, 1, arch=0x40000003) == KILL


@pytest.mark.parametrize("machine", ARCH)
def test_every_denied_call_is_denied_and_no_jump_leaves_the_program(machine):
    for name, number in seccomp.MACHINES[machine].denied.items():
        assert decide(machine, number) in (EPERM, ENOSYS), name
    for number in range(600):
        assert decide(machine, number) in (ALLOW, EPERM, ENOSYS)


@pytest.mark.parametrize(("machine", "numbers"), [("x86_64", (0, 1, 9, 59, 202, 231, 257)), ("aarch64", (56, 63, 64, 93, 98, 221, 222))])
def test_ordinary_calls_are_allowed(machine, numbers):
    assert all(decide(machine, number) == ALLOW for number in numbers)


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_clone_makes_threads_and_processes_but_no_namespaces(machine, clone):
    assert decide(machine, clone, 0x01200011) == ALLOW  # fork
    assert decide(machine, clone, 0x003D0F00) == ALLOW  # pthread_create
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide(machine, clone, flag | 0x11) == EPERM


@pytest.mark.parametrize("machine", ARCH)
def test_only_unix_sockets_can_be_made(machine):
    for number in seccomp.MACHINES[machine].sockets:
        assert decide(machine, number, 1, 1) == ALLOW
        for family in (0, 2, 10, 16, 17, 38, 40, 44):
            assert decide(machine, number, family, 1) == EPERM


@pytest.mark.parametrize("machine", ARCH)
def test_the_personality_can_be_asked_for_but_not_changed(machine):
    number = seccomp.MACHINES[machine].personality
    assert decide(machine, number, 0xFFFFFFFF) == decide(machine, number, 0) == ALLOW
    assert decide(machine, number, 0x0400000) == EPERM


@pytest.mark.parametrize("machine", ARCH)
def test_terminal_input_cannot_be_forged(machine):
    number = seccomp.MACHINES[machine].ioctl
    assert decide(machine, number, 0, 0x5412) == decide(machine, number, 0, 0x541C) == EPERM
    assert decide(machine, number, 0, 0x5401) == ALLOW


@pytest.mark.parametrize("machine", ARCH)
def test_calls_that_were_never_looked_at_do_not_exist(machine):
    assert decide(machine, 463) == decide(machine, 0x40000000 + 41) == ENOSYS


def test_a_machine_without_a_table_is_a_key_error():
    with pytest.raises(KeyError):
        seccomp.assemble("riscv64")


def test_the_stricter_filter_allows_nothing_that_the_other_denies():
    for machine in ARCH:
        for number in range(600):
            for args in ((0,), (1, 1), (2,), (0x10000000,), (0, 0x5412), (4,), (0xFFFFFFFF,)):
                if decide(machine, number, *args) != ALLOW:
                    assert decide(machine, number, *args, shared=True) != ALLOW, (machine, number, args)


@pytest.mark.parametrize(("machine", "socket", "pair"), [("x86_64", 41, 53), ("aarch64", 198, 199)])
def test_without_namespaces_there_are_no_sockets_but_pairs(machine, socket, pair):
    assert [decide(machine, socket, family, 1, shared=True) for family in (1, 2, 10, 16)] == [EPERM] * 4
    assert decide(machine, pair, 1, 1, shared=True) == ALLOW and decide(machine, pair, 2, 1, shared=True) == EPERM


@pytest.mark.parametrize(("machine", "sendto"), [("x86_64", 44), ("aarch64", 206)])
def test_a_datagram_goes_to_the_other_end_and_to_no_address(machine, sendto):
    assert decide(machine, sendto, 3, 0, 9, 0, 0, 0, shared=True) == ALLOW
    for address in (1, 0x7FFF_0000_0000, 1 << 32):
        assert decide(machine, sendto, 3, 0, 9, 0, address, 16, shared=True) == EPERM


@pytest.mark.parametrize(("machine", "limit", "priority", "io"), [("x86_64", 302, 141, 251), ("aarch64", 261, 140, 30)])
def test_limits_and_priorities_are_ones_own(machine, limit, priority, io):
    assert decide(machine, limit, 0, 7, shared=True) == ALLOW and decide(machine, limit, 1, 7, shared=True) == EPERM
    assert decide(machine, priority, 0, 0, 5, shared=True) == ALLOW
    assert {decide(machine, priority, *who, 5, shared=True) for who in ((0, 77), (1, 0), (2, 0))} == {EPERM}
    assert decide(machine, io, 1, 0, shared=True) == ALLOW and decide(machine, io, 1, 9, shared=True) == EPERM


@pytest.mark.parametrize(("machine", "utimensat"), [("x86_64", 280), ("aarch64", 88)])
def test_times_are_pretended_but_for_now(machine, utimensat):
    assert decide(machine, utimensat, 0, 1, 0, 0, shared=True) == EPERM
    assert (
        decide(machine, utimensat, 0, 1, 0x7FFF_0000_0000, 0, shared=True) == decide(machine, utimensat, 0, 1, 8, 0, shared=True) == 0x50000
    )


@pytest.mark.parametrize(("machine", "prctl", "fcntl", "ioctl"), [("x86_64", 157, 72, 16), ("aarch64", 167, 25, 29)])
def test_a_watch_is_not_blinded_and_files_keep_their_flags(machine, prctl, fcntl, ioctl):
    assert decide(machine, prctl, 4, shared=True) == EPERM and decide(machine, prctl, 15, shared=True) == ALLOW
    assert decide(machine, fcntl, 3, 1024, shared=True) == decide(machine, fcntl, 3, 1026, shared=True) == EPERM
    assert decide(machine, fcntl, 3, 1, shared=True) == ALLOW
    assert {decide(machine, ioctl, 3, kind, shared=True) for kind in (0x40086602, 0x40806685, 0x40145820)} == {
        EPERM
    }  # flags, verity, project
    assert decide(machine, ioctl, 3, 0x5401, shared=True) == ALLOW
