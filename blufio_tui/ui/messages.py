"""What widgets, screens and the app tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from blufio_tui.core.asking import PersonAnswer
    from blufio_tui.core.conversation import ImageBlock
    from blufio_tui.core.events import Event
    from blufio_tui.core.policy.approval import ApprovalAnswer
    from blufio_tui.core.text.json_types import JsonObject
    from blufio_tui.ui.ports.desk import PendingAsked, PendingQuestion


@dataclass
class EventArrived(Message):
    """The one envelope in which every core event reaches the screen.

    Attributes:
        at: when, in seconds of the monotonic clock.
    """

    event: Event
    at: float


@dataclass
class QuestionArrived(Message):
    """The gate wants an answer; it carries the future of that answer."""

    pending: PendingQuestion


class QuestionsCounted(Message):
    """Another number of questions waits for the person."""


@dataclass
class QuestionWithdrawn(Message):
    """Nobody waits for this answer any more."""

    pending: PendingQuestion


@dataclass
class Answered(Message):
    """The person chose; `answer` None if the time ran out."""

    pending: PendingQuestion
    answer: ApprovalAnswer | None


@dataclass
class PersonQuestionArrived(Message):
    """The model asks something; it carries the future of the answer."""

    pending: PendingAsked


@dataclass
class PersonQuestionWithdrawn(Message):
    """The model's call that asked is gone."""

    pending: PendingAsked


@dataclass
class PersonAnswered(Message):
    """The person answered what the model asked; what was chosen is not done yet."""

    pending: PendingAsked
    answer: PersonAnswer


@dataclass
class ChangePlan(Message):
    """The plan on the card is to be opened in the person's editor."""

    pending: PendingAsked
    plan: str


@dataclass
class PromptSubmitted(Message):
    """
    Attributes:
        steers: add it to the turn that runs, rather than begin one after it.
    """

    text: str
    images: tuple[ImageBlock, ...] = ()
    steers: bool = False


@dataclass
class SuggestionChosen(Message):
    """A sentence of the welcome screen was picked."""

    text: str


@dataclass
class ShowCall(Message):
    """Go to a tool call in the trace."""

    call_id: str


@dataclass
class ShowAudit(Message):
    """Go to the audit rows of a tool call."""

    call_id: str


@dataclass
class ShowEffects(Message):
    """Open the list of what the caged commands of a tool call did."""

    call_id: str


@dataclass
class CancelCall(Message):
    call_id: str


@dataclass
class RunAgain(Message):
    """Ask for the same again: the text goes into the prompt."""

    text: str


@dataclass
class OpenSession(Message):
    """Show an earlier conversation and continue with it."""

    session_id: str


class ColumnDue(Message):
    """The column of sessions and changed files may be there now, or what it lists was changed elsewhere."""


class FilesChanged(Message):
    """Another file, or other lines of one, were changed by a call of this session."""


@dataclass
class OpenPlace(Message):
    """Open a file in the person's editor.

    Attributes:
        path: absolute, `~/…`, or as seen from the project folder.
        line: counted from 1; 0 for none.
    """

    path: str
    line: int = 0


@dataclass
class LoadEarlier(Message):
    """Read the messages before this one."""

    before: int


@dataclass
class SkillsChanged(Message):
    """The list of installed skills may be different."""


@dataclass
class RunSkill(Message):
    """Call a skill with this input, as the person, and show it as a turn."""

    tool: str
    arguments: JsonObject


@dataclass
class ModelChanged(Message):
    """Another model or server answers now; or, with one of the flags, the screen that chooses one is wanted."""

    wants_list: bool = False
    wants_connections: bool = False


@dataclass
class OpenScreen(Message):
    """Another screen in place of this one: a module of `ui/screens` that the table of commands names."""

    name: str
    query: str = ""
