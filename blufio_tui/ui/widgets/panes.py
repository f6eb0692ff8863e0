"""The three panes and the lines between them, arranged by width."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from blufio_tui.ui.state.layout import Arrangement, Layout, PaneName, arrangement_for
from blufio_tui.ui.widgets.rule_line import RuleLine
from blufio_tui.ui.widgets.splitter import Splitter


class Pane(Vertical):
    """A titled pane."""

    TITLES: ClassVar = {PaneName.CHAT: "Conversation", PaneName.TRACE: "Trace", PaneName.AUDIT: "Audit log"}

    def __init__(self, name: PaneName, *children: Widget) -> None:
        self.rule = RuleLine(self.TITLES[name])
        super().__init__(self.rule, *children, id=f"pane-{name}")
        self.pane_name = name

    def on_descendant_focus(self) -> None:
        self.rule.lit = True

    def on_descendant_blur(self) -> None:
        self.rule.lit = False


class Panes(Horizontal):
    """Shows what its `layout_state` says; a change of it is posted as `Changed`."""

    layout_state: reactive[Layout] = reactive(Layout())

    class Changed(Message):
        def __init__(self, layout: Layout) -> None:
            super().__init__()
            self.layout = layout

    def __init__(self, chat: Widget, trace: Widget, audit: Widget, layout: Layout, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Panes.layout_state, layout)
        self._content = (chat, trace, audit)
        self.arrangement = Arrangement.TABS
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        chat, trace, audit = self._content
        yield Pane(PaneName.CHAT, chat)
        yield Splitter(id="split-main")
        with Container(id="side"):
            yield Pane(PaneName.TRACE, trace)
            yield Splitter(id="split-side")
            yield Pane(PaneName.AUDIT, audit)

    def on_resize(self, event: events.Resize) -> None:
        self.arrangement = arrangement_for(event.size.width)
        self.show_layout()

    def watch_layout_state(self, layout: Layout) -> None:
        self.show_layout()
        self.post_message(self.Changed(layout))

    def pane(self, name: PaneName) -> Pane:
        return self.query_one(f"#pane-{name}", Pane)

    def show_layout(self) -> None:
        layout, arrangement = self.layout_state, self.arrangement
        shown = layout.visible(arrangement)
        looks = (shown, arrangement, layout.chat_share, layout.trace_share)
        if looks == self._drawn:
            return
        self._drawn = looks
        for arr in Arrangement:
            self.set_class(arr is arrangement, f"-{arr}")
        for name in PaneName:
            self.pane(name).display = name in shown
        side, chat = self.query_one("#side"), self.pane(PaneName.CHAT)
        side.display = PaneName.TRACE in shown or PaneName.AUDIT in shown
        self.query_one("#split-main").display = side.display and chat.display
        both = PaneName.TRACE in shown and PaneName.AUDIT in shown
        self.query_one("#split-side").display = both and arrangement is Arrangement.THREE
        chat.styles.width = f"{layout.chat_share}fr"
        side.styles.width = f"{100 - layout.chat_share}fr"
        self._share_side(layout, arrangement)

    def _share_side(self, layout: Layout, arrangement: Arrangement) -> None:
        trace, audit = self.pane(PaneName.TRACE).styles, self.pane(PaneName.AUDIT).styles
        shares = f"{layout.trace_share}fr", f"{100 - layout.trace_share}fr"
        if arrangement is Arrangement.THREE:
            (trace.width, audit.width), trace.height, audit.height = shares, "1fr", "1fr"
        else:
            (trace.height, audit.height), trace.width, audit.width = shares, "1fr", "1fr"

    @on(Splitter.Dragged, "#split-main")
    def drag_main(self, event: Splitter.Dragged) -> None:
        event.stop()
        share = round(100 * (event.x - self.region.x) / max(self.size.width, 1))
        self.layout_state = self.layout_state.with_shares(chat=share)

    @on(Splitter.Dragged, "#split-side")
    def drag_side(self, event: Splitter.Dragged) -> None:
        event.stop()
        region = self.query_one("#side").region
        share = round(100 * (event.x - region.x) / max(region.width, 1))
        self.layout_state = self.layout_state.with_shares(trace=share)
