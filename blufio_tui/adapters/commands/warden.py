"""Runs one command and leaves nothing of it behind; started as a program of its own, above the command.

Usage: warden.py PROGRAM ARGUMENT…

A command can leave its process group (`setsid -f`, a double fork, `tmux new -d`), and a group is all that can be
killed from outside. Whatever is orphaned below a "subreaper" becomes its child, wherever it went, so it can be found
and ended: when the command is over, and on SIGUSR1. Standard library only, and little of it: each command waits for
this. (No pathlib: its import takes as long as all the rest.)
"""

import ctypes
import os
import signal
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_LAST_OUTPUT_SECS = 0.3
"""What the command left running may still print for so long."""


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGUSR1, _end_all)
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, _leave_to_the_command)  # a handler, not "ignore": that would be inherited
    command = os.fork()
    if command == 0:
        _become(sys.argv[1:])
    status = _wait_for(command)
    _let_finish()
    _kill_children()
    if os.WIFSIGNALED(status):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_of(os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def _become(argv: list[str]) -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # the interpreter ignores these, and programs would inherit that
    try:
        os.execve(argv[0], argv, _environment())  # noqa: S606 - this is what it is for
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _environment() -> dict[bytes, bytes]:
    """As it was given: the interpreter adds LC_CTYPE where the locale is C."""
    with open("/proc/self/environ", "rb") as file:  # noqa: PTH123
        pairs = (entry.partition(b"=") for entry in file.read().split(b"\0") if entry)
        return {name: value for name, _, value in pairs}


def _wait_for(command: int) -> int:
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == command:
            return status


def _let_finish() -> None:
    until = time.monotonic() + _LAST_OUTPUT_SECS
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.01)


def _kill_children() -> None:
    """Until there are none: the children of a killed one become ours."""
    while True:
        for pid in _children():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue  # it ended, or runs under another user now
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    me, found = str(os.getpid()), []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdecimal():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123
                parent = file.read().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if parent == me:
            found.append(int(name))
    return found


def _end_all(*_: object) -> None:
    _kill_children()
    os._exit(128 + signal.SIGKILL)


def _leave_to_the_command(*_: object) -> None:
    """The command is in the same group and was told, too; what comes of it is waited for."""


def _die_of(number: int) -> None:
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


if __name__ == "__main__":
    main()
