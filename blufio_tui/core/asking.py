"""The model's questions to the person: a question, or the approval of a plan. An answer grants nothing.

Approvals are separate: the gate asks for them (`core.policy.approval`) in its own words.
"""

from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.capability import Mode

MAX_OPTIONS = 9
"""Each has a digit as its key."""
MAX_QUESTION = 4_000
MAX_OPTION = 200
MAX_PLAN = 60_000

PLAN_MODES = (Mode.ASK, Mode.ACCEPT_EDITS)
"""What an approved plan may be carried out in. Wider modes are chosen elsewhere, not on a card that a model opened."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """
    Attributes:
        text, options: the model's own words.
        on_behalf: the sub-agent that asks, "" for the agent itself.
    """

    call_id: str
    text: str
    options: tuple[str, ...] = ()
    on_behalf: str = ""


@dataclass(frozen=True, slots=True)
class ProposedPlan:
    """A plan in Markdown, for the person to approve, change or refuse."""

    call_id: str
    markdown: str
    on_behalf: str = ""


PersonQuestion = AskedQuestion | ProposedPlan


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """
    Attributes:
        accepted: an answer was given, the plan approved. False: no answer, the plan refused.
        text: the answer; the plan as approved; why it was refused, or "".
        mode: for an approved plan, the mode that the person chose, and that is set already.
    """

    accepted: bool
    text: str = ""
    mode: Mode | None = None


class Person(Protocol):
    async def ask(self, question: PersonQuestion) -> PersonAnswer | None:
        """Wait for the answer without a time limit; None if nobody can be asked. Cancelling withdraws the question."""
        ...


class NobodyThere:
    """The `Person` of a run without a screen."""

    async def ask(self, _question: PersonQuestion) -> PersonAnswer | None:
        return None
