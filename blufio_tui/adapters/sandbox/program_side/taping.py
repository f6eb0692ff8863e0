"""Between the frames of a call and the values of its record."""

from collections.abc import Iterable, Mapping

from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameDecoder, FrameKind, ProtocolError
from blufio_tui.core.replay.record import Answer, Clocks, Exchanged, Reply, Request
from blufio_tui.core.replay.tape import TakenDown, Tape
from blufio_tui.core.text.json_types import Json

KINDS = {Reply.RESULT: FrameKind.RESULT, Reply.DENIED: FrameKind.DENIED, Reply.FAILED: FrameKind.FAILED}
_REPLIES = {kind: reply for reply, kind in KINDS.items()}
_NAMES = frozenset({"nonce", "n", "effect", "real", "mono"})


def request_of(header: Mapping[str, Json], blob: bytes) -> Request:
    """What a frame asks for, without what names the call and the frame."""
    fields = {name: value for name, value in header.items() if name not in _NAMES}
    return Request(str(header.get("effect", "")), fields, blob)


def exchanges_of(taken: Iterable[TakenDown]) -> tuple[Exchanged, ...]:
    """What a tape took down, as values. Takes a while; for a thread."""
    return tuple(Exchanged(request_of(one.header, one.blob), answer_of(one.reply), one.touched) for one in taken)


def answer_of(reply: bytes) -> Answer:
    """
    Raises:
        ProtocolError: not one whole frame that answers a request.
    """
    decoder = FrameDecoder()
    decoder.feed(reply)
    frame: Frame | None = decoder.next()
    if frame is None or frame.kind not in _REPLIES:
        raise ProtocolError("a reply on a tape is not an answer")
    return Answer(_REPLIES[frame.kind], frame.header, frame.blob)


def clocks_of(tape: Tape) -> Clocks:
    return Clocks(_numbers(tape.clocks["real"]), _numbers(tape.clocks["mono"]))


def _numbers(data: bytearray) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 8], "big", signed=True) for at in range(0, len(data), 8))
