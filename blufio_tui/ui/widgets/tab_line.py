"""The panes as tabs, where there is room for one only."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

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
            for pane, title in _TITLES.items()
        ]
        return Content(" ").join(parts)

    def on_click(self, event: events.Click) -> None:
        start = 0
        for pane, title in _TITLES.items():
            if start <= event.x < start + len(title) + 2:
                self.post_message(self.Picked(pane))
            start += len(title) + 3
