"""A long column of blocks of lines in one widget: only the lines on the screen are drawn."""

from collections.abc import Hashable
from operator import is_
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from blufio_tui.ui.state.offsets import Offsets
from blufio_tui.ui.textual_fixes.calm_scrollbar import CalmScrollBar, calm
from blufio_tui.ui.textual_fixes.style_key import style_key
from blufio_tui.ui.widgets.marking import overlaid
from blufio_tui.ui.widgets.painted_lines import Look, PaintedLines, painted

_KEPT = 120
"""Blocks whose drawn lines are kept; others are drawn again when they are scrolled to. Heights are kept for all."""
_LEAST_LINES = 2
"""Painted at once; a single one is what the mouse points at."""
_NOTHING = Strip.blank(0)


class LineView(ScrollView, can_focus=True, inherit_bindings=False):
    """Subclasses say which blocks there are and what their lines look like; each block is drawn once.

    The view moves by itself only while it is at its end (`following`); anything new elsewhere leaves
    what is on the screen where it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "line(-1)", "Up", show=False, id="text.up", tooltip="Scroll one line up"),
        Binding("down", "line(1)", "Down", show=False, id="text.down", tooltip="Scroll one line down"),
        Binding("pageup", "screenful(-1)", "Page up", show=False, id="text.page_up", tooltip="Scroll a screenful up"),
        Binding(
            "pagedown", "screenful(1)", "Page down", show=False, id="text.page_down", tooltip="Scroll a screenful down"
        ),
        Binding("home", "top", "Top", show=False, id="text.first", tooltip="Go to the beginning"),
        Binding("end", "bottom", "End", show=False, id="text.last", tooltip="Go to the end and stay there"),
    ]

    DEFAULT_CSS = """
    LineView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
    }
    """

    following: reactive[bool] = reactive(True, repaint=False)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.offsets = Offsets()
        self._strips: dict[Hashable, list[Strip]] = {}
        self._heights: dict[Hashable, int] = {}
        self._growing: tuple[Hashable, list[Content], list[Strip]] = (None, [], [])
        self._kept = 0  # of the block that was drawn last, the lines that stayed as they were
        self._parsed: dict[str | Style, Style] = {}
        self._drawn_width = 0
        self._painted = PaintedLines()
        self._known_look: tuple[Hashable, Look] | None = None

    # ── for subclasses ─────────────────────────────────────────────────────────────────────────────

    def block_count(self) -> int:
        raise NotImplementedError

    def block_key(self, index: int) -> Hashable:
        """Identifies the block's looks in the cache."""
        raise NotImplementedError

    def block_lines(self, index: int, width: int) -> list[Content]:
        raise NotImplementedError

    def block_height(self, index: int) -> int:
        """Lines of a block; the default draws it, once."""
        key = self.block_key(index)
        if key not in self._heights:
            self._heights[key] = len(self.strips_of(index))
        return self._heights[key]

    def decorate(self, strip: Strip, _index: int, _line: int) -> Strip:
        """A last change to a line on its way to the screen, such as the cursor."""
        return strip

    def is_decorated(self, _index: int) -> bool:
        """Whether `decorate` may change lines of this block; where not, it is not asked."""
        return False

    def finish_line(self, line: Content) -> Content:
        """A last change to a line of a block before it is drawn; the drawn line is kept."""
        return line

    @property
    def content_width(self) -> int:
        """Cells to write in. What was never shown has none yet: then those it will have."""
        return self.scrollable_content_region.width or self.expected_size.width

    @property
    def expected_size(self) -> Size:
        """What there will be to write in once this is shown; nothing where that cannot be known."""
        return Size(0, 0)

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """As Textual makes it, when it is first asked for."""
        if self._vertical_scrollbar is None:
            bar = CalmScrollBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    # ── changes ────────────────────────────────────────────────────────────────────────────────────

    def forget(self, key: Hashable) -> None:
        """Draw this block again when it is next needed."""
        self._strips.pop(key, None)
        self._heights.pop(key, None)

    def rebuild(self) -> None:
        """Blocks came, went or moved: measure all again."""
        self._drawn_width = self.content_width
        self.offsets.replace(self.block_height(index) for index in range(self.block_count()))
        self._settle()

    def grow(self) -> None:
        """Blocks were added at the end."""
        end = self.offsets.total
        for index in range(len(self.offsets), self.block_count()):
            self.offsets.append(self.block_height(index))
        self._settle(end)

    def redraw(self, index: int) -> None:
        """One block looks different now, and may have another height."""
        self.forget(self.block_key(index))
        if index < len(self.offsets):
            self._kept = 0
            self.offsets.change(index, self.block_height(index))
            self._settle(self.offsets.start(index) + self._kept)

    def redraw_all(self) -> None:
        self.forget_all()
        self._parsed.clear()
        self.rebuild()

    def forget_all(self) -> None:
        self._strips.clear()
        self._heights.clear()
        self._growing = (None, [], [])

    def _settle(self, since: int = 0) -> None:
        """Be as tall as the blocks are; paint the lines from `since` on, as those before it look as they did."""
        with calm(self._vertical_scrollbar):
            self._be_as_tall_as(Size(self.content_width, self.offsets.total))
            if self.following:
                self.to_end()
        self.paint_from(since)

    def paint_from(self, line: int, end: int | None = None) -> None:
        """Paint a line and those below it, up to the line `end`, as far as they show. The scrollbar sees to itself."""
        width, height = self.scrollable_content_region.size
        y = max(min(line - self.scroll_offset.y, height - _LEAST_LINES), 0)
        bottom = height if end is None else min(max(end - self.scroll_offset.y, y + _LEAST_LINES), height)
        if line - self.scroll_offset.y < height:
            self.refresh(Region(0, y, width, bottom - y))

    def _be_as_tall_as(self, size: Size) -> None:
        """Textual lays the whole screen out again for a new virtual size. Where the size on the screen does not follow
        from it, only the scrollbar is concerned."""
        height = self.styles.height
        if self.container_size and height is not None and not height.is_auto:
            self.set_reactive(LineView.virtual_size, size)
            self._scroll_update(size)
        else:
            self.virtual_size = size

    def to_end(self) -> None:
        self.following = True
        end = self.max_scroll_y if self.size.height else self.offsets.total - self.expected_size.height
        self.scroll_to(y=end, animate=False, immediate=True, force=True)

    def action_line(self, step: int) -> None:
        self.scroll_to(y=self.scroll_y + step, animate=False, immediate=True, force=True)

    def action_screenful(self, step: int) -> None:
        self.action_line(step * max(self.size.height - 1, 1))

    def action_top(self) -> None:
        self.scroll_to(y=0, animate=False, immediate=True, force=True)

    def action_bottom(self) -> None:
        self.to_end()

    def shift_by(self, lines: int) -> None:
        """Keep what is on the screen in place after lines were put in above it."""
        self.scroll_to(y=self.scroll_y + lines, animate=False, immediate=True, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):  # Textual's would paint the scrollbar, too
            self.paint_from(0)
        self.following = new_value >= self.max_scroll_y

    def watch_has_focus(self, has_focus: bool) -> None:
        """At most a border is lit by the focus: a view that has none need not be styled again."""
        if self.styles.gutter:
            super().watch_has_focus(has_focus)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw_all())

    def on_resize(self, _event: events.Resize) -> None:
        self._measure()

    def on_show(self) -> None:
        """A hidden view has no width; what was changed meanwhile is laid out now."""
        self._measure()

    def _measure(self) -> None:
        width = self.content_width
        if width and width != self._drawn_width:
            self.forget_all()
            self.rebuild()
        elif self.following:
            self.to_end()

    # ── drawing ────────────────────────────────────────────────────────────────────────────────────

    def strips_of(self, index: int) -> list[Strip]:
        key = self.block_key(index)
        strips = self._strips.pop(key, None)
        if strips is None:
            strips = self._drawn(key, self.block_lines(index, self.content_width))
        self._strips[key] = strips  # as the one that was used last
        if len(self._strips) > _KEPT:
            del self._strips[next(iter(self._strips))]
        return strips

    def _drawn(self, key: Hashable, lines: list[Content]) -> list[Strip]:
        """Draw lines; of the block that was drawn last, and grows, only what is new."""
        known_key, known, strips = self._growing
        old = [*map(is_, known, lines), False].index(False)
        kept = strips[:old] if key == known_key else []
        base = self.visual_style
        drawn = [*kept, *(self._strip(line, base) for line in lines[len(kept) :])]
        self._growing, self._kept = (key, lines, drawn), len(kept)
        return drawn

    def _strip(self, content: Content, base: Style) -> Strip:
        content = self.finish_line(content)
        pieces = content.render(base, end="", parse_style=self._parse)
        return Strip([Segment(text, (base + style).rich_style) for text, style in pieces], content.cell_length)

    def _parse(self, style: str | Style) -> Style:
        if style not in self._parsed:
            self._parsed[style] = self._get_style(style)
        return self._parsed[style]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The screen asks for all lines when it paints, for one when it wants to know what the mouse points at.

        The way of the second, Textual's own, lets each piece of text tell its place and looks up a dozen styles for
        each line, in case there is a border.
        """
        if self._is_plain and crop.height >= _LEAST_LINES and crop.width == self.size.width:
            return self._painted_lines(crop)
        return super().render_lines(crop)

    @property
    def _is_plain(self) -> bool:
        return not self.styles.gutter and self.text_selection is None

    def _painted_lines(self, crop: Region) -> list[Strip]:
        look, top = self._look(crop.width), self.scroll_offset.y
        self._painted.keep_near(top, self.size.height)
        lines: list[Strip] = []
        number, end = top + crop.y, top + crop.bottom
        while number < min(end, self.offsets.total):
            index, line = self.offsets.at(number)
            count = min(self.offsets.height(index) - line, end - number)
            lines += self._painted_block(index, line, number, count, look)
            number += count
        return lines + [self._painted.blank(look)] * (end - number)

    def _painted_block(self, index: int, line: int, number: int, count: int, look: Look) -> list[Strip]:
        """So many lines of a block from one of them on, the first of which is the view's line `number`."""
        bare = self.strips_of(index)[line : line + count]
        bare += [_NOTHING] * (count - len(bare))
        if not self.is_decorated(index):
            return [self._painted.whole(number + nth, strip, look) for nth, strip in enumerate(bare)]
        lines: list[Strip] = []
        for nth, strip in enumerate(bare):
            wide = self._painted.wide(number + nth, strip, look)
            decorated = self.decorate(wide, index, line + nth)
            is_plain = decorated is wide
            lines.append(self._painted.whole(number + nth, strip, look) if is_plain else painted(decorated, look))
        return lines

    def _look(self, width: int) -> Look:
        """Working out the colours asks every widget around this one: done again only after styles changed."""
        filters, key = tuple(self.get_line_filters()), style_key(self)
        known = self._known_look
        if known is None or known[0] != (width, filters, key):
            look = Look(width, self.rich_style, self.background_colors[1], filters)
            known = self._known_look = (width, filters, key), look
        return known[1]

    def notify_style_update(self) -> None:
        self._known_look = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        bare, index, line = self._bare_line(number)
        if bare is _NOTHING:
            return Strip.blank(self.size.width, self.rich_style)
        strip = self.decorate(bare.crop_extend(0, self.size.width, self.rich_style), index, line)
        return self._selected_part(strip, number).apply_offsets(0, number)

    def _bare_line(self, number: int) -> tuple[Strip, int, int]:
        """A line as long as what is written on it, its block, and its place in it."""
        if number >= self.offsets.total:
            return _NOTHING, -1, 0
        index, line = self.offsets.at(number)
        strips = self.strips_of(index)
        return (strips[line] if line < len(strips) else _NOTHING), index, line

    # ── selecting with the mouse ───────────────────────────────────────────────────────────────────

    def _selected_part(self, strip: Strip, number: int) -> Strip:
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return strip
        start = strip.index_to_cell_position(span[0])
        end = strip.cell_length if span[1] == -1 else strip.index_to_cell_position(span[1])
        before, inside, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
        style = self.screen.get_component_rich_style("screen--selection")
        return Strip.join([before, overlaid(inside, style), after])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        lines = []
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.offsets.total - 1, self.offsets.total - 1)
        for number in range(first, last + 1):
            index, line = self.offsets.at(number)
            text, span = self.strips_of(index)[line].text, selection.get_span(number) or (0, -1)
            lines.append((text[span[0] :] if span[1] == -1 else text[span[0] : span[1]]).rstrip())
        return "\n".join(lines), "\n"

    def selection_updated(self, _selection: Selection | None) -> None:
        self.refresh()
