"""Which panes are shown, how wide, and how that is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from blufio_tui.core.text.json_types import Json

_SMALLEST, _LARGEST = 20, 80
_STEP = 4


class PaneName(StrEnum):
    CHAT = "chat"
    TRACE = "trace"
    AUDIT = "audit"


class Arrangement(StrEnum):
    """By width: one pane at a time behind tabs; the conversation beside trace and audit log; and as a third column,
    on the left, earlier sessions and changed files."""

    THREE = "three"
    TWO = "two"
    TABS = "tabs"


BREAKPOINTS = [(0, f"-{Arrangement.TABS}"), (100, f"-{Arrangement.TWO}"), (180, f"-{Arrangement.THREE}")]
"""From which width on an arrangement holds, as Textual wants it: with the class that the screen gets.

A line of prose needs some eighty cells, and so does a row of the trace: below 180 there is no room beside them.
"""
HEIGHTS = [(0, "-low"), (30, "-high"), (45, "-tall")]
"""The same by height: what a low screen leaves out, and a tall one has room for."""


def height_class(height: int) -> str:
    """The class that a screen of so many rows gets."""
    return next(name for least, name in reversed(HEIGHTS) if height >= least)


def arrangement_for(width: int) -> Arrangement:
    return Arrangement(next(name for least, name in reversed(BREAKPOINTS) if width >= least)[1:])


@dataclass(frozen=True, slots=True)
class Shares:
    """
    Attributes:
        chat: per cent of the width for the conversation.
        trace: per cent of the side for the trace, the rest is the audit log's.
    """

    chat: int
    trace: int

    def bounded(self) -> "Shares":
        return Shares(_bounded(self.chat), _bounded(self.trace))


_TWO, _THREE = Shares(46, 54), Shares(52, 54)


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Attributes:
        two, three: how conversation, trace and audit log share their room with two columns and with three.
        column: with three, whether sessions and changed files are shown.
        zoomed: the one pane that is shown alone.
        active: the pane in front while there are tabs, and the one zoom and splits act on.
    """

    two: Shares = _TWO
    three: Shares = _THREE
    column: bool = True
    hidden: frozenset[PaneName] = field(default_factory=frozenset)
    zoomed: PaneName | None = None
    active: PaneName = PaneName.CHAT

    def visible(self, arrangement: Arrangement) -> tuple[PaneName, ...]:
        if arrangement is Arrangement.TABS:
            return (self.active,)
        if self.zoomed is not None:
            return (self.zoomed,)
        return tuple(pane for pane in PaneName if pane not in self.hidden)

    def has_column(self, arrangement: Arrangement) -> bool:
        return arrangement is Arrangement.THREE and self.column and self.zoomed is None

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

    def toggle_column(self) -> "Layout":
        return replace(self, column=not self.column, zoomed=None)

    def shares(self, arrangement: Arrangement) -> Shares:
        return self.three if arrangement is Arrangement.THREE else self.two

    def shared(self, arrangement: Arrangement, *, chat: int | None = None, trace: int | None = None) -> "Layout":
        """Other shares in this arrangement; the other keeps its own."""
        known = self.shares(arrangement)
        shares = Shares(known.chat if chat is None else chat, known.trace if trace is None else trace).bounded()
        return replace(self, three=shares) if arrangement is Arrangement.THREE else replace(self, two=shares)

    def widen_chat(self, arrangement: Arrangement, steps: int) -> "Layout":
        return self.shared(arrangement, chat=self.shares(arrangement).chat + steps * _STEP)

    def widen_trace(self, arrangement: Arrangement, steps: int) -> "Layout":
        return self.shared(arrangement, trace=self.shares(arrangement).trace + steps * _STEP)


def _bounded(share: int) -> int:
    return max(_SMALLEST, min(share, _LARGEST))


def layout_from(values: Mapping[str, Json]) -> Layout:
    """What was remembered, as far as it makes sense.

    Three columns have had shares of their own since 1.1; what was moved before counted for both.
    """
    two = _shares_from(values, "") or _TWO
    three = _shares_from(values, "_three") or (two if two != _TWO else _THREE)
    hidden = values.get("hidden")
    names = frozenset(pane for pane in PaneName if isinstance(hidden, list) and pane.value in hidden)
    column = values.get("column") is not False
    return Layout(two, three, column, names if len(names) < len(PaneName) else frozenset())


def _shares_from(values: Mapping[str, Json], which: str) -> Shares | None:
    chat, trace = values.get(f"chat_share{which}"), values.get(f"trace_share{which}")
    return Shares(chat, trace).bounded() if isinstance(chat, int) and isinstance(trace, int) else None


def layout_values(layout: Layout) -> dict[str, Json]:
    return {
        "chat_share": layout.two.chat,
        "trace_share": layout.two.trace,
        "chat_share_three": layout.three.chat,
        "trace_share_three": layout.three.trace,
        "column": layout.column,
        "hidden": [pane.value for pane in PaneName if pane in layout.hidden],
    }
