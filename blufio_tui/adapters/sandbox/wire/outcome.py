"""How a call ended, as it crosses the socket, and what a UI process accepts of it."""

from typing import NamedTuple

from blufio_tui.adapters.sandbox.wire.call_log import LEVELS, MAX_BYTES, MAX_LINES
from blufio_tui.adapters.sandbox.wire.call_spec import RECORD, REPLAY
from blufio_tui.adapters.sandbox.wire.clock_readings import ReadingsPair, attached, cut
from blufio_tui.adapters.sandbox.wire.protocol import (
    Frame,
    FrameKind,
    ProtocolError,
    checked_text,
    encode,
    encode_parts,
)
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.json_types import Json

MAX_MESSAGE = 4096
_U64 = 2**64


class Outcome(NamedTuple):
    """
    Attributes:
        error: kind and message, None on success.
        fuel: units used.
        memory_bytes: peak of the guest's memory.
        dropped_logs: log lines over the cap.
        stale_module: the compiled module was not what was announced; compile it again.
        clocks: of a recorded call, what the clocks said since its last request; `over` when that was too much.
        reads: of a replayed call, how often each clock was read.
    """

    content: str
    error: tuple[ErrorKind, str] | None = None
    fuel: int = 0
    memory_bytes: int = 0
    logs: tuple[tuple[str, str], ...] = ()
    dropped_logs: int = 0
    stale_module: bool = False
    clocks: ReadingsPair | None = None
    over: bool = False
    reads: tuple[int, int] | None = None


def encode_outcome(nonce: str, outcome: Outcome) -> bytes:
    """The frame that ends a call; that of a call without errors and log lines is put together by hand."""
    taped = outcome.clocks is not None or outcome.reads is not None
    if taped or outcome.error or outcome.logs or outcome.stale_module or not nonce.isalnum():
        return encode(outcome_frame(nonce, outcome))
    header = _PLAIN % (nonce.encode(), outcome.fuel, outcome.memory_bytes, outcome.dropped_logs)
    return encode_parts(FrameKind.DONE, header, outcome.content.encode())


_PLAIN = b'{"nonce":"%b","error":null,"fuel":%d,"memory":%d,"logs":[],"dropped":%d,"stale":false}'


def outcome_frame(nonce: str, outcome: Outcome) -> Frame:
    logs: list[Json] = [[level, message] for level, message in outcome.logs]
    error: Json = None
    if outcome.error is not None:
        error = [outcome.error[0].value, outcome.error[1][:MAX_MESSAGE]]
    header: dict[str, Json] = {
        "nonce": nonce,
        "error": error,
        "fuel": outcome.fuel,
        "memory": outcome.memory_bytes,
        "logs": logs,
        "dropped": outcome.dropped_logs,
        "stale": outcome.stale_module,
    }
    if outcome.reads is not None:
        header["reads"] = list(outcome.reads)
    frame = Frame(FrameKind.DONE, header, outcome.content.encode())
    if outcome.clocks is None:
        return frame
    return attached(Frame(frame.kind, {**header, "over": outcome.over}, frame.blob), outcome.clocks)


def parse_outcome(frame: Frame, max_output_bytes: int, *, tape: str = "") -> Outcome:
    """Raises `ProtocolError` for what an honest worker cannot send."""
    output, clocks = cut(frame) if tape == RECORD else (frame.blob, None)
    if len(output) > max_output_bytes:
        raise ProtocolError(f"an output of {len(output)} bytes is over the call's {max_output_bytes}")
    try:
        content = output.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("an output is not UTF-8") from error
    return Outcome(
        content=content,
        error=_parse_error(frame.header.get("error")),
        fuel=_count(frame, "fuel"),
        memory_bytes=_count(frame, "memory"),
        logs=_parse_logs(frame.sequence("logs")),
        dropped_logs=_count(frame, "dropped"),
        stale_module=frame.header.get("stale") is True,
        clocks=clocks,
        over=frame.header.get("over") is True,
        reads=_parse_reads(frame.header.get("reads")) if tape == REPLAY else None,
    )


def _parse_reads(value: Json) -> tuple[int, int]:
    match value:
        case [int(real), int(mono)] if 0 <= real < _U64 and 0 <= mono < _U64:
            return real, mono
        case _:
            raise ProtocolError("field 'reads' is not a pair of counts")


def _count(frame: Frame, key: str) -> int:
    value = frame.integer(key)
    if not 0 <= value < _U64:
        raise ProtocolError(f"field {key!r} is out of range")
    return value


def _parse_error(value: Json) -> tuple[ErrorKind, str] | None:
    match value:
        case None:
            return None
        case [str(kind), str(message)] if kind in _KINDS and len(message) <= MAX_MESSAGE:
            return ErrorKind(kind), checked_text(message)
        case _:
            raise ProtocolError("field 'error' is neither null nor a known kind with a message")


_KINDS = frozenset(kind.value for kind in ErrorKind)


def _parse_logs(lines: list[Json]) -> tuple[tuple[str, str], ...]:
    if len(lines) > MAX_LINES:
        raise ProtocolError(f"{len(lines)} log lines are over the cap of {MAX_LINES}")
    if not lines:
        return ()
    logs = tuple(_parse_line(line) for line in lines)
    if sum(len(message) for _, message in logs) > MAX_BYTES:
        raise ProtocolError(f"log lines are over the cap of {MAX_BYTES} bytes")
    return logs


def _parse_line(line: Json) -> tuple[str, str]:
    match line:
        case [str(level), str(message)] if level in LEVELS:
            return level, checked_text(message)
        case _:
            raise ProtocolError("a log line is not a level and a text")
