"""What of what a call read reached what it sent, shown by exchanging answers.

A call runs again with one thing that it read exchanged for something of the same shape. Where something else goes
out then, that thing flows there. What never changes anything did not reach it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from blufio_tui.core.capability import Kind
from blufio_tui.core.replay.canary import canary, longer
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.playback import HANDLE, asked_for
from blufio_tui.core.replay.record import Answer, CallRecord, Exchanged, Reply, Request
from blufio_tui.core.text.json_types import Json, JsonObject

MAX_SOURCES = 64
"""More things that one call read are not distinguished."""
_SHIFTS = (1, 4)
_READING = frozenset({"read", "list", "env", "fetch"})
_READING_HANDLE = frozenset({"read", "pread", "list"})
_WRITING_HANDLE = frozenset({"write", "append"})


@dataclass(frozen=True, slots=True)
class Source:
    """Something that a call read. `positions`: the requests whose answers are parts of it."""

    kind: str
    resource: str
    seq: int
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where something went: a host, or a file that was changed."""

    kind: str
    resource: str


@dataclass(frozen=True, slots=True)
class Flow:
    """
    Attributes:
        how: `content`: other bytes go out; `size`: only when what was read is longer; `whether`: other, more or
            fewer requests go out.
    """

    source: Source
    to: Destination
    how: str


