"""What a server asks of us in the middle of a call: a form for the person, a page to visit, a word of the model.

Each is shown on a card like any other effect, with the server's name and its words marked as its words, and nothing
goes back before the person has said yes. Where nobody can be asked, the answer is no.
"""

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import BlufioError, CapabilityDenied, HostError
from blufio_tui.core.mcp.pins import MAX_DEPTH, depth
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.text.unicode import well_formed, well_formed_json
from blufio_tui.core.tools import CallContext

MAX_IN_A_CALL = 20
"""Requests of a server in one call, whatever was answered: in a mode that allows everything nobody else stops it."""
_REMEMBERED_CALLS = 64
MAX_FIELDS = 20
MAX_WORDS = 2_000
MAX_SAMPLE_TOKENS = 4_096
MAX_SAMPLE_CHARS = 100_000
MAX_CHOICES = 200
_PRIMITIVES = ("string", "number", "integer", "boolean")
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
_LARGEST_BOUND = 1e15


class RefusedRequest(Exception):
    """Nobody is even asked: the request is not one that we take; the text goes to the server."""


class Forms(Protocol):
    """Shows a form to the person."""

    @property
    def can_show(self) -> bool:
        """Whether there is a screen for it."""
        ...

    async def fill_in(self, server: str, message: str, schema: JsonObject) -> JsonObject | None:
        """What they typed, checked against the schema; None if they gave up."""
        ...


class NoForms:
    """Where there is no screen."""

    can_show = False

    async def fill_in(self, _server: str, _message: str, _schema: JsonObject) -> JsonObject | None:
        return None


AskPerson = Callable[[str, str, str, Callable[[], Awaitable[bytes]]], Awaitable[None]]
"""Asks about one thing the server wants, and does it once that is allowed.

Takes what it is, in words; one word for rules (`elicitation`); what is shown; and what to do. Raises
`CapabilityDenied`.
"""


class ServerRequests:
    """Answers the requests of one server.

    Args:
        context: the call that the server works for.
    """

    def __init__(
        self,
        server: str,
        ask: AskPerson,
        forms: Forms,
        sample: "Sampler | None",
        context: Callable[[], CallContext],
    ) -> None:
        self._server = server
        self._ask = ask
        self._forms = forms
        self._sample = sample
        self._context = context
        self._made: OrderedDict[tuple[str, str], int] = OrderedDict()

    def _count(self) -> None:
        """
        Raises:
            RefusedRequest: this call has asked enough.
        """
        context = self._context()
        call = (context.session_id, context.call_id)
        made = self._made.pop(call, 0)
        self._made[call] = made + 1
        while len(self._made) > _REMEMBERED_CALLS:
            self._made.popitem(last=False)
        if made >= MAX_IN_A_CALL:
            raise RefusedRequest(f"this call has asked {MAX_IN_A_CALL} times, the most that one call may")

    async def elicit(self, params: JsonObject) -> JsonObject:
        """Answer an `elicitation/create`.

        Raises:
            RefusedRequest: it is not one that we take.
        """
        self._count()
        message = _words(params.get("message"))
        if params.get("mode") == "url":
            return await self._visit(message, params.get("url"))
        schema = form_schema(params.get("requestedSchema"))
        answer: JsonObject = {"action": "cancel"}
        if schema.get("properties") and not self._forms.can_show:  # a yes could not be followed by the answer
            return answer

        async def fill_in() -> bytes:
            nonlocal answer
            typed: JsonObject | None = {}
            if schema.get("properties"):
                typed = await self._forms.fill_in(self._server, message, schema)
            answer = {"action": "accept", "content": typed} if typed is not None else {"action": "decline"}
            return json.dumps(typed).encode()

        shown = "\n".join([quoted(message), "", *_field_lines(schema)])
        what = f"The MCP server {self._server} asks you a question. Answer it?"
        return answer if await self._asked(what, "elicitation", shown, fill_in) else {"action": "decline"}

    async def _visit(self, message: str, url: Json) -> JsonObject:
        if not isinstance(url, str) or not url.startswith("https://") or len(url) > MAX_WORDS:
            raise RefusedRequest("only https addresses of a reasonable length are shown")

        async def done() -> bytes:
            return url.encode("utf-8", "surrogatepass")

        shown = "\n".join(
            [quoted(message), "", visible_line(url), "", "It is not opened for you. Check where it leads."]
        )
        what = f"The MCP server {self._server} wants you to visit a page. Did you, or will you?"
        return {"action": "accept" if await self._asked(what, "elicitation", shown, done) else "decline"}

    async def sample(self, params: JsonObject) -> JsonObject:
        """Answer a `sampling/createMessage`.

        Raises:
            RefusedRequest: there is no model here, it is refused, or it failed.
        """
        self._count()
        if self._sample is None:
            raise RefusedRequest("no model can be asked here")
        sampler, wanted = self._sample, sampling_request(params)
        found: dict[str, JsonObject] = {}

        async def ask_model() -> bytes:
            try:
                found["answer"] = await sampler.sample(wanted, self._context())
            except BlufioError as error:
                raise HostError(str(error)) from error
            return json.dumps(found["answer"]).encode()

        what = f"The MCP server {self._server} wants to use your model, at your cost. It gets the answer."
        if not await self._asked(what, "sampling", quoted(wanted.shown), ask_model):
            raise RefusedRequest("the user declined")
        return found["answer"]

    async def _asked(self, what: str, word: str, shown: str, do: Callable[[], Awaitable[bytes]]) -> bool:
        try:
            await self._ask(what, word, shown, do)
        except CapabilityDenied:
            return False
        except HostError as error:
            raise RefusedRequest(str(error)) from error
        return True


