"""The conversation as a list of entries that grows by events. Pure."""

from collections.abc import Hashable
from dataclasses import replace
from typing import assert_never

from blufio_tui.core.agent.situation import without_news
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
from blufio_tui.core.sessions.records import UNUSUAL_ENDS
from blufio_tui.core.shell.output import LastLines
from blufio_tui.core.text.amounts import dollars, duration, plural, short
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.state.entries import Entry, Notice, Reply, Thought, ToolLine, TurnEnd, UserSaid, take_todo, tool_line
from blufio_tui.ui.state.states import State, state_of_call
from blufio_tui.ui.state.summaries import input_summary
from blufio_tui.ui.text.incremental import GrowingMarkdown


class Transcript:
    """
    Attributes:
        entries: all that is loaded, oldest first.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._calls: dict[str, ToolLine] = {}
        self._asking: set[tuple[str, Hashable]] = set()
        self._turn_started: float | None = None
        self._waited = 0.0
        self._asked_at: float | None = None
        self._request_start = 0
        self._is_asked = False
        self._announced: UserSaid | None = None
        self._blank = ""

    def apply(self, event: Event, at: float) -> list[Entry]:
        """Take one event in; the entries that are new or look different now."""
        match event:
            case TurnStarted():
                self._turn_started, self._waited, self._asked_at, self._is_asked = at, 0.0, None, False
                return [self._begin(event)]
            case SteeringAdded():
                added = UserSaid(event.text, event.turn_id, event.attached, added=True)
                return [*self._close_reply(""), self._add(added)]
            case RequestStarted():
                self._request_start, self._blank, self._is_asked = len(self.entries), "", True
                return []
            case TextDelta():
                return [*self._close_thought(at), *self._write(event.text)]
            case ThinkingDelta():
                return [self._think(event.text, at)]
            case ReplyDiscarded():
                return self._discard()
            case RequestFinished():
                return [*self._close_thought(at), *self._close_reply("")]
            case ToolCallStarted():
                return [*self._close_reply(""), self._start_call(event, at)]
            case HostCallStarted() | HostCallFinished():
                return self._note_asking(event, at)
            case ToolOutputDelta():
                return self._print(event)
            case EffectsCounted():
                return []
            case ToolCallFinished():
                return self._finish_call(event, at)
            case PersonAsked():
                return self._mark_asking(event.call_id, ("", event.call_id), at, asking=event.waiting)
            case NestedEvent():
                return self._note_nested(event, at)
            case NoticeRaised():
                return [self._add(Notice(event.level, event.message))]
            case ErrorRaised():
                return [*self._close_reply(""), self._add(Notice(NoticeLevel.ERROR, event.message))]
            case TurnFinished():
                return self._finish_turn(event, at)
            case FlowsChanged():
                return []
            case _:
                assert_never(event)

    def _begin(self, event: TurnStarted) -> Entry:
        """A prompt is said by an event without an id, and again once its turn begins."""
        said = self._announced
        if said is None or said not in self.entries:
            said = UserSaid(event.prompt, event.turn_id, event.attached)
            self._add(said)
        said.text, said.turn_id, said.attached = event.prompt, event.turn_id, event.attached
        self._announced = None if event.turn_id else said
        return said

    def _add(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry

    def _last(self) -> Entry | None:
        return self.entries[-1] if self.entries else None

    def _write(self, text: str) -> list[Entry]:
        """A reply begins with the first letter: one that is blank, such as before a tool call, takes no room."""
        last = self._last()
        if isinstance(last, Reply) and last.live:
            last.text.append(text)
            return [last]
        self._blank += text
        if not self._blank.strip():
            return []
        text, self._blank = self._blank, ""
        return [self._add(Reply(GrowingMarkdown(text)))]

    def _think(self, text: str, at: float) -> Entry:
        last = self._last()
        if isinstance(last, Thought) and last.live:
            last.text += text
            return last
        return self._add(Thought(text, at))

    def _close_thought(self, at: float) -> list[Entry]:
        last = self._last()
        if not (isinstance(last, Thought) and last.live):
            return []
        last.live, last.seconds = False, at - last.started
        return [last]

    def _close_reply(self, note: str) -> list[Entry]:
        for entry in reversed(self.entries[-3:]):
            if isinstance(entry, Reply) and entry.live:
                entry.live, entry.note = False, note
                entry.text.finish()
                return [entry]
        return []

    def _discard(self) -> list[Entry]:
        """What was streamed in this request is void: it stays readable, marked as such.

        Why it is void is told by the notice or the error that comes next.
        """
        changed: list[Entry] = []
        for entry in self.entries[self._request_start :]:
            if isinstance(entry, Reply) and entry.live:
                entry.live, entry.note = False, "cut off; asked for again"
                entry.text.finish()
                changed.append(entry)
            elif isinstance(entry, Thought) and entry.live:
                entry.live = False
                changed.append(entry)
        return changed

    def _start_call(self, event: ToolCallStarted, at: float) -> Entry:
        line = tool_line(event.call_id, event.tool, event.input, at, State.RUNNING)
        line.is_told = not self._is_asked
        self._calls[event.call_id] = line
        return self._add(line)

    def _note_asking(self, event: HostCallStarted | HostCallFinished, at: float) -> list[Entry]:
        asking = isinstance(event, HostCallStarted) and event.asking
        return self._mark_asking(event.call_id, event.host_call_id, at, asking=asking)

    def _mark_asking(self, call_id: str, what: Hashable, at: float, *, asking: bool) -> list[Entry]:
        """A call waits for the person as long as anything in it does."""
        if asking:
            self._asking.add((call_id, what))
        else:
            self._asking.discard((call_id, what))
        line = self._calls.get(call_id)
        if line is None or line.state.is_over:
            return []
        waits = any(one == call_id for one, _ in self._asking)
        _count_waiting(line, at, waits=waits)
        self._count_waiting(at)
        line.state = State.ASKING if waits else State.RUNNING
        return [line]

    def _count_waiting(self, at: float) -> None:
        """Time in which anything in the turn waited for the person; several questions at once count once."""
        if self._asking and self._asked_at is None:
            self._asked_at = at
        elif not self._asking and self._asked_at is not None:
            self._waited, self._asked_at = self._waited + at - self._asked_at, None

    def _note_nested(self, event: NestedEvent, at: float) -> list[Entry]:
        """What a sub-agent does shows in the line of its call: the last calls, what went wrong, that it waits."""
        match event.event:
            case HostCallStarted() | HostCallFinished() as inner:
                return self._note_asking(replace(inner, call_id=event.call_id), at)
            case PersonAsked() as inner:
                return self._mark_asking(event.call_id, ("", inner.call_id), at, asking=inner.waiting)
            case ToolCallStarted() as inner:
                said = f"{inner.tool} {input_summary(inner.input, limit=200)}"
            case NoticeRaised() | ErrorRaised() as inner:
                said = visible_line(inner.message)
            case _:
                return []
        return self._feed(event.call_id, f"{visible_line(said)}\n")

    def _print(self, event: ToolOutputDelta) -> list[Entry]:
        return self._feed(event.call_id, event.text)

    def _feed(self, call_id: str, text: str) -> list[Entry]:
        line = self._calls.get(call_id)
        if line is None:
            return []
        line.live = line.live or LastLines()
        line.live.feed(text)
        return [line]

    def _finish_call(self, event: ToolCallFinished, at: float) -> list[Entry]:
        line = self._calls.pop(event.call_id, None)
        if line is None:
            return []
        _count_waiting(line, at, waits=False)
        took = max(event.duration_ms - line.waited_ms, 0.0)
        line.state, line.duration_ms, line.content = state_of_call(event), took, without_news(event.content)
        self._asking = {(call_id, what) for call_id, what in self._asking if call_id != event.call_id}
        self._count_waiting(at)
        line.live = None
        return take_todo(self.entries, line)

    def _finish_turn(self, event: TurnFinished, at: float) -> list[Entry]:
        changed: list[Entry] = [*self._close_thought(at)]
        changed += self._close_reply("interrupted" if event.stop_reason == "interrupted" else "")
        for line in self._calls.values():
            line.state, line.live = State.CANCELLED, None
            changed.append(line)
        self._calls.clear()
        self._asking.clear()
        self._count_waiting(at)
        took = max(at - self._turn_started - self._waited, 0.0) if self._turn_started is not None else None
        self._turn_started = self._announced = None
        if closing := _closing(event, took):
            changed.append(self._add(TurnEnd(closing)))
        return changed


def _count_waiting(line: ToolLine, at: float, *, waits: bool) -> None:
    if waits and line.asked_at is None:
        line.asked_at = at
    elif not waits and line.asked_at is not None:
        line.waited_ms, line.asked_at = line.waited_ms + 1000 * (at - line.asked_at), None


def _closing(event: TurnFinished, seconds: float | None) -> str:
    """`seconds` is None for what is no turn: summarising, which began without a prompt."""
    tokens = event.usage.sent + event.usage.output_tokens
    parts = [UNUSUAL_ENDS[event.stop_reason]] if event.stop_reason in UNUSUAL_ENDS else []
    parts += [plural(event.iterations, "request")] if event.iterations else []
    parts += [f"{short(tokens)} tokens", dollars(event.cost_usd)] if tokens else []
    parts += [duration(seconds * 1000)] if seconds is not None else []
    return " · ".join(parts)
