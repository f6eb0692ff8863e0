"""The parts of a conversation that one can choose and copy, and the turns that they belong to."""

from __future__ import annotations

from itertools import takewhile
from typing import assert_never

from blufio_tui.ui.state.entries import Entry, Reply, Summary, Thought, ToolLine, UserSaid

Part = UserSaid | Reply | Summary | Thought | ToolLine


def turn_of(entries: list[Entry], entry: Entry | None) -> list[Entry]:
    """The prompt that an entry belongs to and all that came of it; the last turn for None."""
    place = entries.index(entry) if entry in entries else len(entries) - 1
    prompts = (index for index in range(place, -1, -1) if _begins_turn(entries[index]))
    start = next(prompts, None)
    if start is None:
        return list(takewhile(lambda one: not _begins_turn(one), entries))
    rest = takewhile(lambda one: not _begins_turn(one), entries[start + 1 :])
    return [entries[start], *rest]


def _begins_turn(entry: Entry) -> bool:
    return isinstance(entry, UserSaid) and not entry.added


def part_text(part: Part) -> str:
    """What is copied of it."""
    match part:
        case UserSaid() | Summary() | Thought():
            return part.text.strip()
        case Reply():
            return part.text.source
        case ToolLine():
            return part.content
        case _:
            assert_never(part)


def turn_text(turn: list[Entry]) -> str:
    """A turn as Markdown: the prompt quoted, the tool calls with what they gave back, the replies."""
    return "\n\n".join(text for entry in turn if (text := _in_turn(entry)))


def _in_turn(entry: Entry) -> str:
    match entry:
        case UserSaid():
            return "\n".join(f"> {line}".rstrip() for line in entry.text.split("\n"))
        case ToolLine():
            head = f"**{entry.tool}** {entry.summary}".rstrip()
            fence = "`" * max(3, _longest_run(entry.content) + 1)
            return f"{head}\n\n{fence}\n{entry.content.rstrip()}\n{fence}" if entry.content else head
        case Reply():
            return entry.text.source.strip()
        case _:
            return ""


def _longest_run(text: str) -> int:
    """Of backticks: the fence around the text must be longer."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
