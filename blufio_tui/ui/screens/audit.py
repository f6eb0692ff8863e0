"""The whole audit log: filtered by the database, checked on demand."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from blufio_tui.core.audit import AuditFilter, AuditRow
from blufio_tui.core.errors import StorageError
from blufio_tui.core.text import visible
from blufio_tui.ui.background import in_background
from blufio_tui.ui.content.amounts import plural
from blufio_tui.ui.content.audit_rows import audit_details, audit_row
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.services import Services
from blufio_tui.ui.state.audit_query import parse_audit_query
from blufio_tui.ui.widgets.audit_view import AuditView
from blufio_tui.ui.widgets.row_list import RowList

_DECISIONS = ("", "deny", "allow")


class AuditExplorerList(AuditView):
    """Enter goes to the details at the right instead of opening the row in place."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the screen's: it clears the filter and goes back."""
        return False if action == "show_all" else super().check_action(action, parameters)

    def action_open_row(self) -> None:
        self.screen.query_one("#explorer-detail").focus()


class AuditScreen(Explorer[AuditRow]):
    heading = "Audit log"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "decision", "Denied/allowed", id="audit.decision", tooltip="Only denied, only allowed, all"),
        Binding("s", "session", "This session", id="audit.session", tooltip="Only rows of this session, or of all"),
        Binding("v", "verify", "Verify", id="audit.verify", tooltip="Check the whole hash chain"),
    ]

    def __init__(self, services: Services, session_id: str = "", query: str = "") -> None:
        super().__init__(services, query)
        self._session_id = session_id
        self._total = 0

    def make_list(self) -> RowList[AuditRow]:
        return AuditExplorerList(self.services.audit, project=self.services.project, id="explorer-list")

    @property
    def log_view(self) -> AuditView:
        return self.query_one("#explorer-list", AuditView)

    def on_mount(self) -> None:
        super().on_mount()
        self.log_view.following = True

    def row_key(self, row: AuditRow) -> Hashable:
        return row.seq

    def line(self, row: AuditRow, width: int) -> Content:
        return audit_row(row, width)

    def details(self, row: AuditRow, width: int) -> list[Content]:
        return audit_details(row, width)

    async def load(self) -> Sequence[AuditRow]:
        """The list reads its own pages."""
        return ()

    async def reload(self) -> None:
        self.apply_filter()

    def apply_filter(self) -> None:
        wanted = parse_audit_query(self.filter_text, self.services.clock.now())
        where = replace(wanted, decision=wanted.decision or self.log_view.where.decision)
        self._look_for(replace(where, session_id=self.log_view.where.session_id))

    def _look_for(self, where: AuditFilter) -> None:
        self.log_view.reload(where)
        in_background(self, "count", self._count, where)

    async def _count(self, where: AuditFilter) -> None:
        try:
            self._total = await self.services.audit.count(where)
        except StorageError as error:
            self.notify(str(error), severity="error", markup=False)
        self.draw_title()

    def draw_title(self) -> None:
        where = self.log_view.where
        narrowed = [where.decision and f"only {where.decision}", where.session_id and "this session"]
        note = "".join(f" · {word}" for word in narrowed if word)
        self.title_line.update(
            Content.assemble(
                (" blufio ", "bold $accent"),
                (" │ ", "$line"),
                ("Audit log", "bold"),
                (f"  {plural(self._total, 'row')}{note}", "$muted"),
            )
        )

    @on(Input.Changed, "#explorer-filter")
    def filter_rows(self, event: Input.Changed) -> None:
        self.filter_text = event.value
        self.log_view.where = replace(self.log_view.where, decision="")
        self.apply_filter()

    def action_decision(self) -> None:
        now = self.log_view.where.decision
        following = _DECISIONS[(_DECISIONS.index(now) + 1) % len(_DECISIONS)]
        self._look_for(replace(self.log_view.where, decision=following))

    def action_session(self) -> None:
        session_id = "" if self.log_view.where.session_id else self._session_id
        self._look_for(replace(self.log_view.where, session_id=session_id))

    def action_verify(self) -> None:
        in_background(self, "verify", self._verify)

    async def _verify(self) -> None:
        try:
            result = await self.services.audit.verify()
        except StorageError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if result.ok:
            self.notify(f"The chain of {plural(result.rows, 'row')} holds.", title="Audit log", markup=False)
        else:
            text = f"The chain breaks at row {result.first_bad_seq}: {visible(result.reason)}"
            self.notify(text, title="Audit log", severity="error", markup=False, timeout=20)
