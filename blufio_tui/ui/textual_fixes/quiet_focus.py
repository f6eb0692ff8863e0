"""A screen whose focus moves without all of it being painted again."""

from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class QuietFocus(Screen[ScreenResultType]):
    """The widgets that lose and gain the focus paint themselves; the rest of the screen looks as before.

    Textual's own screens paint themselves whole, which takes 60 ms at 200×60.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """The keys that work now are shown along with the focus, not a frame later."""
        super().set_focus(widget, scroll_visible, from_app_focus)
        self.refresh_bindings()
