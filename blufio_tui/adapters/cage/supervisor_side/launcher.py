"""Becoming the command: locked in, then executed. Runs in a forked child of the supervisor; never returns."""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from blufio_tui.adapters.cage.supervisor_side import fence, filter
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    LIBC,
    LISTENER_FLAGS,
    PR_CAP_AMBIENT,
    PR_CAPBSET_DROP,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    system_call,
)

_SAY, _HEAR = 3, 4
_CAPSET = 126
_CAPABILITY_VERSION = 0x20080522
MORE_PROCESSES = 4096
"""How many processes a command may start beside those that the user runs already (not enforced for root)."""


def launch(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: str,
    rules: Sequence[tuple[str, int]],
    streams: tuple[int, int, int],
    say: int,
    hear: int,
) -> NoReturn:
    """
    Args:
        streams: descriptors that become 0, 1 and 2.
        say: where the number of the listener is written.
        hear: read from once it was taken.
    """
    try:
        os.setsid()
        _own_descriptors(streams, say, hear)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _limit_processes()
        problem = _enter(cwd)
        abi = fence.version()
        program = filter.build(signals=abi < fence.SIGNALS_SINCE)
        _give_up_capabilities()
        if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no new privileges")
        fence.restrict(rules, abi)
        listener = _install(program)
        # The filter is on, and nobody answers yet: a reported call (sendmsg!) would wait forever. Write and read
        # are not reported; the supervisor takes the listener out of this process.
        os.write(_SAY, b"%d\n" % listener)
        if os.read(_HEAR, 1) != b"x":
            os._exit(126)
        for descriptor in (listener, _SAY, _HEAR):
            os.close(descriptor)
    except BaseException as error:  # noqa: BLE001 - a child must not run on into its parent's code
        with suppress(OSError):
            os.write(_SAY, f"failed: {error}\n".encode())
        os._exit(126)
    if problem:
        _end(problem, 126)
    _become(command, environment)


def _enter(folder: str) -> str:
    """Why it could not be entered, "" if it was. An earlier command may have removed it, and that must not have the
    program believe that no cage can be made here."""
    try:
        os.chdir(folder)
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


def _own_descriptors(streams: tuple[int, int, int], say: int, hear: int) -> None:
    """All are moved out of the way first, whatever their numbers are."""
    wanted = (*streams, say, hear)

    high = [_above(descriptor) for descriptor in wanted]
    for number, descriptor in enumerate(high):
        os.dup2(descriptor, number, inheritable=number < 3)
    LIBC.close_range(5, 0xFFFFFFFF, 0)


def _above(descriptor: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64)


def _limit_processes() -> None:
    mine = 0
    uid = os.getuid()
    for name in os.listdir("/proc"):
        with suppress(OSError):
            mine += name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = mine + MORE_PROCESSES
    limits = [wanted if value == resource.RLIM_INFINITY else min(wanted, value) for value in (soft, hard)]
    resource.setrlimit(resource.RLIMIT_NPROC, (limits[0], limits[1]))


def _give_up_capabilities() -> None:
    """The bounding set first: it needs the capability that goes with the rest."""
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    LIBC.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0)
    system_call(_CAPSET, struct.pack("II", _CAPABILITY_VERSION, 0), bytes(24))


def _install(program: bytes) -> int:
    buffer = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer))
    return system_call(317, 1, LISTENER_FLAGS, described)


def _become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    try:
        os.execvpe(command[0], list(command), dict(environment))  # noqa: S606
    except OSError as error:
        _end(f"{command[0]}: {error.strerror}", 127 if isinstance(error, FileNotFoundError) else 126)
    except BaseException:  # noqa: BLE001 - see `launch`
        os._exit(126)


def _end(problem: str, status: int) -> NoReturn:
    with suppress(OSError):
        os.write(2, f"{problem}\n".encode("utf-8", "surrogateescape"))
    os._exit(status)
