"""The list that the model keeps while it works. It is nothing but the input of its last `todo` call, so it is stored
with the conversation, and each branch has its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.conversation import Message, ToolResultBlock, ToolUseBlock
from blufio_tui.core.text.json_types import Json, ReadOnlyObject

TOOL = "todo"
MAX_ITEMS = 100
MAX_CHARS = 500
"""Of one item."""


class TodoState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class TodoItem:
    text: str
    state: TodoState


Todo = tuple[TodoItem, ...]


def todo_of(arguments: ReadOnlyObject) -> Todo:
    """The list that a call's input holds.

    Raises:
        ValueError: the input is no such list; the message says where it is wrong.
    """
    items = arguments.get("items")
    if not isinstance(items, list):
        raise ValueError("items must be a list")
    if len(items) > MAX_ITEMS:
        raise ValueError(f"items has {len(items)} entries; at most {MAX_ITEMS}, so put small steps together")
    return tuple(_item(number, item) for number, item in enumerate(items, start=1))


def _item(number: int, item: Json) -> TodoItem:
    text, state = (item.get("text"), item.get("state")) if isinstance(item, dict) else (None, None)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"item {number} has no text")
    if len(text) > MAX_CHARS:
        raise ValueError(f"item {number} is longer than {MAX_CHARS} characters")
    if state not in tuple(TodoState):
        raise ValueError(f"item {number} has no state; it is one of {', '.join(TodoState)}")
    return TodoItem(text.strip(), TodoState(state))


def latest_todo(messages: Iterable[Message]) -> Todo:
    """The list as the last successful call left it; () if there is none."""
    proposed: dict[str, Todo] = {}
    latest: Todo = ()
    for message in messages:
        for block in message.blocks:
            if isinstance(block, ToolUseBlock) and block.name == TOOL and not block.invalid:
                try:
                    proposed[block.id] = todo_of(block.input)
                except ValueError:
                    continue  # its result is the error
            elif isinstance(block, ToolResultBlock) and not block.is_error:
                latest = proposed.get(block.tool_use_id, latest)
    return latest


def is_finished(todo: Sequence[TodoItem]) -> bool:
    return all(item.state is TodoState.DONE for item in todo)


def progress(todo: Sequence[TodoItem]) -> str:
    """`3 of 5 done`, and what is under way."""
    if not todo:
        return "the list is empty"
    done = sum(item.state is TodoState.DONE for item in todo)
    running = "; ".join(item.text for item in todo if item.state is TodoState.RUNNING)
    return f"{done} of {len(todo)} done" + (f"; now: {running}" if running else "")


_MARKS = {TodoState.PENDING: "[ ]", TodoState.RUNNING: "[~]", TodoState.DONE: "[x]"}


def carried_over(summary: str, messages: Iterable[Message]) -> str:
    """A summary of the conversation, followed by the list as it stands: summarising must not lose a step."""
    todo = latest_todo(messages)
    if not todo:
        return summary
    lines = [f"- {_MARKS[item.state]} {' '.join(item.text.split())}" for item in todo]
    return "\n".join([summary, "", "Your `todo` list as it stands:", *lines])
