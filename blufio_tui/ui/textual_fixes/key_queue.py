"""Keys that come faster than the focus moves: over a slow line, a whole word arrives at once.

Textual hands a key to what has the focus when it arrives, and looks for bindings once the key has bubbled up again. Of
`/words`, typed at once, the slash moves the focus to the filter, and the letters are on their way to the list by then,
where each of them means something else. Here a key that may move the focus holds back those behind it until it is done.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

from textual import events, on
from textual.app import App, ReturnType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, TextArea

_PATIENCE_SECS = 0.25
"""How often to look whether the widget is still there; one that is removed does not say that its key is done."""

_MOST_HELD_SECS = 5.0
"""A screen that takes longer to open does not get what was typed meanwhile."""

_MOST_LOOKS = 40
"""After these, a widget that is still busy with one key no longer holds back the others."""


class KeyDone(Message):
    """Goes the way of a key, right behind it: when it arrives at the app, the key's bindings have run."""


class TypedAhead(App[ReturnType]):
    """One key after the other, but for letters in a text field: those stay there.

    At first nothing has the focus, and a key would go nowhere: what was typed at the shell while the program started is
    held. From `open_text` on letters go to a text field; the first key that does something else, and all behind it,
    are held until `open_keys`, when there is something for them to act on.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_text_open = self._are_keys_open = False
        self._held: deque[events.Key | events.Paste] = deque()
        self._holders: dict[object, Callable[[], bool]] = {}
        self._awaited: KeyDone | None = None
        self._receiver: Widget | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._awaited is None and not self._held and self._may_go(event):
            await self._hand_over(event)
        elif self._holders and _is_key(event, "ctrl+c"):  # as in a shell, it drops what was typed ahead
            self._give_up()
            self._held.clear()
            await self._hand_over(event)
        elif not (self._holders and not self._held and _is_key(event, "escape") and self._give_up()):
            event.was_held = bool(self._holders)  # type: ignore[union-attr]
            self._held.append(event)
            if len(self._held) == 1 and self._awaited is not None:
                self._limit_wait(self._awaited, _MOST_LOOKS)

    async def open_text(self) -> None:
        """From now on letters are handed to the text field that has the focus; first those that came before."""
        self._is_text_open = True
        await self._hand_over_held()

    async def open_keys(self) -> None:
        """From now on all keys are handed out; first those that came before."""
        self._are_keys_open = True
        await self._hand_over_held()

    def hold_keys(self, give_up: Callable[[], bool] = lambda: False) -> Callable[[], None]:
        """Hold what is typed for something that is about to open, until the returned function is called.

        Args:
            give_up: called for ctrl+c, and for Escape if nothing was typed before it; False if it opens anyway.
        """
        holder = object()
        self._holders[holder] = give_up

        def release() -> None:
            limit.stop()
            if self._holders.pop(holder, None) is not None:
                self.call_later(self._hand_over_held)

        limit = self.set_timer(_MOST_HELD_SECS, release)
        return release

    def _give_up(self) -> bool:
        """Give up all that is about to open; False if some of it opens anyway."""
        if not all(give_up() for give_up in self._holders.values()):
            return False
        self._holders.clear()
        return True

    def _may_go(self, event: events.Key | events.Paste) -> bool:
        if self._holders:
            return False
        return self._are_keys_open or (self._is_text_open and _is_text(event, self.focused or self.screen))

    async def _hand_over(self, event: events.Key | events.Paste) -> None:
        receiver = self.focused or self.screen
        self.note_key(event, receiver)
        await super().on_event(event)
        if event.is_forwarded and not _is_text(event, receiver):
            done = KeyDone()
            done.set_sender(receiver)  # what the app itself has sent does not bubble up to it
            if receiver.post_message(done):
                self._awaited, self._receiver = done, receiver
                if self._held:
                    self._limit_wait(done, _MOST_LOOKS)

    def note_key(self, event: events.Key | events.Paste, receiver: Widget) -> None:
        """Called for each key right before its receiver gets it."""

    def _limit_wait(self, done: KeyDone, looks: int) -> None:
        self.set_timer(_PATIENCE_SECS, partial(self._look_whether_it_is_there, done, looks - 1))

    def _look_whether_it_is_there(self, done: KeyDone, looks: int) -> None:
        """A slow moment is no reason to go on: what is typed behind Enter would be sent along."""
        if done is not self._awaited:
            return
        if looks and self._receiver is not None and self._receiver.is_attached:
            self._limit_wait(done, looks)
        else:
            self.post_message(done)

    @on(KeyDone)
    async def hand_over_the_next(self, done: KeyDone) -> None:
        if done is not self._awaited:
            return
        self._awaited = None
        await self._hand_over_held()

    async def _hand_over_held(self) -> None:
        while self._held and self._awaited is None and self._may_go(self._held[0]):
            await self._hand_over(self._held.popleft())


def was_held(event: events.Event) -> bool:
    """Whether a key was typed for something that was about to open, be it that it did not."""
    return getattr(event, "was_held", False)


def _is_key(event: events.Event, key: str) -> bool:
    return isinstance(event, events.Key) and event.key == key


def _is_text(event: events.Key | events.Paste, receiver: Widget) -> bool:
    """Whether a text field keeps what it was handed."""
    return isinstance(receiver, Input | TextArea) and (isinstance(event, events.Paste) or event.is_printable)
