"""Runs hooks around tool calls and turns. Each is a command that passes the gate and has audit rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import uuid4

from blufio_tui.core.agent.agent import Agent, Beside, Emit, Running
from blufio_tui.core.agent.turn import AtEnd, EndingTurn
from blufio_tui.core.builtin.common import Perform
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.conversation import Block
from blufio_tui.core.effects import RunCommand
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError, UsageError
from blufio_tui.core.events import ErrorInfo, Event, NoticeLevel, NoticeRaised, TurnFinished, TurnStarted
from blufio_tui.core.hooks.hooks import (
    Hook,
    HookAnswer,
    HookEvent,
    answer_of,
    hook_input,
    matching,
    no_answer,
    tool_fields,
)
from blufio_tui.core.policy.denials import hook_denial
from blufio_tui.core.running import CommandEnded, Stream
from blufio_tui.core.shell.output import plain
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, HookAsks, Tool, ToolOutcome, unheard

HOOK_ACTOR = Actor(ActorKind.USER, "hook")
MOST_GO_ONS = 3
"""How often Stop hooks can have one turn go on."""
MAX_RESPONSE = 10_000
"""Characters of a tool's result that a PostToolUse hook is given."""


class HookRunner:
    """
    Args:
        perform: the gate.
        hooks: those of the person, and those of the project that the person trusts.
    """

    def __init__(self, perform: Perform, project: str, hooks: Sequence[Hook]) -> None:
        self._perform = perform
        self._project = project
        self._hooks = tuple(hooks)

    def wrap(self, tools: Iterable[Tool]) -> list[Tool]:
        """The tools, each wrapped in the hooks."""
        return [HookedTool(tool, self) for tool in tools] if self._hooks else list(tools)

    async def ask(
        self,
        event: HookEvent,
        context: CallContext,
        more: JsonObject,
        tool: str = "",
        arguments: JsonObject | None = None,
    ) -> HookAnswer:
        """Run the hooks for an event one after the other; the first that refuses ends it."""
        remarks, asks = [], []
        for hook in matching(self._hooks, event, tool, arguments):
            answer = await self._run(hook, context, more)
            if answer.problem:
                context.emit(NoticeRaised(context.turn_id, NoticeLevel.WARNING, answer.problem))
            if answer.refused:
                return answer
            remarks += [answer.context] if answer.context else []
            asks += [answer.asks] if answer.asks else []
        return HookAnswer(context="\n".join(remarks), asks="; ".join(asks))

    async def _run(self, hook: Hook, context: CallContext, more: JsonObject) -> HookAnswer:
        heard = _Heard(context)
        effect = RunCommand(
            hook.command,
            self._project,
            hook.timeout_secs,
            exports=(("CLAUDE_PROJECT_DIR", self._project),),
            stdin=hook_input(hook.event, context.session_id, self._project, more),
            listener=heard,
        )
        try:
            result = await self._perform(effect, HOOK_ACTOR, context)
        except (CapabilityDenied, HostError) as error:
            return no_answer(hook, str(error))
        return answer_of(hook, result.value, heard.text["stdout"], heard.text["stderr"])


class _Heard:
    """Collects what a hook prints."""

    def __init__(self, context: CallContext) -> None:
        self._context = context
        self.text: dict[str, str] = {"stdout": "", "stderr": ""}

    @property
    def session_id(self) -> str:
        return self._context.session_id

    @property
    def call_id(self) -> str:
        return f"{self._context.call_id}/hook"

    def heard(self, stream: Stream, text: str) -> None:
        self.text[stream] += plain(text)

    def ended(self, end: CommandEnded) -> None:
        """Ignores what the command left: folder and variables do not carry over."""


_WITHOUT_EFFECTS = frozenset(
    {"ask_user", "find_tool", "job_kill", "job_output", "load_skill", "plan", "read_result", "task", "todo"}
)
"""Tools of which no call comes to the gate by itself."""


class HookedTool:
    """A tool with the person's hooks before and after it."""

    def __init__(self, tool: Tool, hooks: HookRunner) -> None:
        self.tool = tool
        self._hooks = hooks

    @property
    def name(self) -> str:
        return self.tool.name

    @property
    def description(self) -> str:
        return self.tool.description

    @property
    def input_schema(self) -> ReadOnlyObject:
        return self.tool.input_schema

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return self.tool.change_of(arguments)

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        fields = tool_fields(self.name, arguments)
        before = await self._hooks.ask(HookEvent.PRE_TOOL_USE, context, fields, self.name, arguments)
        change, refused = self.tool.change_of(arguments), before.refused
        if before.asks and self.name in _WITHOUT_EFFECTS:
            refused = f"a person should be asked ({before.asks}), and {self.name} does nothing to ask about"
        if refused:
            said = hook_denial(self.name, change, refused)
            error = ErrorInfo(ErrorKind.CAPABILITY_DENIED, refused)
            return ToolOutcome(refused, is_error=True, error=error, for_model=said)
        if before.asks:
            context = replace(context, hook_asks=HookAsks(before.asks, reads_too=not change))
        outcome = await self.tool.invoke(arguments, context)
        told: JsonObject = {
            **fields,
            "tool_response": {"content": outcome.content[:MAX_RESPONSE], "is_error": outcome.is_error},
        }
        after = await self._hooks.ask(HookEvent.POST_TOOL_USE, context, told, self.name, arguments)
        remark = after.refused or after.context
        if not remark:
            return outcome
        remarked = f"\n\n[a hook of the user remarks: {remark}]"
        for_model = outcome.for_model and outcome.for_model + remarked
        return replace(outcome, content=outcome.content + remarked, for_model=for_model)


