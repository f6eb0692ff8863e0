"""Choosing one of a few names, with a preview while one moves: themes, models, prompts to go back to."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content

from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.explorer import Explorer
from blufio_tui.ui.text.columns import cell
from blufio_tui.ui.widgets.row_list import RowList

_NOTHING = Content("")
_TITLE_WIDTH = 22
"""Beside a picture or a few words."""


@dataclass(frozen=True, slots=True)
class Option:
    """
    Attributes:
        value: what is given back.
        note: more about it, shown at the right.
        brief: the note in a few words, shown beside the title.
        is_current: marked, and where the cursor starts.
        picture: shown beside the title.
        legend: what the picture shows.
    """

    value: str
    title: str
    note: str = ""
    brief: str = ""
    is_current: bool = False
    picture: Content = _NOTHING
    legend: Content = _NOTHING


class PickScreen(Explorer[Option]):
    """Calls `chosen` with a value, and `moved` with each value that the cursor passes; "" if given up."""

    enter_does = "Choose"

    def __init__(
        self,
        services: Services,
        heading: str,
        options: Sequence[Option],
        chosen: Callable[[str], None],
        moved: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(services)
        self.heading = heading  # type: ignore[misc]
        self.noun = "choice"  # type: ignore[misc]
        self._options = options
        self._chosen = chosen
        self._moved = moved

    async def load(self) -> Sequence[Option]:
        return self._options

    async def reload(self) -> None:
        await super().reload()
        current = next((i for i, option in enumerate(self.list_view.rows) if option.is_current), 0)
        self.list_view.cursor = current
        self.list_view.show_cursor()

    def row_key(self, row: Option) -> Hashable:
        return row.value

    def line(self, row: Option, width: int) -> Content:
        mark = Content.styled("●", "$accent") if row.is_current else Content(" ")
        title = Content(visible_line(row.title))
        if row.picture:
            title = Content.assemble(cell(title, _TITLE_WIDTH), " ", row.picture, "  ", (row.note, "$muted"))
        elif row.brief:
            title = Content.assemble(cell(title, _TITLE_WIDTH), " ", (row.brief, "$muted"))
        return Content.assemble(" ", mark, " ", title).truncate(width, ellipsis=True)

    def details(self, row: Option, width: int) -> list[Content]:
        lines = Content(visible(row.note or row.title)).wrap(width)
        if row.brief or row.legend:
            lines = [*Content.styled(visible_line(row.title), "bold $accent").wrap(width), *lines]
        return [*lines, Content(""), *row.legend.wrap(width)] if row.legend else lines

    @on(RowList.Moved)
    def preview(self) -> None:
        if self._moved is not None and self.list_view.current is not None:
            self._moved(self.list_view.current.value)

    def choose(self, row: Option) -> None:
        self.dismiss(None)
        self._chosen(row.value)

    def action_back(self) -> None:
        gives_up = not (self.filter_text or self.filter.has_focus)
        super().action_back()
        if gives_up and self._moved is not None:
            self._moved("")
