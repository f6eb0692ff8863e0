"""What the screen needs, in the shape it asks for: model, skills, files, direct calls, memory, settings."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from blufio_tui.adapters.attachments import attach
from blufio_tui.adapters.project_files import ProjectFiles
from blufio_tui.adapters.settings import as_toml, load_settings, set_value, unset_value
from blufio_tui.core.attach import Attachment
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.common import built_in
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.direct import DirectCalls
from blufio_tui.core.events import Event
from blufio_tui.core.json_types import Json, JsonObject
from blufio_tui.core.registry import ToolRegistry
from blufio_tui.core.settings import SETTINGS
from blufio_tui.core.skills import Skill
from blufio_tui.core.tools import CallContext
from blufio_tui.ui.services import SettingField
from blufio_tui.wiring.backend import Backend, choose_provider, skill_tools


class Model:
    """Which model answers. Until `connect` has found one, and without one for good, the offline guide does."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._window = 0
        self._choices: tuple[str, ...] = ()

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

    async def connect(self) -> None:
        """Find the model's key, import its SDK and start the first sandbox worker, off the event loop's thread."""
        await self._backend.sandbox.prepare()
        provider = await asyncio.to_thread(choose_provider, self._backend.options, self._backend.credentials)
        if provider is None:
            return
        self._backend.agent.provider = provider
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


class Memory:
    """What the screen remembers, in one small file. A file that cannot be used is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Mapping[str, Json]:
        with suppress(OSError, ValueError):
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(values, dict):
                return values
        return {}

    def save(self, values: Mapping[str, Json]) -> None:
        with suppress(OSError):
            part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            part.write_text(json.dumps(values), encoding="utf-8")
            part.replace(self._path)


class SettingsFile:
    """config.toml for the settings screen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def file(self) -> str:
        return str(self._path)

    def fields(self) -> Sequence[SettingField]:
        settings = load_settings(self._path)
        return [
            SettingField(
                key=key,
                value=as_toml(value := getattr(getattr(settings, spec.section), spec.name)),
                default=as_toml(spec.default),
                description=spec.help,
                changed=value != spec.default,
                choices=spec.choices or (("true", "false") if spec.type_name == "bool" else ()),
            )
            for key, spec in SETTINGS.items()
            if spec.type_name != "rules"
        ]

    def set(self, key: str, value: str) -> None:
        set_value(self._path, key, value)

    def reset(self, key: str) -> None:
        unset_value(self._path, key)


def _unseen(_event: Event) -> None:
    """Attaching happens before the turn; its audit rows tell of it."""
