"""Where the code blocks of a reply stand among its lines, so that one can be chosen by key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodePlace:
    """
    Attributes:
        line, height: lines of the reply as it is laid out.
    """

    line: int
    height: int
    code: str


def code_places(source: str, width: int) -> list[CodePlace]:
    """The blocks that stand by themselves, laid out for a width; those inside of lists and quotes are part of these."""
    from blufio_tui.ui.text.layout import layout_blocks
    from blufio_tui.ui.text.parse import parse

    places, line = [], 0
    for block in parse(source):
        height = len(layout_blocks([block], width, highlight=False))
        if block.type in ("fence", "code_block"):
            places.append(CodePlace(line, height, block.content.rstrip("\n")))
        line += height + 1
    return places
