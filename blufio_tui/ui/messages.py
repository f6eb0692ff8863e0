"""Messages between widgets, screens and the app."""

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
    """The gate needs an answer; carries its future."""

    pending: PendingQuestion


class QuestionsCounted(Message):
    """The number of waiting questions has changed."""


@dataclass
class QuestionWithdrawn(Message):
    """The question was withdrawn."""

    pending: PendingQuestion


@dataclass
class Answered(Message):
    """The person answered; `answer` is None if the time ran out."""

    pending: PendingQuestion
    answer: ApprovalAnswer | None


@dataclass
class PersonQuestionArrived(Message):
    """The model asks something; carries the future of the answer."""

    pending: PendingAsked


@dataclass
class PersonQuestionWithdrawn(Message):
    """The model's question was withdrawn, because its call ended."""

    pending: PendingAsked


@dataclass
class PersonAnswered(Message):
    """The person answered the model's question; the choice has not been carried out yet."""

    pending: PendingAsked
    answer: PersonAnswer


@dataclass
class ChangePlan(Message):
    """Open the plan on the card in the person's editor."""

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
    """Put the text into the prompt, to ask again."""

    text: str


@dataclass
class OpenSession(Message):
    """Show an earlier conversation and continue with it."""

    session_id: str


class ColumnDue(Message):
    """The column of sessions and changed files may now fit, or its content may have changed."""


class FilesChanged(Message):
    """A call of this session changed a file."""


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
    """A different model or server answers now; or, with one of the flags, open the screen to choose one."""

    wants_list: bool = False
    wants_connections: bool = False


@dataclass
class OpenScreen(Message):
    """Replace this screen by another: a module of `ui/screens` named in the table of commands."""

    name: str
    query: str = ""
