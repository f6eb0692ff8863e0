"""Prompts of servers as `/server:prompt …`, and their resources as `@server:uri`."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from blufio_tui.core.errors import UsageError
from blufio_tui.core.servers.view import Offered
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.fuzzy import best
from blufio_tui.core.text.json_types import Json, JsonObject

MAX_OFFERED = 50
MAX_OFFERED_NAME = 1_000
_PROMPT = re.compile(r"\s*/([A-Za-z0-9][A-Za-z0-9_-]{0,31}):(\S+)(?:\s+(.*))?\Z", re.DOTALL)
_RESOURCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,31}):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PromptCall:
    """`/server:prompt` and what was typed behind it."""

    server: str
    prompt: str
    typed: str = ""


def prompt_call(text: str) -> PromptCall | None:
    """What a line asks for, None for any other text. Whether there is such a server is not known here."""
    match = _PROMPT.match(text)
    return PromptCall(match[1], match[2], (match[3] or "").strip()) if match else None


def resource_of(mention: str) -> tuple[str, str] | None:
    """Server and URI of an `@server:uri`, None for any other mention."""
    match = _RESOURCE.fullmatch(mention)
    return (match[1], match[2]) if match else None


def find_prompt(call: PromptCall, offered: Sequence[JsonObject]) -> JsonObject:
    """The prompt as the server lists it.

    Raises:
        UsageError: it has none of that name; the message lists those there are.
    """
    for one in offered:
        if one.get("name") == call.prompt:
            return one
    names = ", ".join(visible_line(str(one.get("name"))) for one in offered[:20])
    raise UsageError(
        f"the MCP server {call.server} has no prompt {visible_line(call.prompt)}; it has {names or 'none'}"
    )


def arguments_of(typed: str, prompt: JsonObject) -> JsonObject:
    """What was typed as the prompt's arguments: `name=value` words, or values in their order; the last takes the rest.

    Raises:
        UsageError: a needed one is missing, or quotes do not end.
    """
    known = [_named(one) for one in _list(prompt.get("arguments"))]
    names = [name for name, _ in known if name]
    try:
        words = shlex.split(typed)
    except ValueError:
        words = typed.split()
    given: JsonObject = {}
    free: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in names:
            given[name] = value
        else:
            free.append(word)
    left = [name for name in names if name not in given]
    for index, name in enumerate(left):
        value = " ".join(free) if index == len(left) - 1 else (free.pop(0) if free else "")
        if value:
            given[name] = value
    if missing := [name for name, needed in known if needed and name not in given]:
        raise UsageError(f"/{visible_line(str(prompt.get('name')))} needs {', '.join(map(visible_line, missing))}")
    return given


def offered_prompts(server: str, listed: Sequence[JsonObject], typed: str) -> list[Offered]:
    """The prompts of a server that fit what was typed behind `/server:`, best first.

    A name that hides something is not offered: what one sees chosen is what is asked for.
    """
    fitting = _fitting(listed, "name", typed)
    return [Offered(f"{server}:{name}", " · ".join(filter(None, (_usage(one), _about(one))))) for name, one in fitting]


def offered_resources(server: str, listed: Sequence[JsonObject], typed: str) -> list[Offered]:
    """The resources that fit what was typed behind `@server:`; as `offered_prompts`."""
    return [Offered(f"{server}:{uri}", _about(one, "name")) for uri, one in _fitting(listed, "uri", typed)]


def _fitting(listed: Sequence[JsonObject], key: str, typed: str) -> list[tuple[str, JsonObject]]:
    named = [(name, one) for one in listed if isinstance(name := one.get(key), str) and _can_be_typed(name)]
    return best(typed, named, lambda pair: pair[0], MAX_OFFERED)


def _can_be_typed(name: str) -> bool:
    return 0 < len(name) <= MAX_OFFERED_NAME and not any(map(str.isspace, name)) and visible_line(name) == name


def _usage(prompt: JsonObject) -> str:
    arguments = [(name, needed) for name, needed in map(_named, _list(prompt.get("arguments"))) if name]
    return visible_line(" ".join(name if needed else f"[{name}]" for name, needed in arguments)[:80])


def _about(one: JsonObject, *more: str) -> str:
    """What it is, in one short line of the server's words."""
    said = (one.get(key) for key in (*more, "title", "description"))
    return visible_line(next((text for text in said if isinstance(text, str) and text), "")[:120])


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _named(argument: Json) -> tuple[str, bool]:
    if not isinstance(argument, dict) or not isinstance(name := argument.get("name"), str):
        return "", False
    return name, argument.get("required") is True
