"""The whole audit log: filtered by the database, checked on demand."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import Worker

from blufio_tui.core.audit.rows import AuditFilter, AuditRow
from blufio_tui.core.errors import StorageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.audit_rows import audit_details, audit_row
from blufio_tui.ui.content.in_words import unmarked_decision
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.state.audit_query import parse_audit_query
from blufio_tui.ui.widgets.audit_view import AuditView
from blufio_tui.ui.widgets.row_list import RowList

_DECISIONS = ("", "deny", "allow")
_DAYS = ("", "today", "yesterday")


def _after(value: str, values: Sequence[str]) -> str:
    return values[(values.index(value) + 1) % len(values)]


class AuditExplorerList(AuditView):
    """Enter goes to the details at the right instead of opening the row in place."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the screen's: it clears the filter and goes back."""
        return False if action == "show_all" else super().check_action(action, parameters)

    def action_open_row(self) -> None:
        self.screen.query_one("#explorer-detail").focus()


class AuditScreen(Explorer[AuditRow]):
    heading = "Audit log"
    place = "audit screen"
    hint = "words, deny, net, by:NAME, session:ID, today, 2026-01-31, since:DAY, until:DAY"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "decision", "Denied/allowed", id="audit.decision", tooltip="Only denied, only allowed, all"),
        Binding("s", "session", "This session", id="audit.session", tooltip="Only rows of this session, or of all"),
        Binding("h", "day", "Day", id="audit.day", tooltip="Only rows of today, only of yesterday, of all days"),
        Binding("b", "by", "By", id="audit.by", tooltip="Only rows from the same tool or skill, or of all"),
        Binding("w", "kind", "Kind", id="audit.kind", tooltip="Only rows of this row's kind, or of all"),
        Binding("v", "verify", "Verify", id="audit.verify", tooltip="Check the whole hash chain"),
    ]

    def __init__(self, services: Services, session_id: str = "", query: str = "") -> None:
        super().__init__(services, query)
        self._session_id = session_id
        self._total: int | None = None
        self._checked: int | None = None
        self._decision = self._only_session = self._only_day = self._only_by = self._only_kind = ""
        self._wanted = AuditFilter()
        self._reading: Worker[Any] | None = None

    def make_list(self) -> RowList[AuditRow]:
        return AuditExplorerList(self.services.audit, project=self.services.project, id="explorer-list")

    @property
    def log_view(self) -> AuditView:
        return self.query_one("#explorer-list", AuditView)

    def mounted(self) -> None:
        self.filter.placeholder = self.hint
        self.log_view.following = True

    def row_key(self, row: AuditRow) -> Hashable:
        return row.seq

    def line(self, row: AuditRow, width: int) -> Content:
        return audit_row(row, width, in_words=self.app.has_class("-accessible"))

    def details(self, row: AuditRow, width: int) -> list[Content]:
        lines = audit_details(row, width)
        return [unmarked_decision(line) for line in lines] if self.app.has_class("-accessible") else lines

    async def load(self) -> Sequence[AuditRow]:
        """The list reads its own pages."""
        return ()

    async def reload(self) -> None:
        self.apply_filter()

    def apply_filter(self) -> None:
        """What is typed, and beside it what the keys have narrowed; words win over keys."""
        now = self.services.clock.now()
        typed = parse_audit_query(self.filter_text, now)
        day = typed if typed.since or typed.until else parse_audit_query(self._only_day, now)
        self._look_for(
            replace(
                typed,
                decision=typed.decision or self._decision,
                session_id=typed.session_id or self._only_session,
                actor=typed.actor or self._only_by,
                kind=typed.kind or self._only_kind,
                since=day.since,
                until=day.until,
            )
        )

    def _look_for(self, where: AuditFilter) -> None:
        """Read under another filter. Only one reading continues at a time, however fast one types: the database
        cannot stop a reading, and a million rows take a while."""
        self._wanted = where
        if self._reading is None or self._reading.is_finished:
            self._reading = in_background(self, "look", self._read_wanted)

    async def _read_wanted(self) -> None:
        shown = None
        while (where := self._wanted) != shown:
            self._total = None
            await self.log_view.read(where)
            shown = where
            self.draw_title()
            if self._wanted == where:
                self._total = await self.services.audit.count(where)
                self.draw_title()

    def draw_title(self) -> None:
        where = self._wanted
        narrowed = [
            where.decision and f"only {where.decision}",
            where.session_id and f"session {where.session_id[:8]}",
            self._only_day,
            where.actor and f"by {visible_line(where.actor)}",
            where.kind,
        ]
        note = "".join(f" · {word}" for word in narrowed if word)
        count = plural(self._total, "row") if self._total is not None else "counting…"
        checking = f" · checking the chain: {plural(self._checked, 'row')}…" if self._checked is not None else ""
        self.title_line.update(
            Content.assemble(
                (" blufio ", "bold $accent"),
                (" │ ", "$line"),
                ("Audit log", "bold"),
                (f"  {count}{note}{checking}", "$muted"),
            )
        )

    def action_decision(self) -> None:
        self._decision = _after(self._decision, _DECISIONS)
        self.apply_filter()

    def action_day(self) -> None:
        self._only_day = _after(self._only_day, _DAYS)
        self.apply_filter()

    def action_by(self) -> None:
        row = self.log_view.current
        self._only_by = "" if self._only_by or row is None else row.entry.actor
        self.apply_filter()

    def action_kind(self) -> None:
        row = self.log_view.current
        self._only_kind = "" if self._only_kind or row is None else row.entry.kind
        self.apply_filter()

    def action_session(self) -> None:
        if not self._session_id:
            self.notify("No session is open yet.", timeout=3)
            return
        self._only_session = "" if self._only_session else self._session_id
        self.apply_filter()

    def action_verify(self) -> None:
        if self._checked is None:
            self._tell_checked(0)
            in_background(self, "verify", self._verify)

    def _tell_checked(self, rows: int | None) -> None:
        self._checked = rows
        if self.is_attached:  # not when the check ends because the screen was left
            self.draw_title()

    async def _verify(self) -> None:
        try:
            result = await self.services.audit.verify(self._tell_checked)
        except StorageError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        finally:
            self._tell_checked(None)
        if result.ok:
            text = "\n".join([f"The chain of {plural(result.rows, 'row')} holds.", *map(visible, result.notes)])
            severity: SeverityLevel = "warning" if result.notes else "information"
            timeout = 20 if result.notes else None
            self.notify(text, title="Audit log", severity=severity, markup=False, timeout=timeout)
        else:
            text = f"The chain breaks at row {result.first_bad_seq}: {visible(result.reason)}"
            self.notify(text, title="Audit log", severity="error", markup=False, timeout=20)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return AuditScreen(host.services, host.session_id, query)
