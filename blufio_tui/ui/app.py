"""The application: composes the screen, routes events and questions to it, and binds what works everywhere."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import ClassVar

from textual import events, on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import Event, NoticeLevel, NoticeRaised, TurnFinished
from blufio_tui.core.json_types import JsonObject
from blufio_tui.core.slash import BadArgument, Invocation, UnknownCommand, parse, plain_text
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands import COMMANDS, action_for
from blufio_tui.ui.conversations import Conversations, said
from blufio_tui.ui.desk import PendingQuestion
from blufio_tui.ui.key_table import VIM_KEYS
from blufio_tui.ui.messages import (
    CancelCall,
    EventArrived,
    LoadEarlier,
    OpenSession,
    PromptSubmitted,
    QuestionArrived,
    QuestionWithdrawn,
    SkillsChanged,
    SuggestionChosen,
)
from blufio_tui.ui.notifier import Notifier
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.services import Services
from blufio_tui.ui.slash_actions import code_block, export_session, run_arguments
from blufio_tui.ui.theme_files import FALLBACK, load_themes, theme_variables
from blufio_tui.ui.turns import Turns

DEFAULT_THEME = "blufio-dark"
_CYCLE = (Mode.ASK, Mode.READ_ONLY, Mode.DENY)
"""What shift+tab goes through; allow-all is never one key away."""


class BlufioApp(App[int]):
    TITLE = "blufio-tui"
    CSS_PATH = "app.tcss"
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
            "f5",
            "open('skills')",
            "Skills",
            show=False,
            id="app.skills",
            tooltip="Installed skills and what they may do",
        ),
        Binding(
            "f6", "open('audit')", "Audit log", show=False, id="app.audit", tooltip="Search and verify the audit log"
        ),
        Binding("f7", "open('sessions')", "Sessions", show=False, id="app.sessions", tooltip="Earlier conversations"),
        Binding(
            "f8",
            "open('grants')",
            "Grants",
            show=False,
            id="app.grants",
            tooltip="Stored answers, and taking them back",
        ),
        Binding("f9", "open('cost')", "Cost", show=False, id="app.cost", tooltip="What was spent"),
        Binding(
            "f10",
            "open('settings')",
            "Settings",
            show=False,
            id="app.settings",
            tooltip="See and change the configuration",
        ),
        Binding(
            "shift+tab", "cycle_mode", "Mode", show=False, id="app.mode", tooltip="Go through ask, read-only and deny"
        ),
        Binding("ctrl+f", "find", "Find", show=False, id="app.find", tooltip="Find words in the conversation"),
        Binding(
            "ctrl+n", "new_session", "New session", show=False, id="app.new", tooltip="Start an empty conversation"
        ),
        Binding(
            "ctrl+e", "edit_prompt", "Editor", show=False, id="app.editor", tooltip="Write the prompt in your editor"
        ),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.turns = Turns(services)
        self.conversations = Conversations(services)
        self.main = MainScreen(services, self._slash_arguments, lambda: self.turns.session_id)
        self.notifier = Notifier(self._write_to_terminal, self.bell, enabled=services.look.notify)
        self._turn: Worker[None] | None = None
        self._own_themes: dict[str, str] = {}

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme_variables(FALLBACK)

    def on_mount(self) -> None:
        self._load_themes()
        self.set_keymap(self.keys_now)
        self.push_screen(self.main)
        self.services.desk.attach(self._question_asked, self._question_withdrawn)
        self.services.skills.on_change(self._skills_changed)
        self.call_after_refresh(self._after_first_frame)

    @property
    def keys_now(self) -> dict[str, str]:
        """Keys that differ from the bindings' own: vim's if wanted, the person's above all."""
        look = self.services.look
        return {**(VIM_KEYS if look.vim_keys else {}), **look.keys}

    # ── after the first frame ──────────────────────────────────────────────────────────────────────

    def _after_first_frame(self) -> None:
        self.main.audit.reload()
        self._connect()
        self._begin()

    @work(group="connect", exit_on_error=False)
    async def _connect(self) -> None:
        try:
            await self.services.connect()
        except BlufioError as error:
            self.say(NoticeLevel.ERROR, str(error))
        self._show_model()

    @work(group="begin", exit_on_error=False)
    async def _begin(self) -> None:
        if self.turns.session_id:
            await self._open(self.turns.session_id)
        await self.main.prompt_box.load_draft()

    def _show_model(self) -> None:
        model = self.services.model
        self.main.status.change(model=model.name, context_window=model.context_window())
        self.main.chat.welcome.connected(is_guide=model.is_guide, model=model.name)

    def say(self, level: NoticeLevel, text: str) -> None:
        """Put a notice into the conversation."""
        self.main.post_message(EventArrived(NoticeRaised("", level, text), self.services.clock.monotonic()))

    # ── from other threads ─────────────────────────────────────────────────────────────────────────

    def _question_asked(self, pending: PendingQuestion) -> None:
        self.main.post_message(QuestionArrived(pending))
        self.call_later(self._announce_question, pending)

    def _announce_question(self, pending: PendingQuestion) -> None:
        name = pending.question.request.actor.name
        self.notifier.tell(f"blufio: {name} waits for your approval")
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

    # ── the terminal ───────────────────────────────────────────────────────────────────────────────

    def on_app_focus(self, _event: events.AppFocus) -> None:
        self.notifier.is_in_front = True

    def on_app_blur(self, _event: events.AppBlur) -> None:
        self.notifier.is_in_front = False

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    # ── turns ──────────────────────────────────────────────────────────────────────────────────────

    @on(PromptSubmitted)
    def take_prompt(self, message: PromptSubmitted) -> None:
        """A slash command, a shell command, or something for the model."""
        match parse(message.text):
            case Invocation() as invocation:
                self._taken(message.text)
                action, arguments = action_for(invocation)
                in_background(self, "slash", self._act, action, arguments)
            case UnknownCommand() | BadArgument() as problem:
                self.notify(problem.message, severity="warning", markup=False, timeout=8)
            case None:
                self._start(message.text)

    async def _act(self, action: str, arguments: tuple[str, ...]) -> None:
        try:
            result = getattr(self, f"action_{action}")(*arguments)
            if result is not None:
                await result
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False, timeout=8)

    def _start(self, text: str) -> None:
        if self.is_busy:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
            return
        if text.startswith("!") and text[1:].strip():
            self.start_direct("bash", {"command": text[1:].strip()}, text)
            return
        self._taken(text)
        self.follow(self.turns.ask(plain_text(text)))

    def start_direct(self, tool: str, arguments: JsonObject, typed: str) -> None:
        """Call a tool without the model."""
        if self.services.direct is None:
            self.notify("Direct calls are not available here.", severity="warning")
            return
        self._taken(typed)
        self.follow(self.turns.direct(self.services.direct, tool, arguments))

    def _taken(self, text: str) -> None:
        self.main.prompt.sent(text)
        self.services.history.add(text)

    @property
    def is_busy(self) -> bool:
        return self._turn is not None and not self._turn.is_finished

    def follow(self, events_of_turn: AsyncGenerator[Event, None]) -> None:
        """Run a turn in the background and show its events."""
        self._turn = in_background(self, "turn", self._follow, events_of_turn)

    async def _follow(self, events_of_turn: AsyncGenerator[Event, None]) -> None:
        async with aclosing(events_of_turn) as stream:
            async for event in stream:
                self.main.post_message(EventArrived(event, self.services.clock.monotonic()))
                if isinstance(event, TurnFinished):
                    await self._after_turn()

    async def _after_turn(self) -> None:
        self.notifier.tell("blufio: the turn has ended")
        if self.turns.session_id:
            self.main.title_bar.name_session(await self.conversations.title(self.turns.session_id))

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

    # ── sessions ───────────────────────────────────────────────────────────────────────────────────

    @on(OpenSession)
    def open_session(self, message: OpenSession) -> None:
        if self.is_busy:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
        else:
            in_background(self, "begin", self._open, message.session_id)

    async def _open(self, session_id: str) -> None:
        try:
            opened = await self.conversations.open(session_id)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.turns.session_id = session_id
        self.main.chat.replace(opened.entries, opened.earlier_than)
        self.main.title_bar.name_session(opened.title)

    @on(LoadEarlier)
    async def load_earlier(self, message: LoadEarlier) -> None:
        opened = await self.conversations.earlier(self.turns.session_id, message.before)
        self.main.chat.add_earlier(opened.entries, opened.earlier_than)

    def action_new_session(self) -> None:
        if not self.is_busy:
            self.turns.session_id = ""
            self.main.chat.replace([], 0)
            self.main.title_bar.name_session("")
            self.main.prompt.focus()

    def rewind_to(self, message_id: str) -> None:
        """Go back to before a prompt and put it into the prompt to be changed."""
        in_background(self, "begin", self._rewind, int(message_id))

    async def _rewind(self, message_id: int) -> str:
        session_id = self.turns.session_id
        prompts = [m for m in await self.conversations.prompts(session_id) if m.message_id == message_id]
        if not prompts:
            return ""
        await self.conversations.rewind_before(session_id, prompts[0])
        await self._open(session_id)
        self.main.prompt.put(said(prompts[0]))
        self.main.prompt.focus()
        return said(prompts[0])

    async def action_retry(self) -> None:
        prompts = await self.conversations.prompts(self.turns.session_id) if self.turns.session_id else []
        if prompts and not self.is_busy:
            self._start(await self._rewind(prompts[-1].message_id))

    def action_compact(self) -> None:
        if self.turns.session_id and not self.is_busy:
            self.follow(self.turns.compact())

    # ── screens ────────────────────────────────────────────────────────────────────────────────────

    def action_open(self, name: str, query: str = "") -> None:
        in_background(self, "screen", self._open_screen, name, query)

    async def _open_screen(self, name: str, query: str) -> None:
        from blufio_tui.ui.open_screens import make_screen

        try:
            screen = await make_screen(self, name, query)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if self.screen is not self.main:
            self.pop_screen()
        self.push_screen(screen)

    def get_system_commands(self, _screen: Screen[object]) -> Iterable[SystemCommand]:
        for command in COMMANDS:
            yield SystemCommand(command.title, command.help, lambda action=command.action: self._run_command(action))

    async def _run_command(self, action: str) -> None:
        await self.run_action(action, default_namespace=self.main)

    def _slash_arguments(self) -> Mapping[str, Sequence[str]]:
        skills = [skill.name for skill in self.services.skills.list()]
        models = list(self.services.model.choices())
        return {"model": models, "theme": list(self._own_themes), "run": skills, "skills": skills}

    # ── looks, model, mode ─────────────────────────────────────────────────────────────────────────

    def _load_themes(self) -> None:
        themes, problems = load_themes(self.services.look.theme_folders)
        for theme in themes.values():
            self.register_theme(theme)
        self._own_themes = {name: "dark" if theme.dark else "light" for name, theme in themes.items()}
        wanted = self.services.look.theme or DEFAULT_THEME
        self.theme = next((name for name in (wanted, DEFAULT_THEME, *themes) if name in themes), "textual-dark")
        for problem in problems:
            self.notify(problem, title="Theme", severity="warning", markup=False)

    def theme_notes(self) -> Mapping[str, str]:
        return self._own_themes

    def show_theme(self, name: str) -> None:
        self.theme = name

    def keep_theme(self, name: str) -> None:
        self.theme = name
        try:
            self.services.settings.set("ui.theme", f'"{name}"')
        except BlufioError as error:
            self.notify(str(error), severity="warning", markup=False)

    def switch_model(self, name: str) -> None:
        in_background(self, "model", self._switch_model, name)

    async def _switch_model(self, name: str) -> None:
        try:
            await self.services.model.switch(name)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
        self._show_model()

    async def action_mode(self, name: str) -> None:
        """Allow-all is asked about first."""
        mode = Mode(name)
        if mode is Mode.ALLOW_ALL:
            from blufio_tui.ui.screens.ask import Confirm

            text = (
                "Nothing is asked any more: every tool and skill may do whatever no rule forbids, until you change it."
            )
            self.push_screen(Confirm("Allow everything?", text), self._allow_all)
        else:
            await self._set_mode(mode)

    async def _allow_all(self, yes: bool | None) -> None:
        if yes:
            await self._set_mode(Mode.ALLOW_ALL)

    async def _set_mode(self, mode: Mode) -> None:
        try:
            await self.services.mode.set(mode)
        except BlufioError as error:
            self.notify(str(error), severity="error", markup=False)
        self.main.status.change(mode=self.services.mode.get())

    async def action_cycle_mode(self) -> None:
        now = self.services.mode.get()
        await self._set_mode(_CYCLE[(_CYCLE.index(now) + 1) % len(_CYCLE)] if now in _CYCLE else Mode.ASK)

    # ── small things ───────────────────────────────────────────────────────────────────────────────

    def action_find(self) -> None:
        self.main.chat.find_bar.open()

    def action_copy_reply(self, number: int = 0) -> None:
        reply = self.main.chat.view.last_reply()
        if not reply:
            raise UsageError("There is no reply to copy yet.")
        self.copy_to_clipboard(code_block(reply, number))
        self.notify("Copied", timeout=2)

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

    async def action_doctor(self) -> None:
        if self.services.doctor is not None:
            self.say(NoticeLevel.INFO, await self.services.doctor())

    # ── slash commands with an argument ────────────────────────────────────────────────────────────

    async def action_slash_resume(self, session: str) -> None:
        if session:
            await self._open(await self.services.sessions.find(session))
        else:
            self.action_open("sessions")

    def action_slash_sessions(self, text: str) -> None:
        self.action_open("sessions", text)

    def action_slash_skills(self, text: str) -> None:
        self.action_open("skills", text)

    def action_slash_audit(self, text: str) -> None:
        self.action_open("audit", text)

    def action_slash_settings(self, text: str) -> None:
        self.action_open("settings", text)

    def action_slash_theme(self, name: str) -> None:
        if name in self._own_themes:
            self.keep_theme(name)
        else:
            self.action_open("theme")

    def action_slash_model(self, name: str) -> None:
        if name:
            self.switch_model(name)
        else:
            self.action_open("model")

    async def action_slash_mode(self, name: str) -> None:
        await (self.action_mode(name) if name else self.action_cycle_mode())

    def action_slash_copy(self, number: str) -> None:
        self.action_copy_reply(int(number) if number.isdigit() else 0)

    async def action_slash_export(self, argument: str) -> None:
        self.notify(await export_session(self, argument), markup=False)

    def action_slash_run(self, argument: str) -> None:
        tool, arguments = run_arguments(argument)
        if not self.is_busy:
            self.start_direct(tool, arguments, f"/run {argument}")

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
