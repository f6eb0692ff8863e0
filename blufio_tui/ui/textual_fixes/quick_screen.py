"""A screen whose focus moves without all of it being painted again, and that shows at once what is typed."""

from time import monotonic

from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Input, TextArea

_LEAST_SECS = 1 / 60
"""Between two letters that are painted at once: thousands may arrive as if they were typed."""


class QuickScreen(Screen[ScreenResultType]):
    """The widgets that lose and gain the focus paint themselves; the rest of the screen looks as before.

    Textual's own screens paint themselves whole, which takes 60 ms at 200×60. And they are painted at most every 17 to
    33 ms: what is typed right after something else was painted, such as text that streams in, shows that much later.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    _typed_at = 0.0
    """When a letter was last painted at once."""

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """The keys that work now are shown along with the focus, not a frame later."""
        super().set_focus(widget, scroll_visible, from_app_focus)
        self.refresh_bindings()

    def on_idle(self) -> None:
        """Paint a text field that has the focus and has changed, before Textual's own handler lets that wait."""
        is_typed = isinstance(self.focused, TextArea | Input) and self.focused in self._dirty_widgets
        if not is_typed or self._layout_required or self._repaint_required:
            return
        now = monotonic()
        if now - self._typed_at >= _LEAST_SECS:
            self._typed_at = now
            self._on_timer_update()
