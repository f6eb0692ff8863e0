"""The parts of a conversation as the conversation pane shows them."""

from dataclasses import dataclass, field
from itertools import count

from blufio_tui.core.events import NoticeLevel
from blufio_tui.ui.markdown.growing import GrowingMarkdown
from blufio_tui.ui.state.states import State

_numbers = count(1)


@dataclass(slots=True, eq=False)
class UserSaid:
    text: str
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
    """One tool call in one line; `open` shows its output below."""

    call_id: str
    tool: str
    summary: str
    started: float
    state: State = State.RUNNING
    duration_ms: float = 0.0
    content: str = ""
    open: bool = False
    number: int = field(default_factory=lambda: next(_numbers))


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


Entry = UserSaid | Reply | Thought | ToolLine | Notice | TurnEnd


def entry_text(entry: Entry) -> str:
    """What can be found in an entry."""
    match entry:
        case UserSaid() | Thought():
            return entry.text
        case Reply():
            return entry.text.source
        case ToolLine():
            return f"{entry.tool} {entry.summary} {entry.content if entry.open else ''}"
        case Notice():
            return entry.message
        case TurnEnd():
            return ""
