"""What an editor is shown of a turn: each event as session updates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from acp.schema import (
    AgentMessageChunk,
    AgentPlanUpdate,
    AgentThoughtChunk,
    PlanEntry,
    ToolCallLocation,
    ToolCallProgress,
    ToolCallStart,
)

from blufio_tui.acp.content import ToolContent, absolute, code_span, diff, fenced, location, shown, text_block
from blufio_tui.acp.questions import Status, ToolKind
from blufio_tui.core.agent.situation import without_news
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.events import (
    EffectsCounted,
    ErrorRaised,
    Event,
    FlowsChanged,
    HostCallFinished,
    HostCallStarted,
    NestedEvent,
    NoticeLevel,
    NoticeRaised,
    PersonAsked,
    ReplyDiscarded,
    RequestFinished,
    RequestStarted,
    SteeringAdded,
    TextDelta,
    ThinkingDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutputDelta,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.shell.output import LastLines, plain
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.text.unicode import well_formed_json
from blufio_tui.core.todo import TOOL as TODO
from blufio_tui.core.todo import Todo, TodoState, todo_of
from blufio_tui.ui.state.summaries import call_summary

Update = AgentMessageChunk | AgentThoughtChunk | AgentPlanUpdate | ToolCallStart | ToolCallProgress

MAX_EFFECTS = 200
"""Effects of one call that are listed; the rest is counted. The audit log has them all."""
MAX_LOCATIONS = 50
LIVE_LINES = 400

_KINDS: dict[str, ToolKind] = {
    "edit": "edit",
    "search": "search",
    "find": "search",
    "bash": "execute",
    "job_kill": "execute",
    "job_output": "read",
    "http": "fetch",
    "load_skill": "read",
    "read_result": "read",
    "task": "think",
    "plan": "think",
    "find_tool": "search",
}
_STATES: dict[TodoState, Literal["pending", "in_progress", "completed"]] = {
    TodoState.PENDING: "pending",
    TodoState.RUNNING: "in_progress",
    TodoState.DONE: "completed",
}
_MARKS = {NoticeLevel.INFO: "ℹ", NoticeLevel.WARNING: "⚠", NoticeLevel.ERROR: "✗"}


def message(text: str) -> AgentMessageChunk:
    return AgentMessageChunk(session_update="agent_message_chunk", content=text_block(visible(text)))


def thought(text: str) -> AgentThoughtChunk:
    return AgentThoughtChunk(session_update="agent_thought_chunk", content=text_block(visible(text)))


def note(text: str, level: NoticeLevel = NoticeLevel.WARNING) -> AgentMessageChunk:
    """A sentence of the program's own, apart from what the model says."""
    lines = "\n> ".join(visible(text).split("\n"))
    return message(f"\n\n> {_MARKS[level]} {lines}\n\n")


def plan(todo: Todo) -> AgentPlanUpdate:
    """The model's list."""
    entries = [PlanEntry(content=visible(item.text), priority="medium", status=_STATES[item.state]) for item in todo]
    return AgentPlanUpdate(session_update="plan", entries=entries)


def tool_kind(tool: str, arguments: ReadOnlyObject) -> ToolKind:
    if tool == "file":
        return "edit" if arguments.get("action") == "write" else "read"
    return _KINDS.get(tool, "other")


def tool_title(tool: str, arguments: JsonObject, whose: str = "") -> str:
    prefix = f"{code_span(whose)} › " if whose else ""
    return f"{prefix}{code_span(tool)} {code_span(call_summary(tool, arguments))}".rstrip()


def tool_locations(tool: str, arguments: ReadOnlyObject, project: str) -> list[ToolCallLocation]:
    """The file that a built-in tool is asked to touch."""
    path, line = arguments.get("path"), arguments.get("offset")
    if tool not in ("file", "edit", "search", "find") or not isinstance(path, str) or not path or "\0" in path:
        return []
    first = line if tool == "file" and isinstance(line, int) and not isinstance(line, bool) and line > 0 else None
    return [location(absolute(project, path), first)]


def tool_diffs(tool: str, arguments: ReadOnlyObject, project: str, before: str | None) -> list[ToolContent]:
    """What the call would change.

    Args:
        before: what the file of a `file write` holds now, None for no such file.
    """
    path = arguments.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        return []
    place, content, edits = absolute(project, path), arguments.get("content"), arguments.get("edits")
    if tool == "file" and arguments.get("action") == "write" and isinstance(content, str):
        return [diff(place, content, before)]
    if tool != "edit" or not isinstance(edits, list):
        return []
    pairs = [(edit.get("old"), edit.get("new")) for edit in edits if isinstance(edit, dict)]
    return [diff(place, new, old) for old, new in pairs if isinstance(old, str) and isinstance(new, str)]


@dataclass(slots=True)
class _Call:
    """
    Attributes:
        fixed: what stays on top: the change it makes.
        effects: a line for each, as they end.
    """

    row: str
    locations: list[ToolCallLocation]
    fixed: list[ToolContent]
    arguments: JsonObject
    tool: str
    output: LastLines = field(default_factory=lambda: LastLines(LIVE_LINES))
    effects: list[str] = field(default_factory=list)
    uncounted: int = 0
    has_output: bool = False

    def content(self, result: str | None = None) -> list[ToolContent]:
        """
        Args:
            result: what the call returned, in the place of what it printed.
        """
        items = list(self.fixed)
        if self.effects:
            more = [f"… and {self.uncounted:,} more; the audit log has them"] if self.uncounted else []
            items.append(shown("\n".join(f"- {line}" for line in [*self.effects, *more])))
        text = result if result is not None else plain(self.output.text())
        return [*items, fenced(text)] if text.strip() else items


