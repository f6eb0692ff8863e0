"""JSON-RPC 2.0 as MCP uses it: messages as values, and what may come from a server.

A server is not trusted: whatever it sends is parsed strictly here; anything else is an error.
"""

import json
from dataclasses import dataclass

from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import Json, JsonObject

PROTOCOL = "2025-11-25"
KNOWN_PROTOCOLS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
METHOD_NOT_FOUND, INVALID_PARAMS, REFUSED = -32601, -32602, -32000
MAX_BATCH = 1_000
MAX_NESTING = 100
"""Of one message. What is done with it later recurses, and must not run out of stack where nobody expects it."""

RequestId = int | str


@dataclass(frozen=True, slots=True)
class Asks:
    """A request of the server to us."""

    id: RequestId
    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True)
class Notifies:
    method: str
    params: JsonObject


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer to a request of ours. Exactly one of `result` and `error` is meaningful."""

    id: RequestId
    result: JsonObject
    error: str = ""
    code: int = 0


Incoming = Asks | Notifies | Answers


class BadMessage(Exception):
    """The data is not a message; the text says why, without quoting it."""


def read_message(data: bytes) -> tuple[Incoming, ...]:
    """The messages of one line or body; several where the server sends a batch.

    Raises:
        BadMessage: it is not one.
    """
    try:
        value = strict_json.however_deep(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadMessage("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadMessage("it is not JSON") from None
    if isinstance(value, list):
        if not value:
            raise BadMessage("an empty batch")
        if len(value) > MAX_BATCH:
            raise BadMessage(f"a batch of more than {MAX_BATCH} messages")
        return tuple(_read_one(one) for one in value)
    return (_read_one(value),)


_NESTED = f"it is nested more than {MAX_NESTING} deep"


def _is_nested_too_deeply(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(MAX_NESTING):
        inner: list[Json] = []
        for part in level:
            if isinstance(part, dict):
                inner += [item for item in part.values() if isinstance(item, dict | list)]
            elif isinstance(part, list):
                inner += [item for item in part if isinstance(item, dict | list)]
        if not inner:
            return False
        level = inner
    return True


def _read_one(value: Json) -> Incoming:
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise BadMessage("it is not a JSON-RPC 2.0 message")
    method, params = value.get("method"), value.get("params", {})
    if method is None:
        return _answer(value)
    if _is_nested_too_deeply(params):
        raise BadMessage(_NESTED)
    if not isinstance(method, str) or not isinstance(params, dict | None):
        raise BadMessage("its method or params are of the wrong type")
    if "id" not in value:
        return Notifies(method, params or {})
    return Asks(_id(value["id"]), method, params or {})


def _answer(value: JsonObject) -> Answers:
    number = _id(value.get("id"))
    if ("result" in value) == ("error" in value):
        raise BadMessage("an answer needs either a result or an error")
    if _is_nested_too_deeply(value):
        return Answers(number, {}, _NESTED)
    if "result" in value:
        result = value["result"]
        if not isinstance(result, dict):
            raise BadMessage("a result must be an object")
        return Answers(number, result)
    error = value["error"]
    if not isinstance(error, dict):
        raise BadMessage("an error must be an object")
    code, message = error.get("code"), error.get("message")
    code = code if isinstance(code, int) and not isinstance(code, bool) else 0
    return Answers(number, {}, str(message)[:2000] if message else "no reason given", code)


def _id(value: Json) -> RequestId:
    """Checks the type, because `True` and `1.0` equal 1 in Python but are not our ids."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadMessage("its id is neither a whole number nor a string")
    return value


def request(number: int, method: str, params: JsonObject) -> JsonObject:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def notification(method: str, params: JsonObject) -> JsonObject:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(number: RequestId, value: JsonObject) -> JsonObject:
    return {"jsonrpc": "2.0", "id": number, "result": value}


def error(number: RequestId, code: int, message: str) -> JsonObject:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


def encoded(message: JsonObject) -> bytes:
    """One line: JSON escapes every line break."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")
