"""The worker's end of the socket: blocking, one frame at a time."""

import os
import socket
import time

from blufio_tui.adapters.sandbox.protocol import Frame, FrameDecoder, encode

_CHUNK = 256 * 1024
SPIN_SECS = 0.00015
"""How long an answer is looked for before the process goes to sleep. Waking a sleeping processor costs more
than most answers take, so that a host call would spend its time on that alone."""


let_others_run = getattr(os, "sched_yield", lambda: time.sleep(0))


class Channel:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._decoder = FrameDecoder()

    def send(self, frame: Frame) -> None:
        self._socket.sendall(encode(frame))

    def ask(self, frame: Frame) -> Frame:
        """Send a frame and wait for the answer, which mostly comes at once."""
        self.send(frame)
        until = time.monotonic() + SPIN_SECS
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

    def receive_with_file(self) -> tuple[Frame, int | None]:
        """The next frame and the file descriptor that came with it, if any; the caller closes it."""
        descriptor: int | None = None
        while (frame := self._decoder.next()) is None:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _CHUNK, 1)
            for extra in descriptors[1:]:
                os.close(extra)
            descriptor = descriptors[0] if descriptors else descriptor
            self._feed(data)
        return frame, descriptor

    def _feed(self, data: bytes) -> None:
        if not data:
            raise EOFError
        self._decoder.feed(data)
