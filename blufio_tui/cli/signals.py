"""Being told to end, by whomever, is ending as Ctrl-C does: what was started is stopped first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a background job of a shell: Ctrl-C is not meant for it
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)
