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
        is_running: whether a turn runs.
    """

    def __init__(self) -> None:
        self.is_running = False
        self._model_does, self._since = "", 0.0
        self._calls: dict[str, tuple[str, float]] = {}

    @property
    def doing(self) -> str:
        if len(self._calls) > 1:
            return plural(len(self._calls), "tool")
        return next((tool for tool, _ in self._calls.values()), self._model_does)

    @property
    def since(self) -> float:
        """When it began to do that; of several tools, the first of those that still run."""
        return min((began for _, began in self._calls.values()), default=self._since)

    def begin(self, doing: str, at: float) -> None:
        """For what is no turn and ends as one."""
        self.is_running = True
        self._model_does, self._since = doing, at
        self._calls.clear()

    def take(self, event: Event, at: float) -> None:
        match event:
            case TurnStarted():
                self.begin("starting", at)
            case TurnFinished():
                self.is_running = False
            case RequestStarted():
                self._model_now("waiting", at)
            case ThinkingDelta():
                self._model_now("thinking", at)
            case TextDelta():
                self._model_now("writing", at)
            case ToolCallStarted():
                self._calls[event.call_id] = (visible_line(event.tool), at)
            case ToolCallFinished():
                self._calls.pop(event.call_id, None)
            case _:
                pass

    def _model_now(self, does: str, at: float) -> None:
        if does != self._model_does:
            self._model_does, self._since = does, at
