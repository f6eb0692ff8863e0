"""What the clocks of a recorded call said, at the end of the frames that its worker sends anyway."""

from blufio_tui.adapters.sandbox.wire.protocol import Frame, ProtocolError

MAX_READINGS_BYTES = 8 * 1024 * 1024
"""Of one clock in one call: a million readings of 8 bytes."""

ReadingsPair = tuple[bytes, bytes]
"""Of the wall clock and of the monotonic one: 8 bytes each reading, nanoseconds, signed, big-endian."""


def attached(frame: Frame, readings: ReadingsPair) -> Frame:
    """The frame with readings behind its own bytes."""
    real, mono = readings
    return Frame(frame.kind, {**frame.header, "real": len(real), "mono": len(mono)}, frame.blob + real + mono)


def cut(frame: Frame) -> tuple[bytes, ReadingsPair]:
    """The frame's own bytes, and the readings behind them.

    Raises:
        ProtocolError: the lengths do not fit the frame.
    """
    real, mono = frame.integer("real"), frame.integer("mono")
    own = len(frame.blob) - real - mono
    if min(real, mono, own) < 0 or real % 8 or mono % 8 or max(real, mono) > MAX_READINGS_BYTES:
        raise ProtocolError("clock readings do not fit their frame")
    return frame.blob[:own], (frame.blob[own : own + real], frame.blob[own + real :])
