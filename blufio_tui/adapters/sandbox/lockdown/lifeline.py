"""A child of the sandbox ends when its parent does, whatever it is busy with."""

import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def die_with_parent() -> None:
    """Have the kernel end this process with the thread that started it. Linux has this; for others see `hold`.

    Nobody else of the user may read or trace its memory either: it holds what skills read and write.
    """
    if sys.platform == "linux":
        from blufio_tui.adapters.sandbox.lockdown.landlock import libc

        with suppress(OSError, AttributeError):
            libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def hold(sock: socket.socket) -> None:
    """End this process once the other end of `sock` is gone, also while a guest spins: that needs no lock of Python's.

    Starts a thread.
    """
    threading.Thread(target=_wait_for_the_end, args=(sock.fileno(),), name="lifeline", daemon=True).start()


def _wait_for_the_end(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)  # no event but the hang-up, which is always told
    poll.poll()
    os._exit(0)
