"""The conversation pane: a welcome while it is empty, the conversation, and a hint when it continues below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from blufio_tui.ui.textual_fixes.blank import Blank

if TYPE_CHECKING:
    from blufio_tui.core.events import Event
    from blufio_tui.ui.state.entries import Entry
    from blufio_tui.ui.widgets.conversation import ConversationView
    from blufio_tui.ui.widgets.find_bar import FindBar
    from blufio_tui.ui.widgets.welcome import Welcome


class NewBelow(Static):
    """A click or End goes there."""

    def __init__(self) -> None:
        super().__init__(Content.styled("  ↓ new below · End  "), id="new-below", markup=False)


class Chat(Vertical, Blank):
    """
    Attributes:
        is_awaited: a stored conversation is being read; until it is here there is neither it nor a welcome.
        view, find_bar: there once `fill` has put them there.
    """

    view: ConversationView
    find_bar: FindBar
    _is_filled = False
    hint = query_one("#new-below", NewBelow)

    def __init__(self, welcome: Welcome, project: Path, *, is_awaited: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.welcome = welcome
        self.is_awaited = is_awaited
        self._project = project

    def compose(self) -> ComposeResult:
        yield self.welcome
        yield NewBelow()

    async def fill(self) -> None:
        """Add what the first frame could do without."""
        from blufio_tui.ui.widgets.conversation import ConversationView
        from blufio_tui.ui.widgets.find_bar import FindBar

        self.view = ConversationView(self._project, id="conversation")
        self.find_bar = FindBar(self.view, id="find")
        self._is_filled = True
        self._show_what_is_there()
        await self.mount(self.find_bar, self.view, before=self.hint)
        self.watch(self.view, "following", self._following_changed, init=False)

    def on_mount(self) -> None:
        self._show_what_is_there()
        self.hint.display = False

    def take(self, event: Event, at: float) -> None:
        self.view.take(event, at)
        self._show_what_is_there()
        if not self.view.following:
            self.hint.display = True

    def replace(self, entries: list[Entry], earlier_than: int = 0) -> None:
        """Show another conversation; `earlier_than` is the message before which there is more."""
        self.view.replace(entries, earlier_than)
        self.stop_waiting()

    def stop_waiting(self) -> None:
        """What was awaited is here, or will not come."""
        self.is_awaited = False
        self._show_what_is_there()

    def add_earlier(self, entries: list[Entry], earlier_than: int) -> None:
        self.view.prepend(entries, earlier_than)

    def to_end(self) -> None:
        """Go on reading at the end."""
        if self._is_filled:
            self.view.to_end()

    def _show_what_is_there(self) -> None:
        has_entries = self._is_filled and bool(self.view.transcript.entries)
        self.welcome.display = not has_entries and not self.is_awaited
        if self._is_filled:
            self.view.display = not self.welcome.display

    def _following_changed(self, following: bool) -> None:
        if following:
            self.hint.display = False

    def on_click(self, event: object) -> None:
        if getattr(event, "widget", None) is self.hint:
            self.to_end()

    @property
    def focus_target(self) -> Widget:
        return self.query_one("#welcome-suggestions") if self.welcome.display else self.view
