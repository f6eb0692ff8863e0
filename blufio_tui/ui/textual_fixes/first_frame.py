"""A screen whose first frame is styled, laid out and painted once.

Textual works out every style as a widget is mounted, and all of them again when the screen is shown. Then it lays the
screen out and paints it three to five times: each widget asks for that as it is mounted and as it learns its size, and
so does each resize, even to the size that the screen has. That was a sixth of the time until the first key shows.
"""

from time import monotonic

from textual import events, messages
from textual.geometry import Size
from textual.screen import Screen, ScreenResultType
from textual.widgets._toast import ToastRack


class OneFirstFrame(Screen[ScreenResultType]):
    """What its first resize would set as classes has to be there when it is composed."""

    _laid_out_at = 0.0
    """When the first frame was laid out, on the clock of messages; 0 before."""

    def on_mount(self) -> None:
        for rack in self.query(ToastRack):
            rack.display = False  # there are no notices yet; hiding it later would lay out the screen again

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The first time in place of Textual's own handler, which would work out and paint all of it again."""
        if self._laid_out_at or not self.is_attached:
            return
        event.prevent_default()
        self.stack_updates += 1
        self.app._refresh_notifications()
        self._update_auto_focus()
        self._laid_out_at = monotonic()
        self._refresh_layout(self.app.size)
        for widget in self.query("*"):  # what they asked for until now has just been done
            widget._layout_required = widget._repaint_required = False
        self._layout_required = self._repaint_required = False

    def on_layout(self, message: messages.Layout) -> None:
        """The same for what had been asked for before that and was still on its way."""
        if message.time < self._laid_out_at:
            message.stop()
            message.prevent_default()

    def _screen_resized(self, size: Size) -> None:
        """Only to another size; whatever changed otherwise asks for a layout itself."""
        if size != self._compositor.size:
            super()._screen_resized(size)
