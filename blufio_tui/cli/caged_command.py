"""`blufio-tui cage`: one command of a person's own, caged, by the rules of configuration and command line."""

import asyncio
import os
import secrets
import shlex
import signal
import sys
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.cage.program_side.cage import CagePool, Ended, Output
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.cage.program_side.runner import CagedRunner
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment, command_environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.deny_rule_links import with_real_paths
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.scratch import drop_scratch, make_scratch
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.cage.report import Effects, file_effects, summary
from blufio_tui.core.capability import Actor, ActorKind, DecidedBy, DenialCause, Kind, Mode, Verdict
from blufio_tui.core.errors import HostError, UsageError
from blufio_tui.core.events import Event
from blufio_tui.core.gate.approvers import AllowOnce, DenyAll
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.guards.secrets import credentials_in
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime, unanswered
from blufio_tui.core.policy.rule_targets import target_problem
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.redaction import Redactor
from blufio_tui.core.text.unicode import well_formed_json
from blufio_tui.core.tools import CallContext
from blufio_tui.features.cage.cages import READS_ONLY, file_denials, premises_of
from blufio_tui.features.cage.interrupted import take_up_interrupted
from blufio_tui.features.start.arguments import CageOptions
from blufio_tui.features.start.options import read_options
from blufio_tui.features.stored.stores import audit_on, grants_at, guardian_on, open_database, untouchable

NO_CAGE = 126
_ACTOR = Actor(ActorKind.TOOL, "cage")


class AskOnTerminal:
    """Asks on the controlling terminal, which the command itself cannot reach."""

    def __init__(self, terminal: Path = Path("/dev/tty")) -> None:
        self._terminal = terminal

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        return await asyncio.get_running_loop().run_in_executor(None, self._ask, question)

    def _ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        try:
            with self._terminal.open("r+b", buffering=0) as terminal:
                terminal.write(f"\n{visible(question.preview)}\nAllow it just this time? [y/N] ".encode())
                answer = terminal.readline(100).lower()
        except OSError:
            return unanswered("there is no terminal to ask in", DenialCause.NOBODY_THERE)
        if not answer:
            return unanswered("the terminal was closed before anybody answered")
        once = next((offer for offer in question.offers if offer.lifetime is Lifetime.CALL), None)
        return ApprovalAnswer(Verdict.ALLOW, once) if answer.strip() in (b"y", b"yes") else ApprovalAnswer(Verdict.DENY)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the command line adds to the configuration."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    rules: tuple[UserRule, ...]
    private: tuple[str, ...]


def _given(options: CageOptions) -> _Given:
    """
    Raises:
        UsageError: a path that is not there, or no host.
    """
    for path in (*options.read, *options.write):
        if not path.exists():
            raise UsageError(f"{path} does not exist, so nothing can be read or written in it")
    for host in options.net:
        if problem := target_problem(Verdict.ALLOW, Kind.NET, host):
            raise UsageError(f"--net {host}: {problem}")
    private = tuple(host for host in options.net if ":" in host)
    rules = tuple(UserRule(Verdict.ALLOW, Kind.NET, host, "cage") for host in options.net)
    return _Given(_real(options.read), _real(options.write), rules, private)


