"""A Markdown table in aligned columns; columns give way evenly when the width does not suffice."""

from markdown_it.tree import SyntaxTreeNode
from textual.content import Content

from blufio_tui.ui.text.inline import inline_content

_GAP = 3
_NARROWEST = 4


def table_lines(node: SyntaxTreeNode, width: int) -> list[Content]:
    rows = [[_cell(cell) for cell in row.children] for part in node.children for row in part.children]
    columns = max(len(row) for row in rows)
    rows = [row + [Content("")] * (columns - len(row)) for row in rows]
    rights = [_is_right(cell) for cell in node.children[0].children[0].children]
    widths = _fit([max(row[column].cell_length for row in rows) for column in range(columns)], width)
    head = _row([cell.stylize("bold") for cell in rows[0]], widths, rights)
    rule = Content.styled("─┼─".join("─" * column for column in widths), "$line")
    return [*head, rule, *(line for row in rows[1:] for line in _row(row, widths, rights))]


def _cell(node: SyntaxTreeNode) -> Content:
    return inline_content(node.children[0]) if node.children else Content("")


def _is_right(node: SyntaxTreeNode) -> bool:
    return "right" in str(node.attrs.get("style", ""))


def _fit(wanted: list[int], width: int) -> list[int]:
    """Shrink the widest columns first until the row fits."""
    widths = [max(column, 1) for column in wanted]
    room = width - _GAP * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _row(cells: list[Content], widths: list[int], rights: list[bool]) -> list[Content]:
    wrapped = [cell.wrap(width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    bar = Content.styled(" │ ", "$line")
    out = []
    for index in range(height):
        parts = [lines[index] if index < len(lines) else Content("") for lines in wrapped]
        padded = [
            part.pad_left(width - part.cell_length) if right else part.pad_right(width - part.cell_length)
            for part, width, right in zip(parts, widths, rights, strict=True)
        ]
        out.append(bar.join(padded))
    return out
