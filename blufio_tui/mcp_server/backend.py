"""What the MCP server works with: the skills, and the gate that asks whoever it is told."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from blufio_tui.core.capability import Mode
from blufio_tui.core.gate.ports import Approver
from blufio_tui.core.skills.tool import SkillTool
from blufio_tui.core.tools import Tool
from blufio_tui.features.skills.tools import skill_tools
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import read_options
from blufio_tui.features.stored.stores import open_database
from blufio_tui.wiring.backend import Backend, build_backend

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServedBackend:
    """
    Attributes:
        session_id: what is remembered of questions and of what was read is remembered for this run as a whole: a
            client cannot shed it under another name.
    """

    backend: Backend
    session_id: str = field(default_factory=lambda: f"mcp-{secrets.token_hex(8)}")

    def tools(self, built_in: Iterable[str]) -> list[Tool]:
        """The skills that are enabled now and have code, and the built-in tools of these names."""
        skills = skill_tools(self.backend.stored.skills, self.backend.equipment.skill_host)
        own = (self.backend.equipment.tools.get(name) for name in built_in)
        return [*skills, *(tool for tool in own if tool is not None)]

    def hooked(self, tool: Tool) -> Tool:
        """The tool with the person's hooks around it; the built-in ones have them."""
        return self.backend.equipment.hooks.wrap([tool])[0] if isinstance(tool, SkillTool) else tool

    def mode(self) -> Mode:
        return self.backend.policy.mode.get()

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """In a task that is awaited before what it writes to is closed."""
        return self.backend.equipment.tasks.start(work)


@asynccontextmanager
async def open_served(start: StartOptions, approver: Approver) -> AsyncIterator[ServedBackend]:
    """
    Raises:
        ConfigError, UsageError, StorageError: what is configured or stored cannot be used.
    """
    options = read_options(start, interactive=True)  # the mode stays as it is chosen: the client may be able to ask
    async with AsyncExitStack() as stack:
        database = stack.enter_context(open_database(options.paths))
        backend = build_backend(options, database, approver)
        stack.push_async_callback(backend.close)
        await backend.take_up_interrupted(backend.complaints)
        yield ServedBackend(backend)
