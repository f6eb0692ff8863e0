"""Chunks of a reply, cut anywhere, and the events in them."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.adapters.model.claude_stream import MalformedStream, ReplyBuilder, joined
from blufio_tui.adapters.model.server_events import ServerEvents
from blufio_tui.core.agent.provider import ProviderEvent, ProviderText, ProviderThinking, ProviderUsage
from blufio_tui.core.conversation import TokenUsage
from tests.fakes.messages_api import Reply, recorded, text

_PIECES = st.sampled_from(
    [b"event: a", b"data: {}", b"data:x", b"data", b": comment", b"id: 7", b"retry: 9", b"other: y", b"", b"", b"\xff"]
)
_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@st.composite
def _streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A stream and the same in chunks. It ends its lines in one way."""
    end = draw(_ENDS)
    stream = b"".join(line + end for line in draw(st.lists(_PIECES, max_size=20)))
    cuts = sorted(draw(st.sets(st.integers(0, len(stream)))) | {0, len(stream)})
    return stream, [stream[start:stop] for start, stop in pairwise(cuts)]


@given(_streams())
def test_where_a_stream_is_cut_makes_no_difference(stream: tuple[bytes, list[bytes]]) -> None:
    whole, chunks = stream
    reader = ServerEvents()
    assert [event for chunk in chunks for event in reader.feed(chunk)] == list(ServerEvents().feed(whole))


@given(_streams())
def test_it_reads_what_the_reader_of_the_sdk_reads(stream: tuple[bytes, list[bytes]]) -> None:
    from anthropic._streaming import SSEDecoder

    whole = stream[0].replace(b"\xff", b"data: z")
    theirs = SSEDecoder().iter_bytes(iter([whole]))
    known = [((event.event or "").encode(), event.data.encode()) for event in theirs]
    assert [event for event in ServerEvents().feed(whole) if event[1]] == [event for event in known if event[1]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_is_there_with_its_last_byte(end: bytes) -> None:
    reader = ServerEvents()
    assert list(reader.feed(b"event: ping" + end + b"data: {}" + end)) == []
    assert list(reader.feed(end[:1])) == [(b"ping", b"{}")]


def test_a_comment_is_no_event_and_a_lone_id_is_one_without_data() -> None:
    assert list(ServerEvents().feed(b": still here\n\nid: 3\n\n")) == [(b"", b"")]


def test_text_that_came_together_is_one_event() -> None:
    usage = ProviderUsage(TokenUsage(1, 1), "m")
    events = [ProviderText("a"), ProviderText("b"), usage, ProviderText("c"), ProviderThinking("d"), ProviderText("e")]
    whole = [ProviderText("ab"), usage, ProviderText("c"), ProviderThinking("d"), ProviderText("e")]
    assert list(joined(events)) == whole


def test_what_came_before_an_error_comes_out_before_it() -> None:
    def events() -> Iterator[ProviderEvent]:
        yield ProviderText("a")
        yield ProviderText("b")
        raise MalformedStream("x")

    heard = joined(events())
    assert next(heard) == ProviderText("ab")
    with pytest.raises(MalformedStream):
        next(heard)


def test_all_events_of_a_chunk_give_what_one_by_one_gives() -> None:
    stream = recorded(Reply(text("A reply in many pieces.", pieces=9)))
    builder, single = ReplyBuilder("m"), ReplyBuilder("m")
    shown = list(joined(builder.feed_all(ServerEvents().feed(stream))))
    reader = ServerEvents()
    for at in range(len(stream)):
        list(single.feed_all(reader.feed(stream[at : at + 1])))
    assert [event.text for event in shown if isinstance(event, ProviderText)] == ["A reply in many pieces."]
    assert builder.reply() == single.reply() and builder.is_whole and single.is_whole
