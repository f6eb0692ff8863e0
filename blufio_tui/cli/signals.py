"""Being told to end, by whomever, is ending as Ctrl-C does: what was started is stopped first."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from blufio_tui.core.interrupts import is_closing

_ENDINGS = ("SIGTERM", "SIGHUP")


@contextmanager
def endings_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what SIGINT does, unless they are ignored (`nohup`)."""
    numbers = [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        yield  # a program that calls this one keeps its signals
        return
    before = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number, handler in before.items() if handler == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number == getattr(signal, "SIGHUP", None):
        _let_go_of_terminal()
    if is_closing():
        return  # told once is enough: a terminal that is closed, and a service manager, say it twice
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a background job of a shell: Ctrl-C is not meant for it
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _let_go_of_terminal() -> None:
    """If it is gone, let writing to it go nowhere: the thread that draws would die of the error, and the end of the
    program, which waits for that thread, would never come.

    The kernel sends SIGCONT after a hang-up, for which Textual would take possession of the terminal again.
    """
    if sys.platform == "win32" or not _is_gone():
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    signal.signal(signal.SIGCONT, lambda _number, _frame: None)


def _is_gone() -> bool:
    import termios

    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False
