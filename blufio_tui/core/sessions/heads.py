"""The line that the program puts before a message of the person, as a separate block, and how to recognise it."""

import re
from collections.abc import Sequence

from blufio_tui.core.conversation import Block, TextBlock

_HEAD = re.compile(r"\A\[(?:mode |nobody can be asked)[^\n]*\]\n\Z")


def head_block(line: str) -> TextBlock:
    """
    Args:
        line: in brackets, the mode first.
    """
    return TextBlock(f"{line}\n")


def without_head(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a person's message without the head. The head is the first of several blocks; what they typed is
    the last, so it is never mistaken for the head."""
    return tuple(blocks[1:] if len(blocks) > 1 and _is_head(blocks[0]) else blocks)


def _is_head(block: Block) -> bool:
    return isinstance(block, TextBlock) and _HEAD.match(block.text) is not None
