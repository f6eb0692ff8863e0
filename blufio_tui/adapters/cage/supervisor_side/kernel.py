"""Numbers and thin wrappers of the kernel interfaces that the supervisor speaks (x86-64).

From `linux/seccomp.h`, `linux/landlock.h`, `linux/openat2.h`, and the kernel's table of system calls.
"""

import ctypes
import errno
import os
import struct
from typing import NoReturn

LIBC = ctypes.CDLL(None, use_errno=True)
_SYSCALL = LIBC.syscall
_SYSCALL.restype = ctypes.c_long
_HELD = ctypes.PyDLL(None, use_errno=True)
"""Calls that keep the interpreter's lock, for what returns at once: giving it away costs more, and so the buffers below
can be one for all threads."""

_OPENAT2 = _HELD["syscall"]
_OPENAT2.restype = ctypes.c_long
_OPENAT2.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)

AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000
AT_SYMLINK_NOFOLLOW = 0x100
AT_SYMLINK_FOLLOW = 0x400
O_TMPFILE = 0o20200000
RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS = 2, 4
_AT_HANDLE_FID, _MAX_HANDLE = 0x200, 128
CLOSED = os.O_NOCTTY | os.O_CLOEXEC
"""Added to everything the supervisor opens: no controlling terminal, nothing inherited."""

NOTIFY_RECEIVE, NOTIFY_SEND, NOTIFY_VALID = 0xC0502100, 0xC0182101, 0x40082102
NOTIFY_ADD_FD, NOTIFY_SET_FLAGS = 0x40182103, 0x40082104
LISTENER_FLAGS = 8 | 32
"""SECCOMP_FILTER_FLAG_NEW_LISTENER and WAIT_KILLABLE_RECV: a stopped call can be killed, not interrupted and redone."""

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 38, 36
PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_SET_DUMPABLE = 24, 47, 4

NR = {
    "open": 2, "openat": 257, "openat2": 437, "creat": 85, "unlink": 87, "unlinkat": 263, "rmdir": 84, "rename": 82,
    "renameat": 264, "renameat2": 316, "link": 86, "linkat": 265, "symlink": 88, "symlinkat": 266, "mkdir": 83,
    "mkdirat": 258, "mknod": 133, "mknodat": 259, "truncate": 76, "chmod": 90, "fchmod": 91, "fchmodat": 268,
    "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235,
    "futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
    "lremovexattr": 198, "fremovexattr": 199, "getxattr": 191, "lgetxattr": 192,
    "inotify_add_watch": 254, "connect": 42, "bind": 49, "listen": 50, "sendto": 44, "sendmsg": 46,
    "sendmmsg": 307, "execve": 59, "execveat": 322, "setpriority": 141, "sched_setparam": 142,
    "sched_setscheduler": 144, "sched_setaffinity": 203, "sched_setattr": 314, "ioprio_set": 251, "prlimit64": 302,
}  # fmt: skip
"""System calls that are reported to the supervisor."""

