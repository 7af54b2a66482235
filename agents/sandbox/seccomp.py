"""The system calls that untrusted code may not make, as a classic BPF program: for `bwrap --seccomp`, and stricter for the tier without namespaces.

Assembled by hand (struct sock_filter, linux/filter.h) so that no native library is needed. Numbers come from the kernel's
arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import errno
import struct
from typing import Final, NamedTuple

_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL: Final = 0x15
_JUMP_GREATER: Final = 0x25
_JUMP_BITS: Final = 0x45
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_RETURN: Final = 0x06

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERRNO: Final = 0x00050000

# struct seccomp_data: int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; both machines are little-endian.
_NR: Final = 0
_ARCH: Final = 4
_ARG0: Final = 16
_ARG1: Final = 24
_ARG2: Final = 32
_ARG4: Final = 48

_NEW_NAMESPACES: Final = 0x7E020000  # CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_AF_UNIX: Final = 1
_TIOCSTI: Final = 0x5412
_TIOCLINUX: Final = 0x541C
_LAST_KNOWN: Final = 462  # mseal (Linux 6.10); what came later was never looked at, so it does not exist in here


class _Machine(NamedTuple):
    audit_arch: int
    denied: dict[str, int]
    clone: int
    personality: int
    ioctl: int
    sockets: tuple[int, int]


# Not there, rather than forbidden: callers probe for these and fall back.
_ABSENT: Final = {"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_create", "memfd_secret"}

_SINCE_5_1: Final = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "clone3": 435,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "memfd_secret": 447,
    "set_mempolicy_home_node": 450,
    "statmount": 457,
    "listmount": 458,
    "lsm_get_self_attr": 459,
    "lsm_set_self_attr": 460,
    "lsm_list_modules": 461,
}

_X86_64: Final = _Machine(
    audit_arch=0xC000003E,
    clone=56,
    personality=135,
    ioctl=16,
    sockets=(41, 53),
    denied={
        # memory that no mount's size and no process's resident set accounts for
        **{"shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "shmdt": 67, "msgget": 68, "msgsnd": 69},
        **{"msgrcv": 70, "msgctl": 71, "remap_file_pages": 216, "semtimedop": 220, "mq_open": 240, "memfd_create": 319},
        # other processes
        **{"ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
        # namespaces, mounts, handles
        **{"pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "unshare": 272, "name_to_handle_at": 303},
        **{"open_by_handle_at": 304, "setns": 308, "fanotify_init": 300, "quotactl": 179, "nfsservctl": 180, "acct": 163},
        # the kernel itself
        **{"create_module": 174, "init_module": 175, "delete_module": 176, "get_kernel_syms": 177, "query_module": 178},
        **{"finit_module": 313, "kexec_load": 246, "kexec_file_load": 320, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323},
        **{"syslog": 103, "reboot": 169, "swapon": 167, "swapoff": 168, "iopl": 172, "ioperm": 173, "modify_ldt": 154, "vhangup": 153},
        **{"sethostname": 170, "setdomainname": 171, "settimeofday": 164, "adjtimex": 159, "clock_settime": 227, "clock_adjtime": 305},
        **{"uselib": 134, "ustat": 136, "sysfs": 139, "_sysctl": 156, "lookup_dcookie": 212, "vserver": 236, "vmsplice": 278},
        **{"mbind": 237, "set_mempolicy": 238, "get_mempolicy": 239, "migrate_pages": 256, "move_pages": 279},
        # keys of the host's session
        **{"add_key": 248, "request_key": 249, "keyctl": 250},
        **_SINCE_5_1,
    },
)

_AARCH64: Final = _Machine(
    audit_arch=0xC00000B7,
    clone=220,
    personality=92,
    ioctl=29,
    sockets=(198, 199),
    denied={
        **{"mq_open": 180, "msgget": 186, "msgctl": 187, "msgrcv": 188, "msgsnd": 189, "semget": 190, "semctl": 191, "semtimedop": 192},
        **{"semop": 193, "shmget": 194, "shmctl": 195, "shmat": 196, "shmdt": 197, "remap_file_pages": 234, "memfd_create": 279},
        **{"ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272},
        **{"pivot_root": 41, "chroot": 51, "mount": 40, "umount2": 39, "unshare": 97, "name_to_handle_at": 264},
        **{"open_by_handle_at": 265, "setns": 268, "fanotify_init": 262, "quotactl": 60, "nfsservctl": 42, "acct": 89},
        **{"init_module": 105, "delete_module": 106, "finit_module": 273, "kexec_load": 104, "kexec_file_load": 294, "bpf": 280},
        **{"perf_event_open": 241, "userfaultfd": 282, "syslog": 116, "reboot": 142, "swapon": 224, "swapoff": 225, "vhangup": 58},
        **{"sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "clock_settime": 112, "clock_adjtime": 266},
        **{"lookup_dcookie": 18, "vmsplice": 75},
        **{"mbind": 235, "get_mempolicy": 236, "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239},
        **{"add_key": 217, "request_key": 218, "keyctl": 219},
        **_SINCE_5_1,
    },
)


class _Shared(NamedTuple):
    """Numbers of what is denied besides where a job has no namespaces of its own. `first_zero` and `both` look at the arguments."""

    denied: dict[str, int]
    pretended: dict[str, int]
    utimensat: int
    fallocate: int
    sendto: int
    prctl: int
    fcntl: int
    first_zero: dict[str, int]
    both: dict[str, tuple[int, int]]


# `denied`: sockets of any kind (a datagram socket of a socketpair could be sent to any Unix socket of the host), who watches the host's files, owners.
# `pretended`: Landlock does not cover modes and times, and a job that is our own user owns files outside. A job's own files are thrown away with it,
# and programs do not expect to be refused here (shutil.copy2), so they are told yes and nothing is done. Only "now" as the time is refused:
# Path.touch opens the file then, and makes it where there is none.
# `first_zero`: what these do, they may do to the caller only. `both`: the same, with the first argument that means "one process".
# `fallocate` takes room on the disk faster than anybody can watch.
_SHARED: Final = {
    0xC000003E: _Shared(
        denied={
            **{"socket": 41, "connect": 42, "accept": 43, "sendmsg": 46, "bind": 49, "listen": 50, "accept4": 288, "sendmmsg": 307},
            **{"inotify_init": 253, "inotify_add_watch": 254, "inotify_init1": 294, "mq_unlink": 241},
            **{"chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261},
            **{"setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199},
        },
        pretended={
            **{"chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452},
        },
        utimensat=280,
        fallocate=285,
        sendto=44,
        prctl=157,
        fcntl=72,
        first_zero={"prlimit64": 302, "sched_setparam": 142, "sched_setscheduler": 144, "sched_setaffinity": 203, "sched_setattr": 314},
        both={"setpriority": (141, 0), "ioprio_set": (251, 1)},
    ),
    0xC00000B7: _Shared(
        denied={
            **{"socket": 198, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendmsg": 211, "accept4": 242, "sendmmsg": 269},
            **{"inotify_init1": 26, "inotify_add_watch": 27, "mq_unlink": 181, "fchownat": 54, "fchown": 55},
            **{"setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16},
        },
        pretended={"fchmod": 52, "fchmodat": 53, "fchmodat2": 452},
        utimensat=88,
        fallocate=47,
        sendto=206,
        prctl=167,
        fcntl=25,
        first_zero={"prlimit64": 261, "sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122, "sched_setattr": 274},
        both={"setpriority": (140, 0), "ioprio_set": (30, 1)},
    ),
}
_PR_SET_DUMPABLE: Final = 4  # a process that is not dumpable cannot be looked at by a watch of the same user
_F_SETLEASE: Final = 1024  # would hold up whoever opens the file
_F_NOTIFY: Final = 1026
_FILE_FLAGS: Final = (
    0x6600,
    0x5800,
)  # types of ioctl: attributes, verity and encryption of files, which their owner may set by a mere reader

MACHINES: Final = {"x86_64": _X86_64, "amd64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}


def _op(code: int, k: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, jump_true, jump_false, k)


def _deny(with_errno: int) -> bytes:
    return _op(_RETURN, _ERRNO | with_errno)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, which ends by a return, for the call `number`."""
    return [_op(_JUMP_EQUAL, number, 0, len(body)), *body]