@dataclass(frozen=True, slots=True)
class Flows:
    """
    Attributes:
        reached_output: sources that show in the call's output, which the model reads.
        untold: sources that nothing of the same shape could be made of.
    """

    call_id: str
    flows: tuple[Flow, ...] = ()
    sources: tuple[Source, ...] = ()
    destinations: tuple[Destination, ...] = ()
    reached_output: tuple[Source, ...] = ()
    untold: tuple[Source, ...] = ()

    def with_found(self, source: Source, found: "Found") -> "Flows":
        """With what one run showed; how a flow was seen first stays."""
        known = {(flow.source, flow.to) for flow in self.flows}
        new = tuple(Flow(source, to, how) for to, how in found.flows if (source, to) not in known)
        output = self.reached_output
        if found.output and source not in output:
            output = (*output, source)
        return replace(self, flows=(*self.flows, *new), reached_output=output)

    def as_json(self) -> JsonObject:
        """The object of `flow --json`."""
        flows: list[Json] = [
            {"from": _source_json(flow.source), "to": _destination_json(flow.to), "how": flow.how}
            for flow in self.flows
        ]
        return {
            "call_id": self.call_id,
            "flows": flows,
            "reads": [_source_json(one) for one in self.sources],
            "sends": [_destination_json(one) for one in self.destinations],
            "output": [_source_json(one) for one in self.reached_output],
            "untold": [_source_json(one) for one in self.untold],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What one run with an exchanged answer showed."""

    flows: tuple[tuple[Destination, str], ...] = ()
    output: bool = False


@dataclass(slots=True)
class _Open:
    """Open files of a call by number, as its answers name them."""

    paths: dict[int, tuple[str, int]] = field(default_factory=dict)

    def see(self, exchange: Exchanged) -> None:
        number = exchange.answer.fields.get("handle")
        if exchange.request.effect == "file" and isinstance(number, int) and number and exchange.touched:
            last = exchange.touched[-1]
            self.paths[number] = (last.resource, last.seq)

    def of(self, request: Request) -> tuple[str, int]:
        number = request.fields.get("handle")
        return self.paths.get(number, (f"open file {number}", 0)) if isinstance(number, int) else ("an open file", 0)


def sources_of(record: CallRecord) -> tuple[Source, ...]:
    """What a call read, in the order of reading; the parts of one file together."""
    found: dict[tuple[str, str], tuple[int, list[int]]] = {}
    for position, (kind, resource, seq) in _readings(record):
        found.setdefault((kind, resource), (seq, []))[1].append(position)
    sources = islice(found.items(), MAX_SOURCES)
    return tuple(Source(kind, resource, seq, tuple(positions)) for (kind, resource), (seq, positions) in sources)


def _readings(record: CallRecord) -> Iterator[tuple[int, tuple[str, str, int]]]:
    opened = _Open()
    for position, exchange in enumerate(record.exchanges):
        opened.see(exchange)
        request, answer = exchange.request, exchange.answer
        if answer.reply is not Reply.RESULT or not answer.blob:
            continue
        if request.effect in _READING and exchange.touched:
            last = exchange.touched[-1]
            yield position, (last.kind, last.resource, last.seq)
        elif request.effect == HANDLE and request.text("op") in _READING_HANDLE:
            path, seq = opened.of(request)
            yield position, (Kind.FS_READ, path, seq)


def exchanged(record: CallRecord, source: Source) -> Iterator[tuple[str, CallRecord]]:
    """The call with a source exchanged, in several ways, each with what a change would show."""
    for shift in _SHIFTS:
        yield "content", _with(record, source, partial(canary, shift=shift))
    yield "size", _with(record, source, longer)


def _with(record: CallRecord, source: Source, change: Callable[[bytes], bytes]) -> CallRecord:
    answers = {}
    for position in source.positions:
        exchange = record.exchanges[position]
        data = change(exchange.answer.blob)
        if exchange.request.effect == HANDLE:
            data = data[: len(exchange.answer.blob)]  # a read gives no more than was asked for
        answers[position] = _answer_with(exchange.answer, exchange.request, data)
    return record.answered_with(answers)


def _answer_with(answer: Answer, request: Request, data: bytes) -> Answer:
    """Where the answer's number is the length of the data, it goes along."""
    is_length = request.effect in ("read", "env") or request.effect == HANDLE
    if is_length and answer.fields.get("value") == len(answer.blob):
        return Answer(answer.reply, {**answer.fields, "value": len(data)}, data)
    return Answer(answer.reply, answer.fields, data)


def found_flows(record: CallRecord, source: Source, now: Replayed, how: str) -> Found:
    """What goes out otherwise than it did, of what goes out after the source was read."""
    first = source.positions[0]
    before, after = sendings(record, [one.request for one in record.exchanges]), sendings(record, now.requests)
    found = []
    for destination, all_sent in before.items():
        sent = [key for position, key in all_sent if position > first]
        now_sent = [key for position, key in after.get(destination, []) if position > first]
        if sent and sent != now_sent:
            found.append((destination, how if len(sent) == len(now_sent) else "whether"))
    return Found(tuple(found), now.ending.content != record.ending.content)


def reaches_last(record: CallRecord, now: Replayed, how: str) -> str:
    """Whether the last request of a call is another one when it runs with an exchanged answer: how, "" if it is not.

    For a call that still runs: its last request waits.
    """
    last = len(record.exchanges) - 1
    if len(now.requests) <= last:
        return "whether"
    before, after = record.exchanges[last].request, now.requests[last]
    if before.effect != after.effect:
        return "whether"
    return how if before.key != after.key else ""


def sendings(record: CallRecord, requests: Sequence[Request]) -> dict[Destination, list[tuple[int, str]]]:
    """What goes out, by destination: place and key of each request."""
    opened, found = _Open(), dict[Destination, list[tuple[int, str]]]()
    for position, request in enumerate(requests):
        if position < len(record.exchanges):
            opened.see(record.exchanges[position])
        if (destination := _destination(record, request, opened)) is not None:
            found.setdefault(destination, []).append((position, request.key))
    return found


def _destination(record: CallRecord, request: Request, opened: _Open) -> Destination | None:
    if request.effect == "fetch":
        return Destination(Kind.NET, _host(request.text("url")))
    if request.effect == HANDLE:
        return Destination(Kind.FS_WRITE, opened.of(request)[0]) if request.text("op") in _WRITING_HANDLE else None
    for touched in asked_for(request, record.places):
        if touched.kind == Kind.FS_WRITE:
            return Destination(touched.kind, touched.resource)
    return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def flows_of(record: CallRecord, flows: Flows) -> Flows:
    """With all that the call read and sent, and what could not be told."""
    sources = sources_of(record)
    untold = tuple(one for one in sources if all(_is_unchanged(record, one, shift) for shift in _SHIFTS))
    requests = [exchange.request for exchange in record.exchanges]
    return replace(flows, sources=sources, destinations=tuple(sendings(record, requests)), untold=untold)


def _is_unchanged(record: CallRecord, source: Source, shift: int) -> bool:
    return all(
        canary(record.exchanges[position].answer.blob, shift) == record.exchanges[position].answer.blob
        for position in source.positions
    )


def _source_json(source: Source) -> JsonObject:
    return {"kind": source.kind, "resource": source.resource, "seq": source.seq}


def _destination_json(destination: Destination) -> JsonObject:
    return {"kind": destination.kind, "resource": destination.resource}
