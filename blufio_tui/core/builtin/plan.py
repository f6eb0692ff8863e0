"""The `plan` tool: in mode plan, the plan that the person approves, changes or refuses."""

from collections.abc import Callable

from blufio_tui.core.asking import MAX_PLAN, Person, PersonAnswer, ProposedPlan
from blufio_tui.core.builtin.ask_user import put_to
from blufio_tui.core.builtin.common import BadArguments, failure, outcome_of, text_argument
from blufio_tui.core.builtin.patience import Patience
from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

IN_THE_PROMPT = """\
The person has set the mode plan: look and think, change nothing. Whatever would change a file, a server or anything \
else is refused. When you know enough, call `plan` with the whole plan; do not ask for approval in your answer. Once \
it is approved the mode is changed by the person, and you carry the plan out.\
"""
"""Part of the system prompt while the mode is plan."""

NOBODY = "nobody can approve a plan in this run, so nothing is changed; put the plan into your answer"

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "markdown": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_PLAN,
            "description": "The whole plan: aim, steps with the files they touch, how it is checked, risks.",
        }
    },
    "required": ["markdown"],
    "additionalProperties": False,
}


CHANGED = "The person changed the plan and approved it."
"""How the result begins in which, below a blank line, the plan stands as they changed it."""


class PlanTool:
    """
    Args:
        mode: returns the current mode.
    """

    name = "plan"
    description = (
        "Show the person a plan, instead of asking for approval in your answer, and wait. Opens a card. Returns the "
        "plan as approved, with the person's changes, and the mode for carrying it out; or their words against it."
    )
    input_schema = _SCHEMA

    def __init__(self, person: Person, mode: Callable[[], Mode], patience: Patience) -> None:
        self._person = person
        self._mode = mode
        self._patience = patience

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """Counts as a change, so that later calls of the reply wait for the person."""
        return self.name

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._propose(arguments, context))

    async def _propose(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        plan = text_argument(arguments, "markdown").strip()
        if not plan:
            raise BadArguments("markdown is empty")
        if self._mode() is not Mode.PLAN:
            raise BadArguments(f"the mode is {self._mode()}, not plan: no plan needs approval; do the work")
        question = ProposedPlan(context.call_id, plan, context.on_behalf)
        answer = await put_to(self._person, self._patience, question, context)
        return failure(ErrorKind.HOST_ERROR, NOBODY) if answer is None else _told(plan, answer)


def _told(plan: str, answer: PersonAnswer) -> ToolOutcome:
    if not answer.accepted:
        words = f": {answer.text}" if answer.text else " without saying why; ask what should be different"
        message = f"The person refused the plan{words}"
        return failure(ErrorKind.CAPABILITY_DENIED, message)
    mode = f"The mode is now {answer.mode}." if answer.mode else ""
    if answer.text.strip() == plan:
        return ToolOutcome(f"The person approved the plan as you wrote it. {mode} Carry it out.")
    return ToolOutcome(f"{CHANGED} {mode} Carry out this, not what you wrote:\n\n{answer.text}")
