"""Lines 3, 4, 12, 13, 14 and 16 of the threat model: network, sockets, programs, system calls."""

from __future__ import annotations

import platform
import socket

import pytest

from agents.sandbox.seccomp import MACHINES


async def test_line_3_the_hosts_loopback_sees_no_connection(attack):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        outcome = await attack(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2).send(b'hello')")
        assert outcome.status == "error"
        with pytest.raises(BlockingIOError):
            server.accept()
        # The listener is real: from out here it does answer.
        socket.create_connection(("127.0.0.1", port), 2).close()
        server.setblocking(True)
        server.accept()[0].close()


@pytest.mark.parametrize(
    "call",
    [
        "socket.create_connection(('1.1.1.1', 53), 2)",
        "socket.create_connection(('169.254.169.254', 80), 2)",
        "socket.create_connection(('::1', 8000), 2)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
        "socket.socket(40, socket.SOCK_STREAM)",
    ],
    ids=["TCP", "metadata address", "IPv6", "UDP", "DNS", "raw", "packet", "netlink", "vsock"],
)
async def test_line_3_nothing_can_be_sent(attack, call):
    outcome = await attack(f"import socket\n{call}\nprint('sent')")
    assert outcome.status == "error" and outcome.stdout == ""
    assert "PermissionError" in outcome.stderr or "gaierror" in outcome.stderr


async def test_line_3_there_is_no_interface_but_an_empty_loopback(attack):
    code = """
import socket
try: print([line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:] if not line.strip().startswith("lo:")])
except PermissionError: print([])
try: print("asked", socket.if_nameindex())
except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.stdout == "[]\n"


async def test_line_4_unix_sockets_of_the_host_cannot_be_reached(attack, tmp_path):
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX) as file:
        abstract.bind("\0hisolver-attack-test")
        abstract.listen()
        file.bind(str(tmp_path / "s"))
        file.listen()
        code = f"""
import socket
for address in ("\\0hisolver-attack-test", {str(tmp_path / "s")!r}, "/run/dbus/system_bus_socket", "/var/run/docker.sock"):
    try: socket.socket(socket.AF_UNIX).connect(address); print("connected", address)
    except OSError: pass
"""
        outcome = await attack(code)
        assert (outcome.status, outcome.stdout) == ("ok", "")
        for server in (abstract, file):
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()


async def test_line_4_one_end_of_a_pair_of_sockets_reaches_no_socket_of_the_host(attack, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as file:
        abstract.bind("\0hisolver-attack-datagrams")
        file.bind(str(tmp_path / "d"))
        for folder in (tmp_path, *tmp_path.parents):
            if folder.name.startswith(("pytest-of", "pytest-")) or folder == tmp_path:
                folder.chmod(0o755)
        (tmp_path / "d").chmod(0o777)
        code = f"""
import socket
for address in ("\\0hisolver-attack-datagrams", {str(tmp_path / "d")!r}, "/dev/log", "/run/systemd/notify"):
    for way in ("sendto", "connect", "sendmsg"):
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        try: one.sendto(b"x", address) if way == "sendto" else one.connect(address) if way == "connect" else one.sendmsg([b"x"], [], 0, address)
        except OSError: continue
        print(way, address)
one, other = socket.socketpair()
one.send(b"between ourselves")
print(other.recv(99))
"""
        outcome = await attack(code)
        assert (outcome.status, outcome.stdout) == ("ok", "b'between ourselves'\n")
        for server in (abstract, file):
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.recv(1)


@pytest.mark.parametrize(
    "command",
    ["os.system('id > out')", "subprocess.run(['/bin/sh', '-c', 'id'], check=True)", "subprocess.run('id', shell=True, check=True)"],
)
async def test_line_12_there_is_no_shell_and_no_tool(attack, command):
    outcome = await attack(f"import os, subprocess\nif {command}: raise SystemExit('no shell')\nprint('ran')")
    assert outcome.status == "error" and outcome.stdout == ""


async def test_line_12_a_python_started_from_python_meets_the_same_walls(attack):
    code = """
import subprocess, sys
print(subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], capture_output=True, text=True).stderr)
"""
    outcome = await attack(code)
    assert "PermissionError" in outcome.stdout


async def test_line_13_executable_memory_gives_no_way_around_the_filter(attack):
    code = r"""
import ctypes, mmap, platform
# getppid and then socket(AF_INET, SOCK_STREAM, 0), as machine code
if platform.machine() == "x86_64":
    text = bytes.fromhex("b829000000bf02000000be0100000031d20f05c3")
else:
    text = bytes.fromhex("c81880d2400080d2210080d2020080d2010000d4c0035fd6")
try:
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except OSError:
    print(-1)