class TurnUpdates:
    """The updates of one turn.

    Args:
        project: the project folder.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._calls: dict[str, _Call] = {}

    def of(self, event: Event, *, before: str | None = None, whose: str = "") -> Sequence[Update]:
        """What is sent for an event, in order; live output is what `live` gives.

        Args:
            before: for a call that writes a file, what the file holds.
            whose: the sub-agent's call that the event is inside of, "" for the agent's own.
        """
        match event:
            case TextDelta():
                return [message(event.text)]
            case ThinkingDelta():
                return [thought(event.text)]
            case ReplyDiscarded():
                return [note(f"The reply so far was lost and is requested again: {event.reason}")]
            case ToolCallStarted():
                return self._started(event, before, whose)
            case ToolOutputDelta():
                return self._printed(event)
            case HostCallFinished():
                return self._effect(event)
            case ToolCallFinished():
                return self._finished(event)
            case NestedEvent():
                return self._nested(event)
            case NoticeRaised():
                return [note(event.message, event.level)]
            case (
                TurnStarted()
                | RequestStarted()
                | RequestFinished()
                | SteeringAdded()
                | HostCallStarted()
                | PersonAsked()
                | FlowsChanged()
                | EffectsCounted()
                | ErrorRaised()
                | TurnFinished()
            ):
                return []
        assert_never(event)

    def live(self, call_id: str) -> Sequence[Update]:
        """The output so far of a call that runs."""
        call = self._calls.get(call_id)
        return [self._progress(call, content=call.content())] if call is not None and call.has_output else []

    def _started(self, event: ToolCallStarted, before: str | None, whose: str) -> Sequence[Update]:
        arguments = event.input
        row = f"{event.turn_id[:8]}-{event.call_id}"
        places = tool_locations(event.tool, arguments, self._project)
        fixed = tool_diffs(event.tool, arguments, self._project, before)
        call = _Call(row, places, fixed, arguments, event.tool)
        self._calls[event.call_id] = call
        if event.tool == TODO:
            return []  # the list itself is shown
        return [
            ToolCallStart(
                session_update="tool_call",
                tool_call_id=row,
                title=tool_title(event.tool, arguments, whose),
                kind=tool_kind(event.tool, arguments),
                status="in_progress",
                content=call.content(),
                locations=list(places),
                raw_input=well_formed_json(arguments),
            )
        ]

    def _printed(self, event: ToolOutputDelta) -> Sequence[Update]:
        if (call := self._calls.get(event.call_id)) is not None:
            call.output.feed(event.text)
            call.has_output = True
        return []

    def _effect(self, event: HostCallFinished) -> Sequence[Update]:
        call = self._calls.get(event.call_id)
        if call is None or call.tool == TODO:
            return []
        if len(call.effects) >= MAX_EFFECTS:
            call.uncounted += 1
            return []
        call.effects.append(effect_line(event))
        if event.kind in (Kind.FS_READ, Kind.FS_WRITE) and event.decision is Verdict.ALLOW:
            known = {place.path for place in call.locations}
            if event.resource not in known and len(known) < MAX_LOCATIONS:
                call.locations.append(location(event.resource))
        return [self._progress(call, content=call.content(), locations=list(call.locations))]

    def _finished(self, event: ToolCallFinished) -> Sequence[Update]:
        call = self._calls.pop(event.call_id, None)
        if call is None:
            return []
        if call.tool == TODO:
            return [] if event.is_error else [plan(todo_of(call.arguments))]
        logs = "".join(f"[{line.level}] {line.message}\n" for line in event.log_lines)
        status: Status = "failed" if event.is_error else "completed"
        return [self._progress(call, status=status, content=call.content(logs + plain(without_news(event.content))))]

    def _nested(self, event: NestedEvent) -> Sequence[Update]:
        """What a sub-agent says stands in the call that started it; its calls are calls."""
        match event.event:
            case TextDelta() as inner:
                return self._printed(ToolOutputDelta(inner.turn_id, event.call_id, "stdout", visible(inner.text)))
            case ThinkingDelta() | ReplyDiscarded():
                return []
            case inner:
                return self.of(inner, whose="task")

    def _progress(self, call: _Call, **fields: Any) -> ToolCallProgress:
        return ToolCallProgress(session_update="tool_call_update", tool_call_id=call.row, **fields)


def effect_line(event: HostCallFinished) -> str:
    """One effect inside a call: what, what was decided and by whom, what came of it."""
    mark = "✓" if event.decision is Verdict.ALLOW else "✗"
    failed = event.outcome if event.outcome not in ("ok", "denied") else ""
    why = "" if event.decision is Verdict.ALLOW else f": {code_span(event.rule)}"
    came = f", {code_span(failed)}" if failed else ""
    return f"{mark} {event.kind.value} {code_span(event.resource)} ({event.decided_by.value}{why}{came})"
