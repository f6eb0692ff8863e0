"""Builds the backend in stages: stores, decisions, effects, and the agent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.live_mode import LiveMode
from blufio_tui.adapters.files.guard import places
from blufio_tui.adapters.files.kept_content import sweep_kept
from blufio_tui.adapters.scratch import sweep_scratch
from blufio_tui.adapters.skills.install import InstallPorts, SkillInstaller
from blufio_tui.adapters.storage.database import Database
from blufio_tui.adapters.storage.keyring_access import ASKING
from blufio_tui.core.asking import NobodyThere, Person
from blufio_tui.core.gate.approvers import AllowOnce, DenyAll
from blufio_tui.core.gate.gate import Gate, Ports
from blufio_tui.core.gate.ports import Approver, EffectRunner
from blufio_tui.core.servers.agent import ServedAgent
from blufio_tui.features.cage.effect_lists import EffectLists
from blufio_tui.features.cage.interrupted import take_up_interrupted
from blufio_tui.features.calls.undoing import Undoing
from blufio_tui.features.policy.flow_approver import FlowApprover, telling
from blufio_tui.features.policy.now import PolicyNow
from blufio_tui.features.policy.rules import InformedApprover
from blufio_tui.features.proof.explaining import Explaining
from blufio_tui.features.skills.installing import downloads_through
from blufio_tui.features.skills.tools import bundled_tools, skill_tools
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import Options, read_options
from blufio_tui.features.stored.complaints import Complaints
from blufio_tui.features.stored.stores import open_database
from blufio_tui.wiring.agent import Equipment, agent_with, equipment_of
from blufio_tui.wiring.outside import Outside, outside_of
from blufio_tui.wiring.stored import Stored, stored_on


@dataclass(frozen=True, slots=True)
class Backend:
    """Everything that a turn or a command needs, in the order in which it is built.

    Attributes:
        undoing, explaining, effect_lists: for questions about past effects.
    """

    options: Options
    stored: Stored
    policy: PolicyNow
    outside: Outside
    gate: Gate
    agent: ServedAgent
    equipment: Equipment
    complaints: Complaints
    undoing: Undoing
    explaining: Explaining
    effect_lists: EffectLists

    @property
    def project(self) -> Path:
        return self.options.project

    async def take_up_interrupted(self, tell: Callable[[str], None]) -> None:
        """What commands of a killed program changed can be undone from now on, and is in the log; told in sentences."""
        paths = self.options.paths
        for said in await take_up_interrupted(paths.kept, paths.effects, self.stored.undo, self.stored.audit):
            tell(said)

    async def close(self) -> None:
        """Stop what is running and let the last rows be written; the database stays open."""
        ASKING.end()
        await self.equipment.tasks.end()
        await self.outside.jobs.close()
        await self.equipment.servers.close()
        self.outside.cages.close()
        await self.outside.sandbox.close()
        await asyncio.to_thread(sweep_kept, self.options.paths.kept)
        await self.gate.settle()
        await self.stored.recorder.settle()
        self.complaints.agent = None
        await self.stored.guardian.finish()
        await self.outside.network.close()

    def installer(self, changed: Callable[[], None]) -> SkillInstaller:
        """
        Args:
            changed: called when the installed skills have changed.
        """
        stored, folder = self.stored, self.options.paths.skills
        download = downloads_through(self.gate)
        ports = InstallPorts(folder, stored.audit, SystemClock(), stored.grants, download, changed)
        return SkillInstaller(stored.skills, ports)

    def offer_skills(self) -> tuple[str, ...]:
        """Offer the currently installed skills to the model; return a sentence for each that cannot be offered."""
        skills, given = self.stored.skills, self.equipment
        return given.tools.replace_skills(
            given.hooks.wrap(given.active_skills.wrap(skill_tools(skills, given.skill_host))),
            found_only=bundled_tools(skills),
        )


@asynccontextmanager
async def open_backend(
    start: StartOptions, *, interactive: bool, approver: Approver | None = None
) -> AsyncIterator[Backend]:
    """
    Raises:
        ConfigError, UsageError, StorageError: what is configured or stored cannot be used.
    """
    options = read_options(start, interactive=interactive)
    async with AsyncExitStack() as stack:
        database = stack.enter_context(open_database(options.paths))
        backend = build_backend(options, database, approver or (AllowOnce() if options.answers_allow else DenyAll()))
        stack.push_async_callback(backend.close)
        await backend.take_up_interrupted(Complaints())
        yield backend


def build_backend(
    options: Options,
    database: Database,
    approver: Approver,
    *,
    attended: bool = False,
    person: Person | None = None,
    around: Callable[[EffectRunner], EffectRunner] | None = None,
) -> Backend:
    """Connect the parts, each stage on those before it; nothing is started, and nothing heavy is imported.

    Args:
        attended: a person sits before the screen: questions then wait as `PolicyNow` says, and come with what is known
            of them.
        person: whom the model can ask; None if nobody is there.
        around: what carries effects out, put around what carries them out here.
    """
    ASKING.begin()
    sweep_scratch()
    clock, complaints = SystemClock(), Complaints()
    stored = stored_on(database, options, complaints)
    audit = stored.audit
    policy = PolicyNow(
        stored.settings,
        stored.grants,
        LiveMode(options.mode, audit),
        places(options.project),
        clock,
        attended=attended,
        mode_chosen=options.mode_chosen,
    )
    outside = outside_of(options, stored, policy)
    if attended:
        tells = telling(stored.recorder, stored.records, outside.sandbox, audit)
        approver = FlowApprover(InformedApprover(approver, audit, policy.places), tells)
    runner = outside.runner if around is None else around(outside.runner)
    ports = Ports(runner, approver, audit, stored.grants, clock, stored.held.news)
    gate = Gate(ports, policy.circumstances, redact=stored.secrets.redactor.redact)
    equipment = equipment_of(options, stored, policy, outside, gate, person or NobodyThere(), lambda: agent)
    asked = attended or options.answers_allow
    agent = agent_with(equipment, options, stored, policy, outside, gate, asked=asked)
    complaints.agent = agent
    return Backend(
        options=options,
        stored=stored,
        policy=policy,
        outside=outside,
        gate=gate,
        agent=agent,
        equipment=equipment,
        complaints=complaints,
        undoing=Undoing(stored.undo, gate, audit, outside.files),
        explaining=Explaining(database, audit, stored.guardian.checkpoints, stored.undo, options.project),
        effect_lists=EffectLists(audit, options.paths.effects),
    )
