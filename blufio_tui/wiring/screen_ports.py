"""What acts behind the screen, in the shape it asks for: model, skills, files, direct calls."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from blufio_tui.adapters.attachments import attach
from blufio_tui.adapters.database import Database
from blufio_tui.adapters.drafts import Drafts
from blufio_tui.adapters.project_files import ProjectFiles
from blufio_tui.core.attach import Attachment
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.common import built_in
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.direct import DirectCalls
from blufio_tui.core.events import Event
from blufio_tui.core.json_types import JsonObject
from blufio_tui.core.ports import Approver
from blufio_tui.core.registry import ToolRegistry
from blufio_tui.core.skills import Skill
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import Backend, build_backend, choose_provider, skill_tools
from blufio_tui.wiring.options import Options


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it, opened."""

    backend: Backend
    model: "Model"
    skills: "Skills"
    files: "Files"
    direct: "Direct"
    drafts: Drafts

    async def close(self) -> None:
        await self.backend.close()
        self.backend.database.close()


def open_parts(options: Options, approver: Approver) -> Parts:
    """Needs no event loop, so that it can run beside one.

    Raises:
        StorageError: the database cannot be used.
    """
    database = Database(options.paths.database)
    database.open()
    try:
        backend = build_backend(options, database, approver)
    except BaseException:
        database.close()
        raise
    return Parts(
        backend=backend,
        model=Model(backend),
        skills=Skills(backend),
        files=Files(backend),
        direct=Direct(backend),
        drafts=Drafts(database, backend.clock),
    )


class Model:
    """Which model answers. Until `connect` has found one, and without one for good, the offline guide does."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._window = 0
        self._choices: tuple[str, ...] = ()
        self._connected = asyncio.Event()

    @property
    def name(self) -> str:
        return "offline guide" if self.is_guide else self._backend.agent.config.model

    @property
    def is_guide(self) -> bool:
        return self._backend.agent.provider.is_guide

    def context_window(self) -> int:
        return self._window

    def choices(self) -> Sequence[str]:
        return self._choices

    async def connected(self) -> None:
        """Wait until it is known which model answers."""
        await self._connected.wait()

    async def connect(self) -> None:
        """Find the model's key, import its SDK and start the first sandbox worker, off the event loop's thread."""
        await self._backend.sandbox.prepare()
        try:
            provider = await asyncio.to_thread(choose_provider, self._backend.options, self._backend.credentials)
            if provider is None:
                return
            self._backend.agent.provider = provider
        finally:
            self._connected.set()
        await provider.warm_up()
        await self._look_up_window()
        from blufio_tui.adapters.models import list_models

        self._choices = tuple(choice.id for choice in await list_models(provider))

    async def switch(self, name: str) -> None:
        self._backend.agent.config = replace(self._backend.agent.config, model=name)
        await self._look_up_window()

    async def _look_up_window(self) -> None:
        self._window = await self._backend.pricing.window(self._backend.agent.config.model) or 0


class Skills:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._listeners: list[Callable[[], None]] = []

    def list(self) -> Sequence[Skill]:
        return self._backend.skills.skills()

    def skill_md(self, name: str) -> str:
        folder = self._backend.skills.get(name).folder
        with suppress(OSError):
            return (folder / "SKILL.md").read_text(encoding="utf-8", errors="replace")
        return ""

    async def enable(self, name: str, enabled: bool) -> None:
        await self._backend.skills.set_enabled(name, enabled)
        self.changed()

    def on_change(self, changed: Callable[[], None]) -> None:
        self._listeners.append(changed)

    def changed(self) -> None:
        """Offer the model what is installed now, and tell the screen."""
        self._backend.offer_skills()
        for listener in self._listeners:
            listener()


class Files:
    """The project's files for `@path`; reading one passes the gate as the `file` tool does."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._names = ProjectFiles(backend.project)

    async def complete(self, query: str, limit: int = 20) -> list[str]:
        return await self._names.complete(query, limit)

    async def attach(self, text: str, session_id: str) -> list[Attachment]:
        context = CallContext(session_id, "", f"attach_{uuid4().hex[:16]}", _unseen)
        perform = self._backend.gate.bind(built_in("file"), context)
        return await attach(text, self._backend.project, perform)


class Direct:
    """The person's own calls: `!command` acts for the person, `/run` as the skill or tool it names."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        backend = self._backend
        bash = BashTool(backend.gate.perform, backend.places.project, Actor(ActorKind.USER, "user"))
        registry = ToolRegistry([bash], skill_tools(backend.skills, backend.skill_host))
        return DirectCalls(registry, backend.sessions, backend.clock).call(tool, arguments, session_id=session_id)


def _unseen(_event: Event) -> None:
    """Attaching happens before the turn; its audit rows tell of it."""
