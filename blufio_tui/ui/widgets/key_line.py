"""The keys that work where the focus is, in one line and one widget."""

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from blufio_tui.ui.content.key_names import key_name


class KeyLine(Static):
    """Keys of the focused widget first; a click on one does what the key does."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._places: list[tuple[range, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.draw())
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        self.draw()

    def draw(self) -> None:
        if not self.is_attached or not self.screen.is_current:
            return
        parts, used = [Content(" ")], 1
        self._places.clear()
        for binding in self._shown():
            item = Content.assemble((key_name(binding), "bold $accent"), (f" {binding.description}   ", "$muted"))
            if used + item.cell_length > self.size.width:
                break
            self._places.append((range(used, used + item.cell_length), binding.key))
            parts.append(item)
            used += item.cell_length
        self.update(Content.assemble(*parts), layout=False)

    def _shown(self) -> list[Binding]:
        seen: dict[str, Binding] = {}
        for active in self.screen.active_bindings.values():
            if active.enabled and active.binding.show and active.binding.action not in seen:
                seen[active.binding.action] = active.binding
        return list(seen.values())

    def on_click(self, event: events.Click) -> None:
        for place, key in self._places:
            if event.x in place:
                self.app.simulate_key(key)
