"""Runs the commands of tools in the cage, with the same protocol as the plain runner; their other effects pass the
gate."""

import asyncio
import logging
import os
import shlex
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from blufio_tui.adapters.cage.profiles.build import QUIET, build_profile
from blufio_tui.adapters.cage.program_side.cage import (
    Answered,
    Asked,
    CageFailed,
    CagePool,
    Command,
    Decide,
    Ended,
    Output,
    ProgramStarted,
    QuestionClock,
    Reply,
)
from blufio_tui.adapters.cage.program_side.interrupted import CallNote, begin, make_store, take_up
from blufio_tui.adapters.cage.program_side.listings import Listings
from blufio_tui.adapters.scratch import drop_scratch, make_scratch
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.cage.keeper import CommandKeeper
from blufio_tui.core.cage.profile import Denial
from blufio_tui.core.cage.report import Effects, Program, closing_entry, file_entries, written_from
from blufio_tui.core.effects import CagedEffect
from blufio_tui.core.errors import CapabilityDenied, HostError, StorageError
from blufio_tui.core.events import EffectsCounted, Event, HostCallFinished, NoticeLevel, NoticeRaised
from blufio_tui.core.running import CommandEnded, CommandEvent, CommandOutput, Launch, shell_words
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.unicode import well_formed
from blufio_tui.core.tools import CallContext

log = logging.getLogger(__name__)

_MAX_STATE = 256 * 1024
_STATE_SCRIPT = """unset BASH_ENV
trap '{{ builtin printf "%s\\0" "$PWD"; /usr/bin/env -0; }} >| {path} 2>/dev/null' EXIT
"""
_FEW_WORDS = 200


@dataclass(frozen=True, slots=True)
class Premises:
    """What all cages of this program share.

    Attributes:
        project, home: canonical.
        protected: this program's own files.
        overrides: the person's toolchains file.
        kept: folder for the old content of what commands change; None keeps none.
        listings: folder for the stored lists of effects.
        search_path: the `PATH` of this program: where toolchains are. What a command leaves in its own widens
            nothing.
    """

    project: str
    home: str
    protected: tuple[str, ...] = ()
    overrides: Path | None = None
    kept: Path | None = None
    listings: Path | None = None
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    search_path: str = field(default_factory=lambda: os.environ.get("PATH", os.defpath))


