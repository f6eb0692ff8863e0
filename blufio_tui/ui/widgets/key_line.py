"""The keys that work where the focus is, in one widget of a line or two."""

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from blufio_tui.ui.text.key_names import key_name

_ALWAYS = (
    "explorer.back",
    "explorer.rows",
    "text.deselect",
    "turn.interrupt",
    "prompt.complete",
    "prompt.close_list",
    "approval.go",
)
_GENERAL = ("list.", "text.", "explorer.")
"""What works in every list stands behind what works only here; what works everywhere comes last."""
_NOT_WORTH_A_LINE = ("app.palette", "app.leader")
"""They work everywhere; F1 lists them."""
_ENTER = {"list.open": "enter_does", "explorer.rows": "enter_in_filter_does"}


class KeyLine(Static):
    """Keys of the focused widget first; a click on one does what the key does.

    A screen that has `enter_does` says in a word or two what Enter does with a row there; that is shown first. With
    `enter_in_filter_does` it says what Enter does while one types the filter.
    A screen that has `keys_of_the_moment` names bindings there that are shown now though they are not always.
    A screen or a focused widget that has `idle_keys` names bindings there that would do nothing now; they are not
    shown.

    Args:
        most_lines: how many lines may be used before keys are left out.
    """

    def __init__(self, *, id: str | None = None, most_lines: int = 1) -> None:
        super().__init__(id=id, markup=False)
        self._most_lines = most_lines
        self._places: list[tuple[int, range, str]] = []
        self._drawn: list[Content] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.draw())
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        self.draw()

    def draw(self) -> None:
        if not self.is_attached or not self.screen.is_current:
            return
        lines = self._lines(self.size.width)
        if lines != self._drawn:
            self._drawn = lines
            self.styles.height = max(len(lines), 1)
            self.update(Content("\n").join(lines), layout=False)

    def _lines(self, width: int) -> list[Content]:
        self._places.clear()
        lines, used = [Content(" ")], 1
        for binding in self._shown():
            words = getattr(self.screen, _ENTER.get(binding.id or "", ""), "") or binding.description
            item = Content.assemble((key_name(binding), "bold $accent"), (f" {words}", "$muted"))
            if used + item.cell_length > width:
                if len(lines) == self._most_lines or binding.id in _NOT_WORTH_A_LINE:
                    break
                lines, used = [*lines, Content(" ")], 1
            self._places.append((len(lines) - 1, range(used, used + item.cell_length), binding.key))
            lines[-1] = Content.assemble(lines[-1], item, "   ")
            used += item.cell_length + 3
        return lines

    def _shown(self) -> list[Binding]:
        seen: dict[str, Binding] = {}
        now = getattr(self.screen, "keys_of_the_moment", ())
        idle = {name for place in (self.screen, self.screen.focused) for name in getattr(place, "idle_keys", ())}
        for active in self.screen.active_bindings.values():
            is_named = active.binding.show or active.binding.id in now
            is_shown = is_named and active.binding.id not in idle
            if active.enabled and is_shown and active.binding.action not in seen:
                seen[active.binding.action] = active.binding
        enter_is_named = bool(getattr(self.screen, "enter_does", ""))
        return sorted(seen.values(), key=lambda binding: _place(binding, enter_is_named=enter_is_named))

    def on_click(self, event: events.Click) -> None:
        for line, place, key in self._places:
            if event.y == line and event.x in place:
                self.app.simulate_key(key)


def _place(binding: Binding, *, enter_is_named: bool) -> int:
    name = binding.id or ""
    if name == "explorer.rows":
        return -1
    if name in _ALWAYS:
        return 0
    if name == "list.open" and enter_is_named:
        return 1
    return 3 if name.startswith(_GENERAL) else 4 if name.startswith("app.") else 2