class HookedAgent(Agent):
    """An agent with the person's hooks around its turns."""

    hooks: HookRunner | None = None
    remarks: tuple[str, ...] = ()
    """Shown once, in the first turn."""

    async def _begin_turn(self, session_id: str, prompt: str, attachments: Sequence[Block], emit: Emit) -> Running:
        """A prompt that a hook refuses ends the turn with `stop_reason` `hook`."""
        if self.hooks is None or not prompt:
            return await super()._begin_turn(session_id, prompt, attachments, emit)
        turn_id = uuid4().hex
        context = CallContext(session_id, turn_id, f"hook_{turn_id[:16]}", unheard)
        answer = await self.hooks.ask(HookEvent.USER_PROMPT_SUBMIT, context, {"prompt": prompt})
        if answer.refused:
            return Running(self._tasks.start(_refused(turn_id, session_id, prompt, answer.refused, emit)), None)
        if answer.context:
            prompt = f"{prompt}\n\n[a hook of the user adds: {answer.context}]"
        return await super()._begin_turn(session_id, prompt, attachments, emit)

    async def _beside(self, event: Event) -> Beside:
        """Remarks of Stop hooks on a turn that was ended come before its last event; one-time notices come after its
        first."""
        ended = isinstance(event, TurnFinished) and event.stop_reason not in ("hook", "end_turn")
        stopped = await self._stopped(event) if ended and isinstance(event, TurnFinished) else []
        return stopped, self._remarks(event)

    async def steer(self, text: str, *, session_id: str, key: str, attachments: Sequence[Block] = ()) -> bool:
        """As `Agent.steer`, after running the hooks for prompts.

        Raises:
            UsageError: a hook refuses it.
        """
        if self.hooks is not None:
            told: list[Event] = []
            context = CallContext(session_id, uuid4().hex, f"hook_{uuid4().hex[:16]}", told.append)
            answer = await self.hooks.ask(HookEvent.USER_PROMPT_SUBMIT, context, {"prompt": text})
            if answer.refused:
                raise UsageError(f"A hook refuses this prompt: {answer.refused}")
            if answer.context:
                text = f"{text}\n\n[a hook of the user adds: {answer.context}]"
        return await super().steer(text, session_id=session_id, key=key, attachments=attachments)

    def _remarks(self, event: Event) -> list[Event]:
        if not self.remarks or not isinstance(event, TurnStarted):
            return []
        remarks, self.remarks = self.remarks, ()
        return [NoticeRaised(event.turn_id, NoticeLevel.WARNING, remark) for remark in remarks]

    def _at_end(self) -> AtEnd | None:
        return self._go_on if self.hooks is not None else None

    async def _go_on(self, turn: EndingTurn) -> str:
        """Run the Stop hooks. Returns what they want done before the turn ends, "" for nothing."""
        assert self.hooks is not None
        context = CallContext(turn.session_id, turn.turn_id, f"hook_{turn.turn_id[:16]}", turn.emit)
        answer = await self.hooks.ask(HookEvent.STOP, context, {"stop_hook_active": turn.went_on > 0})
        remark = answer.context
        if answer.refused and turn.went_on < MOST_GO_ONS:
            turn.emit(NoticeRaised(turn.turn_id, NoticeLevel.INFO, f"A hook says to go on: {answer.refused}"))
            return f"[a Stop hook of the user says to go on: {answer.refused}]"
        if answer.refused:
            remark = f"{answer.refused} (the turn went on {MOST_GO_ONS} times and now ends)"
        if remark:
            turn.emit(NoticeRaised(turn.turn_id, NoticeLevel.INFO, f"A hook remarks: {remark}"))
        return ""

    async def _stopped(self, event: TurnFinished) -> list[Event]:
        """The remarks of Stop hooks on a turn that was ended; it stays ended."""
        told: list[Event] = []
        if self.hooks is None:
            return told
        context = CallContext(event.session_id, event.turn_id, f"hook_{event.turn_id[:16]}", told.append)
        answer = await self.hooks.ask(HookEvent.STOP, context, {"stop_hook_active": False})
        if remark := answer.refused or answer.context:
            told.append(NoticeRaised(event.turn_id, NoticeLevel.INFO, f"A hook remarks: {remark}"))
        return [one for one in told if isinstance(one, NoticeRaised)]


async def _refused(turn_id: str, session_id: str, prompt: str, why: str, emit: Emit) -> None:
    """The events of a turn that a hook refused."""
    emit(TurnStarted(turn_id, session_id, prompt))
    emit(NoticeRaised(turn_id, NoticeLevel.WARNING, f"A hook refuses this prompt: {why}"))
    emit(TurnFinished(turn_id, session_id, "hook", "", 0))
