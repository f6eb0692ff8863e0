"""A narrow column on wide terminals: the sessions of this project, and the files that this one changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from blufio_tui.core.text.amounts import ago
from blufio_tui.core.text.difference import changed_lines, first_changed_line
from blufio_tui.core.text.display import steady, visible_line
from blufio_tui.ui.content.resources import short_resource
from blufio_tui.ui.messages import OpenPlace, OpenSession
from blufio_tui.ui.text.columns import cell, right_cell
from blufio_tui.ui.text.difference import counted
from blufio_tui.ui.textual_fixes.blank import Blank
from blufio_tui.ui.widgets.row_list import RowList
from blufio_tui.ui.widgets.rule_line import RuleLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.widget import Widget

    from blufio_tui.core.files.undo import FileChange
    from blufio_tui.core.sessions.records import SessionInfo

_AGE = 4
Row = TypeVar("Row")


class SessionsList(RowList["SessionInfo"]):
    """Newest first; Enter opens one.

    Attributes:
        open_session: the id of the one that is shown, "" before the first prompt.
        now: seconds since the epoch; ages are counted from here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_row", "Open the session", id="overview.open_session", tooltip="Continue the session"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.open_session = ""
        self.now = 0.0
        self.following = False

    def row_key(self, row: SessionInfo) -> Hashable:
        return row.session_id

    def row_line(self, row: SessionInfo, width: int) -> Content:
        is_open = row.session_id == self.open_session
        mark = Content.styled("●", "$accent") if is_open else Content(" ")
        title = Content.styled(visible_line(steady(row.title) or "untitled"), "bold" if is_open else "")
        age = right_cell(ago(self.now - row.updated), _AGE, "$muted")
        return Content.assemble(" ", mark, " ", cell(title, width - _AGE - 5), " ", age, " ")

    def empty_lines(self, width: int) -> list[Content]:
        return _said("No sessions here yet.", width)

    def show(self, sessions: Sequence[SessionInfo], open_session: str, now: float) -> None:
        self.open_session, self.now = open_session, now
        _replace_rows(self, sessions)

    def action_open_row(self) -> None:
        if self.current is not None:
            self.post_message(OpenSession(self.current.session_id))


class ChangedFiles(RowList["FileChange"]):
    """What the session changed; Enter opens a file in the editor, at the first line that is another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open_row", "Open in the editor", id="overview.open_file", tooltip="Open the file in your editor"
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = False

    def row_key(self, row: FileChange) -> Hashable:
        return row.path

    def row_line(self, row: FileChange, width: int) -> Content:
        counts = changed_lines(row.difference)
        how_much = counted(*counts) if counts else Content.styled("changed", "$muted")
        room = max(width - how_much.cell_length - 4, 8)
        path = Content(short_resource("fs.write", row.path, room))
        return Content.assemble("  ", cell(path, room), " ", how_much, " ")

    def empty_lines(self, width: int) -> list[Content]:
        return _said("No file changed yet.", width)

    def show(self, changes: Sequence[FileChange]) -> None:
        _replace_rows(self, changes)

    def action_open_row(self) -> None:
        if self.current is not None:
            self.post_message(OpenPlace(self.current.path, first_changed_line(self.current.difference)))


class Overview(Vertical, Blank):
    """
    Attributes:
        sessions, changed: the two lists.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sessions, self.changed = SessionsList(id="overview-sessions"), ChangedFiles(id="overview-files")
        self._rules = RuleLine("Sessions"), RuleLine("Changed files")

    def compose(self) -> ComposeResult:
        """Where there is no room for it the lists come with `fill`."""
        if self.display:
            yield from self._parts()

    async def fill(self) -> None:
        """Add what the first frame could do without."""
        if not self.children:
            await self.mount(*self._parts())

    def _parts(self) -> Iterator[Widget]:
        yield self._rules[0]
        yield self.sessions
        yield self._rules[1]
        yield self.changed

    def light(self, focused: Widget | None) -> None:
        """The title of the list that has the focus."""
        for rule, rows in zip(self._rules, (self.sessions, self.changed), strict=True):
            rule.lit = focused is rows


def _replace_rows(view: RowList[Row], rows: Sequence[Row]) -> None:
    """The cursor stays on its row."""
    kept = view.current
    view.rows = list(rows)
    view.forget_all()
    view.following = False
    view.rows_changed(keep=view.row_key(kept) if kept is not None else None)


def _said(text: str, width: int) -> list[Content]:
    lines = Content.styled(text, "$muted").wrap(max(width - 3, 8))
    return [Content(""), *(Content.assemble("  ", line) for line in lines)]
