"""One conversation with an editor: its turns, its mode, its model, its commands."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from acp.exceptions import RequestError
from acp.schema import (
    AvailableCommand,
    AvailableCommandInput,
    AvailableCommandsUpdate,
    ConfigOptionUpdate,
    Cost,
    CurrentModeUpdate,
    PromptResponse,
    SessionConfigOptionBoolean,
    SessionConfigOptionSelect,
    SessionConfigSelectOption,
    SessionInfoUpdate,
    SessionMode,
    SessionModeState,
    UnstructuredCommandInput,
    Usage,
    UsageUpdate,
)

from blufio_tui.acp.editor import Editor
from blufio_tui.acp.history import history
from blufio_tui.acp.prompts import Prompt, PromptBlock, prompt_of
from blufio_tui.acp.updates import TurnUpdates, note
from blufio_tui.adapters.model.claude import ClaudeProvider
from blufio_tui.adapters.model.models import list_models
from blufio_tui.core.agent.attach import mentions
from blufio_tui.core.capability import Mode
from blufio_tui.core.connections import ModelChoice
from blufio_tui.core.conversation import Block, TokenUsage
from blufio_tui.core.errors import BlufioError, ConfigError, StorageError
from blufio_tui.core.events import (
    ErrorRaised,
    Event,
    NestedEvent,
    NoticeLevel,
    TextDelta,
    ToolCallStarted,
    ToolOutputDelta,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.skills.own_commands import OwnCommand, prompt_for
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.features.prompt.attaching import attached
from blufio_tui.features.start.options import choose_provider
from blufio_tui.ui.content.modes import MODES_IN_WORDS
from blufio_tui.wiring.backend import Backend

StopReason = Literal["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"]
ConfigOption = SessionConfigOptionSelect | SessionConfigOptionBoolean

_STOP_REASONS: Mapping[str, StopReason] = {
    "max_tokens": "max_tokens",
    "max_iterations": "max_turn_requests",
    "repeated_call": "max_turn_requests",
    "refusal": "refusal",
    "interrupted": "cancelled",
}
_MODEL, _MODE = "model", "mode"
_COMPACT = "compact"
LIVE_SECS = 0.1
"""The output of a running command is shown this often: each time it is sent whole."""
_MAX_BEFORE = 2 * 1024 * 1024
_MAX_COMMANDS = 200


class EditorSession:
    """
    Args:
        own_commands: the person's slash commands as they are now.
    """

    def __init__(self, backend: Backend, editor: Editor, own_commands: Callable[[], Mapping[str, OwnCommand]]) -> None:
        self._backend = backend
        self._editor = editor
        self._own_commands = own_commands
        self._tasks = Tasks()
        self._running = False
        self._cancelled = False
        self._provider: ClaudeProvider | None = None
        self._models: tuple[ModelChoice, ...] = ()
        self._trouble = ""

    @property
    def session_id(self) -> str:
        return self._editor.session_id

    @property
    def project(self) -> Path:
        return self._backend.project

    # ── beginning and end ──────────────────────────────────────────────────────────────────────────

    async def begin(self, session_id: str) -> None:
        """Connect the model; what takes longer continues beside the first prompt."""
        self._editor.session_id = session_id
        try:
            options, credentials = self._backend.options, self._backend.stored.secrets.credentials
            self._provider = await asyncio.to_thread(choose_provider, options, credentials)
        except ConfigError as error:
            self._trouble = str(error)
        if self._provider is not None:
            self._backend.agent.provider = self._provider
        self._tasks.start(self._get_ready())

    async def _get_ready(self) -> None:
        with suppress(ConnectionError):
            await self._show_commands()
            if self._provider is not None:
                self._models = await list_models(self._provider)
                await self._show_config()
            await self._backend.outside.sandbox.prepare()

    async def close(self) -> None:
        """End the turn that runs, let it store what it has, and end what it started."""
        self._backend.agent.interrupt(self.session_id)
        await self._tasks.end()
        await self._backend.close()
        if self._provider is not None:
            await self._provider.close()

    async def replay(self) -> None:
        """Send the conversation as it is stored."""
        messages = await self._backend.stored.sessions.messages(self.session_id)
        for update in history(messages, str(self._backend.project)):
            await self._editor.update(update)

    # ── modes and models ───────────────────────────────────────────────────────────────────────────

    def modes(self) -> SessionModeState:
        available = [
            SessionMode(id=mode.value, name=mode.value.replace("-", " ").capitalize(), description=words)
            for mode, words in MODES_IN_WORDS.items()
        ]
        return SessionModeState(current_mode_id=self._backend.policy.mode.get().value, available_modes=available)

    async def set_mode(self, mode_id: str) -> None:
        """
        Raises:
            RequestError: there is no such mode.
            StorageError: the change cannot be recorded, and so is not made.
        """
        if mode_id not in tuple(Mode):
            raise RequestError.invalid_params({"details": f"there is no mode {visible_line(mode_id)}"})
        await self._backend.policy.mode.set(Mode(mode_id))

    async def show_mode(self, mode: Mode) -> None:
        """Set a mode that the editor did not choose by itself, and tell it."""
        await self._backend.policy.mode.set(mode)
        await self._editor.update(CurrentModeUpdate(session_update="current_mode_update", current_mode_id=mode.value))
        await self._show_config()

    async def _show_config(self) -> None:
        await self._editor.update(
            ConfigOptionUpdate(session_update="config_option_update", config_options=list(self.config()))
        )

    def config(self) -> Sequence[ConfigOption]:
        """The mode once more, for editors that look for it here, and the model, unless the offline guide answers."""
        return (self._mode_option(), self._model_option()) if self._provider is not None else (self._mode_option(),)

    def _mode_option(self) -> SessionConfigOptionSelect:
        modes = self.modes()
        options = [
            SessionConfigSelectOption(value=mode.id, name=mode.name, description=mode.description)
            for mode in modes.available_modes
        ]
        current = modes.current_mode_id
        return SessionConfigOptionSelect(
            type="select", id=_MODE, name="Mode", category="mode", current_value=current, options=options
        )

    def _model_option(self) -> SessionConfigOptionSelect:
        current = self._backend.agent.config.model
        names = {choice.id: choice.title for choice in self._models} or {current: current}
        options = [SessionConfigSelectOption(value=model, name=visible_line(name)) for model, name in names.items()]
        if current not in names:
            options.insert(0, SessionConfigSelectOption(value=current, name=visible_line(current)))
        return SessionConfigOptionSelect(
            type="select", id=_MODEL, name="Model", category="model", current_value=current, options=options
        )

    async def configure(self, option: str, value: str) -> None:
        """
        Raises:
            RequestError: there is no such option, or no such value of it.
        """
        offered = [choice.value for one in self.config() if one.id == option for choice in _values(one)]
        if value not in offered:
            raise RequestError.invalid_params(
                {"details": f"{visible_line(option)} cannot be {visible_line(value)}; it is one of {offered}"}
            )
        if option == _MODE:
            await self.show_mode(Mode(value))
            return
        agent = self._backend.agent
        agent.config = replace(agent.config, model=value)
        if told := next((choice.window for choice in self._models if choice.id == value), None):
            agent.windows.learn(value, told)

    # ── commands ───────────────────────────────────────────────────────────────────────────────────

    async def _show_commands(self) -> None:
        own = await asyncio.to_thread(self._own_commands)
        commands = [_command(_COMPACT, "Summarise the conversation to make room", "what the summary should keep")]
        commands += [_command(one.name, one.description, one.hint) for one in own.values()]
        skills = await asyncio.to_thread(self._backend.stored.skills.runnable)
        commands += [_command(one.name, one.description, "") for one in skills if one.name not in own]
        await self._editor.update(
            AvailableCommandsUpdate(
                session_update="available_commands_update", available_commands=commands[:_MAX_COMMANDS]
            )
        )

    # ── turns ──────────────────────────────────────────────────────────────────────────────────────

    def cancel(self) -> None:
        """End the turn that runs; its prompt is answered with `cancelled`."""
        if self._running:
            self._cancelled = True
            self._backend.agent.interrupt(self.session_id)

    async def prompt(self, blocks: Sequence[PromptBlock]) -> PromptResponse:
        """
        Raises:
            RequestError: a turn is running here, there is nothing to ask, or the turn could not continue.
        """
        if self._running:
            raise RequestError(-32600, "A turn is running in this session; cancel it, or wait for it to end.")
        if self._trouble:
            raise RequestError(-32603, visible(self._trouble))
        self._running, self._cancelled = True, False
        try:
            return await self._turn(prompt_of(blocks, str(self._backend.project)))
        finally:
            self._running = False

    async def _turn(self, prompt: Prompt) -> PromptResponse:
        if (wishes := _compacting(prompt.text)) is not None:
            return await self._follow(self._backend.agent.compact(self.session_id, wishes))
        prompt.text = await self._expanded(prompt.text)
        attachments = [*prompt.attachments, *await self._mentioned(prompt)]
        for sentence in prompt.notes:
            await self._editor.update(note(sentence))
        if not prompt.text.strip() and not attachments:
            raise RequestError.invalid_params({"details": "The prompt is empty."})
        if self._cancelled:
            return PromptResponse(stop_reason="cancelled")
        agent = self._backend.agent
        return await self._follow(agent.act(prompt.text, session_id=self.session_id, attachments=attachments))

    async def _expanded(self, text: str) -> str:
        """The prompt that a command of the person's own, or a skill's name, stands for."""
        if not text.lstrip().startswith("/"):
            return text
        own = await asyncio.to_thread(self._own_commands)
        return prompt_for(text, own, self._backend.stored.skills.runnable()) or text

    async def _mentioned(self, prompt: Prompt) -> list[Block]:
        if not mentions(prompt.text):
            return []
        backend = self._backend
        found = await attached(prompt.text, self.session_id, backend.project, backend.gate, backend.equipment.servers)
        prompt.notes += [one.note for one in found if one.note]
        return [one.block for one in found if one.block is not None]

    async def _follow(self, events: AsyncGenerator[Event, None]) -> PromptResponse:
        """Show the events of a turn, and answer with how it ended."""
        updates = TurnUpdates(str(self._backend.project))
        live = _Live(self._editor, updates, self._tasks)
        trouble, finished = "", None
        async with aclosing(events):
            async for event in events:
                for update in updates.of(event, before=await self._before(event)):
                    await self._editor.update(update)
                live.note(event)
                match event:
                    case TurnStarted() if self._cancelled:  # while it was being prepared
                        self._backend.agent.interrupt(self.session_id)
                    case ErrorRaised():
                        trouble = event.message
                    case TurnFinished():
                        finished = event
        if finished is None:
            raise RequestError(-32603, "The turn ended without a reply.")
        await self._after()
        if trouble and not self._cancelled:
            raise RequestError(-32603, visible(trouble))
        reason = "cancelled" if self._cancelled else _STOP_REASONS.get(finished.stop_reason, "end_turn")
        return PromptResponse(stop_reason=reason, usage=usage_of(finished.usage))

    async def _before(self, event: Event) -> str | None:
        """What the file holds that a call is about to write: for the difference that the editor shows."""
        match event:
            case ToolCallStarted(tool="file", input={"action": "write", "path": str(path)}):
                return await asyncio.to_thread(_text_below, self._backend.project, path)
            case _:
                return None

    async def _after(self) -> None:
        """How full the window is, what it has cost, and how the session is called now."""
        sessions = self._backend.stored.sessions
        try:
            meter = await self._backend.agent.context(self.session_id)
            totals = await sessions.totals(session_id=self.session_id)
            info = await sessions.info(self.session_id)
        except StorageError as error:
            await self._editor.update(note(str(error), NoticeLevel.ERROR))
            return
        if meter.window and self._provider is not None:
            cost = Cost(amount=totals.usd, currency="USD") if totals.usd else None
            await self._editor.update(
                UsageUpdate(session_update="usage_update", used=meter.tokens, size=meter.window, cost=cost)
            )
        if info is not None and info.title:
            title = visible_line(info.title)
            await self._editor.update(SessionInfoUpdate(session_update="session_info_update", title=title))


class _Live:
    """Shows the output of running calls now and then: what is sent takes the place of what was sent before."""

    def __init__(self, editor: Editor, updates: TurnUpdates, tasks: Tasks) -> None:
        self._editor = editor
        self._updates = updates
        self._tasks = tasks
        self._due: set[str] = set()

    def note(self, event: Event) -> None:
        match event:
            case ToolOutputDelta() | NestedEvent(event=TextDelta()):
                call_id = event.call_id
            case NestedEvent(event=ToolOutputDelta() as inner):
                call_id = inner.call_id
            case _:
                return
        if call_id not in self._due:
            self._due.add(call_id)
            with suppress(BlufioError):  # the program is ending
                self._tasks.start(self._show(call_id))

    async def _show(self, call_id: str) -> None:
        await asyncio.sleep(LIVE_SECS)
        self._due.discard(call_id)
        for update in self._updates.live(call_id):
            await self._editor.update(update)


def usage_of(usage: TokenUsage) -> Usage:
    read, written = usage.cache_read_tokens, usage.cache_write_tokens
    total = usage.input_tokens + usage.output_tokens + read + written
    return Usage(
        total_tokens=total,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_read_tokens=read,
        cached_write_tokens=written,
    )


def _values(option: ConfigOption) -> list[SessionConfigSelectOption]:
    offered = option.options if isinstance(option, SessionConfigOptionSelect) else []
    return [choice for choice in offered if isinstance(choice, SessionConfigSelectOption)]


def _command(name: str, description: str, hint: str) -> AvailableCommand:
    wanted = AvailableCommandInput(root=UnstructuredCommandInput(hint=visible_line(hint))) if hint else None
    return AvailableCommand(name=name, description=visible_line(description)[:200], input=wanted)


def _compacting(text: str) -> str | None:
    """The wishes of a `/compact`, None for any other prompt."""
    word, _, wishes = text.strip().partition(" ")
    return wishes.strip() if word == f"/{_COMPACT}" else None


def _text_below(project: Path, path: str) -> str | None:
    """The text of a file of the project, for the person's own eyes; None if it is missing, long, or no text."""
    try:
        place = (project / Path(path).expanduser()).resolve()
        if not place.is_relative_to(project) or not place.is_file() or place.stat().st_size > _MAX_BEFORE:
            return None
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError):
        return None
