"""What a worker or a compiler gives up once it has imported all it needs. Linux has the most to give."""

import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from blufio_tui.adapters.sandbox.lockdown import landlock, seccomp
from blufio_tui.core.text.json_types import JsonObject

_STACK_BYTES = 8 * 1024 * 1024
_IMAGE_BYTES = 64 * 1024 * 1024 if sys.platform == "linux" else 0
"""Room for the engine's in-memory file of a module's data; real files are out of reach anyway."""
_OPEN_FILES = 32


def apply(*, file_bytes: int = _IMAGE_BYTES) -> JsonObject:
    """Lock this process down, before its second thread starts. What became of each measure, in words.

    A measure that this machine does not have is reported, not fatal: the process holds no authority either way.

    Args:
        file_bytes: size of the largest file that may be written.
    """
    report: JsonObject = {"resource limits": _outcome(lambda: _limit_resources(file_bytes))}
    if sys.platform == "linux":
        report["no new privileges"] = _outcome(_no_new_privileges)
        report["landlock"] = landlocked = _outcome(_landlock)
        report["seccomp"] = _outcome(lambda: _seccomp(files=not landlocked.startswith("active")))
    return report


def no_more_processes() -> None:
    """For after the last thread was started."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # without effect for root
    if sys.platform == "linux" and seccomp.supported():
        with suppress(OSError):
            seccomp.refuse_processes()


def _outcome(measure: Callable[[], str]) -> str:
    try:
        return measure()
    except (OSError, ValueError, AttributeError) as error:
        return f"not active: {error}"


def _limit_resources(file_bytes: int) -> str:
    with suppress(OSError, ValueError):  # a smaller hard limit stays; guests overflow their own stack first
        resource.setrlimit(resource.RLIMIT_STACK, (_STACK_BYTES, resource.getrlimit(resource.RLIMIT_STACK)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    lower(resource.RLIMIT_FSIZE, file_bytes)
    return "active"


def lower(what: int, value: int, *, grace: int = 0) -> None:
    """Set a resource limit for good, as far as there is none below it already.

    Args:
        grace: how much further it is to where the kernel no longer warns (SIGXCPU) but kills.
    """
    _, hard = resource.getrlimit(what)
    soft, ceiling = (
        wanted if hard == resource.RLIM_INFINITY else min(wanted, hard) for wanted in (value, value + grace)
    )
    resource.setrlimit(what, (soft, ceiling))


def _no_new_privileges() -> str:
    landlock.no_new_privileges()
    return "active"


def _landlock() -> str:
    version = landlock.abi_version()
    if not version:
        return "not active: this kernel has no Landlock; it came with Linux 5.13"
    landlock.forbid_everything(version)
    covers = (
        "files, TCP, signals and abstract sockets" if version >= 6 else "files and TCP" if version >= 4 else "files"
    )
    return f"active: {covers} (version {version})"


def _seccomp(*, files: bool) -> str:
    if not seccomp.supported():
        return "not active: no table of system calls for this machine"
    seccomp.refuse(files=files)
    return f"active: {len(seccomp.refused_calls(files=files))} system calls refused"
