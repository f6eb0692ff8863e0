"""What an undo would do to files, as a difference, before it is done."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from blufio_tui.core.clock import Clock
from blufio_tui.core.files.undo import ShownStep
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.screens.ask import Consent
from blufio_tui.ui.state.key_guard import KeyTimes, Wait
from blufio_tui.ui.text.code import folded_lines, highlighted
from blufio_tui.ui.text.difference import difference_lines
from blufio_tui.ui.widgets.facts import Facts


class UndoScreen(Consent):
    """True if the person wants it done. Escape and Enter mean no."""

    CSS_PATH = "undo.tcss"
    AUTO_FOCUS = ""  # the list has a `y` of its own, which copies; here it restores
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Restore", id="undo.yes", tooltip="Restore the files as shown"),
        Binding("n,escape,enter", "answer(False)", "Change nothing", id="undo.no", tooltip="Change nothing"),
        Binding("up", "scroll(-1)", "Up", show=False, id="undo.up", tooltip="Scroll a line up"),
        Binding("down", "scroll(1)", "Down", show=False, id="undo.down", tooltip="Scroll a line down"),
        Binding("pageup", "scroll_page(-1)", "Page up", show=False, id="undo.page_up", tooltip="Scroll a page up"),
        Binding(
            "pagedown", "scroll_page(1)", "Page down", show=False, id="undo.page_down", tooltip="Scroll a page down"
        ),
    ]

    steps = query_one("#undo-steps", Facts)

    def __init__(self, title: str, steps: Sequence[ShownStep], clock: Clock, keys: KeyTimes) -> None:
        super().__init__()
        self._wait = Wait(clock, keys)
        self._title = title
        self._steps = steps

    def compose(self) -> ComposeResult:
        with Vertical(id="undo-box") as box:
            box.border_title = Content(self._title)
            yield Static(Content.styled(summary(self._steps), "bold"), id="undo-summary", markup=False)
            yield Facts(id="undo-steps")
            yield Static(
                Content.assemble(
                    ("y", "bold $bad"),
                    (" restore   ", "$muted"),
                    ("n", "bold $accent"),
                    (" change nothing   ", "$muted"),
                    ("↑ ↓ PgUp PgDn", "bold $accent"),
                    (" scroll", "$muted"),
                ),
                markup=False,
            )

    def on_mount(self) -> None:
        self.steps.can_focus = False
        self.steps.show(lambda width: step_lines(self._steps, width))

    def action_scroll(self, lines: int) -> None:
        self.steps.scroll_relative(y=lines, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        self.steps.scroll_relative(y=pages * max(self.steps.size.height - 1, 1), animate=False)


def summary(steps: Sequence[ShownStep]) -> str:
    refused = sum(bool(shown.step.refused) for shown in steps)
    restored = f"{plural(len(steps) - refused, 'file')} would go back"
    return f"{restored}, {plural(refused, 'file')} left alone" if refused else restored


def step_lines(steps: Sequence[ShownStep], width: int) -> list[Content]:
    """File by file: what happens to it, and the difference."""
    lines: list[Content] = []
    for shown in steps:
        step, path = shown.step, visible_line(shown.step.path)
        if lines:
            lines.append(Content(""))
        if step.refused:
            head = Content.assemble(("left alone  ", "$warn"), (path, "bold"), (f"  {step.refused}", "$warn"))
        elif step.restore:
            head = Content.assemble(("restore  ", "$info"), (path, "bold"))
        else:
            head = Content.assemble(("remove  ", "$bad"), (path, "bold"))
        lines += folded_lines([head], width)
        body = shown.difference.removeprefix("--- now\n+++ after\n")
        if body:
            lines += difference_lines(body, width, path=step.path) or folded_lines(highlighted(body, ""), width)
    return lines
