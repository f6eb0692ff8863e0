"""A skill as a tool: the model cannot tell it from a built-in one."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from blufio_tui.core.capability import Actor, ActorKind, Kind, Verdict
from blufio_tui.core.effects import Effect, EffectResult, Perform
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, NeverRule, SkillError
from blufio_tui.core.events import ErrorInfo, Event, HostCallFinished
from blufio_tui.core.guards.paths import Places, absolute
from blufio_tui.core.manifest.arguments import program_arguments, program_input
from blufio_tui.core.manifest.manifest import Capabilities, Manifest
from blufio_tui.core.manifest.schema import input_problem
from blufio_tui.core.replay.record import Ending
from blufio_tui.core.skills.failures import failure_for_model
from blufio_tui.core.skills.recording import Made, Recorder, ending_of
from blufio_tui.core.skills.sandbox import Sandbox, SandboxCall, SandboxResult
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.text.advice import wrong_input
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.text.unicode import well_formed_json
from blufio_tui.core.tools import CallContext, ToolOutcome


class Binder(Protocol):
    """The gate, as far as a skill needs it."""

    def bind(self, actor: Actor, context: CallContext) -> Perform: ...


def _nothing_kept(_actor: str, _paths: Sequence[str]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class SkillHost:
    """What every skill runs on.

    Attributes:
        check: raises `SkillError` when the skill's files are not the ones that were installed.
        places: what `~` and `${PROJECT}` in a manifest stand for.
        recorder: keeps what calls got from outside, where that is wanted.
        kept_from_models: takes an actor's name and paths; the rule that keeps one of them from models, "" for none.
    """

    sandbox: Sandbox
    gate: Binder
    check: Callable[[Skill], Awaitable[None]]
    places: Places
    recorder: Recorder | None = None
    kept_from_models: Callable[[str, Sequence[str]], str] = _nothing_kept


class SkillTool:
    """
    Args:
        approved: whether the manifest counts as approved; otherwise every effect is decided as undeclared.
    """

    def __init__(self, skill: Skill, host: SkillHost, *, approved: bool = True) -> None:
        if skill.manifest is None:
            raise SkillError(f'"{skill.name}" is an instruction skill: it has no code to run; use load_skill')
        self.skill = skill
        self._manifest: Manifest = skill.manifest
        self._host = host
        self._approved = approved

    @property
    def name(self) -> str:
        return self.skill.tool_name

    @property
    def description(self) -> str:
        return self.skill.description

    @property
    def input_schema(self) -> ReadOnlyObject:
        return self._manifest.parameters

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        """A skill is judged by what it declares: what it does not declare is asked about, call by call."""
        return f"skill {self.skill.name}" if declares_change(self._manifest.capabilities) else ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        if problem := await input_problem(self._manifest.parameters, arguments):
            message = f"the input does not fit the skill's parameters: {problem}"
            said = wrong_input(self.name, self._manifest.parameters, arguments, problem)
            return replace(failed(ErrorKind.HOST_ERROR, message), for_model=said)
        try:
            call = sandbox_call(self.skill, self._manifest, arguments, context.call_id, self._host.places)
        except (ValueError, RecursionError) as error:
            return failed(ErrorKind.HOST_ERROR, f"the input cannot be given to the skill: {error}")
        try:
            await self._host.check(self.skill)
        except SkillError as error:
            return _told(failed(ErrorKind.INTEGRITY, str(error)))
        denials: list[str] = []
        read: list[str] = []
        listening = replace(context, emit=_noting_reads(context.emit, read))
        result = outcome(await self._run(call, listening, denials))
        is_denial = result.error is not None and result.error.kind is ErrorKind.CAPABILITY_DENIED
        if is_denial and denials:
            return replace(result, for_model=denials[-1])
        if rule := self._host.kept_from_models(self.skill.name, read):
            return replace(result, for_model=_WITHHELD.format(rule=rule))
        return result if result.error is None or is_denial else _told(result)

    async def _run(self, call: SandboxCall, context: CallContext, denials: list[str]) -> SandboxResult:
        actor, recorder = skill_actor(self.skill, approved=self._approved), self._host.recorder
        tape = recorder.begin(self.skill, context) if recorder else None
        if recorder is None or tape is None:
            perform = self._host.gate.bind(actor, context)
            return await self._host.sandbox.run(call, _noting_denials(perform, denials))
        perform = self._host.gate.bind(actor, replace(context, emit=tape.listening(context.emit)))
        made = Made(
            *(tape, call, self.skill, self._manifest, self._approved, self._host.places),
            *(context.session_id, context.turn_id, Ending("")),
        )
        recorder.follow(made)
        try:
            result = await self._host.sandbox.run(replace(call, tape=tape), _noting_denials(perform, denials))
        finally:
            recorder.leave(made)
        made.ending = ending_of(result)
        await recorder.keep(made)
        return result


_WITHHELD = (
    "WITHHELD: the skill ran, and what it returned is not shown to you: it has read a file that a rule of the person "
    "keeps from models ({rule}).\nnext: go on without the result"
)


def _noting_reads(emit: Callable[[Event], None], read: list[str]) -> Callable[[Event], None]:
    """The files that a call was let read are noted."""

    def note(event: Event) -> None:
        if isinstance(event, HostCallFinished) and event.kind is Kind.FS_READ and event.decision is Verdict.ALLOW:
            read.append(event.resource)
        emit(event)

    return note


def _noting_denials(perform: Perform, denials: list[str]) -> Perform:
    """The gate as it is; what the model reads of each denial is kept, since a trap has only its message."""

    async def perform_and_note(effect: Effect) -> EffectResult:
        try:
            return await perform(effect)
        except CapabilityDenied as denied:
            denials.append(denied.for_model or str(denied))
            raise

    return perform_and_note


def declares_change(capabilities: Capabilities) -> bool:
    """Whether a manifest declares more than reading: files to write, or requests other than GET and HEAD."""
    network = capabilities.network
    if network and network.domains and (network.methods is None or not {"GET", "HEAD"}.issuperset(network.methods)):
        return True
    return bool(capabilities.filesystem.write)


def skill_actor(skill: Skill, *, approved: bool = True) -> Actor:
    """Who the policy sees: the name, the key that signed, and the hash of what was installed."""
    return Actor(
        kind=ActorKind.SKILL,
        name=skill.name,
        version=skill.version,
        publisher=skill.publisher,
        content_hash=skill.content_hash,
        manifest=skill.manifest if approved else None,
        declared=skill.manifest,
    )


def sandbox_call(skill: Skill, manifest: Manifest, arguments: JsonObject, call_id: str, places: Places) -> SandboxCall:
    return SandboxCall(
        call_id=call_id,
        name=skill.name,
        module=skill.folder / manifest.entry,
        module_sha256=skill.module_sha256,
        input_json=input_bytes(arguments),
        limits=manifest.limits,
        preopens=preopens(manifest, places),
        env_keys=manifest.capabilities.env,
        secrets=tuple(manifest.capabilities.secrets.items()),
        content_hash=skill.content_hash,
        arguments=program_arguments(manifest, arguments),
        stdin=program_input(manifest, arguments),
    )


def input_bytes(arguments: JsonObject) -> bytes:
    """The input as the guest reads it: JSON in UTF-8, lone surrogates replaced.

    Raises:
        ValueError: it holds a number that JSON cannot.
    """
    return json.dumps(well_formed_json(arguments), ensure_ascii=False, allow_nan=False).encode()


def preopens(manifest: Manifest, places: Places) -> tuple[tuple[str, str], ...]:
    """(guest path, host path) for WASI: each declared path under its own name and its absolute one.

    A declared `${PROJECT}` is also `.`, so that relative paths mean the same here as in `read_file`.
    """
    filesystem = manifest.capabilities.filesystem
    opened: dict[str, str] = {}
    for written in (*filesystem.read, *filesystem.write):
        try:
            real = absolute(written, places).rstrip("/") or "/"
        except NeverRule:
            continue  # no path the system could hold: there is nothing to open
        opened |= {written: real, real: real}
        if real == places.project:
            opened["."] = real
    return tuple(opened.items())


def outcome(result: SandboxResult) -> ToolOutcome:
    """What the model and the trace get of a call."""
    content = result.content if result.error is None else result.error.message
    return ToolOutcome(
        content, result.error is not None, result.error, result.usage, result.logs, logs_dropped=result.logs_dropped
    )


def _told(result: ToolOutcome) -> ToolOutcome:
    """A failure with what the model reads of it."""
    assert result.error is not None
    return replace(result, for_model=failure_for_model(result.error.kind, result.error.message))


def failed(kind: ErrorKind, message: str) -> ToolOutcome:
    return ToolOutcome(message, is_error=True, error=ErrorInfo(kind, message))
