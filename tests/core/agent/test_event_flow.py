"""How events travel from a turn to whoever listens."""

import asyncio

from blufio_tui.core.agent.event_flow import arrived, joined
from blufio_tui.core.agent.yielding import Politeness
from blufio_tui.core.events import Event, RequestStarted, TextDelta, ThinkingDelta

STARTED = RequestStarted("t", 1, "m")


def test_fragments_that_follow_each_other_are_put_together_and_nothing_else_is() -> None:
    events: list[Event] = [
        TextDelta("t", "a"),
        TextDelta("t", "b"),
        STARTED,
        TextDelta("t", "c"),
        ThinkingDelta("t", "d"),
    ]
    assert list(joined(events)) == [TextDelta("t", "ab"), STARTED, TextDelta("t", "c"), ThinkingDelta("t", "d")]


async def test_a_busy_listener_gets_what_piled_up_as_one_event() -> None:
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    for event in (TextDelta("t", "a"), TextDelta("t", "b"), STARTED, None):
        queue.put_nowait(event)
    assert await arrived(queue) == ([TextDelta("t", "ab"), STARTED], True)


async def test_a_listener_that_waits_gets_each_event_as_it_comes() -> None:
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    for text in "ab":
        waiting = asyncio.ensure_future(arrived(queue))
        await asyncio.sleep(0)
        assert not waiting.done()
        queue.put_nowait(TextDelta("t", text))
        assert await waiting == ([TextDelta("t", text)], False)


async def test_nothing_comes_after_the_end() -> None:
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    for event in (STARTED, None, TextDelta("t", "late")):
        queue.put_nowait(event)
    assert await arrived(queue) == ([STARTED], True)


async def test_a_loop_that_never_waits_lets_others_run_once_its_slice_is_over() -> None:
    ran: list[str] = []
    other = asyncio.ensure_future(_note(ran))
    await Politeness(slice_secs=1000).take_turns()
    assert ran == []
    await Politeness(slice_secs=0).take_turns()
    assert ran == ["other"]
    await other


async def _note(ran: list[str]) -> None:
    ran.append("other")
