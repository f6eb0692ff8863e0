"""The tool protocol, and the registry that makes built-in tools and skills look alike to the model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.events import CallUsage, ErrorInfo, Event, LogLine
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject


@dataclass(frozen=True, slots=True)
class HookAsks:
    """A hook wants the person to be asked about a call.

    Attributes:
        reads_too: also about what only reads files; False if the call changes something, which is what to ask about.
    """

    why: str
    reads_too: bool = True


@dataclass(frozen=True, slots=True)
class CallContext:
    """Where a tool call belongs, and where the events that happen inside it go.

    Attributes:
        emit: takes events from the event loop's thread; never blocks.
        on_behalf: the sub-agent that makes the call, such as `task 2`; "" for the agent itself and the person.
    """

    session_id: str
    turn_id: str
    call_id: str
    emit: Callable[[Event], None]
    on_behalf: str = ""
    hook_asks: HookAsks | None = None


def unheard(_event: Event) -> None:
    """Takes the events of a call that is shown nowhere; its audit rows tell of it."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """
    Attributes:
        for_model: what the model reads in place of `content`, "" for the content itself.
        logs_dropped: the log lines over the limit.
        images: pictures that the model is sent with the text.
    """

    content: str
    is_error: bool = False
    error: ErrorInfo | None = None
    usage: CallUsage = CallUsage()
    logs: tuple[LogLine, ...] = ()
    logs_dropped: int = 0
    for_model: str = ""
    images: tuple[ImageBlock, ...] = ()


class Tool(Protocol):
    """What the model can call. `invoke` returns an outcome for every foreseeable failure; cancelling it
    must stop what it started."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def input_schema(self) -> ReadOnlyObject: ...

    def change_of(self, arguments: ReadOnlyObject) -> str:
        """What a call with this input may change, in a few words; "" if it only reads.

        The input was not checked yet. When in doubt, it is a change: calls of one reply that only read run side by
        side, and a change waits for its turn.
        """
        ...

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome: ...


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as the Messages API wants it."""

    name: str
    description: str
    input_schema: ReadOnlyObject
