"""Open files of one call, on the UI process's side."""

from blufio_tui.adapters.sandbox.protocol import Frame, ProtocolError


class Handles:
    """Keeps nothing open yet: no guest can ask for a file."""

    def adopt(self, handle: object) -> int:
        raise ProtocolError(f"{type(handle).__name__} cannot be kept open")

    async def answer(self, frame: Frame) -> Frame:
        raise ProtocolError(f"no file {frame.integer('handle')} is open")

    def close(self) -> None:
        pass
