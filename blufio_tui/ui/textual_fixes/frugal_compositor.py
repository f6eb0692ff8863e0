"""Painting less: of what changed, only what shows.

Textual paints every widget within a box around all that changed. When a line at the top and one at the bottom change,
as they do while a reply streams in, that is the whole screen; and below each widget it paints those that it covers.
"""

from collections.abc import Iterable

from textual import screen
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    _changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
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