def quoted(text: str) -> str:
    """A stranger's words as such: whatever they imitate, each line begins with a mark of ours."""
    return "\n".join(f"  » {line}" for line in visible(text).splitlines() or [""])


def _words(value: Json) -> str:
    if not isinstance(value, str):
        raise RefusedRequest("a request to the user needs a message")
    return well_formed(value)[:MAX_WORDS]


def form_schema(schema: Json) -> JsonObject:
    """The schema of a form: flat, of plain values, with nothing hidden in its words.

    Raises:
        RefusedRequest: it is something else.
    """
    if not isinstance(schema, dict) or depth(schema) > MAX_DEPTH:
        raise RefusedRequest("a form needs a schema")
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or len(properties) > MAX_FIELDS:
        raise RefusedRequest(f"a form has at most {MAX_FIELDS} fields")
    for name, field in properties.items():
        if not isinstance(field, dict) or not (field.get("type") in _PRIMITIVES or _is_choice(field)):
            raise RefusedRequest(f"the field {visible_line(name[:40])} is not a plain value")
    required = schema.get("required")
    shown = {visible_line(well_formed(name)): _shown_field(field) for name, field in properties.items()}
    if len(shown) != len(properties) or set(shown) != set(properties):
        raise RefusedRequest("the name of a field holds hidden characters")
    needed: list[Json] = (
        [name for name in required if isinstance(name, str) and name in shown] if isinstance(required, list) else []
    )
    return {"type": "object", "properties": shown, "required": needed}


def _is_choice(field: JsonObject) -> bool:
    return bool(_choices(field)) or (field.get("type") == "array" and isinstance(field.get("items"), dict))


def _choices(field: JsonObject) -> list[Json]:
    """The values that there are to choose from, [] where it is not a choice."""
    listed = field.get("enum")
    if not isinstance(listed, list):
        titled = field.get("oneOf") or field.get("anyOf")
        listed = [one.get("const") for one in titled if isinstance(one, dict)] if isinstance(titled, list) else []
    if len(listed) > MAX_CHOICES or not all(isinstance(value, str | int | float) for value in listed):
        raise RefusedRequest(f"a choice has at most {MAX_CHOICES} plain values")
    return listed


