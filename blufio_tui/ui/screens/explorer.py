"""The family of screens with a list left, its details right, and a filter that works as one types.

A screen of the family says what its rows are (`load`), how one looks (`line`), what there is to know
about it (`details`) and what can be done with it (its own bindings); everything else is here.
"""

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static
from textual.worker import Worker

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.background import in_background
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.textual_fixes.quick_screen import QuickScreen
from blufio_tui.ui.widgets.explorer_list import Chosen, ExplorerList
from blufio_tui.ui.widgets.facts import Facts
from blufio_tui.ui.widgets.filter_line import FilterLine
from blufio_tui.ui.widgets.key_line import KeyLine
from blufio_tui.ui.widgets.row_list import RowList

Row = TypeVar("Row")


class Explorer(QuickScreen[None], Generic[Row]):
    """
    Attributes:
        heading: the screen's name.
        place: what the keys page calls it, "" for the name of its module.
        noun: what one row is, for counting.
        nothing: what an empty list says.
        enter_does: a word or two for what Enter does with a row, "" for opening it.
        enter_in_filter_does: the same for Enter while one types the filter.
        of_a_row: ids of the bindings that act on the row of the cursor; they are not offered where there is none.
        mark_says: what the mark before a row means, in a word.
        filters_at_once: one types the filter from the beginning.
        rows: everything loaded, before the filter.
        problem: why nothing could be loaded, "" if it could.
    """

    CSS_PATH = "explorer.tcss"
    AUTO_FOCUS = "#explorer-list"
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (100, "-beside")]  # noqa: RUF012 - Textual's own declaration

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="explorer.back", tooltip="Clear the filter, or go back"),
        Binding("slash", "filter", "Filter", id="explorer.filter", tooltip="Show only rows that contain what you type"),
        Binding("alt+r", "reload", "Reload", show=False, id="explorer.reload", tooltip="Read everything again"),
        # While one types the filter; without priority, which would put them before letters typed ahead of them.
        Binding("enter", "leave_filter", "To the rows", id="explorer.rows", tooltip="Keep the filter"),
        Binding("up", "pass_rows(-1)", "Up", show=False, id="explorer.up", tooltip="Go to the row above"),
        Binding("down", "pass_rows(1)", "Down", show=False, id="explorer.down", tooltip="Go to the row below"),
    ]

    heading: ClassVar[str] = ""
    place: ClassVar[str] = ""
    noun: ClassVar[str] = "row"
    nothing: ClassVar[str] = "Nothing here."
    enter_does: ClassVar[str] = ""
    enter_in_filter_does: ClassVar[str] = "To the rows"
    of_a_row: ClassVar[frozenset[str]] = frozenset()
    mark_says: str = "current"
    filters_at_once: ClassVar[bool] = False

    list_view: query_one[RowList[Row]] = query_one("#explorer-list", RowList)
    detail = query_one("#explorer-detail", Facts)
    filter = query_one("#explorer-filter", FilterLine)
    title_line = query_one("#explorer-title", Static)

    def __init__(self, services: Services, query: str = "") -> None:
        super().__init__()
        self.services = services
        self.query_text = query
        self.rows: Sequence[Row] = ()
        self.filter_text = ""
        self.problem = ""
        self._idle: frozenset[str] = frozenset()
        self._loading: Worker[Any] | None = None
        self._chooses_when_loaded = False

    # ── for the screens of the family ──────────────────────────────────────────────────────────────

    async def load(self) -> Sequence[Row]:
        """All rows. Raises `BlufioError`, which is shown."""
        raise NotImplementedError

    def row_key(self, row: Row) -> Hashable:
        raise NotImplementedError

    def line(self, row: Row, width: int) -> Content:
        """The row in the list, at most `width` cells."""
        raise NotImplementedError

    def columns(self, _width: int) -> str:
        """The names of the columns of `line`, for the list's border, which keeps the first cell; "" for none."""
        return ""

    def details(self, row: Row, width: int) -> list[Content]:
        raise NotImplementedError

    def search_text(self, row: Row) -> str:
        """What the filter looks in."""
        return self.line(row, 400).plain

    def choose(self, _row: Row) -> None:
        """What Enter does; by default one continues reading at the right."""
        self.detail.focus()

    @property
    def idle_keys(self) -> frozenset[str]:
        """Ids of the bindings that would do nothing now; the key line leaves them out."""
        return frozenset() if self.list_view.current is not None else self.of_a_row | {"list.open", "list.copy"}

    @property
    def nothing_text(self) -> str:
        return self.problem or self.nothing

    def make_list(self) -> RowList[Row]:
        return ExplorerList(self, id="explorer-list")

    # ── the frame ──────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        yield Static(id="explorer-title", markup=False)
        with Horizontal(id="explorer-filter-row"):
            yield Static(" / ", id="explorer-filter-mark", markup=False)
            yield FilterLine(id="explorer-filter", placeholder="filter", compact=True)
        with Horizontal(id="explorer-body"):
            yield self.make_list()
            yield Facts(id="explorer-detail")
        yield KeyLine(id="explorer-keys", most_lines=2)

    def on_mount(self) -> None:
        self.query_one("#explorer-filter-row").display = False
        self.list_view.following = False
        self.draw_title()
        if self.query_text:
            self.action_filter()
            self.filter.value = self.query_text
            self.list_view.focus()
        if self.filters_at_once:
            self.action_filter()
        self.mounted()
        self.action_reload()

    def mounted(self) -> None:
        """What a screen of the family does when its widgets are there; an `on_mount` of its own would run too early."""

    def draw_title(self) -> None:
        shown = len(self.list_view.rows)
        count = plural(shown, self.noun)
        if shown != len(self.rows):
            count = f"{shown:,} of {plural(len(self.rows), self.noun)}"
        self.title_line.update(
            Content.assemble(
                (" blufio ", "bold $accent"), (" │ ", "$line"), (self.heading, "bold"), (f"  {count}", "$muted")
            )
        )

    def action_reload(self) -> None:
        self._loading = in_background(self, "explorer", self._reload_and_choose)

    async def _reload_and_choose(self) -> None:
        await self.reload()
        if self._chooses_when_loaded and self.is_open and self.list_view.current is not None:
            self.choose(self.list_view.current)
        self._chooses_when_loaded = False

    @property
    def is_open(self) -> bool:
        """Whether it was not left yet. Once it was, its parts go one by one, and nothing can be shown in them."""
        return self in self.app.screen_stack

    async def reload(self) -> None:
        """Read the rows again and keep the cursor where it was."""
        self.problem = ""
        try:
            self.rows = await self.load()
        except BlufioError as error:
            self.rows, self.problem = (), f"This cannot be read: {error}"
            self.notify(str(error), severity="error", markup=False)
        if self.is_open:
            self.apply_filter()

    def apply_filter(self) -> None:
        wanted = self.filter_text.lower().split()
        view = self.list_view
        kept = self.row_key(view.current) if view.current is not None else None
        view.rows = [row for row in self.rows if all(word in self.search_text(row).lower() for word in wanted)]
        view.following = False
        view.redraw_all()
        view.rows_changed(keep=kept)
        self.draw_title()
        self.show_details()

    @on(RowList.Moved)
    def show_details(self) -> None:
        row = self.list_view.current
        self.detail.show(lambda width: self.details(row, width) if row is not None else [])
        self.show_keys()

    def show_keys(self) -> None:
        """After something that decides what would do nothing."""
        if self.idle_keys != self._idle:
            self._idle = self.idle_keys
            self.refresh_bindings()

    @on(Chosen)
    def choose_current(self) -> None:
        """While the rows of the filter are still read, the choice waits for them."""
        if self._loading is not None and not self._loading.is_finished:
            self._chooses_when_loaded = True
        elif self.list_view.current is not None:
            self.choose(self.list_view.current)

    # ── the filter ─────────────────────────────────────────────────────────────────────────────────

    def action_filter(self) -> None:
        self.query_one("#explorer-filter-row").display = True
        self.set_focus(self.filter)

    @on(Input.Changed, "#explorer-filter")
    def take_filter(self) -> None:
        """Look for what is typed by now. What acts on a row calls this first: the line's message may still be on its
        way."""
        if self.filter.value != self.filter_text:
            self.filter_text = self.filter.value
            self._chooses_when_loaded = False
            self.look()

    def look(self) -> None:
        """Look for the rows of a changed filter."""
        self.apply_filter()

    def action_leave_filter(self) -> None:
        self.take_filter()
        self.list_view.focus()

    def action_pass_rows(self, step: int) -> None:
        self.take_filter()
        self.list_view.action_move(step)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("leave_filter", "pass_rows", "filter") and self.is_mounted:
            return self.filter.has_focus is not (action == "filter")
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        if self.filter_text or self.filter.has_focus:
            self.filter.value = ""
            self.take_filter()
            self.query_one("#explorer-filter-row").display = False
            self.list_view.focus()
        else:
            self.dismiss(None)
