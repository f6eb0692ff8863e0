"""The panes, the column beside them, and the lines between them, arranged by width."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from blufio_tui.ui.jump_targets import JumpTarget
from blufio_tui.ui.messages import ColumnDue
from blufio_tui.ui.state.layout import Arrangement, Layout, PaneName, arrangement_for
from blufio_tui.ui.textual_fixes.blank import Blank
from blufio_tui.ui.widgets.overview import Overview
from blufio_tui.ui.widgets.rule_line import RuleLine
from blufio_tui.ui.widgets.splitter import Draggable, Dragged, Splitter, UprightLine


@dataclass
class PaneWanted(Message):
    """Go into a pane."""

    pane: PaneName


class PaneRule(RuleLine, Draggable):
    """A pane's title; where another pane is above, it is the line between the two as well."""


class Pane(Vertical, Blank):
    """A titled pane."""

    TITLES: ClassVar = {PaneName.CHAT: "Conversation", PaneName.TRACE: "Trace", PaneName.AUDIT: "Audit log"}

    def __init__(self, name: PaneName, *children: Widget) -> None:
        self.rule = PaneRule(self.TITLES[name], id=f"rule-{name}")
        super().__init__(self.rule, *children, id=f"pane-{name}")
        self.pane_name = name

    def jump_targets(self) -> Iterator[JumpTarget]:
        """Its title leads into it."""
        if corner := self.rule.region:  # nowhere while the panes are tabs
            yield JumpTarget(corner.x, corner.y, lambda: self.post_message(PaneWanted(self.pane_name)))


class Side(Container, Blank):
    """Where trace and audit log stand, beside the conversation."""


class Panes(Horizontal, Blank):
    """Shows what its `layout_state` says; a change of it is posted as `Changed`."""

    layout_state: reactive[Layout] = reactive(Layout(), repaint=False)

    class Changed(Message):
        def __init__(self, layout: Layout) -> None:
            super().__init__()
            self.layout = layout

    def __init__(self, chat: Widget, overview: Overview, layout: Layout, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Panes.layout_state, layout)
        self._panes = {
            PaneName.CHAT: Pane(PaneName.CHAT, chat),
            PaneName.TRACE: Pane(PaneName.TRACE),
            PaneName.AUDIT: Pane(PaneName.AUDIT),
        }
        self.overview, self._edge = overview, UprightLine(id="edge")
        self._main = Splitter(id="split-main")
        self._side = Side(self._panes[PaneName.TRACE], self._panes[PaneName.AUDIT], id="side")
        self.arrangement = Arrangement.TABS
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        """Everything has its place before the first frame, so that nothing moves after it."""
        self._arrange_for(self.app.size.width)
        yield self.overview
        yield self._edge
        yield self._panes[PaneName.CHAT]
        yield self._main
        yield self._side

    async def fill(self, trace: Widget, audit: Widget) -> None:
        """Put into the side, and into the column, what the first frame could do without."""
        await self.overview.fill()
        await self._panes[PaneName.TRACE].mount(trace)
        await self._panes[PaneName.AUDIT].mount(audit)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange_for(event.size.width)

    def _arrange_for(self, width: int) -> None:
        before = self.arrangement
        self.arrangement = Arrangement.TABS if self.app.has_class("-accessible") else arrangement_for(width)
        self.show_layout()
        if before is not self.arrangement:
            self.post_message(ColumnDue())

    def watch_layout_state(self, layout: Layout) -> None:
        self.show_layout()
        self.post_message(self.Changed(layout))

    def light(self, focused: Widget | None) -> None:
        """The title of the pane that has the focus."""
        around = focused.ancestors if focused is not None else ()
        for pane in self._panes.values():
            pane.rule.lit = pane in around
        self.overview.light(focused)

    def pane(self, name: PaneName) -> Pane:
        return self._panes[name]

    def show_layout(self) -> None:
        layout, arrangement = self.layout_state, self.arrangement
        shown, shares = layout.visible(arrangement), layout.shares(arrangement)
        has_column = layout.has_column(arrangement)
        looks = (shown, shares, has_column)
        if looks == self._drawn:
            return
        self._drawn = looks
        for name, pane in self._panes.items():
            pane.display = name in shown
        chat, side = self._panes[PaneName.CHAT], self._side
        side.display = PaneName.TRACE in shown or PaneName.AUDIT in shown
        self._main.display = side.display and chat.display
        self.overview.display = self._edge.display = has_column
        chat.styles.width, side.styles.width = f"{shares.chat}fr", f"{100 - shares.chat}fr"
        self._panes[PaneName.TRACE].styles.height = f"{shares.trace}fr"
        self._panes[PaneName.AUDIT].styles.height = f"{100 - shares.trace}fr"

    @on(Dragged, "#split-main")
    def drag_main(self, event: Dragged) -> None:
        event.stop()
        region = self._panes[PaneName.CHAT].region.union(self._side.region)
        share = round(100 * (event.x - region.x) / max(region.width, 1))
        self.layout_state = self.layout_state.shared(self.arrangement, chat=share)

    @on(Dragged, "#rule-audit")
    def drag_audit(self, event: Dragged) -> None:
        """The audit log stands below the trace, and its title is the line between them."""
        event.stop()
        if self.arrangement is not Arrangement.TABS and len(self.layout_state.visible(self.arrangement)) > 1:
            region = self._side.region
            share = round(100 * (event.y - region.y) / max(region.height, 1))
            self.layout_state = self.layout_state.shared(self.arrangement, trace=share)
