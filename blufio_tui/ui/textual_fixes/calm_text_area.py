"""A text field that works out its colours when a style changed, not whenever it is painted.

Textual asks all styles around the field for the colours of cursor, selection, gutter and brackets at each key: that
takes longer than painting the letter.
"""

from textual._text_area_theme import TextAreaTheme
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea

from blufio_tui.ui.textual_fixes.style_key import style_key


class CalmTextArea(TextArea):
    _coloured: tuple[TextAreaTheme, tuple[int, ...]] | None = None
    """The theme that has its colours, and the styles they were made from."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual's, with the colours of the last time where they cannot be others."""
        theme, styles = self._theme, style_key(self)
        known = self._coloured
        if known is None or known[0] is not theme or known[1] != styles:
            theme.apply_css(self)
            self._coloured = theme, styles
        return super(TextArea, self).render_lines(crop)

    def notify_style_update(self) -> None:
        self._coloured = None
        super().notify_style_update()
