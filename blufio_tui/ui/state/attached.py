"""What went with a prompt, each in a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from blufio_tui.core.conversation import Block, ImageBlock, TextBlock
from blufio_tui.core.sessions.heads import without_head
from blufio_tui.core.text.amounts import size
from blufio_tui.core.text.display import visible_line

_FRAMED = re.compile(r"\A\n\nAttached: ([^\n]*)\n")


def attachments_of(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a prompt that are not its words."""
    blocks = without_head(blocks)
    words = next((block for block in reversed(blocks) if isinstance(block, TextBlock)), None)
    return tuple(block for block in blocks if block is not words and isinstance(block, ImageBlock | TextBlock))


def attached_labels(blocks: Sequence[Block], names: Sequence[str] = ()) -> tuple[str, ...]:
    """`chart.png, PNG, 34.5 KiB`; `names` where the block itself does not know its own."""
    padded = [*names, *[""] * len(blocks)]
    return tuple(label for block, name in zip(blocks, padded, strict=False) if (label := _label(block, name)))


def _label(block: Block, name: str) -> str:
    match block:
        case ImageBlock():
            return ", ".join([name or "image", image_label(block)])
        case TextBlock() if framed := _FRAMED.match(block.text):
            return f"{name or visible_line(framed[1])}, {size(len(block.text.encode()))}"
        case TextBlock():
            return f"{name or 'text'}, {size(len(block.text.encode()))}"
        case _:
            return ""


def image_label(image: ImageBlock) -> str:
    """`PNG, 34.5 KiB`."""
    padding = image.data[-2:].count("=")
    return f"{image.media_type.rpartition('/')[2].upper()}, {size(len(image.data) * 3 // 4 - padding)}"
