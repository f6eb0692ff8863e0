"""A whole session with all branches as one JSON document, and the validation of such a document.

Secrets are removed on export. An imported document may come from anyone: every field is checked, and
the messages must form trees.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blufio_tui.core.conversation import Block, Message, RedactedThinkingBlock, ThinkingBlock
from blufio_tui.core.sessions.message_json import block_to_json, message_from_json
from blufio_tui.core.sessions.records import (
    MessageState,
    SessionInfo,
    StoredMessage,
    ToolCallRecord,
    Totals,
    TurnEnding,
)
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.value_json import value_from_json, value_to_json

FORMAT = "blufio-session"
VERSION = 1
_YEAR_3000 = 32_503_680_000.0

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """
    Attributes:
        active: id of the message at the end of the active branch, 0 for none.
        messages: in rising order of id, so that a parent comes before what follows it.
        totals: what it cost; for people, an import does not add it to the ledger.
    """

    info: SessionInfo
    active: int
    messages: tuple[StoredMessage, ...]
    tool_calls: tuple[ToolCallRecord, ...] = ()
    totals: Totals = Totals()


def document_to_json(document: SessionDocument, redact: Redact) -> str:
    value = {
        "format": FORMAT,
        "version": VERSION,
        "session": _redacted(value_to_json(document.info), redact),
        "active": document.active,
        "messages": [_message_to_json(stored, redact) for stored in document.messages],
        "tool_calls": [_redacted(value_to_json(call), redact) for call in document.tool_calls],
        "totals": value_to_json(document.totals),
    }
    return json_text(value, indent=1) + "\n"


def document_from_json(text: str) -> SessionDocument:
    """
    Raises:
        ValueError: not an exported session, or one that is damaged; the message says where.
    """
    try:
        value = strict_json.parsed(text)
    except ValueError as error:
        raise ValueError(f"it is not JSON ({error})") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError(f'this is not an exported session ("format" is not "{FORMAT}")')
    if value.get("version") != VERSION:
        raise ValueError(f"version {value.get('version')} of the format is not known here; upgrade blufio-tui")
    messages = tuple(_message_from_json(one, f"messages[{at}]") for at, one in enumerate(_list(value, "messages")))
    calls = enumerate(_list(value, "tool_calls"))
    document = SessionDocument(
        info=value_from_json(SessionInfo, value.get("session"), "session"),
        active=_integer(value.get("active", 0), "active"),
        messages=messages,
        tool_calls=tuple(value_from_json(ToolCallRecord, one, f"tool_calls[{at}]") for at, one in calls),
    )
    _check_times(document)
    _check_tree(document)
    return document


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The fields of a message other than role and content."""

    id: int
    parent_id: int
    turn_id: str = ""
    state: MessageState = MessageState.COMPLETE
    created: float = 0.0
    stands_for: int = 0
    ending: TurnEnding = TurnEnding()


def _message_to_json(stored: StoredMessage, redact: Redact) -> dict[str, Any]:
    envelope = _Envelope(
        stored.message_id,
        stored.parent_id,
        stored.turn_id,
        stored.state,
        stored.created,
        stored.stands_for,
        replace(stored.ending, error=redact(stored.ending.error)),
    )
    content = _redacted_blocks(stored.message, redact)
    return {**value_to_json(envelope), "role": stored.message.role.value, "content": content}


def _redacted_blocks(message: Message, redact: Redact) -> list[Any]:
    """Remove secrets. Thinking is signed, so a block that would change is left out whole."""
    kept = []
    for block in message.blocks:
        before: Any = block_to_json(block)
        after = before if before["type"] == "image" else _redacted(before, redact)
        if after == before or not _is_thinking(block):
            kept.append(after)
    return kept


def _is_thinking(block: Block) -> bool:
    return isinstance(block, ThinkingBlock | RedactedThinkingBlock)


def _redacted(value: Any, redact: Redact) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(key): _redacted(item, redact) for key, item in value.items()}
        case list() | tuple():
            return [_redacted(item, redact) for item in value]
        case _:
            return value


def _message_from_json(value: object, where: str) -> StoredMessage:
    try:
        envelope = value_from_json(_Envelope, value)
        message = message_from_json(value)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return StoredMessage(
        message_id=envelope.id,
        parent_id=envelope.parent_id,
        turn_id=envelope.turn_id,
        message=message,
        state=envelope.state,
        created=envelope.created,
        stands_for=envelope.stands_for,
        ending=envelope.ending,
    )


def _check_times(document: SessionDocument) -> None:
    """A calendar must be able to show every time."""
    for at, stored in enumerate(document.messages):
        if not 0 <= stored.created < _YEAR_3000:
            raise ValueError(f"messages[{at}].created: is not a time")
    if not (0 <= document.info.created < _YEAR_3000 and 0 <= document.info.updated < _YEAR_3000):
        raise ValueError("session: created and updated must be times")


def _check_tree(document: SessionDocument) -> None:
    """Ids rise; each message follows one before it or none; a summary stands for one of its ancestors."""
    parents: dict[int, int] = {}
    for at, stored in enumerate(document.messages):
        if stored.message_id <= max(0, next(reversed(parents), 0)):
            raise ValueError(f"messages[{at}].id: must be higher than the one before it")
        if stored.parent_id and stored.parent_id not in parents:
            raise ValueError(f"messages[{at}].parent_id: there is no message {stored.parent_id} before it")
        parents[stored.message_id] = stored.parent_id
        if stored.stands_for and not _is_ancestor(parents, stored.stands_for, stored.message_id):
            raise ValueError(f"messages[{at}].stands_for: message {stored.stands_for} is not on its branch")
    if document.active and document.active not in parents:
        raise ValueError(f"active: there is no message {document.active}")


def _is_ancestor(parents: Mapping[int, int], wanted: int, of: int) -> bool:
    while of > wanted:
        of = parents[of]
    return of == wanted


def _list(value: Mapping[str, object], key: str) -> list[object]:
    found = value.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"{key}: expected a list, found {type(found).__name__}")
    return found


def _integer(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{where}: expected a whole number, found {type(value).__name__}")
    return value
