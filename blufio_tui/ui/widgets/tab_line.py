"""The panes as tabs, where there is room for one only."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.state.layout import PaneName

_TITLES = {PaneName.CHAT: "F2 Conversation", PaneName.TRACE: "F3 Trace", PaneName.AUDIT: "F4 Audit"}


class TabLine(Static):
    active: reactive[PaneName] = reactive(PaneName.CHAT)

    @dataclass
    class Picked(Message):
        pane: PaneName

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def render(self) -> Content:
        parts = [
            Content.styled(f" {title} ", "bold $accent on $panel" if pane is self.active else "$muted")
            for pane, title in self._titles()
        ]
        return Content(" ").join(parts)

    def _titles(self) -> list[tuple[PaneName, str]]:
        """For those who do not see the colours, the pane that is shown says so."""
        says = " (shown)" if self.app.has_class("-accessible") else ""
        return [(pane, title + says if pane is self.active else title) for pane, title in _TITLES.items()]

    def jump_targets(self) -> Iterator[JumpTarget]:
        for pane, place in self._places():
            picked = partial(self.post_message, self.Picked(pane))
            yield JumpTarget(self.region.x + place.start, self.region.y, picked)

    def _places(self) -> Iterator[tuple[PaneName, range]]:
        start = 0
        for pane, title in self._titles():
            yield pane, range(start, start + len(title) + 2)
            start += len(title) + 3

    def on_click(self, event: events.Click) -> None:
        for pane, place in self._places():
            if event.x in place:
                self.post_message(self.Picked(pane))