def _shown_field(field: Json) -> Json:
    """What the protocol has of a field, and nothing else: no pattern, no reference, no condition.

    Raises:
        RefusedRequest: a value hides something: it would be sent without having been seen.
    """
    clean = well_formed_json(field)
    if not isinstance(clean, dict):
        return {}
    shown: JsonObject = {
        key: visible(value)[:500] for key in ("title", "description") if isinstance(value := clean.get(key), str)
    }
    shown |= {key: value for key in _BOUNDS if _is_bound(value := clean.get(key))}
    if isinstance(kind := clean.get("type"), str):
        shown["type"] = kind
    if choices := _choices(clean):
        shown["enum"] = choices
    among: list[Json] = []
    if isinstance(items := clean.get("items"), dict):
        among = _choices(items)
        shown["items"] = {"type": "string", "enum": among} if among else {"type": "string"}
    default = clean.get("default")
    if isinstance(default, str | int | float) or _is_texts(default):
        shown["default"] = default
    for text in [*choices, *among, *(default if isinstance(default, list) else [default])]:
        if isinstance(text, str) and visible(text) != text:
            raise RefusedRequest("a value of the form holds hidden characters")
    return shown


def _is_bound(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_BOUND


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _field_lines(schema: JsonObject) -> list[str]:
    properties = schema.get("properties")
    fields = properties.items() if isinstance(properties, dict) else ()
    lines = []
    for name, field in fields:
        about = field.get("description") or field.get("title") or "" if isinstance(field, dict) else ""
        lines.append(f"  field {name}{': ' if about else ''}{visible_line(str(about)[:200])}")
    return lines


class SamplingRequest:
    """What a server wants to ask the model: text only."""

    def __init__(self, system: str, messages: tuple[Message, ...], max_tokens: int) -> None:
        self.system, self.messages, self.max_tokens = system, messages, max_tokens

    @property
    def shown(self) -> str:
        """All of it, as the person is shown it."""
        said = [f"{message.role.value}: {message.text}" for message in self.messages]
        return "\n".join([*([f"system: {self.system}"] if self.system else []), *said])


def sampling_request(params: JsonObject) -> SamplingRequest:
    """
    Raises:
        RefusedRequest: it has no text, too much of it, or wants tools.
    """
    listed, system, most = params.get("messages"), params.get("systemPrompt"), params.get("maxTokens")
    if params.get("tools"):
        raise RefusedRequest("the model is asked without tools")
    if not isinstance(listed, list) or not listed:
        raise RefusedRequest("there is nothing to ask")
    messages = tuple(_message(one) for one in listed)
    if sum(len(message.text) for message in messages) > MAX_SAMPLE_CHARS or messages[-1].role is not Role.USER:
        raise RefusedRequest("too much text, or the last message is not the user's")
    tokens = most if isinstance(most, int) and not isinstance(most, bool) and most > 0 else MAX_SAMPLE_TOKENS
    said = well_formed(system)[:MAX_SAMPLE_CHARS] if isinstance(system, str) else ""
    return SamplingRequest(said, messages, min(tokens, MAX_SAMPLE_TOKENS))


def _message(value: Json) -> Message:
    content = value.get("content") if isinstance(value, dict) else None
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    if not isinstance(value, dict) or len(texts) != len(parts) or not all(isinstance(text, str) for text in texts):
        raise RefusedRequest("only text can be asked")
    role = Role.ASSISTANT if value.get("role") == "assistant" else Role.USER
    return Message(role, (TextBlock(well_formed("\n".join(str(text) for text in texts))),))


class Sampler:
    """Asks the model for a server, at the cost of the session that the server works for and within its budget.

    Args:
        asker: the server's name as an actor, for the rows of the log.
    """

    def __init__(self, agent: Callable[[], Agent], asker: str) -> None:
        self._agent = agent
        self._asker = asker

    async def sample(self, wanted: SamplingRequest, context: CallContext) -> JsonObject:
        """
        Raises:
            BudgetExceeded, ProviderError, StorageError: there is no answer.
        """
        text, model, stop_reason = await self._agent().answer_once(
            wanted.system,
            wanted.messages,
            wanted.max_tokens,
            session_id=context.session_id,
            turn_id=context.turn_id,
            asker=self._asker,
        )
        return {
            "role": "assistant",
            "content": {"type": "text", "text": text},
            "model": model,
            "stopReason": "maxTokens" if stop_reason == "max_tokens" else "endTurn",
        }
