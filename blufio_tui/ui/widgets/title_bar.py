"""The top line: the program, the session, the project."""

from textual import events
from textual.content import Content
from textual.widgets import Static

from blufio_tui.core.text.display import steady, visible_line
from blufio_tui.ui.content.resources import middle_cut


class TitleBar(Static):
    """With a mark at a project folder that holds too much.

    Args:
        is_awaited: a stored session is still to be read: it is not said to be a new one.
    """

    def __init__(self, project: str, *, is_wide: bool = False, is_awaited: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._project = project
        self._is_wide = is_wide
        self._session, self._untitled = "", "opening the session…" if is_awaited else "new session"

    def name_session(self, title: str) -> None:
        self._session, self._untitled = title, "new session"
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.size.width
        session = visible_line(steady(self._session) or self._untitled)
        left = Content.assemble((" blufio ", "bold $accent"), (" │ ", "$line"), session)
        project = visible_line(self._project)
        right = Content.styled(middle_cut(project, max(width // 3, 12)) + " ", "$muted")
        if self._is_wide:
            right = Content.assemble(("! ", "bold $warn"), right.stylize("$warn"))
        gap = width - left.cell_length - right.cell_length
        if gap < 2:
            left = left.truncate(max(width - right.cell_length - 2, 8), ellipsis=True)
            gap = max(width - left.cell_length - right.cell_length, 0)
        self.update(Content.assemble(left, " " * gap, right), layout=False)
