"""Checks whether this machine can make a cage, without making one."""

import ctypes
import os
import platform
import struct
import sys
from functools import cache
from pathlib import Path

_MIN_LANDLOCK = 3
_SECCOMP, _GET_ACTION_AVAILABLE, _USER_NOTIFICATION = 317, 2, 0x7FC00000
_LANDLOCK_CREATE, _PIDFD_OPEN, _PIDFD_GETFD = 444, 434, 438


@cache
def why_not() -> str:
    """Why no cage can be made here, in words that end "not caged: …"; "" if one can."""
    if sys.platform != "linux":
        return "cages need Linux"
    if platform.machine() != "x86_64":
        return f"cages do not support {platform.machine()} yet"
    landlock = _call(_LANDLOCK_CREATE, 0, 0, 1)
    if landlock < _MIN_LANDLOCK:
        return "this kernel has no Landlock, or it is switched off" if landlock < 1 else "this kernel is older than 6.2"
    if _call(_SECCOMP, _GET_ACTION_AVAILABLE, 0, struct.pack("I", _USER_NOTIFICATION)) < 0:
        return "this system does not let system calls be watched (seccomp user notification)"
    return _descriptors_problem() or _container_problem()


def _descriptors_problem() -> str:
    """Containers may forbid `pidfd_getfd`."""
    process = _call(_PIDFD_OPEN, os.getpid(), 0)
    if process < 0:
        return "this system has no process descriptors"
    try:
        copy = _call(_PIDFD_GETFD, process, process, 0)
        if copy < 0:
            return "this container does not let descriptors be taken over (pidfd_getfd)"
        os.close(copy)
    finally:
        os.close(process)
    return ""


def _container_problem() -> str:
    """A process under a filter with a listener (WSL's init, another cage) cannot have a second one."""
    try:
        status = Path("/proc/self/status").read_text("utf-8")
    except OSError:
        return "there is no /proc"
    filtered = any(line.split() == ["Seccomp:", "2"] for line in status.splitlines())
    return _try_listener() if filtered else ""


def _try_listener() -> str:
    """Install an empty filter with a listener in a child. Only where a filter is on: this costs an interpreter."""
    import subprocess

    program = (
        "import ctypes,struct,sys\n"
        "c=ctypes.CDLL(None,use_errno=True)\n"
        "b=ctypes.create_string_buffer(struct.pack('HBBI',6,0,0,0x7fff0000))\n"
        "c.prctl(38,1,0,0,0)\n"
        "r=c.syscall(317,1,8,struct.pack('HxxxxxxQ',1,ctypes.addressof(b)))\n"
        "sys.exit(0 if r>=0 else 1)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, timeout=10, check=False)
    return "" if done.returncode == 0 else "another program already watches our system calls"


def _call(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *wide))
