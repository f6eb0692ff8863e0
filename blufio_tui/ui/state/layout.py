"""Which panes are shown, how wide, and how that is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from blufio_tui.core.json_types import Json

_SMALLEST, _LARGEST = 20, 80
_STEP = 4


class PaneName(StrEnum):
    CHAT = "chat"
    TRACE = "trace"
    AUDIT = "audit"


class Arrangement(StrEnum):
    """By width: three columns, two columns, or one pane at a time behind tabs."""

    THREE = "three"
    TWO = "two"
    TABS = "tabs"


BREAKPOINTS = [(0, f"-{Arrangement.TABS}"), (100, f"-{Arrangement.TWO}"), (160, f"-{Arrangement.THREE}")]
"""From which width on an arrangement holds, as Textual wants it: with the class that the screen gets."""


def arrangement_for(width: int) -> Arrangement:
    return Arrangement(next(name for least, name in reversed(BREAKPOINTS) if width >= least)[1:])


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Attributes:
        chat_share: per cent of the width for the conversation.
        trace_share: per cent of the side for the trace, the rest is the audit log's.
        zoomed: the one pane that is shown alone.
        active: the pane in front while there are tabs, and the one zoom and splits act on.
    """

    chat_share: int = 46
    trace_share: int = 54
    hidden: frozenset[PaneName] = field(default_factory=frozenset)
    zoomed: PaneName | None = None
    active: PaneName = PaneName.CHAT

    def visible(self, arrangement: Arrangement) -> tuple[PaneName, ...]:
        if arrangement is Arrangement.TABS:
            return (self.active,)
        if self.zoomed is not None:
            return (self.zoomed,)
        return tuple(pane for pane in PaneName if pane not in self.hidden)

    def activate(self, pane: PaneName) -> "Layout":
        """Bring a pane to the front, showing it if it was hidden."""
        zoomed = pane if self.zoomed is not None else None
        return replace(self, active=pane, hidden=self.hidden - {pane}, zoomed=zoomed)

    def toggle_zoom(self) -> "Layout":
        return replace(self, zoomed=None if self.zoomed else self.active, hidden=self.hidden - {self.active})

    def toggle_hidden(self, pane: PaneName) -> "Layout":
        """Hide or show; the last pane stays."""
        hidden = self.hidden ^ {pane}
        if len(hidden) == len(PaneName):
            return self
        active = self.active if self.active not in hidden else next(p for p in PaneName if p not in hidden)
        return replace(self, hidden=hidden, zoomed=None, active=active)

    def widen_chat(self, steps: int) -> "Layout":
        return replace(self, chat_share=_bounded(self.chat_share + steps * _STEP))

    def widen_trace(self, steps: int) -> "Layout":
        return replace(self, trace_share=_bounded(self.trace_share + steps * _STEP))

    def with_shares(self, *, chat: int | None = None, trace: int | None = None) -> "Layout":
        return replace(
            self,
            chat_share=_bounded(self.chat_share if chat is None else chat),
            trace_share=_bounded(self.trace_share if trace is None else trace),
        )


def _bounded(share: int) -> int:
    return max(_SMALLEST, min(share, _LARGEST))


def layout_from(values: Mapping[str, Json]) -> Layout:
    """What was remembered, as far as it makes sense."""
    layout = Layout()
    chat, trace, hidden = values.get("chat_share"), values.get("trace_share"), values.get("hidden")
    if isinstance(chat, int) and isinstance(trace, int):
        layout = layout.with_shares(chat=chat, trace=trace)
    if isinstance(hidden, list):
        names = frozenset(pane for pane in PaneName if pane.value in hidden)
        layout = replace(layout, hidden=names if len(names) < len(PaneName) else frozenset())
    return layout


def layout_values(layout: Layout) -> dict[str, Json]:
    return {
        "chat_share": layout.chat_share,
        "trace_share": layout.trace_share,
        "hidden": [pane.value for pane in PaneName if pane in layout.hidden],
    }
