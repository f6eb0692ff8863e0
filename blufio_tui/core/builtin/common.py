"""What the built-in tools share: who they are, how they ask, and how a failure becomes an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.text.json_types import Json
from blufio_tui.core.tools import CallContext, ToolOutcome

Perform = Callable[[Effect, Actor, CallContext], Awaitable[EffectResult]]
"""The gate: decides, records, does. Raises `CapabilityDenied` or `HostError`."""

MAX_TEXT = 100_000
"""Characters of a result that go to the model; more than that only buries what matters."""


class BadArguments(Exception):
    """An argument that the schema let through and that still makes no sense; the text is for the model."""


def built_in(name: str) -> Actor:
    return Actor(ActorKind.TOOL, name)


async def outcome_of(work: Awaitable[str | ToolOutcome]) -> ToolOutcome:
    """The outcome of a tool's work; every foreseeable failure becomes an error that the model can read."""
    try:
        done = await work
    except CapabilityDenied as error:
        return replace(failure(ErrorKind.CAPABILITY_DENIED, str(error)), for_model=error.for_model)
    except (HostError, BadArguments) as error:
        return failure(ErrorKind.HOST_ERROR, str(error))
    return done if isinstance(done, ToolOutcome) else ToolOutcome(done)


def failure(kind: ErrorKind, message: str) -> ToolOutcome:
    return ToolOutcome(message, is_error=True, error=ErrorInfo(kind, message))


def text_argument(arguments: dict[str, Json], name: str, default: str | None = None) -> str:
    value = arguments.get(name, default)
    if not isinstance(value, str):
        raise BadArguments(f"{name} must be a text" if name in arguments else f"{name} is missing")
    return value


def number_argument(arguments: dict[str, Json], name: str, default: float, low: float, high: float) -> float:
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadArguments(f"{name} must be a number from {low:g} to {high:g}")
    return value


def decoded(data: bytes) -> str | None:
    """The text that the bytes are, None when they are not text."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters, and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[… {len(text) - limit} more characters left out]"
