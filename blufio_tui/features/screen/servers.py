"""The MCP servers as the screen sees them."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from blufio_tui.adapters.config.servers_file import switch_server
from blufio_tui.adapters.mcp.server import Server, State
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.mcp.server import ServerConfig, facts
from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.servers.view import NOT_TRUSTED, Offered, ServerView, ToolView, runs
from blufio_tui.core.tools import CallContext, unheard
from blufio_tui.features.cage.cages import Cages
from blufio_tui.features.servers.connecting import ServerSources

_PERSON = Actor(ActorKind.USER, "user")


class ScreenServers:
    """Implements `ui.ports.servers.ServersPort`."""

    def __init__(self, servers: Servers, sources: ServerSources, cages: Cages, config_file: Path) -> None:
        self._servers = servers
        self._sources = sources
        self._cages = cages
        self._config_file = config_file

    async def views(self) -> Sequence[ServerView]:
        why = self._cages.why_not
        views = [_view(server, why) for server in self._servers.all]
        project = await asyncio.to_thread(self._sources.project_file.find)
        if not project.is_trusted:
            views += [_untrusted(config) for config in project.found.servers]
        return sorted(views, key=lambda view: view.name)

    async def restart(self, name: str) -> None:
        await self._servers.get(name).restart(_context(name))

    async def stop(self, name: str) -> None:
        await self._servers.get(name).close()

    async def enable(self, name: str, enabled: bool) -> None:
        server = self._servers.get(name)
        if server.config.project:
            raise UsageError(f"{name} is configured in the project's .mcp.json; change it there")
        await asyncio.to_thread(switch_server, self._config_file, name, enabled=enabled)
        await self._reconfigure()

    async def accept(self, name: str, shown: Sequence[str]) -> None:
        await self._servers.get(name).accept_shown(shown, _PERSON, _context(name))

    async def trust(self, shown: Sequence[ServerView]) -> bool:
        file = self._sources.project_file
        project = await asyncio.to_thread(file.find)
        if [_untrusted(config) for config in project.found.servers] != list(shown):
            return False
        await asyncio.to_thread(file.trust, project)
        await self._reconfigure()
        return True

    async def completions(self, kind: str, typed: str) -> Sequence[Offered]:
        return await self._servers.completions(kind, typed)

    async def listen(self, show: Callable[[PendingForm], None]) -> None:
        self._servers.forms.attach(show)

    async def _reconfigure(self) -> None:
        found = await asyncio.to_thread(self._sources.find)
        await self._servers.reconfigure(found)


def _context(name: str) -> CallContext:
    return CallContext("", "", f"mcp_{name}", unheard)


def _view(server: Server, not_caged: str) -> ServerView:
    config = server.config
    try:
        tools = _tools(server)
        problem = server.problem
    except BlufioError as error:
        tools, problem = None, str(error)
    return ServerView(
        name=config.name,
        runs=runs(config),
        state=State.OFF if not config.enabled else State.FAILED if server.is_lost else server.state,
        problem=problem or server.why_lost,
        is_remote=config.is_remote,
        from_project=bool(config.project),
        may=facts(config),
        not_caged="" if config.is_remote else not_caged,
        tools=tools,
        log=server.log.lines(),
    )


def _tools(server: Server) -> tuple[ToolView, ...] | None:
    definitions = server.definitions
    if definitions.known is None:
        return None
    views = []
    for label, (tool, confirmed) in sorted(definitions.named().items()):
        now = definitions.waiting.get(tool.name)
        state = "new" if not confirmed else "changed" if now else "known"
        shown = definitions.difference(now) if now else ""
        views.append(ToolView(tool.name, label, tool.description, state, shown, (now or tool).digest))
    return tuple(views)


def _untrusted(config: ServerConfig) -> ServerView:
    return ServerView(
        config.name, runs(config), NOT_TRUSTED, is_remote=config.is_remote, from_project=True, may=facts(config)
    )