def _unless(*pairs: tuple[int, int]) -> list[bytes]:
    """Allows where each word (its offset, its value) is as given; EPERM else."""
    checks = []
    for place, (offset, value) in enumerate(pairs):
        checks += [_op(_LOAD, offset), _op(_JUMP_EQUAL, value, 0, 2 * (len(pairs) - place) - 1)]
    return [*checks, _op(_RETURN, _ALLOW), _deny(errno.EPERM)]


def _shared(numbers: _Shared) -> list[bytes]:
    """What a job without namespaces of its own may not do besides. Comes first, so that it is stricter than what follows."""
    out = []
    for number in numbers.denied.values():
        out += _when(number, [_deny(errno.EPERM)])
    for number in numbers.pretended.values():
        out += _when(number, [_deny(0)])
    now = [_op(_LOAD, _ARG2), _op(_JUMP_EQUAL, 0, 0, 2), _op(_LOAD, _ARG2 + 4), _op(_JUMP_EQUAL, 0, 1, 0)]
    out += _when(numbers.utimensat, [*now, _deny(0), _deny(errno.EPERM)])
    out += _when(numbers.fallocate, [_deny(errno.EOPNOTSUPP)])
    out += _when(numbers.sendto, _unless((_ARG4, 0), (_ARG4 + 4, 0)))
    for number in numbers.first_zero.values():
        out += _when(number, _unless((_ARG0, 0)))
    for number, one in numbers.both.values():
        out += _when(number, _unless((_ARG0, one), (_ARG1, 0)))
    out += _when(numbers.prctl, [_op(_LOAD, _ARG0), _op(_JUMP_EQUAL, _PR_SET_DUMPABLE, 0, 1), _deny(errno.EPERM), _op(_RETURN, _ALLOW)])
    leases = [_op(_JUMP_EQUAL, _F_SETLEASE, 1, 0), _op(_JUMP_EQUAL, _F_NOTIFY, 0, 1)]
    return out + _when(numbers.fcntl, [_op(_LOAD, _ARG1), *leases, _deny(errno.EPERM), _op(_RETURN, _ALLOW)])


