"""The worker's end of the socket: blocking, one frame at a time."""

import os
import socket

from blufio_tui.adapters.sandbox.protocol import Frame, FrameDecoder, encode

_CHUNK = 256 * 1024


class Channel:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._decoder = FrameDecoder()

    def send(self, frame: Frame) -> None:
        self._socket.sendall(encode(frame))

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
