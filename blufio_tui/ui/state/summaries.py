"""A tool's input in one line, most telling part first."""

import json
from contextlib import suppress

from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import steady, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.todo import TOOL as TODO_TOOL
from blufio_tui.core.todo import progress, todo_of

PLAN_TOOL = "plan"
_TELLING = ("command", "url", "path", "name", "query", "text", "question", "prompt", "markdown")


def input_summary(arguments: JsonObject, *, limit: int = 400) -> str:
    """`README.md`, `GET https://…`, `read notes.txt`: values before keys; never more than `limit` characters."""
    parts = [_value(arguments[key]) for key in ("action", "method") if key in arguments]
    parts += [_value(arguments[key]) for key in _TELLING if key in arguments]
    rest = [key for key in arguments if key not in (*_TELLING, "action", "method")]
    parts += [f"{key}={_amount(arguments[key])}" for key in rest]
    return visible_line(steady(" ".join(parts)[:limit]))


def call_summary(tool: str, arguments: JsonObject) -> str:
    """As `input_summary`; of the model's list, how it stands, and of a plan its first line."""
    if tool == TODO_TOOL:
        with suppress(ValueError):  # the result says what is wrong with it
            return visible_line(steady(progress(todo_of(arguments))))
    if tool == PLAN_TOOL:
        lines = str(arguments.get("markdown", "")).split("\n")
        return visible_line(steady(next((line for line in lines if line.strip("# ")), "").strip("# ")))
    return input_summary(arguments)


def _amount(value: Json) -> str:
    """What has parts or lines of its own, such as edits or a file's content, is only counted."""
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return str(len(value))
    if isinstance(value, str) and "\n" in value.strip("\n"):
        return plural(value.strip("\n").count("\n") + 1, "line")
    return _value(value)


def _value(value: Json) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    return json.dumps(value, ensure_ascii=False)
