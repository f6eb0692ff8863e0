"""A line across with a title, lit while what is below it has the focus.

A border in a stylesheet would lay the whole screen out again at every change of focus.
"""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class RuleLine(Widget):
    DEFAULT_CSS = "RuleLine { height: 1; width: 1fr; }"

    lit: reactive[bool] = reactive(False)

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title

    def name_it(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self.refresh()

    def render(self) -> Content:
        if self.app.has_class("-accessible"):
            return Content(self._title)
        style, title_style = ("$accent", "bold $accent") if self.lit else ("$line", "$muted")
        lead = "─ " if self._title else ""
        title = f"{self._title} " if self._title else ""
        title = Content(title).truncate(max(self.size.width - len(lead), 0), ellipsis=True).plain
        rest = "─" * max(self.size.width - len(lead) - len(title), 0)
        return Content.assemble((lead, style), (title, title_style), (rest, style))
