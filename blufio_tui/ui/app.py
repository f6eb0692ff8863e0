"""The application: composes the screens, routes events and questions to them, and binds what works everywhere."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from inspect import isawaitable
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import MountError
from textual.worker import WorkerError

from blufio_tui.core.errors import BlufioError, StorageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.ui.actions.asked import AskedActions
from blufio_tui.ui.actions.leader import LeaderActions
from blufio_tui.ui.actions.models import ModelActions
from blufio_tui.ui.actions.skills import SkillActions
from blufio_tui.ui.actions.suspend_and_quit import LeavingActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands.command import Command, Scope
from blufio_tui.ui.commands.slash import slash_rows
from blufio_tui.ui.commands.table import BY_ID, COMMANDS, bindings_for
from blufio_tui.ui.keys.vim import VIM_KEYS
from blufio_tui.ui.messages import QuestionArrived, QuestionWithdrawn, SkillsChanged
from blufio_tui.ui.ports.approval_desk import PendingQuestion
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.text.key_row import KeyRow
from blufio_tui.ui.textual_fixes.frugal_compositor import paint_less
from blufio_tui.ui.textual_fixes.steady_cursor import keep_cursors_steady
from blufio_tui.ui.theme_files import FALLBACK, theme_variables

if TYPE_CHECKING:
    from blufio_tui.core.sessions.records import StoredMessage
    from blufio_tui.ui.ports.screen_host import ScreenModule


class BlufioApp(AskedActions, SkillActions, ModelActions, LeavingActions, LeaderActions):
    TITLE = "blufio-tui"
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]  # the default screen does not load its own
    PAUSE_GC_ON_SCROLL = True

    ENABLE_COMMAND_PALETTE = False  # Textual would bind a key to it that nobody can change

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.APP)]

    def __init__(self, services: Services) -> None:
        keep_cursors_steady()
        paint_less()
        super().__init__(services)
        self.use_command_palette = True

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variables(FALLBACK)

    def get_default_screen(self) -> Screen[None]:
        return self.main

    @property
    def keys_now(self) -> dict[str, str]:
        """Keys that differ from the bindings' own: vim's if wanted, the person's above all."""
        look = self.services.look
        own = {name: ",".join(key.strip() for key in keys.split(",")) for name, keys in look.keys.items()}
        return {**(VIM_KEYS if look.vim_keys else {}), **own}

    def on_mount(self) -> None:
        if self.keys_now:
            self.set_keymap(self.keys_now)
        for problem in self.theme_problems:
            self.notify(problem, title="Theme", severity="warning", markup=False)
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))  # the terminal is empty then
        self.call_after_refresh(self._after_first_frame)

    async def _after_first_frame(self) -> None:
        try:
            await self.main.complete()
        except MountError:
            if self.return_code is None:
                raise
            return  # the person quit before the panes were there
        self.services.desk.attach(self._question_asked, self._question_withdrawn)
        self.services.person_desk.attach(self.person_asked, self.person_withdrawn)
        self.services.skills.on_change(self._skills_changed)
        gc.freeze()  # what lives as long as the program need not be looked through again and again
        self.main.audit.reload()
        in_background(self, "connect", self._connect)
        in_background(self, "begin", self._begin)
        if self.services.look.keys:
            in_background(self, "keys", self._check_keys)
        self.watch_skills()

    async def _check_keys(self) -> None:
        from blufio_tui.ui.keys.check import keymap_problems

        look = self.services.look
        for problem in keymap_problems(look.keys, vim_keys=look.vim_keys):
            self.notify(problem, title="Keys", severity="warning", markup=False, timeout=15)

    async def _connect(self) -> None:
        try:
            await self.services.connect()
        except StorageError:
            self.exit(1)  # nothing can be kept; what opened the app says why
        except BlufioError as error:
            self.say(NoticeLevel.ERROR, str(error))
        self.show_model()
        if self.services.why_not_caged is not None:
            self.main.status.change(not_caged=bool(self.services.why_not_caged()))

    async def _begin(self) -> None:
        if self.turns.session_id:
            await self.show_session(self.turns.session_id)
        await self.main.prompt_box.load_draft()

    # ── from other threads ─────────────────────────────────────────────────────────────────────────

    def _question_asked(self, pending: PendingQuestion) -> None:
        self.main.post_message(QuestionArrived(pending))
        self.call_later(self._announce_question, pending)

    def _announce_question(self, pending: PendingQuestion) -> None:
        self.notifier.tell(f"blufio: {pending.question.request.actor.name} waits for your approval")
        if self.screen is not self.main:
            self.notify("An approval waits. Esc leads back to it.", severity="warning", timeout=10)

    def _question_withdrawn(self, pending: PendingQuestion) -> None:
        self.main.post_message(QuestionWithdrawn(pending))

    def _skills_changed(self) -> None:
        self.main.post_message(SkillsChanged())
        self.call_later(self._tell_screen)

    def _tell_screen(self) -> None:
        if self.screen is not self.main:
            self.screen.post_message(SkillsChanged())

    def watch_app_focus(self, focus: bool) -> None:
        """A browser's window begins without focus; the first key it sends must find a place to go to all the same."""
        selector = self.screen.AUTO_FOCUS
        if focus and selector and self.screen.focused is None:
            target = next((widget for widget in self.screen.query(selector) if widget.focusable), None)
            self.screen.set_focus(target, scroll_visible=False)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        self.notifier.is_in_front = True

    def on_app_blur(self, _event: events.AppBlur) -> None:
        self.notifier.is_in_front = False

    # ── screens and commands ───────────────────────────────────────────────────────────────────────

    async def open_screen(self, name: str, query: str) -> None:
        """A screen of the table of commands; its module is imported when it is first opened."""
        module = cast("ScreenModule", import_module(f"blufio_tui.ui.screens.{name}"))
        screen = await module.open_screen(self, query)
        if self.screen is not self.main:
            await self.pop_screen()
        self.push_screen(screen)

    @property
    def session_id(self) -> str:
        return self.turns.session_id

    def key_rows(self) -> Sequence[KeyRow]:
        from blufio_tui.ui.keys.table import key_rows

        return [*key_rows(self.keys_now), *slash_rows()]

    async def prompts(self) -> Sequence[StoredMessage]:
        return await self.conversations.prompts(self.session_id) if self.session_id else []

    def get_system_commands(self, _screen: Screen[object]) -> Iterable[SystemCommand]:
        from blufio_tui.ui.keys.of_commands import command_keys

        keys = command_keys(self.keys_now)
        for command in COMMANDS:
            if command.is_offered:
                help = " · ".join(part for part in (keys.get(command.id, ""), command.help) if part)
                yield SystemCommand(command.title, help, partial(self.run_by_name, command))

    async def action_command(self, id: str) -> None:
        """What a key of the table does."""
        await self.run_command(BY_ID[id])

    async def run_by_name(self, command: Command) -> None:
        """From the palette or the leader panel: other screens are left for what is done on the main screen."""
        while command.on_main and self.screen is not self.main:
            await self.pop_screen()
        await self.run_command(command)

    async def run_command(self, command: Command, argument: str = "") -> None:
        """Do it, and show what went wrong."""
        method: Callable[..., object] = attrgetter(command.does)(self)
        try:
            result = method(*command.arguments, *([argument] if argument else []))
            if isawaitable(result):
                await result
        except BlufioError as error:
            self.complain(error)

    def action_find(self) -> None:
        self.main.chat.find_bar.open()

    def action_edit_prompt(self) -> None:
        if self.services.edit is None:
            self.notify("There is no editor here. Set EDITOR.", severity="warning")
            return
        prompt = self.main.prompt
        with self.suspend():
            edited = self.services.edit(prompt.whole_text)
        prompt.put(edited.text)
        if edited.note:
            self.notify(edited.note, markup=False)


def run(services: Services) -> int:
    """Own the terminal until the person quits; the exit code, 1 after a crash."""
    app = _app(services)
    return _exit_code(app, app.run())


async def run_async(services: Services) -> int:
    """As `run`, on the event loop that is running: the services belong to it."""
    app = _app(services)
    code = _exit_code(app, await app.run_async())
    # They were told to end; what they still store must be stored before the services close.
    for worker in list(app.workers):
        with suppress(WorkerError):
            await worker.wait()
    return code


def _app(services: Services) -> BlufioApp:
    if sys.platform != "win32":
        from blufio_tui.ui.textual_fixes.forgiving_input import forgive_bad_bytes

        forgive_bad_bytes()
    return BlufioApp(services)


def _exit_code(app: BlufioApp, result: int | None) -> int:
    return result or app.return_code or 0
