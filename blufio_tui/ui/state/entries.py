"""The parts of a conversation as the conversation pane shows them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from blufio_tui.core.todo import TOOL as TODO_TOOL
from blufio_tui.core.todo import todo_of
from blufio_tui.ui.state.states import State
from blufio_tui.ui.state.summaries import PLAN_TOOL, call_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from blufio_tui.core.events import NoticeLevel
    from blufio_tui.core.files.undo import FileChange
    from blufio_tui.core.shell.output import LastLines
    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.core.todo import Todo
    from blufio_tui.ui.text.incremental import GrowingMarkdown

_numbers = count(1)


@dataclass(slots=True, eq=False)
class UserSaid:
    """A prompt. `message_id` is 0 until it is known where it is stored.

    Attributes:
        attached: what went with it, each in a few words.
        version, versions: which of how many alternatives at this place it is, counted from 1.
        open: all of a long text is shown.
        added: it was added to a turn that ran already.
    """

    text: str
    turn_id: str = ""
    attached: tuple[str, ...] = ()
    message_id: int = 0
    version: int = 1
    versions: int = 1
    open: bool = False
    added: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(slots=True, eq=False)
class Reply:
    """What the model writes; `live` while it streams, `note` says how it ended when not well."""

    text: GrowingMarkdown
    live: bool = True
    note: str = ""
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(slots=True, eq=False)
class Thought:
    """The model's thinking, folded unless asked for. `seconds` is 0 for a stored one."""

    text: str
    started: float
    seconds: float = 0.0
    live: bool = True
    open: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(slots=True, eq=False)
class ToolLine:
    """One tool call in one line; `open` shows its output below. `live` holds the last lines while it runs.

    Attributes:
        todo: for the tool `todo`, the list.
        is_current: it is the list as it stands: it is shown until all of it is done.
        plan: for the tool `plan`, its text: it stays in sight once the card that showed it has gone.
        changes: what it changed in files, folded to its first lines unless it is `unfolded`.
        waited_ms, asked_at: how long it has waited for the person, and since when it does now.
        is_told: its result follows as text, because no model asked for the call.
    """

    call_id: str
    tool: str
    summary: str
    started: float
    state: State = State.RUNNING
    duration_ms: float = 0.0
    content: str = ""
    open: bool = False
    live: LastLines | None = None
    todo: Todo = ()
    is_current: bool = False
    plan: str = ""
    changes: tuple[FileChange, ...] = ()
    unfolded: bool = False
    waited_ms: float = 0.0
    asked_at: float | None = None
    is_told: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


def tool_line(call_id: str, tool: str, arguments: JsonObject, started: float, state: State) -> ToolLine:
    """The line of a call with this input."""
    todo: Todo = ()
    if tool == TODO_TOOL:
        with suppress(ValueError):  # the result says what is wrong with it
            todo = todo_of(arguments)
    plan = str(arguments.get("markdown", "")) if tool == PLAN_TOOL else ""
    return ToolLine(call_id, tool, call_summary(tool, arguments), started, state, todo=todo, plan=plan)


def take_todo(entries: Sequence[Entry], line: ToolLine) -> list[Entry]:
    """A list that was taken is the current one from now on; the entries that look different."""
    if not line.todo or line.state is not State.OK:
        return [line]
    before = [entry for entry in entries if isinstance(entry, ToolLine) and entry.is_current and entry is not line]
    for entry in before:
        entry.is_current = False
    line.is_current = True
    return [*before, line]


def fold_earlier_todos(earlier: Sequence[Entry], shown: Sequence[Entry]) -> None:
    """Of what is read in later from further up, no list is current when one is further down."""
    if any(isinstance(entry, ToolLine) and entry.is_current for entry in shown):
        for entry in earlier:
            if isinstance(entry, ToolLine):
                entry.is_current = False


@dataclass(slots=True, eq=False)
class Notice:
    level: NoticeLevel
    message: str
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(slots=True, eq=False)
class TurnEnd:
    """A thin line that closes a turn: how it ended, how long it took, what it cost."""

    summary: str
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(slots=True, eq=False)
class Summary:
    """Where the conversation was summarised: from here on the model is sent `text` in place of what is above.

    Attributes:
        messages: how many messages it stands for, 0 if not known.
    """

    text: str
    messages: int = 0
    turn_id: str = ""
    message_id: int = 0
    open: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


Entry = UserSaid | Reply | Thought | ToolLine | Notice | TurnEnd | Summary


def entry_text(entry: Entry) -> str:
    """What can be found in an entry."""
    match entry:
        case UserSaid() | Thought() | Summary():
            return entry.text
        case Reply():
            return entry.text.source
        case ToolLine():
            return f"{entry.tool} {entry.summary} {entry.content if entry.open else ''}"
        case Notice():
            return entry.message
        case TurnEnd():
            return ""