class CagedRunner:
    """A `CommandRunner`.

    Args:
        denials: the person's deny rules about files, as they stand now.
        writes: whether the mode lets commands change the project, now.
        keeper: stores the old content of what was changed.
        failed: called with the reason if no cage could be made.
    """

    def __init__(
        self,
        pool: CagePool,
        premises: Premises,
        audit: AuditLog,
        *,
        denials: Callable[[], tuple[Denial, ...]] = lambda: (),
        writes: Callable[[], bool] = lambda: True,
        keeper: CommandKeeper | None = None,
        failed: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self._pool = pool
        self._premises = premises
        self._audit = audit
        self._denials = denials
        self._writes = writes
        self._keeper = keeper
        self._failed = failed

    async def run(self, launch: Launch) -> AsyncGenerator[CommandEvent, None]:
        """As `CommandRunner.run`."""
        inside = launch.inside
        if inside is None:
            raise HostError("a command cannot run in a cage when nobody decides on its effects")
        tmp, effects, is_recorded = make_scratch("cage"), Effects(), False
        try:
            shell = _Shell(tmp)
            words = shell.words(launch.command)
            command = self._command(words, launch, tmp, shell.variables())
            async with aclosing(self.events(command, inside, effects)) as events:
                async for event in events:
                    match event:
                        case Output():
                            yield CommandOutput("stdout" if event.stream == "stdout" else "stderr", event.data)
                        case Ended():
                            is_recorded = True
                            await self.record(launch.command, inside, effects)
                            status = -event.signal if event.signal else event.exit_code
                            yield CommandEnded(
                                status, event.timed_out, *shell.read(), waited_secs=event.waited_secs, caged=True
                            )
        finally:
            if not is_recorded and (effects.started or effects.written):
                await outlasting(self._record_stopped(launch.command, inside, effects))
            drop_scratch(tmp)

    async def _record_stopped(self, command: str, inside: Inside, effects: Effects) -> None:
        try:
            await self.record(command, inside, effects, outcome="cancelled")
        except HostError:
            log.exception("what a stopped command did cannot be recorded")

    def _command(self, words: tuple[str, ...], launch: Launch, tmp: str, more: dict[str, str]) -> Command:
        environment = {**launch.environment, **more}
        return self.command(words, launch.cwd, environment, tmp, launch.timeout_secs or 0.0)

    def command(
        self, words: tuple[str, ...], cwd: str, environment: dict[str, str], tmp: str, timeout_secs: float = 0.0
    ) -> Command:
        """
        Args:
            tmp: existing private folder, canonical; the caller removes it.

        Raises:
            ConfigError: the person's toolchains file is not valid.
        """
        premises = self._premises
        profile = build_profile(
            premises.project,
            tmp,
            environment={"PATH": premises.search_path},
            home=premises.home,
            protected=premises.protected,
            denials=self._denials(),
            read=premises.read,
            write=premises.write,
            writes=self._writes(),
            overrides=premises.overrides,
        )
        store = make_store(premises.kept) if premises.kept is not None else ""
        variables = {**QUIET, **environment, "TMPDIR": tmp, "TMP": tmp, "TEMP": tmp, "TMUX_TMPDIR": tmp}
        return Command(words, cwd, variables, profile, store, timeout_secs)

    async def events(
        self, command: Command, inside: Inside, effects: Effects, *, stdin: int | None = None
    ) -> AsyncGenerator[Output | ProgramStarted | Ended, None]:
        """The events of a run; `effects` is filled in by the time of `Ended`, or at the end of a call that was stopped.

        Raises:
            HostError: no cage could be made, or it was lost.
        """
        collector, lock, is_kept = _Collector(inside, effects), -1, False
        try:
            if command.store:
                lock = begin(command.store, _note_of(command, inside))
            async with aclosing(self._pool.run(command, collector.decide, stdin=stdin)) as events:
                async for event in events:
                    if isinstance(event, ProgramStarted):
                        words = well_formed(shlex.join(event.words))[:_FEW_WORDS]
                        effects.started.append(Program(event.pid, words, event.above))
                    elif isinstance(event, Ended):
                        effects.files_read, effects.programs = event.files_read, event.programs
                        effects.left_running, effects.unasked = event.left_running, event.unasked
                        effects.written = written_from(event.written)
                        await self._keep(event, inside, os.path.basename(command.store))
                        is_kept = True
                    yield event
        except CageFailed as error:
            self._failed(str(error))
            raise HostError(str(error)) from error
        except OSError as error:
            raise HostError(f"there is no room to keep what the command changes: {error}") from error
        finally:
            if lock >= 0:
                os.close(lock)
            if command.store and not is_kept:
                await outlasting(asyncio.to_thread(self._take_up, command.store, effects))
            if command.store:
                shutil.rmtree(command.store, ignore_errors=True)

    def _take_up(self, store: str, effects: Effects) -> None:
        """What a command changed whose call was stopped, from the supervisor's notes. Blocking."""
        if self._keeper is None:
            return
        try:
            effects.written = take_up(store, self._keeper).written
        except (OSError, ValueError, KeyError, TypeError):
            log.exception("what a stopped command changed cannot be undone")

    async def _keep(self, ended: Ended, inside: Inside, batch: str) -> None:
        """Hand the changes and the old content on to the undo store."""
        context = inside.context
        if self._keeper is None or not ended.changes:
            return
        try:
            await outlasting(asyncio.to_thread(self._keeper.keep_command, context.call_id, ended.changes, batch))
        except HostError as error:
            context.emit(NoticeRaised(context.turn_id, NoticeLevel.WARNING, str(error)))

    async def record(self, command: str, inside: Inside, effects: Effects, *, outcome: str = "ok") -> None:
        """Rows for the files written, and the closing row; shown as they are written.

        Args:
            outcome: of the command.

        Raises:
            HostError: the log cannot be written.
        """
        context = inside.context
        base = AuditEntry(
            RowType.EFFECTS,
            "exec",
            command,
            actor=inside.actor.name,
            session_id=context.session_id,
            turn_id=context.turn_id,
            call_id=context.call_id,
        )
        listing = await asyncio.to_thread(effects.listing)
        closing = replace(closing_entry(effects, listing, command, base), outcome=outcome)
        entries = [*file_entries(effects, base), closing]
        if self._premises.listings is not None:
            with suppress(OSError):  # the digest in the log stands by itself
                await asyncio.to_thread(Listings(self._premises.listings).store, listing)
        entries = [replace(entry, resource=well_formed(entry.resource)) for entry in entries]
        try:
            *_, seq = await self._audit.append_many(entries)
        except StorageError as error:
            raise HostError(f"the audit log cannot be written: {error}") from error
        context.emit(EffectsCounted(context.turn_id, context.call_id, effects.in_words(), seq))


def _note_of(command: Command, inside: Inside) -> CallNote:
    context, words = inside.context, command.words
    shown = words[-1] if words[-2:-1] == ("-c",) else shlex.join(words)
    return CallNote(context.call_id, context.session_id, context.turn_id, inside.actor.name, well_formed(shown))


class _Collector:
    """Passes suspended effects through the gate and collects the decisions."""

    def __init__(self, inside: Inside, effects: Effects) -> None:
        self._inside = inside
        self._effects = effects
        self._clock = QuestionClock()

    @property
    def decide(self) -> Decide:
        return self._decide

    async def _decide(self, asked: Asked, reply: Reply) -> None:
        is_open = True
        self._clock.question()

        def answered() -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                self._clock.answer()
                self._inside.stood_still.secs = self._clock.waited

        async def carry_out(addresses: tuple[str, ...]) -> str:
            answered()
            return await reply(Answered(True, addresses))

        programs = tuple(well_formed(" ".join(line))[:_FEW_WORDS] for line in asked.chain)
        effect = CagedEffect(
            kind=asked.kind,
            resource=well_formed(asked.resource),
            operation=asked.operation,
            why=asked.why,
            never=asked.never,
            programs=programs,
            carry_out=carry_out,
        )
        context, seen = self._inside.context, list[HostCallFinished]()

        def emit(event: Event) -> None:
            if isinstance(event, HostCallFinished):
                seen.append(event)
            context.emit(event)

        watched = CallContext(context.session_id, context.turn_id, context.call_id, emit)
        try:
            await self._inside.perform_in(effect, watched)
        except (CapabilityDenied, HostError):
            pass  # the refusal reaches the command as an error of its call
        except Exception as error:
            self._effects.decided.append(_failed_entry(error, programs, asked))
            log.exception("deciding on %s %s failed; it is refused", asked.operation, asked.resource)
        finally:
            answered()
            self._effects.decided += [_entry(event, programs, asked) for event in seen]


def _entry(event: HostCallFinished, programs: tuple[str, ...], asked: Asked) -> JsonObject:
    return {
        "kind": event.kind.value,
        "resource": event.resource,
        "operation": asked.operation,
        "decision": event.decision.value,
        "decided_by": event.decided_by.value,
        "rule": event.rule,
        "why": asked.why,
        "program": programs[0] if programs else "",
        "pid": asked.pid,
        "outcome": event.outcome,
        "seq": event.seq,
    }


def _failed_entry(error: Exception, programs: tuple[str, ...], asked: Asked) -> JsonObject:
    """The entry for an effect that could not be decided on: refused, with the reason."""
    return {
        "kind": asked.kind,
        "resource": well_formed(asked.resource),
        "operation": asked.operation,
        "decision": "deny",
        "decided_by": "never-rule",
        "rule": f"could not be decided on: {type(error).__name__}: {error}",
        "program": programs[0] if programs else "",
        "pid": asked.pid,
        "outcome": "denied",
        "seq": 0,
    }


class _Shell:
    """The shell of a command, and the file in which it leaves its folder and variables to the next one."""

    def __init__(self, tmp: str) -> None:
        self._tmp = tmp
        self._has_bash = Path("/bin/bash").exists()

    def words(self, command: str) -> tuple[str, ...]:
        return shell_words(command, has_bash=self._has_bash)

    def variables(self) -> dict[str, str]:
        if not self._has_bash:
            return {}
        script = Path(self._tmp, ".blufio-begin")
        script.write_text(_STATE_SCRIPT.format(path=f"{self._tmp}/.blufio-state"), encoding="utf-8")
        return {"BASH_ENV": str(script)}

    def read(self) -> tuple[str, dict[str, str]]:
        """Folder and variables; empty when the shell could not write them, or what is there is not from it."""
        try:
            descriptor = os.open(f"{self._tmp}/.blufio-state", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(_MAX_STATE + 1)
        except OSError:
            return "", {}
        cwd, *pairs = data.decode("utf-8", "surrogateescape").split("\0")
        if len(data) > _MAX_STATE or not os.path.isdir(cwd):
            return "", {}
        own = {"TMPDIR", "TMP", "TEMP", "TMUX_TMPDIR"}
        variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        return os.path.realpath(cwd), {name: value for name, value in variables.items() if name not in own}