def assemble(machine: str, *, shared: bool = False) -> bytes:
    """The filter for `machine` (`platform.machine()`): an array of struct sock_filter, 8 bytes each.

    `shared` is for a job that shares the host's namespaces: no sockets but pairs, nothing done to other processes or to files' owners, modes and times.
    Another architecture's calls (i386 through int 0x80) kill the process; denied calls give EPERM, or ENOSYS where callers have a fallback.
    Raises `KeyError` for a machine without a table.
    """
    table = MACHINES[machine]
    out = [_op(_LOAD, _ARCH), _op(_JUMP_EQUAL, table.audit_arch, 1, 0), _op(_RETURN, _KILL), _op(_LOAD, _NR)]
    # Also catches the x32 calls of x86_64, whose numbers start at 0x40000000.
    out += [_op(_JUMP_GREATER, _LAST_KNOWN, 0, 1), _deny(errno.ENOSYS)]
    if shared:
        out += _shared(_SHARED[table.audit_arch])
    for name, number in table.denied.items():
        out += _when(number, [_deny(errno.ENOSYS if name in _ABSENT else errno.EPERM)])
    out += _when(table.clone, [_op(_LOAD, _ARG0), _op(_JUMP_BITS, _NEW_NAMESPACES, 0, 1), _deny(errno.EPERM), _op(_RETURN, _ALLOW)])
    for number in table.sockets:
        out += _when(number, [_op(_LOAD, _ARG0), _op(_JUMP_EQUAL, _AF_UNIX, 1, 0), _deny(errno.EPERM), _op(_RETURN, _ALLOW)])
    out += _when(
        table.personality,
        [_op(_LOAD, _ARG0), _op(_JUMP_EQUAL, 0, 2, 0), _op(_JUMP_EQUAL, 0xFFFFFFFF, 1, 0), _deny(errno.EPERM), _op(_RETURN, _ALLOW)],
    )
    terminal = [_op(_LOAD, _ARG1), _op(_JUMP_EQUAL, _TIOCSTI, 1, 0), _op(_JUMP_EQUAL, _TIOCLINUX, 0, 1), _deny(errno.EPERM)]
    flags = [_op(_AND, 0xFF00), *(_op(_JUMP_EQUAL, kind, 0, 1) + _deny(errno.EPERM) for kind in _FILE_FLAGS)] if shared else []
    body = b"".join([*terminal, *flags, _op(_RETURN, _ALLOW)])
    out += _when(table.ioctl, [body[at : at + 8] for at in range(0, len(body), 8)])
    return b"".join([*out, _op(_RETURN, _ALLOW)])
