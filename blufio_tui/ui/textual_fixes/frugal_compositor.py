"""Painting less: of what changed, only what shows, and all of that. And telling every widget its size.

Textual paints every widget within a box around all that changed. When a line at the top and one at the bottom change,
as they do while a reply streams in, that is the whole screen; and below each widget it paints those that it covers.

It also compares a new layout with the map of all widgets. After a scroll that map is made again as soon as anyone asks
where a widget is: a widget that was just displayed is then on it before it has been laid out, counts as known, and is
never told its size. What draws itself when it hears its size stays empty; and what only moved, because something above
it was displayed, is not painted at its new place.
"""

from collections.abc import Iterable

from rich.console import Console
from textual import screen
from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class LeanUpdate(ChopsUpdate):
    def render_segments(self, console: Console) -> str:
        """As Textual's, which makes three objects for each of the places that the cursor goes to."""
        written: list[str] = []
        last_y = self.spans[-1][0]
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x > last or end <= first:
                    continue
                is_whole = first <= x < last and end <= last
                shown = strip if is_whole else strip.crop(0, min(end, last) - x)
                written += (f"\x1b[{y + 1};{x + 1}H", shown.render(console))
            if y != last_y:
                written.append("\n")
        return "".join(written)


class FrugalCompositor(Compositor):
    _changed: tuple[Region, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[Widget, Size] = {}
        self._placed: dict[Widget, tuple[Region, Region]] = {}
        """Where each widget that shows was at the last layout or scroll, and what of that is clipped."""

    @property
    def full_map(self) -> CompositorMap:
        """As Textual's; when it was made again, the edges of the widgets on it are asked for again as well."""
        was_invalid = self._full_map_invalidated
        full_map = super().full_map
        if was_invalid:
            self._cuts = None
        return full_map

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """As Textual's, compared with the sizes and places that the last layout told."""
        hidden, shown, resized = super().reflow(parent, size)
        self._mark_what_moved()
        told, self._told = self._told, {widget: place.region.size for widget, place in self._full_map.items()}
        shown = shown | (self._told.keys() - told.keys())
        resized = resized | {widget for widget, new in self._told.items() if told.get(widget, new) != new}
        return ReflowResult(hidden, shown, resized)

    def reflow_visible(self, parent: Widget, size: Size) -> set[Widget]:
        """As Textual's, compared with the last places."""
        exposed = super().reflow_visible(parent, size)
        self._mark_what_moved()
        return exposed

    def _mark_what_moved(self) -> None:
        before, self._placed = self._placed, self.visible_widgets
        moved = before.items() ^ self._placed.items()
        self._dirty_regions.update(shown for _, (place, clip) in moved if (shown := place.intersection(clip)))

    def clear(self) -> None:
        super().clear()
        self._told, self._placed = {}, {}

    def render_partial_update(self) -> ChopsUpdate | None:
        self._changed = tuple(self._dirty_regions)
        try:
            update = super().render_partial_update()
            return LeanUpdate(update.chops, update.spans, update.chop_ends) if update else None
        finally:
            self._changed = ()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        # From front to back: what a widget covers whole needs nothing of those behind it.
        uncovered = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            touched = [one for one in uncovered if shown.overlaps(one)]
            if not touched:
                continue
            rows = Region.from_union(touched)
            needed = shown.intersection(Region(shown.x, rows.y, shown.width, rows.height))
            yield region, needed, widget.render_lines(needed.translate((-region.x, -region.y)))
            uncovered = tuple(one for one in uncovered if not shown.contains_region(one))
            if not uncovered:
                return


def paint_less() -> None:
    """Screens made from now on paint only what changed and shows."""
    screen.Compositor = FrugalCompositor  # type: ignore[attr-defined]
