"""A mark that tells whether the program that wrote it still runs."""

import os
from pathlib import Path


def process_mark() -> str:
    """Of this process: its id and, where the system tells, when it started (ids are used again)."""
    return f"{os.getpid()}:{_started(os.getpid())}"


def is_running(mark: str) -> bool:
    """False for a mark of a process that is gone, also when another one has its id now."""
    pid, _, started = mark.partition(":")
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is there, and somebody else's
    return started == _started(int(pid))


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
