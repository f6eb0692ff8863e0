"""The application: holds the controllers, routes messages to them, and binds the global keys."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from inspect import isawaitable
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter, Monochrome
from textual.notifications import Notify, SeverityLevel
from textual.screen import Screen
from textual.widget import MountError, Widget
from textual.worker import WorkerError

from blufio_tui.core.errors import BlufioError, StorageError
from blufio_tui.core.events import NoticeLevel, ToolCallFinished
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui import chat_messages, messages
from blufio_tui.ui.commands.command import Command, Scope
from blufio_tui.ui.commands.table import BY_ID, COMMANDS, bindings_for
from blufio_tui.ui.controllers.appearance import Appearance
from blufio_tui.ui.controllers.asked import Asked
from blufio_tui.ui.controllers.branches import Branches
from blufio_tui.ui.controllers.copying import Copying
from blufio_tui.ui.controllers.differences import Differences
from blufio_tui.ui.controllers.jumps import Jumps
from blufio_tui.ui.controllers.key_changes import KeyChanges
from blufio_tui.ui.controllers.keys_caught import KeysCaught
from blufio_tui.ui.controllers.models import Models
from blufio_tui.ui.controllers.modes import Modes
from blufio_tui.ui.controllers.navigation import Navigation
from blufio_tui.ui.controllers.overview import OverviewColumn
from blufio_tui.ui.controllers.places import Places
from blufio_tui.ui.controllers.project import Project
from blufio_tui.ui.controllers.prompts import Prompts
from blufio_tui.ui.controllers.screens import Screens
from blufio_tui.ui.controllers.sessions import Sessions
from blufio_tui.ui.controllers.skills import WatchedSkills
from blufio_tui.ui.controllers.stage import Stage
from blufio_tui.ui.controllers.suspend_and_quit import SuspendAndQuit
from blufio_tui.ui.controllers.turns import RunningTurn
from blufio_tui.ui.controllers.undo import Undo
from blufio_tui.ui.controllers.waiting import Waiting
from blufio_tui.ui.conversations import Conversations
from blufio_tui.ui.few_colors import FewColors
from blufio_tui.ui.keys.vim import VIM_KEYS
from blufio_tui.ui.notifier import Notifier
from blufio_tui.ui.ports.desk import PendingQuestion
from blufio_tui.ui.ports.services import Services
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.state.key_guard import KeyTimes
from blufio_tui.ui.textual_fixes.alt_keys import AltKeys
from blufio_tui.ui.textual_fixes.frugal_app import FrugalApp
from blufio_tui.ui.textual_fixes.frugal_compositor import paint_less
from blufio_tui.ui.textual_fixes.key_bursts import came_together
from blufio_tui.ui.textual_fixes.key_queue import TypedAhead, was_held
from blufio_tui.ui.textual_fixes.lean_strips import make_caches_later
from blufio_tui.ui.textual_fixes.no_controls import show_no_controls
from blufio_tui.ui.textual_fixes.small_caches import keep_caches_small
from blufio_tui.ui.textual_fixes.steady_cursor import keep_cursors_steady
from blufio_tui.ui.theme_files import FALLBACK, theme_variables
from blufio_tui.ui.turns import Turns
from blufio_tui.ui.widgets.panes import Panes
from blufio_tui.ui.widgets.queued import QueuedList

if TYPE_CHECKING:
    from blufio_tui.ui.textual_fixes.terminal_driver import BackgroundAnswered


_BREATH_SECS = 0.03
"""After the first frame, for what was typed by then: it is drawn before the rest of the screen takes its time."""
_SEVERITIES: tuple[SeverityLevel, ...] = ("information", "warning", "error")


class BlufioApp(AltKeys[int], TypedAhead[int], FrugalApp[int]):
    """
    Attributes:
        keys_now: keys that differ from the default, by id: vim's if wanted, the person's above all.
        main: the main screen; it stays mounted below all other screens.
        stage: what the controllers work on.
    """

    TITLE = "blufio-tui"
    CSS_PATH: ClassVar = ["app.tcss", "screens/main.tcss"]  # the default screen does not load its own
    PAUSE_GC_ON_SCROLL = True
    ENABLE_COMMAND_PALETTE = False  # Textual would bind a key to it that nobody can change

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.APP)]

    def __init__(self, services: Services) -> None:
        keep_cursors_steady()
        paint_less()
        make_caches_later()
        keep_caches_small()
        show_no_controls()
        super().__init__()
        self.use_command_palette = True
        self.set_class(services.look.accessible, "-accessible")
        self.services = services
        look = services.look
        own = {name: ",".join(key.strip() for key in keys.split(",")) for name, keys in look.keys.items()}
        self.keys_now: dict[str, str] = {**(VIM_KEYS if look.vim_keys else {}), **own}
        self.few_colors = FewColors(look.colors, lambda: self.current_theme) if look.colors is not None else None
        self.key_times = KeyTimes()
        self.turns = Turns(services)
        self.main = MainScreen(
            services,
            self.slash_arguments,
            lambda: self.turns.session_id,
            self.key_times,
            lambda: self.prompts.back_out(),
        )
        self.notifier = Notifier(self._write_to_terminal, self.bell, enabled=look.notify)
        self.stage = Stage(self, self.main, services, self.key_times, self.notifier, self._open_screen, self.hold_keys)
        self._make_controllers(self.stage)

    def _make_controllers(self, stage: Stage) -> None:
        services = stage.services
        self.turn = RunningTurn(stage, self.turns)
        self.sessions = Sessions(stage, self.turn, Conversations(services))
        self.branches = Branches(stage, self.turn, self.sessions)
        self.models = Models(stage)
        self.keys_caught = KeysCaught(stage, self.models)
        self.prompts = Prompts(stage, self.turn, self.branches, self.run_command, self.keys_caught)
        self.turn.when_ended += [self.prompts.after_turn, self.sessions.after_turn]
        self.jumps = Jumps(stage, self.turn, self.sessions)
        self.appearance = Appearance(stage)
        self.modes = Modes(stage)
        self.project = Project(stage, self.sessions)
        self.undo = Undo(stage, self.turn, self.sessions, self.branches)
        self.asked = Asked(stage)
        self.watched_skills = WatchedSkills(stage)
        self.differences = Differences(stage)
        self.sessions.when_shown.append(self.differences.restored)
        self.overview = OverviewColumn(stage, self.sessions, self.differences)
        self.sessions.when_shown.append(self.overview.after_showing)
        self.turn.when_ended.append(self.overview.after_turn)
        self.places = Places(stage)
        self.waiting = Waiting(stage, self.keys_now)
        copier = services.clipboard(self._write_to_terminal) if services.clipboard is not None else None
        self.copying = Copying(stage, copier, super().copy_to_clipboard)
        self.navigation = Navigation(stage, self.keys_now, self.run_by_name)
        self.suspend_and_quit = SuspendAndQuit(
            stage, self.turns, self.prompts, lambda: self._driver is not None and self._driver.can_suspend
        )
        self.screens = Screens(
            stage,
            self.keys_now,
            KeyChanges(stage, self.keys_now),
            self.appearance,
            self.models,
            self.modes,
            self.sessions,
            self.branches,
            self.undo,
        )

    # ── what Textual asks ──────────────────────────────────────────────────────────────────────────

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variables(FALLBACK)

    def get_default_screen(self) -> Screen[None]:
        return self.main

    def get_line_filters(self) -> Sequence[LineFilter]:
        """In place of Textual's greys for `NO_COLOR`, which are colours as well, our own for few colours or none."""
        filters = super().get_line_filters()
        if self.few_colors is None:
            return filters
        return [*(one for one in filters if not isinstance(one, Monochrome)), self.few_colors]

    def copy_to_clipboard(self, text: str) -> None:
        """Handle every copy, including that of selected text."""
        self._clipboard = text
        self.copying.copy(text)

    async def action_quit(self) -> None:
        await self.suspend_and_quit.quit()

    def action_command_palette(self) -> None:
        from blufio_tui.ui.textual_fixes.settled_palette import SettledPalette

        if not isinstance(self.screen, SettledPalette):
            self.push_screen(SettledPalette())

    def get_system_commands(self, _screen: Screen[object]) -> Iterable[SystemCommand]:
        from blufio_tui.ui.keys.of_commands import command_keys

        keys = command_keys(self.keys_now)
        for command in COMMANDS:
            if command.is_offered:
                help = " · ".join(part for part in (keys.get(command.id, ""), command.help) if part)
                yield SystemCommand(command.title, help, partial(self.run_by_name, command))

    def on_notify(self, event: Notify) -> None:
        """Replace the previous notice, unless the new one is weaker or shorter. It may name a stranger's file."""
        said = event.notification
        new = replace(said, message=visible(said.message), title=visible_line(said.title))
        event.notification = new
        weight = _SEVERITIES.index(new.severity)
        for shown in list(self._notifications):
            if _SEVERITIES.index(shown.severity) <= weight and shown.timeout <= new.timeout:
                self._unnotify(shown, refresh=False)

    def note_key(self, event: events.Key | events.Paste, receiver: Widget) -> None:
        """Textual stamps a key when the driver's thread has read it; without a terminal our own clock counts."""
        arrived = self.services.clock.monotonic() if self.is_headless else event.time
        is_question, together = self.main.is_question(receiver), came_together(event) or was_held(event)
        self.key_times.note(arrived, to_question=is_question, together=together)

    def watch_app_focus(self, focus: bool) -> None:
        """A browser's window begins without focus; the first key it sends must find a place to go to anyway."""
        selector = self.screen.AUTO_FOCUS
        if focus and selector and self.screen.focused is None:
            target = next((widget for widget in self.screen.query(selector) if widget.focusable), None)
            self.screen.set_focus(target, scroll_visible=False)

    def on_app_focus(self, _event: events.AppFocus) -> None:
        self.notifier.is_in_front = True

    def on_app_blur(self, _event: events.AppBlur) -> None:
        self.notifier.is_in_front = False

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def end_input(self) -> None:
        """Nothing is read from now on, however the app ended."""
        if (end := getattr(self._driver, "end_input", None)) is not None:
            end()

    # ── beginning ──────────────────────────────────────────────────────────────────────────────────

    def on_mount(self) -> None:
        if self.keys_now:
            self.set_keymap(self.keys_now)
        self.app_resume_signal.subscribe(self, lambda _app: self.refresh(layout=True))  # the terminal is empty then

    async def on_ready(self) -> None:
        """The first frame is there: words go to the prompt from now on, and the rest of the screen follows."""
        await self.open_text()
        self.stage.background("complete", self._complete)

    async def _complete(self) -> None:
        """The rest of the screen, and what stands behind it."""
        if not self.is_headless:
            await asyncio.sleep(_BREATH_SECS)
        try:
            await self.main.complete()
        except MountError:
            if self.return_code is None:
                raise
            return  # the person quit before the panes were there
        await self.open_keys()
        self.services.desk.attach(self._question_asked, self._question_withdrawn)
        self.services.person_desk.attach(self.asked.arrived, self.asked.withdrawn)
        self.services.skills.on_change(self._skills_changed)
        gc.freeze()  # what lives as long as the program need not be looked through again and again
        self.main.audit.reload()
        self.stage.background("connect", self._connect)
        self.stage.background("begin", self.sessions.begin)
        if self.services.look.keys:
            self.stage.background("keys", self._check_keys)
        if problems := self.appearance.read_all():
            self.notify("\n".join(problems), title="Theme", severity="warning", markup=False)
        self.overview.refresh()
        self.watched_skills.watch()
        self.waiting.watch()

    async def _check_keys(self) -> None:
        from blufio_tui.ui.keys.check import keymap_problems

        look = self.services.look
        if problems := list(keymap_problems(look.keys, vim_keys=look.vim_keys)):
            self.notify("\n".join(problems), title="Keys", severity="warning", markup=False, timeout=15)

    async def _connect(self) -> None:
        try:
            await self.services.connect()
        except StorageError:
            self.exit(1)  # nothing can be kept; what opened the app says why
        except BlufioError as error:
            self.stage.say(NoticeLevel.ERROR, str(error))
        self.models.show()
        await self.modes.say_what_waits()
        await self.asked.listen_to_servers()
        if self.services.why_not_caged is not None:
            self.main.status.change(not_caged=bool(self.services.why_not_caged()))

    # ── commands ───────────────────────────────────────────────────────────────────────────────────

    async def action_command(self, id: str) -> None:
        """Run the command of a key in the table."""
        await self.run_command(BY_ID[id])

    async def run_by_name(self, command: Command) -> None:
        """Run a command from the palette or leader panel; one of the main screen closes other screens first."""
        if command.on_main:
            await self.stage.to_main()
        await self.run_command(command)

    async def run_command(self, command: Command, argument: str = "") -> None:
        """Run it, and show any error."""
        method: Callable[..., object] = attrgetter(command.does)(self)
        try:
            result = method(*command.arguments, *([argument] if argument else []))
            if isawaitable(result):
                await result
        except BlufioError as error:
            self.stage.complain(error)

    def slash_arguments(self) -> dict[str, list[str]]:
        """Completions after a slash command that are known only at run time."""
        skills = [skill.name for skill in self.services.skills.list()]
        own = self.services.own_commands.commands() if self.services.own_commands is not None else ()
        return {
            "model": list(self.services.model.choices()),
            "theme": list(self.appearance.own_themes),
            "run": skills,
            "skills": skills,
            "/": [*own, *skills],
        }

    def _open_screen(self, name: str, query: str) -> None:
        self.screens.open(name, query)

    # ── from other threads ─────────────────────────────────────────────────────────────────────────

    def _question_asked(self, pending: PendingQuestion) -> None:
        self.main.post_message(messages.QuestionArrived(pending))
        self.call_later(self._announce_question, pending)

    def _announce_question(self, pending: PendingQuestion) -> None:
        self.notifier.tell(f"blufio: {pending.question.request.actor.name} waits for your approval")

    def _question_withdrawn(self, pending: PendingQuestion) -> None:
        self.main.post_message(messages.QuestionWithdrawn(pending))

    def _skills_changed(self) -> None:
        self.main.post_message(messages.SkillsChanged())
        self.call_later(self._tell_screen)

    def _tell_screen(self) -> None:
        if self.screen is not self.main:
            self.screen.post_message(messages.SkillsChanged())

    # ── what widgets and screens say ───────────────────────────────────────────────────────────────

    @on(messages.PromptSubmitted)
    def take_prompt(self, message: messages.PromptSubmitted) -> None:
        self.prompts.take(message)

    @on(messages.SuggestionChosen)
    def take_suggestion(self, message: messages.SuggestionChosen) -> None:
        self.main.prompt.focus()
        self.prompts.take(messages.PromptSubmitted(message.text))

    @on(chat_messages.KeyPasted)
    def take_pasted_key(self, message: chat_messages.KeyPasted) -> None:
        """Into a shell command it may go: that stays on this machine, and what the model reads of it is masked."""
        is_command = self.main.prompt.text.startswith("!")
        if is_command or not self.keys_caught.catch(message.text, self.main.prompt.insert_pasted):
            self.main.prompt.insert_pasted(message.text)

    @on(chat_messages.EmptySubmitted)
    def take_empty(self, message: chat_messages.EmptySubmitted) -> None:
        self.prompts.take_empty(steers=message.steers)

    @on(messages.EventArrived)
    def show_difference(self, message: messages.EventArrived) -> None:
        if isinstance(message.event, ToolCallFinished):
            self.differences.after_call(message.event.call_id)

    @on(messages.QuestionsCounted)
    def show_waiting(self) -> None:
        self.waiting.show()

    @on(messages.PersonAnswered)
    def take_person_answer(self, message: messages.PersonAnswered) -> None:
        self.asked.answered(message.pending, message.answer)

    @on(messages.ChangePlan)
    def change_plan(self, message: messages.ChangePlan) -> None:
        self.asked.change_plan(message)

    @on(chat_messages.UndoCalls)
    def undo_calls(self, message: chat_messages.UndoCalls) -> None:
        self.undo.calls(message.title, message.call_ids)

    @on(chat_messages.ReplayCall)
    def replay_call(self, message: chat_messages.ReplayCall) -> None:
        self.screens.open("replay", message.call_id)

    @on(QueuedList.Send)
    def send_chosen(self, message: QueuedList.Send) -> None:
        self.prompts.send_chosen(message.queued)

    @on(messages.CancelCall)
    def cancel_call(self, message: messages.CancelCall) -> None:
        self.turn.cancel_call(message.call_id)

    @on(messages.RunSkill)
    def call_skill(self, message: messages.RunSkill) -> None:
        self.turn.call_skill(message.tool, message.arguments)

    @on(chat_messages.CallAgain)
    def call_again(self, message: chat_messages.CallAgain) -> None:
        self.turn.call_again(message.tool, message.arguments)

    @on(chat_messages.GoToCall)
    def go_to_call(self, message: chat_messages.GoToCall) -> None:
        self.jumps.go_to_call(message)

    @on(chat_messages.EditPrompt)
    def edit_prompt(self, message: chat_messages.EditPrompt) -> None:
        self.branches.rewind_to(message.message_id)

    @on(chat_messages.RetryPrompt)
    def retry_prompt(self, message: chat_messages.RetryPrompt) -> None:
        self.branches.retry_prompt(message.message_id)

    @on(chat_messages.SwitchVersion)
    def switch_version(self, message: chat_messages.SwitchVersion) -> None:
        self.branches.switch_version(message.message_id, message.step)

    @on(messages.OpenSession)
    def open_session(self, message: messages.OpenSession) -> None:
        self.sessions.open(message.session_id)

    @on(chat_messages.SessionRenamed)
    def show_title(self, message: chat_messages.SessionRenamed) -> None:
        self.sessions.show_title(message.session_id, message.title)
        self.overview.refresh_sessions()

    @on(messages.OpenPlace)
    def open_place(self, message: messages.OpenPlace) -> None:
        self.places.open(message.path, message.line)

    @on(messages.FilesChanged)
    def show_changed_files(self) -> None:
        self.overview.refresh_files()

    @on(Panes.Changed)
    @on(messages.ColumnDue)
    def fill_overview(self) -> None:
        self.overview.refresh()

    @on(messages.LoadEarlier)
    async def load_earlier(self, message: messages.LoadEarlier) -> None:
        await self.sessions.load_earlier(message.before)

    @on(chat_messages.PasteWanted)
    def paste(self) -> None:
        self.copying.paste()

    @on(chat_messages.PickCode)
    def pick_code(self, message: chat_messages.PickCode) -> None:
        self.copying.pick_code(message.blocks)

    @on(messages.ModelChanged)
    def follow_model(self, message: messages.ModelChanged) -> None:
        self.models.follow(message)

    @on(messages.OpenScreen)
    def open_screen(self, message: messages.OpenScreen) -> None:
        self.screens.open(message.name, message.query)

    def on_background_answered(self, message: BackgroundAnswered) -> None:
        self.appearance.follow_background(light=message.light)


def run(services: Services) -> int:
    """Run in the terminal until the person quits; return the exit code, 1 after a crash."""
    app = _app(services)
    return _exit_code(app, app.run())


async def run_async(services: Services) -> int:
    """As `run`, on the event loop that is running: the services belong to it."""
    app = _app(services)
    try:
        code = _exit_code(app, await app.run_async())
    finally:
        app.end_input()
    services.left(app.turns.session_id)
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
