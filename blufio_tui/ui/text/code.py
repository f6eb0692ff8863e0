"""Code, JSON and diffs as highlighted lines on their own ground."""

from __future__ import annotations

import json
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from textual.content import Content

from blufio_tui.core.text import strict_json
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject, ReadOnlyObject
from blufio_tui.ui.text.columns import fold_line
from blufio_tui.ui.text.links import FOLDED, with_links

if TYPE_CHECKING:
    from textual.highlight import HighlightTheme

_HIGHLIGHT_LIMIT = 100_000
"""Characters; longer text is shown plain, since highlighting it would be felt."""


_DIFF_STYLES = {"+": "$ok", "-": "$bad", "@": "$info"}


def code_lines(code: str, width: int, *, language: str = "") -> list[Content]:
    """A code block: padded, folded at the width, on the panel's ground. A mark stands before what was folded."""
    inner = max(width - 2, 8)
    lines = []
    for line in highlighted(code.rstrip("\n"), language):
        for number, part in enumerate(fold_line(with_links(line), inner)):
            lead = Content.styled(FOLDED, "$muted") if number else Content(" ")
            padded = Content.assemble(lead, part.pad_right(inner - part.cell_length), " ")
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

    return highlight(text, language=language, theme=_highlight_theme(), tab_size=4).split("\n", allow_blank=True)


@cache
def _highlight_theme() -> type[HighlightTheme]:
    """Textual's, without underlines: these are for links."""
    from textual.highlight import HighlightTheme

    styles = {token: style.replace(" underline", "") for token, style in HighlightTheme.STYLES.items()}
    return type("Theme", (HighlightTheme,), {"STYLES": styles})


def pretty(text: str, width: int) -> list[Content]:
    """A tool's input or output: JSON indented and coloured, a diff coloured, anything else as it is."""
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            return folded_lines(
                highlighted(json.dumps(strict_json.parsed(stripped), indent=2, ensure_ascii=False), "json"), width
            )
        except ValueError:
            pass
    language = "diff" if stripped.startswith(("--- ", "diff ", "@@ ")) else ""
    return folded_lines(highlighted(text.rstrip("\n"), language), width)


def arguments_lines(arguments: ReadOnlyObject, width: int) -> list[Content]:
    """A call's input: as JSON, but what has lines of its own, such as a file's content, as these lines."""
    longer = {key: value for key, value in arguments.items() if isinstance(value, str) and "\n" in value.strip("\n")}
    rest: JsonObject = {key: value for key, value in arguments.items() if key not in longer}
    lines = pretty_json(rest, width) if rest or not longer else []
    path = rest.get("path")
    for key, text in longer.items():
        language = "bash" if key == "command" else PurePath(path).suffix[1:] if isinstance(path, str) else ""
        body = folded_lines(highlighted(text.strip("\n"), language), width - 2)
        lines += [Content.styled(visible_line(key), "$muted"), *(Content.assemble("  ", line) for line in body)]
    return lines


def pretty_json(value: Json, width: int) -> list[Content]:
    return folded_lines(highlighted(json.dumps(value, indent=2, ensure_ascii=False), "json"), width)


def folded_lines(lines: list[Content], width: int) -> list[Content]:
    return [part for line in lines for part in fold_line(line, width)]


def _diff_line(line: str) -> Content:
    return Content.styled(line, _DIFF_STYLES.get(line[:1], "")) if line else Content("")
