"""Runs the examples of a skill in the real sandbox, behind the real gate, on a project of its own.

`tests/project` of the skill is copied and is the project folder of the run, so that what a skill writes
is gone afterwards. Requests are answered from `tests/responses.json`, or with `live` by the real network.
Whatever the manifest does not permit is denied.
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.scratch import scratch
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.capability import Actor, Mode, NetTarget, Target
from blufio_tui.core.effects import Effect, EffectResult, Fetch
from blufio_tui.core.errors import HostError, SkillError
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.gate.ports import EffectRunner, PreparedEffect
from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.skills.files import content_hash
from blufio_tui.core.skills.report import HostCallCollector
from blufio_tui.core.skills.sandbox import Sandbox
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.testing import Judgement, judge
from blufio_tui.core.skills.tool import SkillHost, SkillTool
from blufio_tui.core.text import strict_json
from blufio_tui.core.tools import CallContext, ToolOutcome

PROJECT = "tests/project"
RESPONSES = "tests/responses.json"
_MAX_RESPONSES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExampleRun:
    example: Example
    judgement: Judgement
    outcome: ToolOutcome


async def run_examples(skill: Skill, sandbox: Sandbox, *, live: bool = False) -> AsyncIterator[ExampleRun]:
    """Run each example in a fresh copy of the test project.

    Raises:
        SkillError: the skill has no code, or its recorded responses cannot be read.
    """
    recorded = recorded_responses(skill.folder)
    for example in skill.manifest.examples if skill.manifest else ():
        with scratch("test") as folder:
            yield await _run_one(skill, sandbox, example, Path(folder), None if live else recorded)


async def _run_one(
    skill: Skill, sandbox: Sandbox, example: Example, scratch: Path, recorded: "list[Recorded] | None"
) -> ExampleRun:
    home, project = scratch / "home", scratch / "project"
    home.mkdir()
    _copy_project(skill.folder / PROJECT, project)
    where = places(project, home)
    async with AsyncExitStack() as stack:
        network = Network(())
        stack.push_async_callback(network.close)
        effects: EffectRunner = HostEffects(FileGuard(where), network, Environment(), Shell())
        answers = RecordedNetwork(effects, recorded or [])
        database = Database(scratch / "audit.db")
        database.open()
        stack.callback(database.close)
        clock = SystemClock()
        audit = AuditStore(database, AuditKey(scratch / "audit.key"), clock)
        runner = effects if recorded is None else answers
        ports = Ports(runner, DenyAll(), audit, GrantsFile(scratch / "grants.toml", clock), clock)
        gate = Gate(ports, lambda: Circumstances(Mode.ASK, where))
        stack.push_async_callback(gate.settle)
        collector = HostCallCollector()
        tool = SkillTool(skill, SkillHost(sandbox, gate, _check, where))
        context = CallContext("", "", f"test_{scratch.name}", collector.take)
        outcome = await tool.invoke(dict(example.input), context)
    return ExampleRun(example, judge(example, outcome, collector.finished, answers.missing), outcome)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One response kept beside the skill."""

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class RecordedNetwork:
    """An effect runner whose requests are answered from a recording. `missing` names those that were not there."""

    effects: EffectRunner
    responses: list[Recorded]
    missing: list[str] = field(default_factory=list)

    def prepare(self, effect: Effect, actor: Actor) -> PreparedEffect:
        prepared = self.effects.prepare(effect, actor)
        if not isinstance(effect, Fetch):
            return prepared
        assert isinstance(prepared.target, NetTarget)
        method, url = prepared.target.method, prepared.target.url
        found = next((item for item in self.responses if (item.method, item.url) == (method, url)), None)
        return _Replay(prepared, found, self.missing)


@dataclass(frozen=True, slots=True)
class _Replay:
    prepared: PreparedEffect
    response: Recorded | None
    missing: list[str]

    @property
    def target(self) -> Target:
        return self.prepared.target

    def describe(self) -> str:
        return self.prepared.describe()

    async def preflight(self) -> None:
        """No name is resolved for a recorded answer."""

    async def execute(self) -> EffectResult:
        if self.response is None:
            self.missing.append(self.target.resource)
            raise HostError(f"{self.target.resource} is not recorded, and tests do not use the network")
        response = self.response
        return EffectResult(response.status, response.body, response.headers, response.url)


def recorded_responses(folder: Path) -> list[Recorded]:
    """The responses kept in `tests/responses.json`; empty when there is no such file.

    Raises:
        SkillError: the file is not a list of responses.
    """
    path = folder / RESPONSES
    if not path.is_file():
        return []
    try:
        recorded = strict_json.parsed(read_regular(path, _MAX_RESPONSES, folder))
        return [_recorded(path.parent, entry, folder) for entry in recorded]
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise SkillError(f"{path} is not a list of {{url, status, body}}: {error}") from None


def _recorded(folder: Path, entry: dict[str, str | int | dict[str, str]], skill: Path) -> Recorded:
    """`body_file` is below the skill's folder, whatever it says: a stranger may have written it."""
    file, body = entry.get("body_file"), entry.get("body", "")
    headers = entry.get("headers", {})
    if not isinstance(headers, dict):
        raise TypeError("headers must be an object")
    return Recorded(
        method=str(entry.get("method", "GET")),
        url=str(entry["url"]),
        status=int(str(entry.get("status", 200))),
        headers=tuple((name, str(value)) for name, value in headers.items()),
        body=read_regular(folder / str(file), _MAX_RESPONSES, skill) if file else str(body).encode(),
    )


async def _check(skill: Skill) -> None:
    """A skill under test is what is in the folder now; it must not change in the middle of a run."""
    if content_hash(scan(skill.folder)) != skill.content_hash:
        raise SkillError(f"the files of {skill.folder} changed during the test; run it again")


def _copy_project(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        target.mkdir()
