"""The application: composes the screens, routes events and questions to them, and binds what works everywhere."""

import gc
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import MountError
from textual.worker import WorkerError

from blufio_tui.core.errors import BlufioError, StorageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.ui.actions.leader import LeaderActions
from blufio_tui.ui.actions.models import ModelActions
from blufio_tui.ui.actions.skills import SkillActions
from blufio_tui.ui.actions.suspend_and_quit import LeavingActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands.palette import COMMANDS
from blufio_tui.ui.keys.table import VIM_KEYS
from blufio_tui.ui.messages import QuestionArrived, QuestionWithdrawn, SkillsChanged
from blufio_tui.ui.ports.approval_desk import PendingQuestion
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.theme_files import FALLBACK, theme_variables


class BlufioApp(SkillActions, ModelActions, LeavingActions, LeaderActions):
    TITLE = "blufio-tui"
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]  # the default screen does not load its own
    PAUSE_GC_ON_SCROLL = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+q",
            "quit",
            "Quit",
            id="app.quit",
            tooltip="End the program; everything is stored",
            priority=True,
            show=False,
        ),
        Binding("f1", "open('help')", "Keys", id="app.help", tooltip="Every key, as it is now"),
        Binding("ctrl+p", "command_palette", "Commands", id="app.palette", tooltip="Everything one can do, by name"),
        Binding(
            "ctrl+g",
            "leader",
            "Leader",
            id="app.leader",
            tooltip="Show the keys that may follow; one of them does it",
            priority=True,
        ),
        Binding(
            "ctrl+t",
            "jump",
            "Jump",
            show=False,
            id="app.jump",
            tooltip="Put a label on everything in sight; typing one goes there",
            priority=True,
        ),
        Binding("f5", "open('skills')", "Skills", show=False, id="app.skills", tooltip="Skills and what they may do"),
        Binding(
            "f6", "open('audit')", "Audit log", show=False, id="app.audit", tooltip="Search and verify the audit log"
        ),
        Binding("f7", "open('sessions')", "Sessions", show=False, id="app.sessions", tooltip="Earlier conversations"),
        Binding(
            "f8", "open('grants')", "Grants", show=False, id="app.grants", tooltip="Stored answers; take them back"
        ),
        Binding("f9", "open('cost')", "Cost", show=False, id="app.cost", tooltip="What was spent"),
        Binding("f10", "open('settings')", "Settings", show=False, id="app.settings", tooltip="The configuration"),
        Binding(
            "alt+m", "open('model')", "Model", show=False, id="app.model", tooltip="Choose the model, connect another"
        ),
        Binding(
            "alt+p", "open('mode')", "Mode", show=False, id="app.mode", tooltip="Choose what happens without an answer"
        ),
        Binding("ctrl+f", "find", "Find", show=False, id="app.find", tooltip="Find words in the conversation"),
        Binding("ctrl+n", "new_session", "New", show=False, id="app.new", tooltip="Start an empty conversation"),
        Binding(
            "ctrl+o", "edit_prompt", "Editor", show=False, id="app.editor", tooltip="Write the prompt in your editor"
        ),
    ]

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
        if self.services.servers is not None:
            await self.services.servers.listen(self._form_asked)
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

    def _form_asked(self, pending: PendingForm) -> None:
        from blufio_tui.ui.screens.server_form import ServerForm

        self.push_screen(ServerForm(pending), pending.resolve)

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
        from blufio_tui.ui.open_screens import make_screen

        screen = await make_screen(self, name, query)
        if self.screen is not self.main:
            await self.pop_screen()
        self.push_screen(screen)

    def get_system_commands(self, _screen: Screen[object]) -> Iterable[SystemCommand]:
        from blufio_tui.ui.keys.of_commands import command_keys

        keys = command_keys(self.keys_now)
        for command in COMMANDS:
            help = " · ".join(part for part in (keys.get(command.action, ""), command.help) if part)
            yield SystemCommand(command.title, help, partial(self._run_command, command.action))

    async def _run_command(self, action: str) -> None:
        try:
            await self.run_action(action, default_namespace=self.main)
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
