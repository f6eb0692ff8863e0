"""MCP servers connected: where they are configured, the cage and the network they use, and the gate."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.cage.program_side.runner import CagedRunner
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.mcp.http import Requests
from blufio_tui.adapters.mcp.launch import Area, Launcher
from blufio_tui.adapters.mcp.server import Server
from blufio_tui.adapters.mcp.servers import Servers
from blufio_tui.adapters.mcp.session import Handler
from blufio_tui.adapters.mcp.store import Pins, ProjectFile
from blufio_tui.adapters.mcp.tokens import Logins
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.agent.agent import Agent
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.builtin.common import Perform
from blufio_tui.core.cage.keeper import CommandKeeper
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.mcp.config import merged
from blufio_tui.core.mcp.server import FoundServers, ServerConfig
from blufio_tui.core.servers.forms import FormDesk
from blufio_tui.core.servers.requests import Sampler, ServerRequests
from blufio_tui.core.settings.schema import McpSettings
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import Tool
from blufio_tui.features.cage.cages import READS_ONLY, Cages, file_denials, premises_of
from blufio_tui.features.policy.now import PolicyNow


class ServerCages:
    """Implements `adapters.mcp.launch.ServerCages`.

    Args:
        own: what no server may touch.
    """

    def __init__(
        self,
        cages: Cages,
        paths: Paths,
        own: Iterable[Path],
        audit: AuditLog,
        policy: PolicyNow,
        grants: RecordedGrants,
        keeper: CommandKeeper,
    ) -> None:
        self._cages = cages
        self._paths, self._own = paths, tuple(own)
        self._audit = audit
        self._policy, self._grants = policy, grants
        self._keeper = keeper

    @property
    def asks_by_effect(self) -> bool:
        return self._cages.asks_by_effect

    @property
    def why_not(self) -> str:
        return self._cages.why_not

    @property
    def is_required(self) -> bool:
        return self._cages.is_required

    @property
    def writes(self) -> bool:
        return self._policy.mode.get().value not in READS_ONLY

    def runner_for(self, actor: str, area: Area, tmp: str) -> CagedRunner:
        premises = premises_of(self._paths, self._policy.places, self._own, read=area.read, write=area.write)
        if not area.whole_project:
            premises = replace(premises, project=tmp)
        return CagedRunner(
            self._cages.pool,
            premises,
            self._audit,
            denials=lambda: file_denials(self._policy.rules(), actor, self._grants.grants()),
            writes=lambda: self.writes,
            keeper=self._keeper,
            failed=self._cages.note_failure,
        )


class ServerSources:
    """Where servers are configured: config.toml, and `.mcp.json` of the project once it is trusted."""

    def __init__(self, paths: Paths, project: Path, settings: Callable[[], McpSettings]) -> None:
        self.project_file = ProjectFile(project, paths.trusted_servers)
        self._settings = settings

    def find(self) -> FoundServers:
        return merged(FoundServers(self._settings().servers), self.project_file.find().active)

    def remarks(self) -> tuple[str, ...]:
        return self.project_file.find().remarks


def connect_servers(
    *,
    paths: Paths,
    where: Places,
    network: Network,
    shell: Shell,
    cages: ServerCages,
    perform: Perform,
    registry: ToolRegistry,
    wrap: Callable[[Sequence[Tool]], Sequence[Tool]],
    tasks: Tasks,
    agent: Callable[[], Agent],
    learn: Callable[[str, str], None],
) -> Servers:
    """The servers, none of them configured yet; nothing is started."""
    launcher = Launcher(cages, where, shell.environment)
    requests, pins = Requests(network), Pins(paths.server_pins)
    root: JsonObject = {"uri": Path(where.project).as_uri(), "name": Path(where.project).name}

    async def list_roots(_params: JsonObject) -> JsonObject:
        return {"roots": [root]}

    forms = FormDesk()

    def handlers(server: Server) -> Mapping[str, Handler]:
        sampler = Sampler(agent, server.actor.name)
        answers = ServerRequests(server.config.name, server.ask_person, forms, sampler, server.now)
        return {
            "ping": _pong,
            "roots/list": list_roots,
            "elicitation/create": answers.elicit,
            "sampling/createMessage": answers.sample,
        }

    def make(config: ServerConfig, changed: Callable[[], None]) -> Server:
        return Server(
            config,
            perform=perform,
            launcher=launcher,
            requests=requests,
            pins=pins,
            logins=Logins(paths.server_logins),
            learn=learn,
            handlers=handlers,
            spawn=tasks.start,
            capabilities={"roots": {}, "elicitation": {"form": {}, "url": {}}, "sampling": {}},
            changed=changed,
        )

    return Servers(make, registry, wrap, tasks, forms)


async def _pong(_params: JsonObject) -> JsonObject:
    return {}
