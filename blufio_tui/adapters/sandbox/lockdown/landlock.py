"""Landlock through its three system calls: no file, no TCP, no signal and no abstract socket from here on.

The libraries on PyPI are pre-releases or younger than a year, and a rule set without a single rule needs none
of what they add. Numbers and structures are of the kernel's `linux/landlock.h`.
"""

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1
_PR_SET_NO_NEW_PRIVS = 38
_FS_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file system rights (bits from 0 up) each version knows; later versions have as many as 5."""
_NET_RIGHTS = 0b11  # bind and connect of TCP
_SCOPES = 0b11  # abstract UNIX sockets and signals


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


def abi_version() -> int:
    """The kernel's Landlock version, 0 if there is none."""
    return max(system_call(_CREATE_RULESET, None, 0, _VERSION_FLAG), 0)


def forbid_everything(version: int) -> None:
    """Restrict this thread and all it starts; for good.

    Raises:
        OSError: the kernel refused; nothing is restricted.
    """
    attributes = _RulesetAttr(
        fs=(1 << _FS_RIGHTS_BY_ABI[min(version, 5)]) - 1,
        net=_NET_RIGHTS if version >= 4 else 0,
        scoped=_SCOPES if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = checked(system_call(_CREATE_RULESET, ctypes.byref(attributes), size, 0))
    try:
        checked(system_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def no_new_privileges() -> None:
    """No program started from here can gain rights; also what Landlock and seccomp ask for first."""
    checked(libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return int(libc().syscall(ctypes.c_long(number), *wide))


def checked(result: int) -> int:
    """Raises:
    OSError: the call failed.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
