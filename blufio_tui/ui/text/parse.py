"""Markdown to a tree, with the parser's options in one place. Raw HTML stays text."""

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.linkify = None  # a quarter of a megabyte of patterns for a rule that is off
    return parser


def parse(source: str) -> list[SyntaxTreeNode]:
    """The top-level blocks."""
    return SyntaxTreeNode(_parser().parse(source)).children


def start_of_last_block(source: str, blocks: list[SyntaxTreeNode]) -> int:
    """Where in `source` the last block begins, in characters."""
    position = blocks[-1].map
    line = position[0] if position else 0
    offset = 0
    for _ in range(line):
        offset = source.index("\n", offset) + 1
    return offset
