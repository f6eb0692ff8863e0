"""The trace: requests, tool calls and host calls on one time axis for each turn."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from blufio_tui.core.capability import Kind
from blufio_tui.core.events import NestedEvent, TextDelta, ThinkingDelta, ToolOutputDelta
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.ui.chat_messages import CallAgain, GoToCall, ReplayCall, UndoCalls
from blufio_tui.ui.content.trace_rows import AGAIN, trace_details, trace_row
from blufio_tui.ui.messages import CancelCall, RunAgain, ShowAudit, ShowEffects
from blufio_tui.ui.state.trace import Node, NodeKind, Trace
from blufio_tui.ui.widgets.beat import Ticker
from blufio_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from blufio_tui.core.clock import Clock
    from blufio_tui.core.events import Event
    from blufio_tui.core.sessions.records import RequestRecord, ToolCallRecord

_TICK_BEATS = 4

LimitsOf = Callable[[str], Limits | None]
"""The limits of the skill behind a tool name; None for a built-in tool."""


class TraceView(RowList[Node]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "fold(True)", "Fold", show=False, id="trace.fold", tooltip="Collapse the row"),
        Binding("right", "fold(False)", "Unfold", show=False, id="trace.unfold", tooltip="Expand the row"),
        Binding(
            "x",
            "cancel_call",
            "Cancel call",
            id="trace.cancel",
            tooltip="Stop this tool call, leave the others running",
        ),
        Binding(
            "r",
            "run_again",
            "Run again, go on",
            id="trace.again",
            tooltip="Run the call again, else the turn's last failed or denied call, and let the model continue with "
            "the new result; if there is none, put the turn's prompt into the prompt",
        ),
        Binding(
            "R",
            "replay",
            "Replay",
            show=False,
            id="trace.replay",
            tooltip="Replay a recorded call from its record, and show both side by side",
        ),
        Binding(
            "u",
            "undo",
            "Undo",
            id="trace.undo",
            tooltip="Show what this call, and everything inside it, changed in files, and revert it",
        ),
        Binding("a", "audit", "Audit rows", id="trace.audit", tooltip="Show the audit rows of this call"),
        Binding(
            "e",
            "effects",
            "Effects",
            show=False,  # the details of such a call name it
            id="trace.effects",
            tooltip="List what the caged commands of this call did, by program",
        ),
        Binding("m", "message", "Message", id="trace.message", tooltip="Go to the turn in the conversation"),
        Binding(
            "w",
            "why",
            "Why",
            show=False,
            id="trace.why",
            tooltip="Put /why with this row's file into the prompt: which effect wrote it, and who allowed it",
        ),
    ]

    def __init__(
        self, clock: Clock, *, project: Path | None = None, limits: LimitsOf | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.trace = Trace()
        self._clock = clock
        self._project = project
        self._limits: LimitsOf = limits or (lambda _tool: None)
        self._ticker = Ticker(self, self._tick, _TICK_BEATS)
        self._idle: frozenset[str] = frozenset()

    def row_key(self, row: Node) -> Hashable:
        return row.key

    def row_line(self, row: Node, width: int) -> Content:
        in_words = self.app.has_class("-accessible")
        return trace_row(row, self.trace.turn_of(row), self._clock.monotonic(), width, self._project, in_words=in_words)

    def row_details(self, row: Node, width: int) -> list[Content]:
        return trace_details(row, width, self._limits(row.title))

    def empty_lines(self, width: int) -> list[Content]:
        text = (
            "Nothing has run yet.\n\nRequests to the model, tool calls and everything they touch will appear here, on "
            "one time axis."
        )
        return [Content(""), *(Content.assemble(" ", line) for line in Content.styled(text, "$muted").wrap(width - 2))]

    def take(self, event: Event, at: float) -> None:
        new_rows = self.trace.apply(event, at)
        inner = event.event if isinstance(event, NestedEvent) else event
        if isinstance(event, TextDelta | ThinkingDelta):
            return  # no row shows it, and the axis grows with the beat
        if isinstance(inner, ToolOutputDelta) and inner.call_id not in self.opened:
            return  # comes often, and nothing of it is on the screen
        if new_rows:
            kept = self.current.key if self.current else None
            since = self.trace.update_rows(self.rows, event.turn_id)
            self.rows_changed(keep=kept, since=since)
        else:
            self._redraw_turn(event.turn_id)
        self._open_failure(event)
        self._show_keys()
        self._ticker.run(self.trace.is_running)

    def restore(
        self, calls: Sequence[ToolCallRecord], requests: Sequence[RequestRecord], prompts: Mapping[str, str]
    ) -> None:
        """Show what ran in another session, or in none."""
        self.trace.restore(calls, requests, prompts)
        self.opened.clear()
        self.forget_all()
        self.rows = self.trace.rows()
        self.following = True
        self.rows_changed()

    def _open_failure(self, event: Event) -> None:
        """A call that failed opens by itself: that is what one wants to read next."""
        call_id = getattr(event, "call_id", "")
        node = self.trace.get(call_id) if call_id else None
        if node is not None and node.state.is_failure and node.key not in self.opened and node.finished is not None:
            self.opened.add(node.key)
            self.forget(node.key)
            self.rebuild()

    def _tick(self) -> None:
        if self.trace.turns:
            self._redraw_turn(self.trace.turns[-1].turn_id)

    def _redraw_turn(self, turn_id: str) -> None:
        """Bars share an axis that grows: all rows of the turn look different."""
        first, is_open = len(self.rows), False
        for index in range(len(self.rows) - 1, -1, -1):
            row = self.rows[index]
            if row.turn_id == turn_id:
                self.forget(row.key)
                first, is_open = index, is_open or row.key in self.opened
            elif row.kind is NodeKind.TURN:
                break
        if is_open:
            self.rebuild()
        elif first < len(self.offsets):
            self.paint_from(self.offsets.start(first), self.offsets.total)

    def go_to_call(self, call_id: str) -> None:
        """Put the cursor on a call and open it."""
        for index, row in enumerate(self.rows):
            if row.key == call_id:
                self.following = False
                self.cursor = index
                if row.key not in self.opened:
                    self.action_open_row()
                self.show_cursor(whole=True)

    def action_fold(self, folded: bool) -> None:
        node = self.current
        if node is not None and node.children and node.folded != folded:
            node.folded = folded
            self.rows = self.trace.rows()
            self.following = False
            self.forget(node.key)
            self.rows_changed(keep=node.key)

    def _call(self) -> Node | None:
        """The tool call that the cursor is on or in."""
        return self.trace.get(self.current.call_id) if self.current is not None and self.current.call_id else None

    def _last_failed(self, turn_id: str) -> Node | None:
        """Of a turn's calls the last that can be made again, for the rows that are no calls."""
        calls = (row for row in reversed(self.trace.rows()) if row.turn_id == turn_id and row.kind is NodeKind.TOOL)
        return next((row for row in calls if row.state in AGAIN), None)

    @property
    def idle_keys(self) -> frozenset[str]:
        """What would do nothing on this row."""
        call = self._call()
        node = call or self.current
        calls = _calls_in(node) if node is not None else []
        idle = {
            "trace.cancel": call is None or call.state.is_over,
            "trace.again": self.current is None or self.trace.is_running,
            "trace.undo": not calls or any(not one.state.is_over for one in calls),
            "trace.audit": call is None,
            "trace.message": self.current is None,
        }
        return frozenset(name for name, is_idle in idle.items() if is_idle)

    def watch_cursor(self) -> None:
        super().watch_cursor()
        self._show_keys()

    def _show_keys(self) -> None:
        if self.has_focus and self.idle_keys != self._idle:
            self._idle = self.idle_keys
            self.screen.refresh_bindings()

    def action_cancel_call(self) -> None:
        call = self._call()
        if call is not None and not call.state.is_over:
            self.post_message(CancelCall(call.call_id))
        else:
            self._tell("There is no running call on this row.")

    def action_run_again(self) -> None:
        if self.current is None:
            return
        call = self._call() or self._last_failed(self.current.turn_id)
        if call is not None and call.input is not None and call.state in AGAIN:
            self.post_message(CallAgain(call.title, call.input))
        else:
            self.post_message(RunAgain(self.trace.turn_of(self.current).title))

    def action_replay(self) -> None:
        call = self._call()
        if call is not None and call.state.is_over:
            self.post_message(ReplayCall(call.call_id))
        else:
            self._tell("There is no finished call on this row.")

    def action_undo(self) -> None:
        if self.current is None:
            return
        node = self._call() or self.current
        calls = tuple(one.call_id for one in _calls_in(node))
        if not calls:
            self._tell("No call here can be undone.")
        elif any(not one.state.is_over for one in _calls_in(node)):
            self._tell("This is still running. Wait until it ends, or stop it with x.")
        else:
            self.post_message(UndoCalls(node.title, calls))

    def action_audit(self) -> None:
        call = self._call()
        if call is not None:
            self.post_message(ShowAudit(call.call_id))
        else:
            self._tell("This row is not a tool call; calls have audit rows.")

    def action_why(self) -> None:
        if path := self._path():
            self.post_message(RunAgain(f"/why {path}"))
        else:
            self._tell("This row is not about a file.")

    def _path(self) -> str:
        """The file that the row is about: of an effect, else of its call's input; "" if there is none."""
        row = self.current
        if row is not None and row.host is not None and row.host.kind in (Kind.FS_READ, Kind.FS_WRITE):
            return row.host.resource
        call = self._call()
        path = call.input.get("path") if call is not None and call.input else None
        return path if isinstance(path, str) else ""

    def action_effects(self) -> None:
        call = self._call()
        if call is not None:
            self.post_message(ShowEffects(call.call_id))
        else:
            self._tell("This row is not a tool call; calls have effects.")

    def action_message(self) -> None:
        if self.current is not None:
            self.post_message(GoToCall("", self.current.turn_id, "", to_message=True))

    def _tell(self, text: str) -> None:
        self.app.notify(text, timeout=3)


def _calls_in(node: Node) -> list[Node]:
    """The call itself and the calls inside it, in their order."""
    own = [node] if node.kind is NodeKind.TOOL else []
    return [*own, *(call for child in node.children for call in _calls_in(child))]
