"""Containers of which nothing shows are painted as blanks; Textual leaves out what the app does to all lines."""

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Blank(Widget):
    """For a container that its children cover: nothing of it is worked out line by line.

    It stands behind the container among the bases: Textual takes the styles of the first alone.
    """

    BLANK = True

    def render_lines(self, crop: Region) -> list[Strip]:
        strip = Strip.blank(crop.width, self.visual_style.rich_style)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return [strip] * crop.height
