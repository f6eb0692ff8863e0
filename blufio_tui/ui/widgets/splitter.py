"""The line between two panes; it can be dragged."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


class Splitter(Widget):
    """Draws one rule, across or down as its size says."""

    @dataclass
    class Dragged(Message):
        """The line was pulled to a place on the screen."""

        splitter: "Splitter"
        x: int
        y: int

        @property
        def control(self) -> "Splitter":
            return self.splitter

    def render(self) -> Content:
        width, height = self.size
        return Content("─" * width) if width > height else Content("\n".join("│" * height))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self.add_class("-dragged")
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.has_class("-dragged"):
            self.post_message(self.Dragged(self, event.screen_x, event.screen_y))

    def on_mouse_up(self) -> None:
        self.release_mouse()
        self.remove_class("-dragged")
