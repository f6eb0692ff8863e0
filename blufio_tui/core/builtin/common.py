"""What the built-in tools share: actors, effects, and turning failures into results."""

import codecs
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.text.json_types import Json
from blufio_tui.core.text.key_masks import MARK
from blufio_tui.core.tools import CallContext, ToolOutcome

Perform = Callable[[Effect, Actor, CallContext], Awaitable[EffectResult]]
"""The gate: decides, records, does. Raises `CapabilityDenied` or `HostError`."""

Mask = Callable[[str], str]
"""Takes out of a text what no model is to be sent."""

MAX_TEXT = 100_000
"""Characters of a result that go to the model; more than that only buries what matters."""


_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ASCII = bytes(range(128))
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class BadArguments(Exception):
    """An argument that passes the schema but is invalid; the text is for the model."""


def built_in(name: str) -> Actor:
    return Actor(ActorKind.TOOL, name)


async def outcome_of(work: Awaitable[str | ToolOutcome], project: str = "") -> ToolOutcome:
    """Run a tool's work; every foreseeable failure becomes an error result for the model.

    Args:
        project: the folder that paths in an error are shown relative to; "" leaves them as they are.
    """
    try:
        done = await work
    except CapabilityDenied as error:
        return replace(failure(ErrorKind.CAPABILITY_DENIED, str(error)), for_model=error.for_model)
    except (HostError, BadArguments) as error:
        return failure(ErrorKind.HOST_ERROR, relative(str(error), project))
    return done if isinstance(done, ToolOutcome) else ToolOutcome(done)


def relative(text: str, project: str) -> str:
    """The text with absolute paths of the project made relative, as a model names them."""
    root = project.rstrip("/")
    return text.replace(f"{root}/", "") if root else text


def refuse_hidden_key(path: str, before: str, after: str, mask: Mask) -> None:
    """
    Args:
        before, after: the text of the file.

    Raises:
        BadArguments: the new text has a mask where the file has the key, so the key would be lost.
    """
    if after.count(MARK) > before.count(MARK) and mask(before) != before:
        raise BadArguments(
            f"{path}: nothing was written. {MARK} stands for a key that you are not shown, and writing it would "
            "destroy the key; use `edit` on the other lines only"
        )


def failure(kind: ErrorKind, message: str) -> ToolOutcome:
    return ToolOutcome(message, is_error=True, error=ErrorInfo(kind, message))


def text_argument(arguments: dict[str, Json], name: str, default: str | None = None) -> str:
    value = arguments.get(name, default)
    if not isinstance(value, str):
        raise BadArguments(f"{name} must be a string" if name in arguments else f"{name} is missing")
    return value


def number_argument(arguments: dict[str, Json], name: str, default: float, low: float, high: float) -> float:
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadArguments(f"{name} must be a number from {low:g} to {high:g}")
    return value


def decoded(data: bytes, charset: str = "") -> str | None:
    """Decode bytes; None if they are not text.

    UTF-8 if valid; else what a byte order mark or `charset` (from a server) says; else Windows-1252, if the result
    looks
    like prose: no control characters and few letters beyond ASCII.
    """
    for codec in ("utf-8-sig", _marked(data), _known_codec(charset)):
        try:
            text = data.decode(codec) if codec else "\0"
        except (UnicodeError, LookupError):  # LookupError: `rot13` and `zip` are codecs that make no text
            continue
        if "\0" not in text:
            return text
    far = len(data.translate(None, delete=_ASCII))
    if _CONTROLS.search(data) or far * 3 > len(data):
        return None
    return data.decode("cp1252", "replace")


def lines_of(text: str) -> list[str]:
    """Lines with their ends, counted as grep, editors and compilers do: at `\\n` and nowhere else.

    `str.splitlines` also ends a line at form feeds, lone carriage returns, U+2028 and five more.
    """
    return _LINE.findall(text)


def _marked(data: bytes) -> str:
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) > 2 else ""


def _known_codec(charset: str) -> str:
    """Python's name of a declared charset, "" if Python does not know it."""
    try:
        return codecs.lookup(charset).name if charset.isascii() and charset.isprintable() else ""
    except LookupError:
        return ""


def whole_lines(lines: Sequence[str], limit: int) -> list[str]:
    """The first lines that fit into `limit` characters, at least one."""
    total = 0
    for count, line in enumerate(lines):
        total += len(line) + 1
        if total > limit and count:
            return list(lines[:count])
    return list(lines)


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters, and how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[… {len(text) - limit} more characters left out]"
