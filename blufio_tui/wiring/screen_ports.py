"""What acts behind the screen, in the shape it asks for."""

from dataclasses import dataclass
from functools import partial

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions.drafts import Drafts
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.user_calls import DirectCalls
from blufio_tui.core.asking import Person
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.tools import Tool
from blufio_tui.features.calls.user_calls import UserCalls
from blufio_tui.features.policy.rules import ScreenRules
from blufio_tui.features.prompt.attaching import Files
from blufio_tui.features.screen.jobs import ScreenJobs
from blufio_tui.features.screen.models import ConnectionDesk, Model, ModelPorts
from blufio_tui.features.screen.replay import ScreenReplays
from blufio_tui.features.screen.servers import ScreenServers
from blufio_tui.features.screen.skills import SkillCare, SkillCarePorts, Skills
from blufio_tui.features.skills.tools import skill_tools
from blufio_tui.features.start.endpoints import Endpoint
from blufio_tui.features.start.options import Options, choose_provider
from blufio_tui.features.stored.stores import opened_database
from blufio_tui.wiring.backend import Backend, build_backend


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it, opened."""

    backend: Backend
    model: Model
    connections: ConnectionDesk
    skills: Skills
    care: SkillCare
    files: Files
    direct: UserCalls
    jobs: ScreenJobs
    rules: ScreenRules
    servers: ScreenServers
    replays: ScreenReplays
    drafts: Drafts

    async def close(self) -> None:
        """What writes ends first, then what it writes to."""
        try:
            await self.backend.close()
            await self.model.close()
        finally:
            self.backend.stored.database.close()


def open_parts(options: Options, approver: Approver, person: Person | None = None) -> Parts:
    """Needs no event loop, so that it can run beside one.

    Raises:
        StorageError: the database cannot be used.
    """
    database = opened_database(options.paths)
    try:
        backend = build_backend(options, database, approver, attended=True, person=person)
    except BaseException:
        database.close()
        raise
    stored, outside, equipment = backend.stored, backend.outside, backend.equipment
    places, config_file = backend.policy.places, options.paths.config_file
    model_with = model_ports(backend)
    model, skills = Model(model_with), Skills(stored.skills, backend.offer_skills)
    replays = ScreenReplays(outside.sandbox, stored.recorder, stored.records, stored.audit)
    care = SkillCarePorts(
        stored.skills,
        backend.installer(skills.changed),
        stored.sessions,
        stored.audit,
        places,
        backend.project,
        stored.settings.at_start.skills.watch,
        replays.try_update,
    )
    return Parts(
        backend=backend,
        model=model,
        connections=ConnectionDesk(model_with, model),
        skills=skills,
        care=SkillCare(skills, care),
        files=Files(backend.project, backend.gate, equipment.servers),
        direct=user_calls_of(backend),
        drafts=Drafts(database, SystemClock()),
        jobs=ScreenJobs(outside.jobs),
        servers=ScreenServers(equipment.servers, equipment.server_sources, outside.cages, config_file),
        replays=replays,
        rules=ScreenRules(config_file, stored.audit, places),
    )


def model_ports(backend: Backend) -> ModelPorts:
    options, secrets, model = backend.options, backend.stored.secrets, backend.stored.settings.at_start.model
    return ModelPorts(
        backend.agent,
        secrets.credentials,
        backend.equipment.pricing,
        secrets.redactor,
        options.paths.config_file,
        Endpoint(options.connection, model.base_url, model.name),
        options.model_given,
        backend.outside.sandbox.prepare,
        partial(choose_provider, options, secrets.credentials),
    )


def user_calls_of(backend: Backend) -> UserCalls:
    stored, outside, equipment = backend.stored, backend.outside, backend.equipment

    def installed() -> list[Tool]:
        return [*skill_tools(stored.skills, equipment.skill_host), *equipment.servers.tools()]

    def offered() -> ToolRegistry:
        backend.offer_skills()
        return equipment.tools

    return UserCalls(
        backend.gate,
        backend.policy.places.project,
        outside.shell,
        outside.shell_states,
        installed,
        offered,
        lambda tools: DirectCalls(tools, stored.sessions, SystemClock(), equipment.tasks, mask=equipment.mask),
    )
