"""Start of a cage's processes: the warden, which only waits, and the supervisor below it.

Arguments: descriptor of the socket to the program, then those of the command's input, output and error output.
"""

import os
import signal
import socket
import sys
from types import FrameType

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.kernel import LIBC, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
from blufio_tui.adapters.cage.supervisor_side.supervisor import Supervisor
from blufio_tui.adapters.cage.wire.frames import encode


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    streams = (int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    supervisor = os.fork()
    if supervisor == 0:
        _supervise(control, streams)
        os._exit(0)
    control.close()
    for descriptor in streams:
        os.close(descriptor)
    _ward(supervisor)


def _supervise(control: socket.socket, streams: tuple[int, int, int]) -> None:
    def end_family(_number: int, _frame: FrameType | None) -> None:
        family.sweep(os.getpid())
        os._exit(143)

    signal.signal(signal.SIGTERM, end_family)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    control.sendall(encode({"type": "ready", "pid": os.getpid()}))
    Supervisor(control, streams).run()


def _ward(supervisor: int) -> None:
    """Wait for the supervisor; whatever is left when it ends, however it ends, ends too."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while os.waitpid(-1, 0)[0] != supervisor:
        continue
    family.sweep(os.getpid())


if __name__ == "__main__":
    main()
