"""Changing lines that are drawn already: the cursor's ground, selected text, what was found."""

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def overlaid(strip: Strip, style: Style) -> Strip:
    """The strip with `style` on top of its own."""
    segments = [Segment(segment.text, segment.style + style if segment.style else style) for segment in strip]
    return Strip(segments, strip.cell_length)


def on_ground(strip: Strip, ground: Color | None, own: Color | None) -> Strip:
    """The strip on another ground; what stood on a ground other than `own` keeps it."""
    style = Style.from_color(bgcolor=ground)
    segments = [
        Segment(segment.text, segment.style + style if segment.style else style)
        if segment.style is None or segment.style.bgcolor in (None, own)
        else segment
        for segment in strip
    ]
    return Strip(segments, strip.cell_length)


def marked(strip: Strip, words: str, style: Style, current: int | None = None, here: Style | None = None) -> Strip:
    """The strip with every occurrence of `words` (casefolded) in another style, the `current` one as `here`."""
    text = strip.text.casefold()
    if words not in text or len(text) != len(strip.text):
        return strip
    cuts, start = [], text.find(words)
    while start >= 0:
        cuts += [strip.index_to_cell_position(start), strip.index_to_cell_position(start + len(words))]
        start = text.find(words, start + len(words))
    parts = strip.divide([*cuts, strip.cell_length])
    looks = [here if here is not None and index == current else style for index in range(len(cuts) // 2)]
    return Strip.join([overlaid(part, looks[n // 2]) if n % 2 else part for n, part in enumerate(parts)])
