"""The worker's end of the socket: blocking, one frame at a time."""

import os
import socket
import struct
import time

from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameDecoder, encode, let_others_run

_CHUNK = 256 * 1024
SPIN_SECS = 0.00015
"""How long an answer is looked for before the process goes to sleep. Waking a sleeping processor costs more
than most answers take, so that a host call would spend its time on that alone."""
_BETWEEN_CALLS_SECS = 0.0005
"""The same for the next call, as long as each comes so soon after the one before."""
_INT = struct.calcsize("i")
_FILES_SPACE = socket.CMSG_SPACE(_INT)


class Channel:
    """
    Attributes:
        spins: an answer may be looked for; not while other calls need the processor.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._decoder = FrameDecoder()
        self._calls_follow = False
        self.spins = True

    def send(self, frame: Frame) -> None:
        self.send_encoded(encode(frame))

    def send_encoded(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, frame: Frame) -> Frame:
        """Send a frame and wait for the answer, which mostly comes at once."""
        self.send(frame)
        until = time.monotonic() + SPIN_SECS if self.spins else 0.0
        while time.monotonic() < until:
            try:
                self._feed(self._socket.recv(_CHUNK, socket.MSG_DONTWAIT))
                break
            except BlockingIOError:
                let_others_run()
        return self.receive()

    def receive(self) -> Frame:
        """The next frame.

        Raises:
            EOFError: the UI process closed its end; there is nothing left to do.
            ProtocolError: it sent something else than a frame.
        """
        while (frame := self._decoder.next()) is None:
            self._feed(self._socket.recv(_CHUNK))
        return frame

    def receive_with_file(self, *, spin: bool = False) -> tuple[Frame, int | None]:
        """The next frame and the file descriptor that came with it, if any; the caller closes it.

        Args:
            spin: look for it for a moment before going to sleep, if the last one came that soon.
        """
        started = time.monotonic()
        until = started + _BETWEEN_CALLS_SECS
        descriptor = self._look(until) if spin and self._calls_follow else None
        while (frame := self._decoder.next()) is None:
            received = self._receive_part(0)
            descriptor = descriptor if received is None else received
        self._calls_follow = time.monotonic() < until
        return frame, descriptor

    def _look(self, until: float) -> int | None:
        while time.monotonic() < until:
            try:
                return self._receive_part(socket.MSG_DONTWAIT)
            except BlockingIOError:
                let_others_run()
        return None

    def _receive_part(self, flags: int) -> int | None:
        """Take in what is there; `socket.recv_fds` of Python 3.11 ignores its flags."""
        data, ancillary, _, _ = self._socket.recvmsg(_CHUNK, _FILES_SPACE, flags)
        self._feed(data)
        return _descriptor(ancillary) if ancillary else None

    def _feed(self, data: bytes) -> None:
        if not data:
            raise EOFError
        self._decoder.feed(data)


def _descriptor(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    """The first descriptor in a message; what came beside it is closed."""
    first: int | None = None
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            for (descriptor,) in struct.iter_unpack("i", content[: len(content) // _INT * _INT]):
                if first is None:
                    first = descriptor
                else:
                    os.close(descriptor)
    return first
