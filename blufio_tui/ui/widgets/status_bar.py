"""One line at the bottom: who answers, what is permitted, what runs or waits, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from blufio_tui.core.capability import Mode
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.events import (
    Event,
    FlowsChanged,
    NestedEvent,
    RequestFinished,
    RequestStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.sessions.records import Totals
from blufio_tui.core.text.amounts import dollars, plural, short, whole_seconds
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.content.symbols import STATES, spinner
from blufio_tui.ui.content.timeline import meter
from blufio_tui.ui.state.progress import Progress
from blufio_tui.ui.state.states import State
from blufio_tui.ui.widgets.beat import Ticker

if TYPE_CHECKING:
    from blufio_tui.core.clock import Clock

_TICK_BEATS = 2
_LEAST_MODEL = 8
"""Cells of the model's name; with fewer it is left out."""

_MODES = {
    Mode.ASK: ("ask", "$ok"),
    Mode.ACCEPT_EDITS: ("accept-edits", "$warn"),
    Mode.PLAN: ("plan", "$info"),
    Mode.READ_ONLY: ("read-only", "$info"),
    Mode.DENY: ("deny", "$warn"),
    Mode.ALLOW_ALL: (" ALLOW ALL ", "bold $background on $bad"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the status bar shows. `context_tokens` is what the last request sent and got; `waiting` counts approvals,
    `asked` what the model asks; `not_caged`: commands run with the person's rights, and are asked about as a
    whole; `flows`: what came in that is private, what of strangers, and what could be sent out;
    `recording`: what is said while calls are recorded."""

    model: str = ""
    mode: Mode = Mode.ASK
    usage: TokenUsage = TokenUsage()
    cost_usd: float = 0.0
    cost_known: bool = True
    context_tokens: int = 0
    context_window: int = 0
    waiting: int = 0
    asked: int = 0
    not_caged: bool = False
    flows: tuple[int, int, int] = (0, 0, 0)
    recording: str = ""


class StatusBar(Static):
    """
    Attributes:
        progress: what the turn that runs is doing.
    """

    figures: reactive[Figures] = reactive(Figures())

    def __init__(self, clock: Clock, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        # It has no links; looking for their colours takes as long as drawing.
        self.set_reactive(StatusBar.auto_links, False)
        self.progress = Progress()
        self._of_turn = Totals()
        self._clock = clock
        self._ticker = Ticker(self, self.watch_figures, _TICK_BEATS)

    def change(self, **changes: object) -> None:
        self.figures = replace(self.figures, **changes)  # type: ignore[arg-type]

    def take(self, event: Event, at: float) -> None:
        ran = self.progress.is_running
        self.progress.take(event, at)
        if ran is not self.progress.is_running:
            self._start_or_stop()
        match event:
            case RequestStarted():
                self.change(model=event.model)
            case RequestFinished():
                self._count(event)
            case (FlowsChanged() as flows) | NestedEvent(event=FlowsChanged() as flows):
                self.change(flows=(flows.private, flows.foreign, flows.out))
            case NestedEvent(event=RequestFinished() as inner):  # its context is its own, what it costs is not
                self._add(inner.usage, inner.cost_usd)
            case TurnStarted():
                self._of_turn = Totals()
            case TurnFinished():  # requests that were cut off or interrupted, and those that summarised, did not finish
                counted = self._of_turn
                cost = None if event.cost_usd is None else max(event.cost_usd - counted.usd, 0.0)
                self._add(event.usage.beyond(counted.usage), cost)
                self._of_turn = Totals()
            case _:
                pass

    def begin(self, doing: str) -> None:
        """Show that something runs which is no turn; the next `TurnFinished` ends it."""
        self.progress.begin(doing, self._clock.monotonic())
        self._start_or_stop()

    def restore(self, totals: Totals) -> None:
        """Another session is open: what it has used so far."""
        self.change(
            usage=totals.usage,
            cost_usd=totals.usd,
            cost_known=not totals.unknown_requests,
            context_tokens=0,
            flows=(0, 0, 0),
        )

    def _start_or_stop(self) -> None:
        self._ticker.run(self.progress.is_running)
        self.watch_figures()

    def _count(self, event: RequestFinished) -> None:
        used = event.usage
        self._add(used, event.cost_usd)
        self.change(context_tokens=used.sent + used.output_tokens, model=event.model)

    def _add(self, usage: TokenUsage, cost_usd: float | None) -> None:
        figures, so_far = self.figures, self._of_turn
        self._of_turn = replace(so_far, usage=so_far.usage + usage, usd=so_far.usd + (cost_usd or 0.0))
        self.change(
            usage=figures.usage + usage,
            cost_usd=figures.cost_usd + (cost_usd or 0.0),
            cost_known=figures.cost_known and cost_usd is not None,
        )

    def watch_figures(self) -> None:
        in_words = self.app.has_class("-accessible")
        self.update(status_line(self.figures, self.size.width, self._going_on(), in_words=in_words), layout=False)

    def _going_on(self) -> Content:
        """What runs, and for how long; nothing while a person is asked, for then it waits."""
        progress = self.progress
        if not progress.is_running or self.figures.waiting or self.figures.asked:
            return Content("")
        if self.app.has_class("-accessible"):
            return Content(progress.doing)  # what turns and counts would be read aloud again and again
        now = self._clock.monotonic()
        return Content.assemble(
            spinner(now), (f" {progress.doing} {whole_seconds(now - progress.since)}", STATES[State.RUNNING].style)
        )

    def on_resize(self, _event: events.Resize) -> None:
        self.watch_figures()


def status_line(figures: Figures, width: int, running: Content, *, in_words: bool = False) -> Content:
    """Left what is always worth knowing; right what the session has used, as far as it fits.

    Where that does not fit, the model's name is cut, then left out, then the mode: what waits for the person stays.

    Args:
        in_words: leave out marks that stand beside words of the same meaning.
    """
    mode = _mode(figures, in_words=in_words)
    others = _others(figures, running, wide=width >= 100, in_words=in_words)
    model = Content.styled(visible_line(figures.model) or "no model", "bold")
    room = width - 1 - mode.cell_length - others.cell_length
    if room >= min(model.cell_length, _LEAST_MODEL):
        left = Content.assemble(" ", model.truncate(room, ellipsis=True), mode, others)
    elif room >= 0:
        left = Content.assemble(mode[1:], others)
    else:
        left = others[1:] if others else mode[1:]
    for right in _used(figures, wide=width >= 100):
        gap = width - left.cell_length - right.cell_length - 1
        if gap >= 1:
            return Content.assemble(left, " " * gap, right, " ")
    return left.truncate(max(width, 1), ellipsis=True)


def _mode(figures: Figures, *, in_words: bool) -> Content:
    """The mode and what goes with it, each with two blanks before it."""
    text, style = _MODES[figures.mode]
    mode = Content.assemble("  ", (text, style))
    if figures.not_caged:
        mode = Content.assemble(mode, "  ", ("not caged", "$warn"))
    if figures.recording:
        mode = Content.assemble(mode, "  ", ("" if in_words else "● ", "$bad"), (figures.recording, "$warn"))
    return mode


def _others(figures: Figures, running: Content, *, wide: bool, in_words: bool) -> Content:
    """What waits for the person, what came in and what runs, each with two blanks before it."""
    parts: list[Content] = []
    if figures.waiting:
        words = f" {plural(figures.waiting, 'approval')} waiting "
        parts.append(Content.styled(words, "bold $background on $warn"))
    if figures.asked:
        words = f" {plural(figures.asked, 'question')} from the model "
        parts.append(Content.styled(words, "bold $background on $info"))
    if any(figures.flows[:2]):
        parts.append(lamps(figures.flows, wide=wide, in_words=in_words))
    if running:
        parts.append(running)
    return Content.assemble(*(Content.assemble("  ", part) for part in parts))


def lamps(flows: tuple[int, int, int], *, wide: bool, in_words: bool = False) -> Content:
    """Private data was read, a stranger's content came in, something can be sent out: all three are how data leaves.

    Where there is little room, and where marks are read aloud, only those that are lit.
    """
    style = "$bad" if all(flows) else "$warn"
    parts = [
        Content.styled(name if in_words else f"{'●' if count else '○'} {name}", style if count else "$muted")
        for count, name in zip(flows, ("private", "foreign", "out"), strict=True)
        if count or (wide and not in_words)
    ]
    return Content(" ").join(parts)


def _used(figures: Figures, *, wide: bool) -> list[Content]:
    """From everything to what is missed first: the cost."""
    tokens = cost = context = Content("")
    usage = figures.usage
    if usage.sent or usage.output_tokens:
        tokens = Content(f"↑{short(usage.sent)} ↓{short(usage.output_tokens)}")
        cost = Content(dollars(figures.cost_usd) + ("" if figures.cost_known else "+?"))
    if figures.context_window and figures.context_tokens:
        share = figures.context_tokens / figures.context_window
        style = "$bad" if share > 0.9 else "$warn" if share > 0.7 else "$ok"
        gauge: list[Content | str] = [meter(share, 10, style), " "] if wide else []
        context = Content.assemble("context ", *gauge, f"{share:.0%}")
    between = Content.styled("  ·  ", "$line")
    choices = ((tokens, cost, context), (cost, context), (cost,))
    return [between.join(part for part in parts if part) for parts in choices]
