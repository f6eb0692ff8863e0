"""A conversation as a Markdown document for people."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from blufio_tui.core.conversation import (
    Block,
    ImageBlock,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.sessions.heads import without_head
from blufio_tui.core.sessions.records import MessageState, SessionInfo, StoredMessage
from blufio_tui.core.text.amounts import local_time
from blufio_tui.core.text.display import visible, visible_line

_BACKTICKS = re.compile(r"`{3,}")


def to_markdown(info: SessionInfo, messages: Sequence[StoredMessage]) -> str:
    """The messages in order, tool calls and results between them. Hidden characters are escaped."""
    parts = [_head(info, len(messages)), *(part for stored in messages for part in _message(stored))]
    return "\n\n".join(parts) + "\n"


def _head(info: SessionInfo, count: int) -> str:
    project = f"\n- Project: {_code(info.project)}" if info.project else ""
    return (
        f"# {visible_line(info.title) or 'Untitled'}\n\n- Session: `{info.session_id}`{project}\n"
        f"- Begun: {_time(info.created)}\n- Last message: {_time(info.updated)}\n- Messages: {count}"
    )


def _message(stored: StoredMessage) -> Iterator[str]:
    if heading := _heading(stored):
        yield f"## {heading}"
    yield from _blocks(without_head(stored.message.blocks))
    if stored.state is MessageState.PARTIAL:
        yield "*(interrupted here)*"
    if stored.ending.error:
        yield "**Error**\n\n" + _fenced(visible(stored.ending.error))
    if stored.end_in_words:
        yield f"*({stored.end_in_words})*"


def _heading(stored: StoredMessage) -> str:
    if stored.is_summary:
        return f"Summary of what came before ({_time(stored.created)})"
    if stored.message.role is Role.ASSISTANT:
        return "Assistant"
    if any(not isinstance(block, ToolResultBlock) for block in stored.message.blocks):
        return f"You ({_time(stored.created)})"
    return ""


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case TextBlock(text):
                yield visible(text).strip("\n")
            case ThinkingBlock(thinking):
                yield _quote("*Thinking*\n\n" + visible(thinking).strip("\n"))
            case RedactedThinkingBlock():
                yield _quote("*Thinking, hidden by the provider*")
            case ImageBlock():
                yield _image(block)
            case ToolUseBlock(name=name, input=arguments):
                yield f"**Tool call** {_code(name)}\n\n" + _fenced(_pretty(arguments), "json")
            case ToolResultBlock(_, content, is_error, images):
                yield ("**Error**" if is_error else "**Result**") + "\n\n" + _fenced(visible(content))
                yield from map(_image, images)


def _image(image: ImageBlock) -> str:
    return f"*(image: {visible_line(image.media_type)}, {len(image.data) * 3 // 4 // 1024 + 1} KB)*"


def _pretty(value: object) -> str:
    return visible(json.dumps(value, ensure_ascii=False, indent=2))


def _fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any inside the text, so that the text cannot end it."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _code(text: str) -> str:
    line = visible_line(text)
    return f"`` {line} ``" if "`" in line else f"`{line}`"


def _quote(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _time(seconds: float) -> str:
    return local_time(seconds, "%Y-%m-%d %H:%M")
