"""What the turn that runs is doing, in a word or two. Pure."""

from blufio_tui.core.events import (
    Event,
    RequestStarted,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line


class Progress:
    """
    Attributes:
        started: when the turn began, None while none runs.
    """

    def __init__(self) -> None:
        self.started: float | None = None
        self._model_does = ""
        self._calls: dict[str, str] = {}

    @property
    def is_running(self) -> bool:
        return self.started is not None

    @property
    def doing(self) -> str:
        if len(self._calls) > 1:
            return plural(len(self._calls), "tool")
        return next(iter(self._calls.values()), self._model_does)

    def begin(self, doing: str, at: float) -> None:
        """For what is no turn and ends as one."""
        self.started, self._model_does = at, doing
        self._calls.clear()

    def take(self, event: Event, at: float) -> None:
        match event:
            case TurnStarted():
                self.begin("starting", at)
            case TurnFinished():
                self.started = None
            case RequestStarted():
                self._model_does = "waiting"
            case ThinkingDelta():
                self._model_does = "thinking"
            case TextDelta():
                self._model_does = "writing"
            case ToolCallStarted():
                self._calls[event.call_id] = visible_line(event.tool)
            case ToolCallFinished():
                self._calls.pop(event.call_id, None)
            case _:
                pass
