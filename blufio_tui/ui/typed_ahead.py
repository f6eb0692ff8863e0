"""Keys that come faster than the focus moves: over a slow line, a whole word arrives at once.

Textual hands a key to what has the focus when it arrives. Of `/words`, typed at once, the slash moves the focus to the
filter, and the letters are on their way to the list by then, where each of them means something else.
"""

from collections import deque

from textual import events
from textual.app import App, ReturnType
from textual.widget import Widget
from textual.widgets import Input, TextArea

_REMEMBERED = 256


class TypedAhead(App[ReturnType]):
    """A key that its receiver did not take goes to the text field that has the focus now."""

    def __init__(self) -> None:
        super().__init__()
        self._receivers: deque[tuple[events.Key, Widget | None]] = deque(maxlen=_REMEMBERED)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                self._receivers.append((event, self.focused))
            elif self._goes_elsewhere(event):
                return
        await super().on_event(event)

    def _goes_elsewhere(self, event: events.Key) -> bool:
        """Whether a key that bubbled up was meant for a text field that has got the focus since."""
        receiver = next((widget for key, widget in self._receivers if key is event), self.focused)
        field = self.focused
        if receiver is field or not isinstance(field, Input | TextArea):
            return False
        field._forward_event(events.Key(event.key, event.character))
        return True
