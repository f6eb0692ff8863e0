"""Blocks of Markdown to lines of a given width."""

from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode
from textual.content import Content

from blufio_tui.core.text.display import steady, visible
from blufio_tui.ui.text.code import code_lines
from blufio_tui.ui.text.columns import READING_WIDTH
from blufio_tui.ui.text.inline import inline_content
from blufio_tui.ui.text.table import table_lines

_HEADINGS = {"h1": "bold underline $accent", "h2": "bold $accent", "h3": "bold"}
_BULLETS = "•◦▪"
_BOXES = {"[ ] ": "☐", "[x] ": "☑"}
_NARROWEST = 12


def layout_blocks(
    blocks: Sequence[SyntaxTreeNode], width: int, *, depth: int = 0, tight: bool = False, highlight: bool = True
) -> list[Content]:
    """Blocks below each other, a blank line between them unless `tight`."""
    lines: list[Content] = []
    for block in blocks:
        if lines and not tight:
            lines.append(Content(""))
        lines += _block(block, max(width, _NARROWEST), depth, highlight)
    return lines


def _block(node: SyntaxTreeNode, width: int, depth: int, highlight: bool) -> list[Content]:
    match node.type:
        case "heading":
            return _wrapped(_inline_of(node).stylize(_HEADINGS.get(node.tag, "bold $muted")), width)
        case "paragraph":
            return _wrapped(_inline_of(node), width)
        case "fence" | "code_block":
            language = node.info.split()[0] if node.info.strip() else ""
            return code_lines(steady(node.content), width, language=language if highlight else "")
        case "bullet_list" | "ordered_list":
            return _list(node, width, depth, highlight)
        case "blockquote":
            return _quote(node, width, depth, highlight)
        case "hr":
            return [Content.styled("─" * width, "$line")]
        case "table":
            return table_lines(node, width)
        case _:
            return _wrapped(Content.styled(visible(steady(node.content)), "$muted"), width)


def _inline_of(node: SyntaxTreeNode) -> Content:
    return inline_content(node.children[0]) if node.children else Content("")


def _wrapped(content: Content, width: int) -> list[Content]:
    return content.wrap(min(width, READING_WIDTH))


def _quote(node: SyntaxTreeNode, width: int, depth: int, highlight: bool) -> list[Content]:
    """Nested too deep for its bar, a quote has none: its text is what has to stay in sight."""
    has_bar = width - 2 >= _NARROWEST
    inner = layout_blocks(node.children, width - 2 if has_bar else width, depth=depth, highlight=highlight)
    lines = [line.stylize_before("italic $muted") for line in inner]
    return _prefixed(Content.styled("▎ ", "$line"), lines) if has_bar else lines


def _list(node: SyntaxTreeNode, width: int, depth: int, highlight: bool) -> list[Content]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
    last = first + len(node.children) - 1
    tight = all(_is_tight(item) for item in node.children)
    lines: list[Content] = []
    for number, item in enumerate(node.children, first):
        marker = _BULLETS[depth % len(_BULLETS)]
        if node.type == "ordered_list":
            marker = f"{number}.".rjust(len(str(last)) + 1)
        if lines and not tight:
            lines.append(Content(""))
        indent = len(marker) + 1
        hangs = width - indent >= _NARROWEST
        inner_width = width - indent if hangs else width
        inner = layout_blocks(item.children, inner_width, depth=depth + 1, tight=tight, highlight=highlight)
        inner = _ticked(inner)
        mark = Content.styled(marker + " ", "$accent")
        lines += _hung(mark, inner or [Content("")]) if hangs else [mark, *inner]
    return lines


def _ticked(lines: list[Content]) -> list[Content]:
    """An item of a to-do list begins with a box."""
    box = _BOXES.get(lines[0].plain[:4].lower()) if lines else None
    return [Content.assemble((box, "$accent"), lines[0][3:]), *lines[1:]] if box else lines


def _is_tight(item: SyntaxTreeNode) -> bool:
    return all(child.hidden for child in item.children if child.type == "paragraph")


def _hung(marker: Content, lines: list[Content]) -> list[Content]:
    """The marker before the first line, as much blank space before the rest."""
    blank = " " * marker.cell_length
    return [Content.assemble(marker if index == 0 else blank, line) for index, line in enumerate(lines)]


def _prefixed(prefix: Content, lines: list[Content]) -> list[Content]:
    return [Content.assemble(prefix, line) for line in lines]
