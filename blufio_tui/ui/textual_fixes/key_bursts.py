"""Keys that the terminal sent in one piece: the committed word of an input method, or a paste without its brackets.

A person presses one key at a time. What arrives together is text, whatever its first letter would mean somewhere.
"""

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message


class BurstParser(XTermParser):
    """Marks the keys of one reading when there are several that type something."""

    def feed(self, data: str) -> Iterable[Message]:
        found = list(super().feed(data))
        typed = [one for one in found if isinstance(one, events.Key) and (one.is_printable or one.key == "enter")]
        for event in typed if len(typed) > 1 else ():
            event.came_together = True  # type: ignore[attr-defined]
        return found


def came_together(event: Message) -> bool:
    """Whether a key came in one piece with others."""
    return getattr(event, "came_together", False)


def mark_bursts_of_browsers() -> None:
    """From now on the driver of a browser marks them, too."""
    from textual.drivers import web_driver

    web_driver.XTermParser = BurstParser  # type: ignore[attr-defined]
