"""The events of a turn on their way to whoever listens."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby, takewhile

from blufio_tui.core.events import Event, TextDelta, ThinkingDelta


async def arrived(queue: "asyncio.Queue[Event | None]") -> tuple[list[Event], bool]:
    """Wait for at least one event; all that are in the queue, and whether None, the end, was among them.

    Text that piled up while the listener was busy comes as one event.
    """
    items = [await queue.get()]
    while not queue.empty():
        items.append(queue.get_nowait())
    events = [event for event in takewhile(lambda item: item is not None, items) if event is not None]
    return list(joined(events)), None in items


def joined(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, with consecutive fragments of text joined."""
    for kind, run in groupby(events, key=type):
        if kind is TextDelta or kind is ThinkingDelta:
            yield _joined_text([event for event in run if isinstance(event, TextDelta | ThinkingDelta)])
        else:
            yield from run


def _joined_text(fragments: list[TextDelta | ThinkingDelta]) -> Event:
    return replace(fragments[0], text="".join(fragment.text for fragment in fragments))
