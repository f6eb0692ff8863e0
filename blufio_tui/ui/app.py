"""The application: composes the screen, routes events and questions to it, and binds what works everywhere."""

from contextlib import aclosing
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import Worker

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.ui.desk import PendingQuestion
from blufio_tui.ui.messages import (
    CancelCall,
    EventArrived,
    PromptSubmitted,
    QuestionArrived,
    QuestionWithdrawn,
    SkillsChanged,
    SuggestionChosen,
)
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.services import Services
from blufio_tui.ui.theme_files import FALLBACK, load_themes, theme_variables
from blufio_tui.ui.turns import Turns

DEFAULT_THEME = "blufio-dark"


class BlufioApp(App[int]):
    TITLE = "blufio-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    PAUSE_GC_ON_SCROLL = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit", tooltip="End the program", priority=True, show=False),
        Binding("ctrl+p", "command_palette", "Commands", id="app.palette", tooltip="Everything one can do, by name"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.turns = Turns(services)
        self.main = MainScreen(services)
        self._turn: Worker[None] | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variables(FALLBACK)

    def on_mount(self) -> None:
        self._load_themes()
        if self.services.look.keys:
            self.set_keymap(dict(self.services.look.keys))
        self.push_screen(self.main)
        self.services.desk.attach(self._question_asked, self._question_withdrawn)
        self.services.skills.on_change(self._skills_changed)
        self.call_after_refresh(self._after_first_frame)

    def _load_themes(self) -> None:
        themes, problems = load_themes(self.services.look.theme_folders)
        for theme in themes.values():
            self.register_theme(theme)
        wanted = self.services.look.theme or DEFAULT_THEME
        self.theme = (
            wanted if wanted in themes else next((n for n in (DEFAULT_THEME, *themes) if n in themes), "textual-dark")
        )
        for problem in problems:
            self.notify(problem, title="Theme", severity="warning", markup=False)

    def _skills_changed(self) -> None:
        """From any thread."""
        self.main.post_message(SkillsChanged())

    # ── after the first frame ──────────────────────────────────────────────────────────────────────

    def _after_first_frame(self) -> None:
        self.main.audit.reload()
        self._connect()

    @work(group="connect", exit_on_error=False)
    async def _connect(self) -> None:
        try:
            await self.services.connect()
        except BlufioError as error:
            self._notice(NoticeLevel.ERROR, str(error))
        model = self.services.model
        self.main.status.change(model=model.name, context_window=model.context_window())
        self.main.post_message(SkillsChanged())

    def _notice(self, level: NoticeLevel, text: str) -> None:
        self.main.post_message(EventArrived(NoticeRaised("", level, text), self.services.clock.monotonic()))

    # ── questions ──────────────────────────────────────────────────────────────────────────────────

    def _question_asked(self, pending: PendingQuestion) -> None:
        """From any thread."""
        self.main.post_message(QuestionArrived(pending))

    def _question_withdrawn(self, pending: PendingQuestion) -> None:
        self.main.post_message(QuestionWithdrawn(pending))

    # ── turns ──────────────────────────────────────────────────────────────────────────────────────

    @on(PromptSubmitted)
    def start_turn(self, message: PromptSubmitted) -> None:
        if self._turn is not None and not self._turn.is_finished:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
            return
        self.main.prompt.sent(message.text)
        self.services.history.add(message.text)
        self._turn = self.run_worker(self._run_turn(message.text), group="turn", exclusive=True, exit_on_error=False)

    async def _run_turn(self, prompt: str) -> None:
        async with aclosing(self.turns.run(prompt)) as events:
            async for event in events:
                self.main.post_message(EventArrived(event, self.services.clock.monotonic()))

    @on(SuggestionChosen)
    def try_suggestion(self, message: SuggestionChosen) -> None:
        self.main.prompt.focus()
        self.post_message(PromptSubmitted(message.text))

    def interrupt_turn(self) -> bool:
        """End the running turn; False when there is none."""
        if self._turn is None or self._turn.is_finished:
            return False
        if not self.turns.interrupt():
            self._turn.cancel()
        return True

    @on(CancelCall)
    def cancel_call(self, message: CancelCall) -> None:
        self.services.agent.cancel_call(message.call_id)

    async def action_quit(self) -> None:
        self.services.desk.detach()
        self.turns.interrupt()
        await self.services.close()
        self.exit(0)


def run(services: Services) -> int:
    """Own the terminal until the person quits; the exit code."""
    return BlufioApp(services).run() or 0


async def run_async(services: Services) -> int:
    """As `run`, on the event loop that is running: the services belong to it."""
    return await BlufioApp(services).run_async() or 0
