"""The audit log, newest last, read a page at a time as one scrolls up."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from blufio_tui.core.audit.rows import AuditFilter, AuditRow, rely_not
from blufio_tui.core.errors import StorageError
from blufio_tui.core.events import (
    Event,
    HostCallFinished,
    HostCallStarted,
    NestedEvent,
    RequestFinished,
    RequestStarted,
    ToolCallFinished,
    TurnFinished,
)
from blufio_tui.core.text.display import visible
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import GoToCall
from blufio_tui.ui.content.audit_rows import audit_details, audit_row
from blufio_tui.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from blufio_tui.core.audit.log import AuditLog

_WRITTEN_BEFORE = (
    "Each file, host, variable and command that a tool uses is logged here before it happens, with who allowed or "
    "denied it."
)
_PAGE = 200
_REFRESH = 0.15
_NO_SESSION = "-"
"""No session has this id: before the first prompt there is none, and so no row of it."""
_KEPT = 5000
"""Rows in memory; older ones are read again when one scrolls up."""


class AuditView(RowList[AuditRow]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "show_all", "All calls", show=False, id="audit.all", tooltip="Show the rows of all calls again"
        ),
        Binding("w", "widen", "Widen", id="audit.widen", tooltip="Show the rows of all sessions, or of this one again"),
        Binding("t", "call", "To the call", id="audit.call", tooltip="Go to the row's tool call in the trace"),
        Binding("m", "message", "Message", id="audit.message", tooltip="Go to the row's turn in the conversation"),
    ]

    def __init__(
        self,
        log: AuditLog,
        where: AuditFilter | None = None,
        *,
        project: Path | None = None,
        session_id: Callable[[], str] | None = None,
        id: str | None = None,
    ) -> None:
        """
        Args:
            session_id: the session to which the rows belong unless they are widened to all; None for all at once.
        """
        super().__init__(id=id)
        self._session_id = session_id
        self.is_wide = session_id is None
        self._open_effects: set[str] = set()
        self._log = log
        self._project = project
        self.where = where or AuditFilter()
        self.problem = ""
        self._doubt = ""
        self._complete = False
        self._due = False

    def row_key(self, row: AuditRow) -> Hashable:
        return row.seq

    def row_line(self, row: AuditRow, width: int) -> Content:
        return audit_row(row, width, self._project, in_words=self.app.has_class("-accessible"))

    def row_details(self, row: AuditRow, width: int) -> list[Content]:
        return [Content.assemble(("  │ ", "$line"), line) for line in audit_details(row, width - 4)]

    def empty_lines(self, width: int) -> list[Content]:
        text = Content.styled(self.problem or self._empty_text(), "$bad" if self.problem else "$muted")
        return [Content(""), *(Content.assemble(" ", line) for line in text.wrap(width - 2))]

    def _empty_text(self) -> str:
        if self.where != AuditFilter():
            return "No row matches."
        if not self.is_wide:
            return f"No rows of this session yet. w shows those of all sessions.\n\n{_WRITTEN_BEFORE}"
        return f"No rows yet.\n\n{_WRITTEN_BEFORE}"

    # ── reading ────────────────────────────────────────────────────────────────────────────────────

    def reload(self, where: AuditFilter | None = None) -> None:
        """Read the newest page, under another filter if one is given."""
        if where is not None:
            self.where = where
        in_background(self, "audit", self._reload)

    async def read(self, where: AuditFilter) -> None:
        """As `reload`, waited for."""
        self.where = where
        await self._reload()

    async def _reload(self) -> None:
        rows = await self._page()
        await self._tell_doubt(rows)
        self._complete = len(rows) < _PAGE
        self.rows = rows
        self.following = True
        self.forget_all()
        self.rows_changed()
        self.post_message(self.Moved(self, self.cursor if self.rows else -1))  # type: ignore[arg-type]

    def _asked_for(self) -> AuditFilter:
        """The rows of a call are shown wherever it was made."""
        if self.is_wide or self._session_id is None or self.where.call_id:
            return self.where
        return replace(self.where, session_id=self._session_id() or _NO_SESSION)

    async def _page(self, *, before: int = 0, after: int = 0) -> list[AuditRow]:
        try:
            rows = await self._log.page(self._asked_for(), before_seq=before, after_seq=after, limit=_PAGE)
            self.problem = ""
        except StorageError as error:
            self.problem = f"The audit log cannot be read: {visible(str(error))}"
            return []
        return rows

    async def _tell_doubt(self, rows: list[AuditRow]) -> None:
        """Say once that rows which are shown are not what was written."""
        doubt = await self._log.doubt([row.seq for row in rows])
        if doubt and doubt != self._doubt and self.is_attached:
            self.notify(f"Caution: {rely_not(doubt)}", title="Audit log", severity="error", markup=False, timeout=20)
        self._doubt = doubt

    def take(self, event: Event, _at: float) -> None:
        """A row is written once an effect is decided on, before it is done: while one is under way, they are read. The
        row of a request to the model is written before it is sent."""
        event = event.event if isinstance(event, NestedEvent) else event
        match event:
            case HostCallStarted():
                (self._open_effects.discard if event.asking else self._open_effects.add)(event.host_call_id)
            case HostCallFinished():
                self._open_effects.discard(event.host_call_id)
            case TurnFinished():
                self._open_effects.clear()
            case RequestStarted() | RequestFinished() | ToolCallFinished():
                pass
            case _:
                return
        self._read_soon()

    def _read_soon(self) -> None:
        if not self._due:
            self._due = True
            self.set_timer(_REFRESH, self.catch_up)

    def catch_up(self) -> None:
        self._due = False
        in_background(self, "audit-tail", self._catch_up)

    async def _catch_up(self) -> None:
        """Read what is new, and the last rows again: their outcomes may be known now."""
        recent = [row.seq for row in self.rows[-20:] if row.entry.decision and not row.entry.outcome]
        start = min(recent, default=(self.rows[-1].seq + 1 if self.rows else 1)) - 1
        fresh = await self._page(after=start)
        self._open_effects -= {row.entry.host_call_id for row in fresh}
        if self._open_effects:  # decided any moment
            self._read_soon()
        kept = [row for row in self.rows if row.seq <= start][-_KEPT:]
        if not fresh and len(kept) == len(self.rows):
            return
        for row in fresh:
            self.forget(row.seq)
        cursor = self.current.seq if self.current else None
        self.rows = kept + fresh
        self.rows_changed(keep=cursor)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value <= 2 and self.rows and not self._complete:
            in_background(self, "audit-above", self._load_above)

    async def _load_above(self) -> None:
        if not self.rows:
            return
        older = await self._page(before=self.rows[0].seq)
        await self._tell_doubt(older)
        self._complete = len(older) < _PAGE
        if older:
            kept, before = self.current.seq if self.current else None, self.offsets.total
            self.rows = older + self.rows
            self.following = False
            self.rows_changed(keep=kept)
            self.shift_by(self.offsets.total - before)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while rows are left out."""
        if action == "widen":
            return self._session_id is not None
        return self.where != AuditFilter() if action == "show_all" else super().check_action(action, parameters)

    def action_widen(self) -> None:
        self.is_wide = not self.is_wide
        self.reload()

    def action_show_all(self) -> None:
        self.reload(AuditFilter())

    def action_call(self) -> None:
        self._go(to_message=False)

    def action_message(self) -> None:
        self._go(to_message=True)

    def _go(self, *, to_message: bool) -> None:
        if self.current is None:
            return
        entry = self.current.entry
        if not (entry.turn_id if to_message else entry.call_id):
            self.app.notify("This row does not belong to a tool call in a conversation.", timeout=4)
            return
        self.post_message(GoToCall(entry.session_id, entry.turn_id, entry.call_id, to_message))
