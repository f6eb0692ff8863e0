"""A tool's input in one line, most telling part first."""

import json

from blufio_tui.core.json_types import Json, JsonObject
from blufio_tui.core.text import visible_line

_TELLING = ("command", "url", "path", "name", "query", "text")


def input_summary(arguments: JsonObject, *, limit: int = 400) -> str:
    """`README.md`, `GET https://…`, `read notes.txt`: values before keys; never more than `limit` characters."""
    parts = [_value(arguments[key]) for key in ("action", "method") if key in arguments]
    parts += [_value(arguments[key]) for key in _TELLING if key in arguments]
    rest = [key for key in arguments if key not in (*_TELLING, "action", "method")]
    parts += [f"{key}={_value(arguments[key])}" for key in rest]
    return visible_line(" ".join(parts)[:limit])


def _value(value: Json) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return json.dumps(value, ensure_ascii=False)
