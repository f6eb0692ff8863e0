"""The processes of a cage: who belongs to it, who started whom, and ending all of them."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ROUNDS = 400
_ROUND_SECS = 0.005


def status_of(pid: int) -> dict[str, str]:
    """Raises:
    OSError: it is gone.
    """
    text = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    wanted = ("Umask", "Tgid", "PPid", "Name")
    fields = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in fields if name in wanted}


def group_of(task: int) -> int:
    """The process that a thread belongs to."""
    return int(status_of(task)["Tgid"])


def chain(task: int, ancestor: int) -> list[int]:
    """The process of a task and those above it, up to but not including `ancestor`; empty when it is not a
    descendant."""
    with suppress(OSError, KeyError, ValueError):
        pid, found = group_of(task), []
        while pid not in (0, 1, ancestor):
            found.append(pid)
            pid = int(status_of(pid)["PPid"])
        return found if pid == ancestor else []
    return []


def command_line(pid: int) -> list[str]:
    try:
        data = Path(f"/proc/{pid}/cmdline").read_bytes()[:4096]
    except OSError:
        return []
    return [part.decode("utf-8", "replace") for part in data.rstrip(b"\0").split(b"\0")]


def descendants(ancestor: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                text = Path(f"/proc/{name}/stat").read_text("utf-8", "replace")
                children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(name))
    found, pending = [], [ancestor]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def open_files(ancestor: int) -> Iterator[tuple[str, str]]:
    """The descriptors of all descendants, as `/proc/PID/fd/N`, and what each leads to.

    Those of a process that nobody may look into are left out.
    """
    for pid in descendants(ancestor):
        with suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):
                with suppress(OSError):
                    path = f"/proc/{pid}/fd/{number}"
                    yield path, os.readlink(path)


def signal_all(ancestor: int, number: int) -> None:
    for pid in descendants(ancestor):
        with suppress(OSError):
            os.kill(pid, number)


def sweep(ancestor: int) -> int:
    """Kill every descendant of this process, which must be a subreaper; how many there were.

    Stopped first, all of them, so that none can continue making others while the rest is being killed.
    """
    seen: set[int] = set()
    for _ in range(_ROUNDS):
        found = descendants(ancestor)
        seen |= set(found)
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with suppress(OSError):
                    os.kill(pid, number)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return len(seen)
        time.sleep(_ROUND_SECS)
    return len(seen)
