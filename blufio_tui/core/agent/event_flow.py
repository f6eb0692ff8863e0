"""The events of a turn on their way to whoever listens."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import replace
from itertools import groupby, takewhile

from blufio_tui.core.events import Event, TextDelta, ThinkingDelta


async def events_of(queue: "asyncio.Queue[Event | None]") -> AsyncGenerator[Event, None]:
    """What is put into the queue, until None. Text that piled up while the listener was busy comes as one event."""
    ended = False
    while not ended:
        arrived = [await queue.get()]
        while not queue.empty():
            arrived.append(queue.get_nowait())
        ended = None in arrived
        for event in joined(event for event in takewhile(lambda one: one is not None, arrived) if event):
            yield event


def joined(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, with fragments of text that follow each other put together."""
    for kind, run in groupby(events, key=type):
        if kind is TextDelta or kind is ThinkingDelta:
            yield _joined_text([event for event in run if isinstance(event, TextDelta | ThinkingDelta)])
        else:
            yield from run


def _joined_text(fragments: list[TextDelta | ThinkingDelta]) -> Event:
    return replace(fragments[0], text="".join(fragment.text for fragment in fragments))
