"""Feeds the full-screen app: the backend in the shape of the screen's services."""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from blufio_tui import __version__
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.prompt_history import PromptHistory
from blufio_tui.adapters.settings import as_toml, load_settings, set_value, unset_value
from blufio_tui.core.json_types import Json
from blufio_tui.core.settings import SETTINGS, Settings
from blufio_tui.core.skills import Skill
from blufio_tui.ui.desk import ApprovalDesk
from blufio_tui.ui.services import Look, Services, SettingField
from blufio_tui.wiring.backend import Backend, choose_provider, open_backend


def run_app(args: argparse.Namespace) -> int:
    """Open the full-screen app; its exit code."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    desk = ApprovalDesk()
    async with open_backend(args, interactive=True, approver=desk) as backend:
        from blufio_tui.ui.app import run_async

        session_id = await _session_to_continue(args, backend)
        return await run_async(services_of(backend, desk, session_id))


async def _session_to_continue(args: argparse.Namespace, backend: Backend) -> str:
    """The stored session that the options name; "" for a new one.

    Raises:
        UsageError: no session has that id.
    """
    if prefix := getattr(args, "resume", None):
        return await backend.sessions.find(prefix)
    if getattr(args, "continue_last", False):
        recent = await backend.sessions.recent(project=str(backend.project), limit=1)
        return recent[0].session_id if recent else ""
    return ""


def services_of(backend: Backend, desk: ApprovalDesk, session_id: str = "") -> Services:
    paths, settings = backend.options.paths, backend.settings
    model = Model(backend)
    return Services(
        agent=backend.agent,
        audit=backend.audit,
        grants=backend.grants,
        skills=Skills(backend),
        sessions=backend.sessions,
        settings=SettingsFile(paths.config_file),
        mode=backend.mode,
        model=model,
        history=PromptHistory(paths.history),
        memory=Memory(paths.data / "screen.json"),
        clock=SystemClock(),
        desk=desk,
        project=backend.project,
        version=__version__,
        look=look_of(settings, paths.themes),
        session_id=session_id,
        connect=model.connect,
    )


def look_of(settings: Settings, user_themes: Path) -> Look:
    return Look(
        theme=settings.ui.theme,
        theme_folders=(bundled_themes(), user_themes),
        vim_keys=settings.ui.vim_keys,
        keys=settings.ui.keys,
        notify=settings.ui.notifications,
    )


def bundled_themes() -> Path:
    """`themes/` in the source tree, or its copy in a wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "bundled" / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


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
        if provider is not None:
            self._backend.agent.provider = provider
            await self._measure()

    async def switch(self, name: str) -> None:
        from dataclasses import replace

        self._backend.agent.config = replace(self._backend.agent.config, model=name)
        await self._measure()

    async def _measure(self) -> None:
        meter = await self._backend.pricing.window(self._backend.agent.config.model)
        self._window = meter or 0


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
