"""A small seccomp filter: the system calls a guest's host has no use for fail with EPERM.

It closes what Landlock leaves open: sockets other than TCP, starting programs, looking into other processes,
and the kernel's large and seldom needed interfaces. A list of what is refused rather than of what is
allowed: the latter breaks with every new libc. Numbers are of the kernel's system call tables.
"""

import ctypes
import errno
import platform
import struct

_PR_SET_SECCOMP, _FILTER_MODE = 22, 2
_RETURN_ALLOW, _RETURN_ERRNO, _RETURN_KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_ARCH = 0, 4
_X32_BIT = 0x40000000

_NAMES = (
    "socket", "connect", "accept", "accept4", "bind", "listen",
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "init_module", "finit_module", "delete_module",
    "kexec_load", "reboot", "swapon", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key",
    "io_uring_setup", "open_by_handle_at", "name_to_handle_at", "pidfd_open", "pidfd_getfd", "personality",
    "setuid", "setgid", "capset", "fsopen", "fsmount", "open_tree", "move_mount", "quotactl", "syslog",
)  # fmt: skip
_X86_64 = (
    41, 42, 43, 288, 49, 50,
    59, 322, 57, 58, 101, 310, 311, 62, 200,
    165, 166, 155, 161, 272, 308, 175, 313, 176,
    246, 169, 167, 321, 298, 323, 250, 248, 249,
    425, 304, 303, 434, 438, 135,
    105, 106, 126, 430, 432, 428, 429, 179, 103,
)  # fmt: skip
_AARCH64 = (
    198, 203, 202, 242, 200, 201,
    221, 281, None, None, 117, 270, 271, 129, 130,
    40, 39, 41, 51, 97, 268, 105, 273, 106,
    104, 142, 224, 280, 241, 282, 219, 217, 218,
    425, 265, 264, 434, 438, 92,
    146, 144, 91, 430, 432, 428, 429, 60, 116,
)  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def supported() -> bool:
    return platform.machine() in _MACHINES


def refused_calls() -> dict[str, int]:
    """Names and numbers of what is refused on this machine."""
    _, numbers = _MACHINES[platform.machine()]
    return {name: number for name, number in zip(_NAMES, numbers, strict=True) if number is not None}


def refuse() -> None:
    """Install the filter in this thread and all it starts; for good. Needs no-new-privileges.

    Raises:
        OSError: the kernel refused; nothing is restricted.
    """
    architecture, _ = _MACHINES[platform.machine()]
    code = assemble(architecture, sorted(refused_calls().values()))
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "seccomp filter refused")


def assemble(architecture: int, numbers: list[int]) -> bytes:
    """The filter as BPF: another architecture kills, another numbering (x32) and what is listed gets EPERM."""
    refuse_at = len(numbers) + 1
    code = [
        _statement(_LOAD, _OFFSET_ARCH),
        _jump(_JUMP_EQUAL, architecture, 1, 0),
        _statement(_RETURN, _RETURN_KILL),
        _statement(_LOAD, _OFFSET_NUMBER),
        _jump(_JUMP_AT_LEAST, _X32_BIT, refuse_at, 0),
        *(_jump(_JUMP_EQUAL, number, refuse_at - 1 - index, 0) for index, number in enumerate(numbers)),
        _statement(_RETURN, _RETURN_ALLOW),
        _statement(_RETURN, _RETURN_ERRNO | errno.EPERM),
    ]
    return b"".join(code)


def _statement(code: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, 0, 0, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
