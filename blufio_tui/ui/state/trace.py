"""The trace as values: turns, requests to the model, tool calls and host calls, each with its times.

Pure: events go in, a flat list of nodes in display order comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from operator import itemgetter
from typing import TYPE_CHECKING, assert_never

from blufio_tui.core.capability import Kind
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.events import (
    CallUsage,
    EffectsCounted,
    ErrorInfo,
    ErrorRaised,
    Event,
    FlowsChanged,
    HostCallFinished,
    HostCallStarted,
    LogLine,
    NestedEvent,
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
from blufio_tui.core.sessions.records import RequestRecord, ToolCallRecord
from blufio_tui.core.shell.output import LastLines
from blufio_tui.ui.state.states import State, state_of_call, state_of_host_call, state_of_record
from blufio_tui.ui.state.summaries import call_summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from blufio_tui.core.text.json_types import JsonObject


class NodeKind(Enum):
    TURN = 0
    REQUEST = 1
    TOOL = 2
    HOST = 3


@dataclass(slots=True, eq=False)
class Node:
    """One line of the trace. Times are seconds of the monotonic clock; `finished` is None while it runs.

    Attributes:
        live: the last lines of its output while it runs.
        depth: how far in it stands; more than its kind says for what a sub-agent does.
        waits: when it waited for the person, from and to; `asked_at`: since when it does so now.
        said: the text of a sub-agent's reply; what the agent itself says is in the conversation.
        did: what a caged command did in all, where it ran since the program began.
    """

    key: str
    kind: NodeKind
    title: str
    detail: str
    turn_id: str
    started: float
    finished: float | None = None
    state: State = State.RUNNING
    call_id: str = ""
    input: JsonObject | None = None
    content: str = ""
    error: ErrorInfo | None = None
    usage: CallUsage = CallUsage()
    tokens: TokenUsage = TokenUsage()
    cost_usd: float | None = 0.0
    logs: tuple[LogLine, ...] = ()
    host: HostCallFinished | None = None
    did: EffectsCounted | None = None
    took_ms: float | None = None
    children: list[Node] = field(default_factory=list)
    folded: bool = False
    live: LastLines | None = None
    depth: int = 0
    said: str = ""
    waits: list[tuple[float, float]] = field(default_factory=list)
    asked_at: float | None = None

    def wait(self, at: float, *, asking: bool) -> None:
        """Note that it waits for the person from now on, or no longer."""
        if asking and self.asked_at is None:
            self.asked_at = at
        elif not asking and self.asked_at is not None:
            self.waits.append((self.asked_at, at))
            self.asked_at = None

    def waited(self, now: float) -> list[tuple[float, float]]:
        """When it waited for the person, from and to."""
        return [*self.waits, *([(self.asked_at, now)] if self.asked_at is not None else [])]

    def duration_ms(self, now: float) -> float:
        """As it was measured where it happened, else as it was seen here; without the time a person thought.

        What an effect took is measured without that time already.
        """
        end = self.finished if self.finished is not None else now
        took = self.took_ms if self.took_ms is not None else (end - self.started) * 1000
        if self.took_ms is not None and self.kind is NodeKind.HOST:
            return took
        return max(took - 1000 * sum(ended - began for began, ended in self.waited(end)), 0.0)

    def finish(self, state: State, at: float) -> None:
        self.state, self.finished = state, at
        self.wait(at, asking=False)


class Trace:
    """All turns of this run of the program."""

    def __init__(self) -> None:
        self.turns: list[Node] = []
        self._by_key: dict[str, Node] = {}
        self._requests: dict[str, Node] = {}

    def restore(
        self, calls: Sequence[ToolCallRecord], requests: Sequence[RequestRecord], prompts: Mapping[str, str]
    ) -> None:
        """What is stored of a session that is opened, oldest first, in place of what is there.

        Args:
            prompts: what began each turn, by turn id.
        """
        self.turns, self._by_key, self._requests = [], {}, {}
        records: list[tuple[float, RequestRecord | ToolCallRecord]] = [
            (one.created - one.duration_ms / 1000, one) for one in requests if one.stop_reason != "compaction"
        ]  # summarising has no rows while it runs either
        records += [(call.created, call) for call in calls]
        for started, record in sorted(records, key=itemgetter(0)):
            if record.turn_id not in self._by_key:
                prompt = prompts.get(record.turn_id, "")
                self._add(None, Node(record.turn_id, NodeKind.TURN, prompt, "", record.turn_id, started))
            if isinstance(record, ToolCallRecord):
                self._restore_call(record)
            else:
                self._restore_request(record, started)

    def _restore_request(self, record: RequestRecord, started: float) -> None:
        turn, inside = self._by_key[record.turn_id], record.parent_call_id
        task = self._by_key.get(inside)
        owner = task or turn
        number = sum(child.kind is NodeKind.REQUEST for child in owner.children) + 1
        node = Node(
            _request_key(record.turn_id, inside, number),
            NodeKind.REQUEST,
            f"request {number}",
            record.model,
            record.turn_id,
            started,
        )
        node.tokens, node.cost_usd, node.content = record.usage, record.cost_usd, record.stop_reason
        node.finish(State.CANCELLED if record.stop_reason in ("interrupted", "restarted") else State.OK, record.created)
        self._add(owner, node)
        self._requests[inside if task else ""] = node
        for one in (turn, task):
            if one is not None:
                known = one.cost_usd is not None and record.cost_usd is not None
                one.tokens += record.usage
                one.cost_usd = (one.cost_usd or 0.0) + (record.cost_usd or 0.0) if known else None
        turn.finish(State.OK, max(record.created, turn.finished or record.created))

    def _restore_call(self, record: ToolCallRecord) -> None:
        turn, started, ended = self._by_key[record.turn_id], record.created, record.created + record.duration_ms / 1000
        turn.finish(State.OK, max(ended, turn.finished or ended))
        node = Node(
            record.call_id,
            NodeKind.TOOL,
            record.tool,
            call_summary(record.tool, record.input),
            record.turn_id,
            started,
            ended,
        )
        node.state, node.call_id, node.input = state_of_record(record), record.call_id, record.input
        node.content, node.error, node.usage, node.logs = record.content, record.error, record.usage, record.logs
        node.took_ms = record.duration_ms or None
        for one in (node, turn):
            one.waits = joined([*one.waits, *((wait.began, wait.ended) for wait in record.waits)])
        task = self._by_key.get(record.parent_call_id)
        self._add(self._parent(record.parent_call_id if task else "", task or turn), node)
        at = started
        for event in record.host_calls:
            at += event.duration_ms / 1000
            self._finish_host_call(event, min(at, ended))

    def rows(self) -> list[Node]:
        """What is shown, in order; children of a folded node are left out."""
        out: list[Node] = []
        for turn in self.turns:
            _flatten(turn, out)
        return out

    def update_rows(self, rows: list[Node], turn_id: str) -> int:
        """Bring what `rows()` answered up to date after a change in one turn; the first row that may be another."""
        since = self._start_of_last(rows) if self.turns and self.turns[-1].key == turn_id else 0
        fresh: list[Node] = []
        for turn in self.turns[-1:] if since else self.turns:
            _flatten(turn, fresh)
        rows[since:] = fresh
        return since

    def _start_of_last(self, rows: list[Node]) -> int:
        """Where the last turn begins or is to begin; 0 if the rows before it are not known to be right."""
        place = next((place for place in reversed(range(len(rows))) if rows[place].kind is NodeKind.TURN), 0)
        if rows and rows[place] is self.turns[-1]:
            return place
        return len(rows) if rows and len(self.turns) > 1 and rows[place] is self.turns[-2] else 0

    def get(self, key: str) -> Node | None:
        return self._by_key.get(key)

    def turn_of(self, node: Node) -> Node:
        return self._by_key[node.turn_id]

    @property
    def is_running(self) -> bool:
        return bool(self.turns) and not self.turns[-1].state.is_over

    def apply(self, event: Event, at: float, inside: str = "") -> bool:
        """Take one event in; True if rows appeared or vanished, False if only their looks changed.

        Args:
            inside: the call whose sub-agent it is about, "" for the turn itself.
        """
        match event:
            case TurnStarted(turn_id=""):  # it is announced, and may not begin for a while
                return False
            case NestedEvent():
                return event.call_id in self._by_key and self.apply(event.event, at, event.call_id)
            case TurnStarted() | ErrorRaised() | TurnFinished() if inside:
                return self._note_inside(event, inside)
            case TurnStarted():
                self._add(None, Node(event.turn_id, NodeKind.TURN, event.prompt, "", event.turn_id, at))
            case RequestStarted():
                self._start_request(event, at, inside)
            case RequestFinished():
                self._finish_request(event, at, inside)
                return False
            case ToolCallStarted():
                self._start_call(event, at, inside)
            case PersonAsked():
                self._note_asked(event, at)
                return False
            case HostCallStarted():
                return self._start_host_call(event, at)
            case HostCallFinished():
                return self._finish_host_call(event, at)
            case ToolOutputDelta():
                self._print(event)
                return False
            case EffectsCounted():
                if (node := self._by_key.get(event.call_id)) is not None:
                    node.did = event
                return False
            case ToolCallFinished():
                self._finish_call(event, at)
                return False
            case ErrorRaised():
                self._fail(event, at)
                return False
            case TurnFinished():
                self._finish_turn(event, at)
                return False
            case TextDelta() if inside:
                return self._note_said(event, inside)
            case ThinkingDelta() | TextDelta() | SteeringAdded() | ReplyDiscarded() | NoticeRaised() | FlowsChanged():
                return False
            case _:
                assert_never(event)
        return True

    def _add(self, parent: Node | None, node: Node) -> None:
        (parent.children if parent else self.turns).append(node)
        node.depth = max(node.kind.value, parent.depth + 1 if parent else 0)
        self._by_key[node.key] = node

    def _turn(self, turn_id: str, at: float) -> Node:
        if turn_id not in self._by_key:
            self._add(None, Node(turn_id, NodeKind.TURN, "", "", turn_id, at))
        return self._by_key[turn_id]

    def _parent(self, inside: str, owner: Node) -> Node:
        """What a call belongs to: the last request of the turn, or of the sub-agent."""
        request = self._requests.get(inside)
        return request if request is not None and request in owner.children else owner

    def _start_request(self, event: RequestStarted, at: float, inside: str) -> None:
        key = _request_key(event.turn_id, inside, event.iteration)
        node = Node(key, NodeKind.REQUEST, f"request {event.iteration}", event.model, event.turn_id, at)
        self._add(self._by_key.get(inside) or self._turn(event.turn_id, at), node)
        self._requests[inside] = node

    def _finish_request(self, event: RequestFinished, at: float, inside: str) -> None:
        request = self._requests.get(inside)
        if request is not None and request.turn_id == event.turn_id:
            request.tokens, request.cost_usd = event.usage, event.cost_usd
            request.content = event.stop_reason
            request.finish(State.OK, at)

    def _note_said(self, event: TextDelta, inside: str) -> bool:
        if (request := self._requests.get(inside)) is not None:
            request.said += event.text
        return False

    def _note_inside(self, event: TurnStarted | ErrorRaised | TurnFinished, inside: str) -> bool:
        """A sub-agent began or ended: what it used stands at its call."""
        node = self._by_key.get(inside)
        if isinstance(event, TurnFinished) and node is not None:
            node.tokens, node.cost_usd = event.usage, event.cost_usd
        return False

    def _start_call(self, event: ToolCallStarted, at: float, inside: str) -> None:
        parent = self._parent(inside, self._by_key.get(inside) or self._turn(event.turn_id, at))
        summary = call_summary(event.tool, event.input)
        node = Node(event.call_id, NodeKind.TOOL, event.tool, summary, event.turn_id, at)
        node.call_id, node.input = event.call_id, event.input
        self._add(parent, node)

    def _print(self, event: ToolOutputDelta) -> None:
        if (node := self._by_key.get(event.call_id)) is not None and not node.state.is_over:
            node.live = node.live or LastLines()
            node.live.feed(event.text)

    def _finish_call(self, event: ToolCallFinished, at: float) -> None:
        node = self._by_key.get(event.call_id)
        if node is None:
            return
        node.content, node.usage, node.logs, node.error = event.content, event.usage, event.log_lines, event.error
        node.took_ms, node.live = event.duration_ms or None, None
        node.finish(state_of_call(event), at)
        for child in node.children:
            _close_open(child, State.CANCELLED, at)

    def _start_host_call(self, event: HostCallStarted, at: float) -> bool:
        node = self._by_key.get(event.host_call_id)
        is_new = node is None
        if node is None:
            node = Node(event.host_call_id, NodeKind.HOST, event.kind.value, event.resource, event.turn_id, at)
            node.call_id = event.call_id
            self._add(self._by_key.get(event.call_id) or self._turn(event.turn_id, at), node)
        node.state = State.ASKING if event.asking else State.RUNNING
        node.wait(at, asking=event.asking)
        self._mark_asking(event.call_id, at)
        return is_new

    def _finish_host_call(self, event: HostCallFinished, at: float) -> bool:
        node = self._by_key.get(event.host_call_id)
        is_new = node is None
        if node is None:
            self._start_host_call(
                HostCallStarted(event.turn_id, event.call_id, event.host_call_id, event.kind, event.resource), at
            )
            node = self._by_key[event.host_call_id]
            node.started = at - event.duration_ms / 1000
        node.host, node.took_ms = event, event.duration_ms
        node.finish(state_of_host_call(event), at)
        self._mark_asking(event.call_id, at)
        return is_new

    def _note_asked(self, event: PersonAsked, at: float) -> None:
        call = self._by_key.get(event.call_id)
        if call is not None and not call.state.is_over:
            call.state = State.ASKING if event.waiting else State.RUNNING
            call.wait(at, asking=event.waiting)
            self._wait_above(call, at)

    def _mark_asking(self, call_id: str, at: float) -> None:
        call = self._by_key.get(call_id)
        if call is not None and not call.state.is_over:
            waits = any(child.state is State.ASKING for child in call.children)
            call.state = State.ASKING if waits else State.RUNNING
            call.wait(at, asking=waits)
            for child in call.children:  # a command's clock stops, too, while what is inside it waits
                if child.title == Kind.EXEC.value and child.state is State.RUNNING:
                    child.wait(at, asking=waits)
            self._wait_above(call, at)

    def _wait_above(self, call: Node, at: float) -> None:
        """The turn waits as long as a call of it does."""
        turn = self._by_key.get(call.turn_id)
        if turn is not None and not turn.state.is_over:
            turn.wait(at, asking=any(one.state is State.ASKING for one in _inside(turn)))

    def _fail(self, event: ErrorRaised, at: float) -> None:
        turn = self._turn(event.turn_id, at)
        turn.content = event.message
        _close_open(turn, State.ERROR, at)

    def _finish_turn(self, event: TurnFinished, at: float) -> None:
        turn = self._by_key.get(event.turn_id)
        if turn is None:  # summarising is no turn
            return
        turn.tokens, turn.cost_usd = event.usage, event.cost_usd
        if turn.state.is_over:
            return
        interrupted = event.stop_reason in ("interrupted", "cancelled")
        _close_open(turn, State.CANCELLED, at)
        turn.finish(State.CANCELLED if interrupted else State.OK, at)


def _request_key(turn_id: str, inside: str, number: int) -> str:
    return f"{turn_id}/{inside}/{number}" if inside else f"{turn_id}/{number}"


def joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same spans of time in order, those that overlap as one: calls may wait at the same time."""
    whole: list[tuple[float, float]] = []
    for began, ended in sorted(spans):
        if whole and began <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], ended)
        else:
            whole.append((began, ended))
    return whole


def _inside(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _inside(child)


def _flatten(node: Node, out: list[Node]) -> None:
    out.append(node)
    if not node.folded:
        for child in node.children:
            _flatten(child, out)


def _close_open(node: Node, state: State, at: float) -> None:
    for child in node.children:
        _close_open(child, state, at)
    if not node.state.is_over:
        node.finish(state, at)
