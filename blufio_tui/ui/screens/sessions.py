"""Earlier conversations: found by any word in them, opened, renamed, deleted."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, ParamSpec

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.sessions.records import SessionInfo, StoredMessage, Totals
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import SessionRenamed
from blufio_tui.ui.content.session_lines import session_columns, session_details, session_line
from blufio_tui.ui.messages import OpenSession
from blufio_tui.ui.ports.screen_host import ScreenHost
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.ask import AskLine, Confirm
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.widgets.row_list import RowList

_PREVIEW = 6
P = ParamSpec("P")


class SessionsScreen(Explorer[SessionInfo]):
    heading = "Sessions"
    noun = "session"
    nothing = "No sessions yet. Everything you ask is kept here as you go; nothing needs saving."
    enter_does = "Open"
    mark_says = "open"
    of_a_row = frozenset({"sessions.rename", "sessions.export", "sessions.delete"})

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rename", "Rename", id="sessions.rename", tooltip="Rename the session"),
        Binding(
            "e",
            "export",
            "Export",
            id="sessions.export",
            tooltip="Write the session as Markdown into the project folder",
        ),
        Binding("d,delete", "delete", "Delete", id="sessions.delete", tooltip="Delete the session permanently"),
    ]

    def __init__(self, services: Services, current: str = "", query: str = "") -> None:
        super().__init__(services, query)
        self._current = current
        self._spans: dict[str, tuple[tuple[int, int], ...]] = {}
        self._previews: dict[str, tuple[list[StoredMessage], Totals]] = {}
        self._is_begun = False

    async def load(self) -> Sequence[SessionInfo]:
        """With a filter, the database looks into the messages themselves."""
        if self.filter_text.strip():
            hits = await self.services.sessions.search(self.filter_text)
            self._spans = {hit.session.session_id: hit.spans for hit in hits}
            return [hit.session for hit in hits]
        self._spans = {}
        return await self.services.sessions.recent()

    def apply_filter(self) -> None:
        """What `load` found is already what was looked for."""
        view = self.list_view
        kept = self.row_key(view.current) if view.current is not None else None
        view.rows = list(self.rows)
        view.following = False
        view.redraw_all()
        view.rows_changed(keep=kept)
        self._begin_at_another()
        self.draw_title()
        self.show_details()

    def _begin_at_another(self) -> None:
        """Nobody comes here for the session that is open."""
        rows = self.list_view.rows
        if not self._is_begun and len(rows) > 1 and rows[0].session_id == self._current:
            self.list_view.cursor = 1
        self._is_begun = self._is_begun or bool(rows)

    def look(self) -> None:
        self.action_reload()

    def row_key(self, row: SessionInfo) -> Hashable:
        return row.session_id

    def line(self, row: SessionInfo, width: int) -> Content:
        return session_line(row, width, is_open=row.session_id == self._current)

    def columns(self, width: int) -> str:
        return session_columns(width)

    def details(self, row: SessionInfo, width: int) -> list[Content]:
        messages, totals = self._previews.get(row.session_id, ([], None))
        return session_details(row, messages, totals, width, self._spans.get(row.session_id, ()))

    @on(RowList.Moved)
    def read_preview(self) -> None:
        row = self.list_view.current
        if row is not None and row.session_id not in self._previews:
            in_background(self, "preview", self._read_preview, row.session_id)

    async def _read_preview(self, session_id: str) -> None:
        try:
            messages = await self.services.sessions.all_messages(session_id, limit=_PREVIEW)
            totals = await self.services.sessions.totals(session_id=session_id)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._previews[session_id] = (messages, totals)
        self.show_details()

    def choose(self, row: SessionInfo) -> None:
        self.app.post_message(OpenSession(row.session_id))
        self.dismiss(None)

    def action_rename(self) -> None:
        row = self.list_view.current
        if row is not None:
            self.app.push_screen(AskLine("Title of the session", row.title), lambda title: self._rename(row, title))

    def _rename(self, row: SessionInfo, title: str | None) -> None:
        if title and title.strip():
            self._do(self._give_title, row.session_id, title.strip())

    async def _give_title(self, session_id: str, title: str) -> None:
        await self.services.sessions.rename(session_id, title)
        self.app.post_message(SessionRenamed(session_id, title))

    def action_delete(self) -> None:
        row = self.list_view.current
        if row is not None:
            text = f"“{row.title}” with {row.messages} messages is deleted permanently. Its cost stays in the ledger."
            self.app.push_screen(Confirm("Delete the session?", text), lambda yes: self._delete(row, yes))

    def _delete(self, row: SessionInfo, yes: bool | None) -> None:
        if yes and row.session_id == self._current:
            self.notify("This session is open; start a new one first.", severity="warning")
        elif yes:
            self._do(self.services.sessions.delete, row.session_id)

    def action_export(self) -> None:
        row = self.list_view.current
        if row is not None:
            self._do(self._export, row)

    async def _export(self, row: SessionInfo) -> None:
        text = await self.services.sessions.export_markdown(row.session_id)
        target = self.services.project / f"session-{row.session_id[:8]}.md"
        _write_new(target, text)
        self.notify(f"Written to {target}", markup=False)

    def _do(self, change: Callable[P, Awaitable[object]], *args: P.args, **kwargs: P.kwargs) -> None:
        in_background(self, f"change {args}", self._change, partial(change, *args, **kwargs))

    async def _change(self, change: Callable[[], Awaitable[object]]) -> None:
        try:
            await change()
        except (BlufioError, OSError) as error:
            self.notify(str(error), severity="error", markup=False)
        await self.reload()


def _write_new(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


async def open_screen(host: ScreenHost, query: str) -> Screen[None]:
    return SessionsScreen(host.services, host.session_id, query)
