"""Styles of a screen that are read when it opens, without a look at the screen below."""

from textual.app import App, ReturnType
from textual.screen import Screen


class StyledApart(App[ReturnType]):
    """The rules in a screen's files are about what is in that screen, which is not there yet when they are read.

    Textual styles all of the screen below anew, for rules that never match there: 20 ms before the new one opens.
    """

    def _load_screen_css(self, screen: Screen[object]) -> None:
        if screen.CSS or self.css_monitor is not None:
            super()._load_screen_css(screen)
            return
        new = [path for path in screen.css_path if not self.stylesheet.has_source(str(path), "")]
        for path in new:
            self.stylesheet.read(path)
        if new:
            self.stylesheet.reparse()
