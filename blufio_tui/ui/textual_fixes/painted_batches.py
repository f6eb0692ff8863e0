"""What changes while painting is held up is painted afterwards.

Textual throws away what is painted meanwhile, such as a screen that was resized. It wakes the app when painting may go
on, but not the screen, which then waits for the next thing that happens.
"""

from rich.console import RenderableType
from textual.app import App, ReturnType
from textual.screen import Screen


class PaintedBatches(App[ReturnType]):
    _missed: Screen[object] | None = None
    """The screen of which something was thrown away."""

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
