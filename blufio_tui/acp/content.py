"""Text of others as an editor shows it: editors read titles and content as Markdown, so it stands in code."""

import os
import re

from acp.schema import (
    ContentToolCallContent,
    FileEditToolCallContent,
    TerminalToolCallContent,
    TextContentBlock,
    ToolCallLocation,
)

from blufio_tui.core.text.display import visible, visible_line

ToolContent = ContentToolCallContent | FileEditToolCallContent | TerminalToolCallContent

MAX_SHOWN = 64_000
"""Characters of one text in a tool call."""

_TICKS = re.compile(r"`+")


def text_block(text: str) -> TextContentBlock:
    return TextContentBlock(type="text", text=text)


def shown(text: str) -> ContentToolCallContent:
    """Our own words in a tool call."""
    return ContentToolCallContent(type="content", content=text_block(text))


def fenced(text: str, most: int = MAX_SHOWN) -> ContentToolCallContent:
    """Text of others in a tool call: as it is, and no Markdown. `most` characters of it."""
    text = visible(text)
    if len(text) > most:
        text = f"{text[:most]}\n[… {len(text) - most:,} more characters are not shown here]"
    fence = "`" * max(3, _longest_run(text) + 1)
    return shown(f"{fence}\n{text.rstrip()}\n{fence}")


def code_span(text: str) -> str:
    """A piece of text of others within a line; "" for nothing."""
    line = visible_line(text)
    if not line.strip():
        return ""
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def location(path: str, line: int | None = None) -> ToolCallLocation:
    return ToolCallLocation(path=path, line=line)


def absolute(project: str, path: str) -> str:
    """The path as an editor wants it."""
    return os.path.normpath(os.path.join(project, os.path.expanduser(path)))  # noqa: PTH118, PTH111 - no lookup


def diff(path: str, new: str, old: str | None) -> FileEditToolCallContent:
    return FileEditToolCallContent(type="diff", path=path, old_text=old, new_text=new)


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
