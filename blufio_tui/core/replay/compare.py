"""Whether a call that ran again did the same, and where it did not."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.replay.playback import Denied, Playback
from blufio_tui.core.replay.record import CallRecord, Ending, Request
from blufio_tui.core.text.json_types import Json, JsonObject

MAX_SHOWN = 4096
"""Characters of a value that a difference shows; of a longer one, its length and hash are shown as well."""
_LIMIT = (ErrorKind.TIMEOUT, ErrorKind.FUEL_EXHAUSTED)
NOT_REPEATABLE = frozenset({ErrorKind.WORKER_CRASHED, ErrorKind.CANCELLED, ErrorKind.INTEGRITY})
"""Endings that no guest made: running again says nothing about them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: output, error, logs, fuel, memory, requests or clock."""

    what: str
    recorded: str
    now: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    Attributes:
        ending: how it ended this time.
        requests: what it asked for this time.
        denied: what did not pass.
    """

    record: CallRecord
    ending: Ending
    requests: tuple[Request, ...]
    differences: tuple[Difference, ...]
    denied: tuple[Denied, ...]

    @property
    def same(self) -> bool:
        return not self.differences

    def as_json(self) -> JsonObject:
        """The object of `replay --json`."""
        differences: list[Json] = [
            {"what": one.what, "recorded": one.recorded, "now": one.now} for one in self.differences
        ]
        denied: list[Json] = [
            {"kind": one.kind, "resource": one.resource, "would": str(one.would)} for one in self.denied
        ]
        return {
            "call_id": self.record.call_id,
            "skill": self.record.skill,
            "version": self.record.version,
            "same": self.same,
            "differences": differences,
            "denied": denied,
            "requests": len(self.requests),
        }


def compare(record: CallRecord, ending: Ending, playback: Playback) -> Replayed:
    """
    Args:
        ending: how the replayed call ended.
        playback: what answered it.
    """
    requests = tuple(playback.requests)
    differences = (*_endings(record.ending, ending), *_requests(record, requests), *_clock(record, playback))
    return Replayed(record, ending, requests, differences, tuple(playback.denied))


def _endings(recorded: Ending, now: Ending) -> Iterator[Difference]:
    if recorded.content != now.content:
        yield Difference("output", _shown(recorded.content), _shown(now.content))
    if recorded.error != now.error and not _both_ran_out(recorded, now):
        yield Difference("error", _error(recorded), _error(now))
    before, after = _log_text(recorded), _log_text(now)
    if before != after:
        yield Difference("logs", _shown(before), _shown(after))
    if recorded.fuel != now.fuel:
        yield Difference("fuel", f"{recorded.fuel}", f"{now.fuel}")
    if recorded.memory_bytes != now.memory_bytes:
        yield Difference("memory", f"{recorded.memory_bytes} bytes", f"{now.memory_bytes} bytes")


def _both_ran_out(recorded: Ending, now: Ending) -> bool:
    """A call that its deadline ended gets as much fuel as it had used then, and runs out of that instead."""
    return recorded.error[0] == ErrorKind.TIMEOUT and now.error[0] in _LIMIT


def _requests(record: CallRecord, now: Sequence[Request]) -> Iterator[Difference]:
    before = [exchange.request for exchange in record.exchanges]
    if [one.key for one in before] == [one.key for one in now]:
        return
    place = next(
        (at for at, (old, new) in enumerate(zip(before, now, strict=False)) if old.key != new.key),
        min(len(before), len(now)),
    )
    yield Difference("requests", _request_at(before, place), _request_at(now, place))


def _request_at(requests: Sequence[Request], place: int) -> str:
    count = f"{len(requests)} requests"
    if place >= len(requests):
        return f"{count}; none as number {place + 1}"
    return f"{count}; number {place + 1}: {in_words(requests[place])}"


def in_words(request: Request) -> str:
    """One line about a request, for people."""
    match request.effect:
        case "fetch":
            size = f", {len(request.blob):,} bytes sent" if request.blob else ""
            return f"{request.text('method')} {request.text('url')}{size}"
        case "write":
            return f"write {request.text('path')}, {len(request.blob):,} bytes"
        case "env":
            return f"env {request.text('key')}"
        case "file":
            return " ".join((request.text("op"), request.text("path"), request.text("other"))).rstrip()
        case "handle":
            size = f", {len(request.blob):,} bytes" if request.blob else ""
            return f"{request.text('op')} of open file {request.fields.get('handle', 0)}{size}"
        case effect:
            return f"{effect} {request.text('path')}"


def _clock(record: CallRecord, playback: Playback) -> Iterator[Difference]:
    before = (len(record.clocks.real), len(record.clocks.monotonic))
    if playback.clock_reads is not None and playback.clock_reads != before:
        yield Difference("clock", _reads(before), _reads(playback.clock_reads))


def _reads(counts: tuple[int, int]) -> str:
    return f"{counts[0]} readings of the wall clock, {counts[1]} of the monotonic clock"


def _error(ending: Ending) -> str:
    return f"{ending.error[0]}: {ending.error[1]}" if ending.error[0] else "no error"


def _log_text(ending: Ending) -> str:
    lines = [f"[{level}] {text}" for level, text in ending.logs]
    return "\n".join([*lines, f"({ending.logs_dropped} more)"] if ending.logs_dropped else lines)


def _shown(text: str) -> str:
    if len(text) <= MAX_SHOWN:
        return text
    named = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[:MAX_SHOWN]}… ({len(text):,} characters, SHA-256 {named})"