SIGNALS = {"kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297}
"""Reported as well where Landlock does not keep signals inside (before its version 6)."""

REFUSED = (
    101, 310, 311, 304, 438, 312, 298, 321, 165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442, 467, 272, 308, 246,
    320, 169, 175, 176, 313, 167, 168, 103, 163, 164, 227, 305, 159, 170, 171, 172, 173, 179, 443, 300, 301, 440, 448,
    256, 279, 463, 466, 469, 303, 424, 153, 460,
)  # fmt: skip
"""EPERM: ptrace, memory of others, file handles, descriptors of others, BPF, perf, mounts, namespaces, kexec, modules,
clocks, host name, quotas, fanotify, extended attributes by the newest calls, pidfd signals, …"""

MISSING = (
    425, 426, 427, 323, 248, 249, 250, 435, 134, 174, 177, 178, 180, 212, 29, 30, 31, 67, 68, 69, 70, 71, 64, 65, 66,
    220, 240, 241, 447, 154, 464,
)  # fmt: skip
"""ENOSYS, as on a kernel that does not have them: io_uring, userfaultfd, keys, clone3 (libc falls back to clone,
whose flags are in a register), System V memory, queues and semaphores, POSIX queues, …"""

NEWEST = 469
"""The last system call that was looked at. What later kernels add is not there in a cage."""


def fail(number: int) -> NoReturn:
    """Raises:
    OSError: with this number.
    """
    raise OSError(number, os.strerror(number))


def system_call(number: int, *arguments: object) -> int:
    """Raises:
    OSError: the call failed.
    """
    result = try_call(number, *arguments)
    if result < 0:
        fail(ctypes.get_errno())
    return result


def try_call(number: int, *arguments: object) -> int:
    """As `system_call`, −1 and `ctypes.get_errno()` in place of an exception."""
    wide = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return int(_SYSCALL(ctypes.c_long(number), *wide))


def signed(value: int) -> int:
    """The low 32 bits as an `int` of C."""
    return (value & 0xFFFFFFFF) - ((value & 0x80000000) << 1)


_HOW = struct.Struct("QQQ")


def open_object(base: int, path: bytes, flags: int, resolve: int) -> int:
    """`openat2`; the descriptor, or −1 with `ctypes.get_errno()`."""
    return int(_OPENAT2(437, base, path, _HOW.pack(flags, 0, resolve), 24))


def pidfd(pid: int, *, thread: bool = False) -> int:
    return system_call(434, pid, 0x80 if thread else 0)


def handle_of(folder: int, name: bytes = b"") -> bytes:
    """The file system's own name of an object, with its generation: an inode is given away again once its file is
    gone, this is not. Empty where the file system has none.

    Args:
        folder: descriptor of the object itself when there is no name.
    """
    flags = 0 if name else AT_EMPTY_PATH
    for more in (_AT_HANDLE_FID, 0):  # before Linux 6.5 there is no such flag
        handle = ctypes.create_string_buffer(struct.pack("Ii", _MAX_HANDLE, 0), 8 + _MAX_HANDLE)
        if try_call(303, folder, name, handle, ctypes.byref(ctypes.c_int()), flags | more) == 0:
            return handle.raw[: 8 + struct.unpack_from("I", handle.raw)[0]]
    return b""


class Vector(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


_READ_VECTOR = _HELD["process_vm_readv"]
_READ_VECTOR.restype = ctypes.c_ssize_t
_READ_VECTOR.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
_PAGE = ctypes.create_string_buffer(4097)  # one more, so that there is always an end
_HERE, _THERE = Vector(ctypes.addressof(_PAGE), 0), Vector(0, 0)
_HERE_AT, _THERE_AT = ctypes.addressof(_HERE), ctypes.addressof(_THERE)


def read_text(pid: int, address: int, size: int) -> bytes:
    """What stands before the first zero byte; `size` bytes where there is none among them.

    Args:
        size: at most 4096; the caller sees to it that this is all on one page.

    Raises:
        OSError: EFAULT.
    """
    _HERE.size = _THERE.size = size
    _THERE.base = address
    if _READ_VECTOR(pid, _HERE_AT, 1, _THERE_AT, 1, 0) != size:
        fail(errno.EFAULT)
    _PAGE[size] = b"\0"
    return _PAGE.value


def read_memory(pid: int, address: int, size: int) -> bytes:
    """Raises:
    OSError: EFAULT, also when only a part can be read.
    """
    buffer = ctypes.create_string_buffer(max(size, 1))
    done = 0
    while done < size:
        here = Vector(ctypes.addressof(buffer) + done, size - done)
        there = Vector(address + done, size - done)
        got = LIBC.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if got <= 0:
            fail(errno.EFAULT)
        done += got
    return buffer.raw[:size]


def write_memory(pid: int, address: int, data: bytes) -> None:
    """Only for results that the kernel would have written; raises as `read_memory`."""
    buffer = ctypes.create_string_buffer(data, len(data))
    here, there = Vector(ctypes.addressof(buffer), len(data)), Vector(address, len(data))
    if LIBC.process_vm_writev(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) != len(data):
        fail(errno.EFAULT)