def _real(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(os.path.realpath(path) for path in paths)


async def run_caged(wanted: CageOptions) -> int:
    """Run it; the exit code of `blufio-tui cage`.

    Raises:
        UsageError, ConfigError, StorageError: nothing was run.
    """
    start, given, options = wanted.start, _given(wanted), read_options(wanted.start, interactive=False)
    cwd = os.path.realpath(wanted.cwd or options.project)
    if not Path(cwd).is_dir():
        raise UsageError(f"{cwd} is not a folder to run a command in")
    if why := why_not():
        return _no_cage(wanted, why)
    on_denial = start.on_denial or "deny"
    mode = Mode(start.mode) if start.mode else Mode.DENY if on_denial == "deny" else Mode.ASK
    reads_only = start.mode in READS_ONLY
    approvers: dict[str, Approver] = {"deny": DenyAll(), "allow": AllowOnce(), "ask": AskOnTerminal()}
    approver = approvers[on_denial]
    with ExitStack() as stack:
        database = stack.enter_context(open_database(options.paths))
        settings, clock = options.settings, SystemClock()
        guardian = guardian_on(database, options.paths, lambda: settings, _complain)
        audit, where = audit_on(database, options.paths, guardian), places(options.project)
        own = untouchable(options.paths, settings)
        grants = RecordedGrants(grants_at(options.paths), audit)
        rules = with_real_paths((*settings.policy.rules, *given.rules), where)
        network = Network((*settings.network.allow_private, *given.private))
        known = credentials_in(os.environ)
        effects_runner = HostEffects(FileGuard(where, own), network, Environment(), Shell(known_secrets=known.values()))
        circumstances = Circumstances(mode, where, rules, settings.approval.timeout_secs)
        gate = Gate(
            Ports(effects_runner, approver, audit, grants, clock), lambda: circumstances, redact=Redactor(known).redact
        )
        premises = premises_of(options.paths, where, own, read=given.read, write=given.write)
        keeper, paths = UndoStore(options.paths.undo), options.paths
        pool = CagePool(spare=False)
        runner = CagedRunner(
            pool,
            premises,
            audit,
            denials=lambda: file_denials(rules, "cage", grants.grants()),
            writes=lambda: not reads_only,
            keeper=keeper,
        )
        environment = command_environment(os.environ, known.values(), settings.policy.pass_env)
        try:
            for said in await take_up_interrupted(paths.kept, paths.effects, keeper, audit):
                _complain(said)
            await audit.append(_own_row(wanted.words, cwd))
            return await _run(wanted, cwd, environment, runner, gate)
        finally:
            pool.close()
            await gate.settle()
            await guardian.finish()
            await network.close()


def _complain(what: str) -> None:
    print(f"blufio-tui: {what}", file=sys.stderr)


def _own_row(words: tuple[str, ...], cwd: str) -> AuditEntry:
    """The command is the person's own decision; it is recorded before it runs."""
    return AuditEntry(
        RowType.DECISION,
        Kind.EXEC,
        " ".join(words),
        actor=_ACTOR.name,
        decision=Verdict.ALLOW,
        decided_by=DecidedBy.USER,
        rule="allowed by you: you typed it",
        detail=f"in {cwd}, in the cage",
    )


def _context(events: list[Event]) -> CallContext:
    return CallContext("", "", f"call_{secrets.token_hex(8)}", events.append)


async def _run(
    wanted: CageOptions,
    cwd: str,
    environment: dict[str, str],
    runner: CagedRunner,
    gate: Gate,
) -> int:
    context, effects, output = _context([]), Effects(), _Output(passes=not wanted.as_json)
    inside = Inside(lambda effect, seen: gate.perform(effect, _ACTOR, seen), _ACTOR, context)
    tmp = make_scratch("cage")
    ended: Ended | None = None
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError, RuntimeError):
            loop.add_signal_handler(number, task.cancel if task else _nothing)
    try:
        command = runner.command(wanted.words, cwd, environment, tmp)
        async with aclosing(runner.events(command, inside, effects, stdin=_stdin())) as events:
            async for event in events:
                if isinstance(event, Output):
                    output.take(event)
                elif isinstance(event, Ended):
                    ended = event
        await runner.record(" ".join(wanted.words), inside, effects)
    except HostError as error:
        if ended is None:
            return _no_cage(wanted, str(error))
        raise
    except asyncio.CancelledError:
        return 130
    finally:
        drop_scratch(tmp)
    if ended is None:
        return 1
    if wanted.as_json:
        print(json_text(well_formed_json(_report(wanted.words, context, effects, output, ended))))
        return ended.exit_code
    for one in effects.decided:
        if one["decision"] != "allow":
            print(visible(_refused(one)), file=sys.stderr)
    return ended.exit_code


def _refused(one: JsonObject) -> str:
    """What was refused, by which rule, why it is not free, and which option allows it."""
    why = f"; {one['why']}" if one.get("why") else ""
    told = f"blufio-tui: refused: {one['operation']} {one['resource']} ({one['rule']}{why})"
    by_default = one["decided_by"] == DecidedBy.MODE and one["kind"] == Kind.FS_READ
    return f"{told}; --read {shlex.quote(str(one['resource']))} allows it" if by_default else told


def _nothing() -> None:
    """For a loop without a task."""


def _stdin() -> int | None:
    """Input passes through; a person's terminal does not: the command could read what they type."""
    with suppress(OSError, ValueError):
        if not sys.stdin.isatty():
            return os.dup(sys.stdin.fileno())
    return None


class _Output:
    """Passes output on as it comes, or keeps it for the report."""

    def __init__(self, *, passes: bool) -> None:
        self._passes = passes
        self._kept: dict[str, list[bytes]] = {"stdout": [], "stderr": []}

    def take(self, output: Output) -> None:
        if not self._passes:
            self._kept[output.stream].append(output.data)
            return
        stream = sys.stdout if output.stream == "stdout" else sys.stderr
        stream.flush()
        stream.buffer.write(output.data)
        stream.buffer.flush()

    def text(self, stream: str) -> str:
        return b"".join(self._kept[stream]).decode("utf-8", "replace")


def _report(
    words: tuple[str, ...], context: CallContext, effects: Effects, output: _Output, ended: Ended
) -> JsonObject:
    return {
        "call_id": context.call_id,
        "command": list(words),
        "caged": True,
        "why_not": None,
        "exit_code": ended.exit_code,
        "signal": ended.signal,
        "stdout": output.text("stdout"),
        "stderr": output.text("stderr"),
        "effects": [*effects.decided, *file_effects(effects)],
        "summary": summary(effects),
        "wall_ms": round(ended.wall_secs * 1000, 3),
        "waited_ms": round(ended.waited_secs * 1000, 3),
    }


def _no_cage(wanted: CageOptions, why: str) -> int:
    if wanted.as_json:
        report: JsonObject = {
            "call_id": "", "command": list(wanted.words), "caged": False, "why_not": why, "exit_code": NO_CAGE,
            "signal": None, "stdout": "", "stderr": "", "effects": [],
            "summary": {"files_read": 0, "files_written": [], "programs": 0, "hosts": []},
            "wall_ms": 0.0, "waited_ms": 0.0,
        }  # fmt: skip
        print(json_text(report))
    print(f"blufio-tui: not caged: {why}", file=sys.stderr)
    return NO_CAGE
