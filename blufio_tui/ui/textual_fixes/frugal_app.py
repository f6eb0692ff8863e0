"""An app that styles a new screen alone, and paints all that changed while painting was held up."""

from rich.console import RenderableType
from textual.app import App, ReturnType
from textual.screen import Screen


class FrugalApp(App[ReturnType]):
    """
    Textual styles all of the screen below anew when a screen opens for the first time, for rules that never match
    there: 20 ms before the new one shows.

    It throws away what is painted while painting is held up, such as a screen that was resized. It wakes the app when
    painting may go on, but not the screen, which then waits for the next thing that happens.
    """

    _missed: Screen[object] | None = None
    """The screen of which something was thrown away."""

    def _load_screen_css(self, screen: Screen[object]) -> None:
        """The rules in a screen's files are about what is in that screen, which is not there yet when they are read."""
        if screen.CSS or self.css_monitor is not None:
            super()._load_screen_css(screen)
            return
        new = [path for path in screen.css_path if not self.stylesheet.has_source(str(path), "")]
        for path in new:
            self.stylesheet.read(path)
        if new:
            self.stylesheet.reparse()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if self._batch_count and renderable is not None:
            self._missed = screen
        super()._display(screen, renderable)

    def _end_batch(self) -> None:
        super()._end_batch()
        if self._batch_count:
            return
        missed, self._missed = self._missed, None
        if missed is not None:
            missed.refresh()
        if self._screen_stack:
            self.screen.check_idle()
