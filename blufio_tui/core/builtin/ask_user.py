"""The `ask_user` tool: a question to the person, in the model's words. It can grant nothing."""

from blufio_tui.core.asking import (
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_QUESTION,
    AskedQuestion,
    Person,
    PersonAnswer,
    PersonQuestion,
)
from blufio_tui.core.builtin.common import BadArguments, failure, outcome_of, text_argument
from blufio_tui.core.builtin.patience import Patience
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import PersonAsked
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

NOBODY = "nobody can be asked in this run; decide yourself, and say in your answer what you assumed"

_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 1, "maxLength": MAX_QUESTION},
        "options": {
            "type": "array",
            "maxItems": MAX_OPTIONS,
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_OPTION},
            "description": "Best first.",
        },
    },
    "required": ["question"],
    "additionalProperties": False,
}


ANSWERED = "The person answers: "
"""Before their words, in the result."""


class AskUserTool:
    name = "ask_user"
    description = (
        "Ask the person what only they can decide: a wish, a choice between ways. Not what files or a command can "
        "tell, and never permission: the program asks for approval itself, and no answer here grants anything. Opens "
        "a card, returns their words; fails at once where nobody is there."
    )
    input_schema = _SCHEMA

    def __init__(self, person: Person, patience: Patience) -> None:
        self._person = person
        self._patience = patience

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """Counts as a change, so that later calls wait for the answer."""
        return self.name

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._ask(arguments, context))

    async def _ask(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        text = text_argument(arguments, "question").strip()
        if not text:
            raise BadArguments("question is empty")
        question = AskedQuestion(context.call_id, text, _options(arguments), context.on_behalf)
        answer = await put_to(self._person, self._patience, question, context)
        if answer is None:
            return failure(ErrorKind.HOST_ERROR, NOBODY)
        if not answer.accepted:
            return ToolOutcome("The person closed the question without an answer. Go on with what you know.")
        return ToolOutcome(f"{ANSWERED}{answer.text}")


def _options(arguments: JsonObject) -> tuple[str, ...]:
    options = arguments.get("options", [])
    if not isinstance(options, list):
        raise BadArguments("options must be a list of strings")
    return tuple(dict.fromkeys(option for option in options if isinstance(option, str) and option.strip()))


async def put_to(
    person: Person, patience: Patience, question: PersonQuestion, context: CallContext
) -> PersonAnswer | None:
    """Ask the person; None if nobody is there. Meanwhile the call is shown as waiting for them.

    Raises:
        BadArguments: the limit on questions in this turn is reached.
    """
    if enough := patience.refusal(context):
        raise BadArguments(f"{enough}; go on with what you know")
    context.emit(PersonAsked(context.turn_id, context.call_id, True))
    try:
        answer = await person.ask(question)
    finally:
        context.emit(PersonAsked(context.turn_id, context.call_id, False))
    if answer is not None:
        patience.note(context, answered=answer.accepted or bool(answer.text))
    return answer