else:
    page.write(text)
    print(ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
"""
    outcome = await attack(code)
    assert outcome.status == "ok" and int(outcome.stdout) == -1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the 32-bit entry exists on x86_64 only")
async def test_line_13_the_32_bit_entry_of_the_kernel_kills(attack):
    code = r"""
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
print(ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
"""
    outcome = await attack(code)
    assert outcome.status == "killed" and outcome.stdout == ""


_TRICKS = {
    "subclasses": "wrap = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]\nwrap.__init__.__globals__['open']('/usr/lib/x', 65)",
    "importlib": "__import__('importlib').import_module('socket').create_server(('', 0))",
    "escape": "exec('\\x69mport socket; socket.create_server((\"\", 0))')",
    "codec": "import codecs\nexec(codecs.decode('vzcbeg bf; bf.xvyy(1, 9) be bf.puebbg(\"/jbex\")', 'rot13'))",
}


@pytest.mark.parametrize("trick", _TRICKS)
async def test_line_14_tricks_of_the_language_lead_to_the_same_walls(attack, trick):
    outcome = await attack(f"{_TRICKS[trick]}\nprint('out')")
    assert outcome.status == "error" and outcome.stdout == ""
    assert outcome.stderr.splitlines()[-1].startswith(("PermissionError", "OSError: [Errno 30]"))


_CALLS = {
    "unshare": "(0x10000000,)",
    "setns": "(0, 0)",
    "mount": "(b'none', b'/work', b'tmpfs', 0, 0)",
    "umount2": "(b'/work', 2)",
    "pivot_root": "(b'/work', b'/work')",
    "chroot": "(b'/work',)",
    "ptrace": "(0, 0, 0, 0)",
    "process_vm_readv": "(1, 0, 0, 0, 0, 0)",
    "process_vm_writev": "(1, 0, 0, 0, 0, 0)",
    "io_uring_setup": "(8, 0)",
    "keyctl": "(0, -3, 0)",
    "add_key": "(b'user', b'x', b'y', 1, -3)",
    "request_key": "(b'user', b'x', 0, -3)",
    "bpf": "(0, 0, 0)",
    "perf_event_open": "(0, 0, -1, -1, 0)",
    "userfaultfd": "(0,)",
    "open_by_handle_at": "(-1, 0, 0)",
    "kexec_load": "(0, 0, 0, 0)",
    "finit_module": "(0, b'', 0)",
    "memfd_create": "(b'x', 0)",
    "shmget": "(0, 4096, 0o1600)",
    "fsopen": "(b'tmpfs', 0)",
    "move_mount": "(-1, b'/', -1, b'/work', 0)",
    "clone3": "(0, 0)",
}


@pytest.mark.parametrize("name", _CALLS)
async def test_line_16_a_system_call_that_widens_the_world_is_denied(attack, name):
    number = MACHINES[platform.machine()].denied[name]
    code = (
        f"import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall({number}, *{_CALLS[name]}), ctypes.get_errno())"
    )
    outcome = await attack(code)
    result, error = outcome.stdout.split()
    # ENOSYS or EPERM: a kernel without the filter would say EFAULT, EINVAL or EBADF to most of these, or succeed.
    assert int(result) == -1 and int(error) in (1, 38)


async def test_line_16_no_new_user_namespace_by_clone(attack):
    number = MACHINES[platform.machine()].clone
    outcome = await attack(
        f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall({number}, 0x10000011, 0, 0, 0, 0), ctypes.get_errno())"
    )
    assert outcome.stdout == "-1 1\n"


async def test_line_16_the_job_has_no_capability_and_cannot_become_root(attack):
    code = """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
caps = ctypes.create_string_buffer(24)
libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), caps)
effective, permitted = struct.unpack("<IIIIII", caps.raw)[0::3], struct.unpack("<IIIIII", caps.raw)[1::3]
print(effective, permitted, libc.prctl(21, 0, 0, 0, 0), libc.prctl(39, 0, 0, 0, 0))
print(os.getuid() == os.geteuid() != 0, 0 in (os.getgid(), os.getegid(), *os.getgroups()))
for become in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0])):
    try: become(); print("became")
    except OSError: pass
"""
    outcome = await attack(code)
    # a seccomp filter is on, and no program that is executed gives new rights
    assert outcome.stdout == "(0, 0) (0, 0) 2 1\nTrue False\n"


async def test_line_12_a_program_that_is_not_given_cannot_be_loaded_by_the_loader_either(attack):
    code = """
import glob, os, subprocess
loaders = glob.glob("/lib64/ld-*") + glob.glob("/usr/lib/*/ld-*.so*") + glob.glob("/lib/ld-*")
print(len(loaders) > 0)
for loader in loaders:
    for program in ("/bin/ls", "/usr/bin/id", "/bin/sh"):
        try: print(subprocess.run([loader, program], capture_output=True, text=True, timeout=5).stdout, end="")
        except OSError: pass
open("mine", "wb").write(b"#!/bin/sh\\n")
"""
    outcome = await attack(code)
    assert (outcome.status, outcome.stdout) == ("ok", "True\n")
