"""Hides credentials from other programs of the same user.

What a process was started with can be read in `/proc/PID/environ` for as long as it lives: deleting a variable in
Python changes only a table of pointers. So the values are taken out of that memory itself, and what needs them
reads `STARTED_WITH`. A process that is not "dumpable" cannot be read or traced by others of its user (root can).
"""

import ctypes
import os
import sys
from collections import ChainMap
from collections.abc import Mapping

from blufio_tui.core.guards.secret_names import holds_password, is_secret_name

_taken: dict[str, str] = {}

STARTED_WITH: Mapping[str, str] = ChainMap(os.environ, _taken)
"""The environment with the credentials that were taken out of it. No program is ever started with it."""

_PR_SET_DUMPABLE = 4


def hide_credentials() -> None:
    """Take the credentials out of this process's environment and close its memory to other processes of the user.

    Call it first: until then the values can be read. Proxies with a password stay in `os.environ`, where the HTTP
    library looks for them, but no longer in the memory that the kernel shows.
    """
    _taken.clear()
    hidden = {name: value for name, value in os.environ.items() if is_secret_name(name) or holds_password(value)}
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if not hidden:
        return
    _wipe(libc, {os.fsencode(name) for name in hidden})
    for name, value in hidden.items():
        if is_secret_name(name):
            _taken[name] = value
            del os.environ[name]
        else:
            os.environ[name] = value  # a copy elsewhere in memory: `setenv` never writes into the first block


def _wipe(libc: ctypes.CDLL, names: set[bytes]) -> None:
    """Overwrite the values in the memory where the process received them, including duplicates of a name."""
    entries = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
    index = 0
    while address := entries[index]:
        name, equals, value = ctypes.string_at(address).partition(b"=")
        if name in names:
            ctypes.memset(address + len(name) + len(equals), 0, len(value))
        index += 1


def for_own_programs() -> dict[str, str]:
    """The environment, without passwords, for programs that this one starts for itself."""
    return {name: value for name, value in os.environ.items() if not (is_secret_name(name) or holds_password(value))}
