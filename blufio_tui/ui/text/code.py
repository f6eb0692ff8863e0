"""Code, JSON and diffs as highlighted lines on their own ground."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from textual.content import Content, Span

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
    return _coloured("\n".join(text.splitlines()), language)


def _coloured(code: str, language: str) -> list[Content]:
    """As `textual.highlight` colours it, but line by line: dividing one text with all its colours takes as long as
    finding them."""
    lines = code.split("\n")
    spans: list[list[Span]] = [[Span(0, len(line), "$text")] if line else [] for line in lines]
    number, line_start, start = 0, 0, 0
    for kind, token in _lexer(language).get_tokens(code):
        end, style = start + len(token), _style_of(kind)
        while start < end and number < len(lines):
            line_end = line_start + len(lines[number])
            if style and start < line_end:
                spans[number].append(Span(start - line_start, min(end, line_end) - line_start, style))
            if end <= line_end:
                break
            number, line_start = number + 1, line_end + 1
            start = line_start
        start = end
    return [Content(line, own) for line, own in zip(lines, spans, strict=True)]


@lru_cache(maxsize=32)
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    options: dict[str, object] = {"stripnl": False, "ensurenl": True, "tabsize": 4}
    try:
        return get_lexer_by_name(language, **options)
    except ClassNotFound:
        return get_lexer_by_name("text", **options)


@cache
def _style_of(kind: Any) -> str:
    """Of a kind of token, else of the kind that it is one of."""
    styles = _highlight_theme().STYLES
    return styles.get(kind) or (_style_of(kind.parent) if kind.parent is not None else "")


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
