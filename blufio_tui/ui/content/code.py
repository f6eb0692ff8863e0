"""Code, JSON and diffs as highlighted lines on their own ground."""

import json

from textual.content import Content

from blufio_tui.core.json_types import Json
from blufio_tui.core.text import visible

_HIGHLIGHT_LIMIT = 100_000
"""Characters; longer text is shown plain, since highlighting it would be felt."""

_DIFF_STYLES = {"+": "$ok", "-": "$bad", "@": "$info"}


def code_lines(code: str, width: int, *, language: str = "") -> list[Content]:
    """A code block: padded, folded at the width, on the panel's ground."""
    inner = max(width - 2, 8)
    lines = []
    for line in highlighted(code.rstrip("\n"), language):
        for part in _folded(line, inner):
            padded = Content.assemble(" ", part.pad_right(inner - part.cell_length), " ")
            lines.append(padded.stylize_before("$foreground on $panel"))
    return lines


def highlighted(code: str, language: str) -> list[Content]:
    """One `Content` a line; unknown languages and very long texts stay plain."""
    text = visible(code).expandtabs(4)
    if language == "diff":
        return [_diff_line(line) for line in text.split("\n")]
    if not language or len(text) > _HIGHLIGHT_LIMIT:
        return [Content(line) for line in text.split("\n")]
    from textual.highlight import highlight

    return highlight(text, language=language, tab_size=4).split("\n", allow_blank=True)


def pretty(text: str, width: int) -> list[Content]:
    """A tool's input or output: JSON indented and coloured, a diff coloured, anything else as it is."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            return folded_lines(
                highlighted(json.dumps(json.loads(stripped), indent=2, ensure_ascii=False), "json"), width
            )
        except ValueError:
            pass
    language = "diff" if stripped.startswith(("--- ", "diff ", "@@ ")) else ""
    return folded_lines(highlighted(text.rstrip("\n"), language), width)


def pretty_json(value: Json, width: int) -> list[Content]:
    return folded_lines(highlighted(json.dumps(value, indent=2, ensure_ascii=False), "json"), width)


def folded_lines(lines: list[Content], width: int) -> list[Content]:
    return [part for line in lines for part in _folded(line, max(width, 8))]


def _folded(line: Content, width: int) -> list[Content]:
    return line.fold(width) if line.cell_length > width else [line]


def _diff_line(line: str) -> Content:
    return Content.styled(line, _DIFF_STYLES.get(line[:1], "")) if line else Content("")
