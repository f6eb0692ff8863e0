"""Messages about the conversation: queued prompts, branches, jumps between panes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from blufio_tui.core.text.json_types import JsonObject


@dataclass
class UndoCalls(Message):
    """Show what undoing these calls, the oldest first, would do to files."""

    title: str
    call_ids: tuple[str, ...]


@dataclass
class EmptySubmitted(Message):
    """Enter on an empty prompt: send held prompts. With `steers`, add the first queued one to the running turn."""

    steers: bool = False


@dataclass
class PasteWanted(Message):
    """An image from the clipboard, else its text, should go into the prompt."""


@dataclass
class EditPrompt(Message):
    """Put an earlier prompt into the prompt for editing; sending it starts a branch."""

    message_id: int


@dataclass
class RetryPrompt(Message):
    """Ask again; the existing reply stays as a branch."""

    message_id: int


@dataclass
class SwitchVersion(Message):
    """Show the previous version (-1) or after (1) of a prompt, and what followed it."""

    message_id: int
    step: int


@dataclass
class PickCode(Message):
    """Choose one of the code blocks of a reply, to copy it."""

    blocks: list[str]


@dataclass
class GoToCall(Message):
    """Go to a tool call in the trace, or with `to_message` to its turn in the conversation, opening the session
    that it belongs to if that is another one."""

    session_id: str
    turn_id: str
    call_id: str
    to_message: bool = False


@dataclass
class CallAgain(Message):
    """Repeat a tool call, as the actor that made it."""

    tool: str
    arguments: JsonObject


@dataclass
class ReplayCall(Message):
    """Run a recorded call again, and show both side by side."""

    call_id: str


@dataclass
class SessionRenamed(Message):
    session_id: str
    title: str


@dataclass
class KeyPasted(Message):
    """What was pasted into the prompt holds what looks like a key; it was not put there."""

    text: str = field(repr=False)
