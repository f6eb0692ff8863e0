"""Lines between panes; they can be dragged."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


@dataclass
class Dragged(Message):
    """A line was pulled to a place on the screen."""

    line: Widget
    x: int
    y: int

    @property
    def control(self) -> Widget:
        return self.line


class Draggable(Widget):
    """Tells where it is pulled to while a mouse button is held down on it."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self.add_class("-dragged")
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.has_class("-dragged"):
            self.post_message(Dragged(self, event.screen_x, event.screen_y))

    def on_mouse_up(self) -> None:
        self.release_mouse()
        self.remove_class("-dragged")


class UprightLine(Widget):
    """Draws one rule from top to bottom."""

    def render(self) -> Content:
        return Content("\n".join("│" * self.size.height))


class Splitter(UprightLine, Draggable):
    """The same, to be dragged."""
