"""Marking what was found in a line that is drawn already."""

from rich.style import Style
from textual.strip import Strip


def marked(strip: Strip, words: str, style: Style) -> Strip:
    """The strip with every occurrence of `words` (casefolded) in another style."""
    text = strip.text.casefold()
    if words not in text or len(text) != len(strip.text):
        return strip
    cuts, start = [], text.find(words)
    while start >= 0:
        cuts += [strip.index_to_cell_position(start), strip.index_to_cell_position(start + len(words))]
        start = text.find(words, start + len(words))
    parts = strip.divide([*cuts, strip.cell_length])
    return Strip.join([part.apply_style(style) if index % 2 else part for index, part in enumerate(parts)])
