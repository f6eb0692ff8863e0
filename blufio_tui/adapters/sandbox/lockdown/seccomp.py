"""A small seccomp filter: the system calls a guest's host has no use for fail with EPERM.

It closes what Landlock leaves open: sockets other than TCP, starting programs, looking into other processes,
permissions and times of files, and the kernel's large and seldom needed interfaces. A list of what is refused
rather than of what is allowed: the latter breaks with every new libc.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable, Mapping

from blufio_tui.adapters.sandbox.lockdown.landlock import checked, system_call
from blufio_tui.adapters.sandbox.lockdown.system_calls import ALWAYS, FILES, PROCESSES, Numbers

_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_RETURN_ALLOW, _RETURN_ERRNO, _RETURN_KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_ARCH = 0, 4
_X32_BIT = 0x40000000
_MACHINES = {"x86_64": (0xC000003E, 0, 317), "aarch64": (0xC00000B7, 1, 277)}
"""Name of the architecture in a filter, its column in the tables, its number of `seccomp`."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def supported() -> bool:
    return platform.machine() in _MACHINES


def refused_calls(*, files: bool) -> dict[str, int]:
    """Names and numbers of what is refused on this machine; with `files` opening and making files as well."""
    return _numbers({**ALWAYS, **(FILES if files else {})})


def refuse(*, files: bool) -> None:
    """Refuse `refused_calls` for good, in all threads and all they start. Needs no-new-privileges.

    Raises:
        OSError: the kernel refused; nothing is restricted.
    """
    _install(refused_calls(files=files).values())


def refuse_processes() -> None:
    """Refuse new processes and threads, after the last thread was started; raises as `refuse`."""
    _install(_numbers(PROCESSES).values())


def _numbers(table: Mapping[str, Numbers]) -> dict[str, int]:
    column = _MACHINES[platform.machine()][1]
    return {name: number for name, numbers in table.items() if (number := numbers[column]) is not None}


def _install(numbers: Iterable[int]) -> None:
    architecture, _, seccomp = _MACHINES[platform.machine()]
    code = assemble(architecture, sorted(numbers))
    program = _Program(len(code) // 8, code)
    checked(system_call(seccomp, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(program)))


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
