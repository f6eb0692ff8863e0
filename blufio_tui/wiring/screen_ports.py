"""What acts behind the screen, in the shape it asks for; here files and direct calls."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial

from blufio_tui.adapters.files.attachments import pasted_mention
from blufio_tui.adapters.files.project_files import ProjectFiles
from blufio_tui.adapters.sessions.drafts import Drafts
from blufio_tui.core.agent.attach import Attachment
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.agent.user_calls import DirectCalls
from blufio_tui.core.asking import Person
from blufio_tui.core.builtin.bash import BashTool, CagedBash
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.events import Event
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.shell.jobs import Job
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import Tool
from blufio_tui.features.attaching import attached
from blufio_tui.features.endpoints import Endpoint
from blufio_tui.features.models import ConnectionDesk, Model, ModelPorts
from blufio_tui.features.options import Options
from blufio_tui.features.rules import ScreenRules
from blufio_tui.features.screen_replay import ScreenReplays
from blufio_tui.features.screen_servers import ScreenServers
from blufio_tui.features.skills import SkillCare, SkillCarePorts, Skills
from blufio_tui.features.stores import opened_database
from blufio_tui.wiring.backend import Backend, build_backend, choose_provider, skill_tools
from blufio_tui.wiring.installing import installer_of


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it, opened."""

    backend: Backend
    model: Model
    connections: ConnectionDesk
    skills: Skills
    care: SkillCare
    files: "Files"
    direct: "Direct"
    jobs: "ScreenJobs"
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
            self.backend.database.close()


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
    model_with = model_ports(backend)
    model, skills = Model(model_with), Skills(backend.skills, backend.offer_skills)
    replays = ScreenReplays(backend.sandbox, backend.recorder, backend.records, backend.audit)
    return Parts(
        backend=backend,
        model=model,
        connections=ConnectionDesk(model_with, model),
        skills=skills,
        care=SkillCare(skills, _skill_care(backend, skills, replays)),
        files=Files(backend),
        direct=Direct(backend),
        drafts=Drafts(database, backend.clock),
        jobs=ScreenJobs(backend),
        servers=ScreenServers(backend.servers, backend.server_sources, backend.cages, options.paths.config_file),
        replays=replays,
        rules=ScreenRules(options.paths.config_file, backend.audit, backend.places),
    )


def model_ports(backend: Backend) -> ModelPorts:
    options, model = backend.options, backend.settings.model
    return ModelPorts(
        backend.agent,
        backend.credentials,
        backend.pricing,
        backend.redactor,
        options.paths.config_file,
        Endpoint(options.connection, model.base_url, model.name),
        options.model_given,
        backend.sandbox.prepare,
        partial(choose_provider, options, backend.credentials),
    )


def _skill_care(backend: Backend, skills: Skills, replays: ScreenReplays) -> SkillCarePorts:
    return SkillCarePorts(
        backend.skills,
        installer_of(backend, skills.changed),
        backend.sessions,
        backend.audit,
        backend.places,
        backend.project,
        backend.settings.skills.watch,
        replays.try_update,
    )


class Files:
    """The project's files for `@path`; reading one passes the gate as the `file` tool does."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._names = ProjectFiles(backend.project)

    async def complete(self, query: str, limit: int = 20) -> list[str]:
        return await self._names.complete(query, limit)

    async def dropped(self, text: str) -> str:
        return await asyncio.to_thread(pasted_mention, text)

    async def attach(self, text: str, session_id: str) -> list[Attachment]:
        backend = self._backend
        return await attached(text, session_id, backend.project, backend.gate, backend.servers)


class ScreenJobs:
    """The jobs as the screen sees them."""

    def __init__(self, backend: Backend) -> None:
        self._jobs = backend.jobs

    async def of(self, session_id: str) -> Sequence[Job]:
        return self._jobs.of(session_id)

    async def kill(self, job: Job) -> bool:
        return await self._jobs.kill(job)

    async def end_session(self, session_id: str) -> None:
        await self._jobs.end_session(session_id)


class Direct:
    """The person's own calls: `!command` acts for the person, `!!command` in the cage, `/run` as what it names."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        backend = self._backend
        tools: list[Tool] = [
            kind(
                backend.gate.perform,
                backend.places.project,
                Actor(ActorKind.USER, "user"),
                states=backend.shell_states,
                environment=backend.shell.environment(),
                inside=inside,
            )
            for kind, inside in ((BashTool, None), (CagedBash, Actor(ActorKind.TOOL, "cage")))
        ]
        registry = ToolRegistry(tools, [*skill_tools(backend.skills, backend.skill_host), *backend.servers.tools()])
        return self._calls(registry).call(tool, arguments, session_id=session_id)

    def again(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        """With the tools as the model calls them: a grant to one of them is a grant here."""
        backend = self._backend
        if tool == CagedBash.name:
            return self.call(tool, arguments, session_id=session_id)
        backend.offer_skills()
        return self._calls(backend.tools).call(tool, arguments, session_id=session_id)

    def _calls(self, registry: ToolRegistry) -> DirectCalls:
        backend = self._backend
        return DirectCalls(registry, backend.sessions, backend.clock, backend.tasks, mask=backend.mask)
