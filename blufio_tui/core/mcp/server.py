"""One configured MCP server as a value. Imported with the settings: keep it light."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from blufio_tui.core.manifest.manifest import Capabilities
from blufio_tui.core.mcp.expansion import variables_in

DEFAULT_TIMEOUT_SECS = 60.0


class Source(StrEnum):
    """Where a server is configured: by the person, or by the project they work in."""

    CONFIG = "config"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One server. Exactly one of `command` and `url` is not empty.

    A `.mcp.json` may contain keys of other programs, including approvals; they are ignored.

    Attributes:
        command: a program, not a shell's line. `args`, values of `env` and `headers`, and `url` may hold `${VAR}`.
        env, headers: pairs, in the order they were written in.
        capabilities: what it may do without a question; None if nothing is declared.
        timeout_secs: how long one call may take without a sign of life.
        project: the project that configures it, "" for one of the person's: `python server.py` is another program in
            another project.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    capabilities: Capabilities | None = None
    enabled: bool = True
    timeout_secs: float = DEFAULT_TIMEOUT_SECS
    source: Source = Source.CONFIG
    project: str = ""

    @property
    def is_remote(self) -> bool:
        return bool(self.url)

    @property
    def words(self) -> tuple[str, ...]:
        """The command line of a local server."""
        return (self.command, *self.args)

    @property
    def variables(self) -> tuple[str, ...]:
        """Environment variables that it uses: by `${VAR}`, and those it is declared to see."""
        texts = (self.command, *self.args, self.url, *(value for _, value in (*self.env, *self.headers)))
        named = [name for text in texts for name in variables_in(text)]
        declared = self.capabilities.env if self.capabilities else ()
        return tuple(dict.fromkeys((*named, *declared)))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all that decides what runs and what it may do; grants are bound to it."""
        return _digest([*self._what_runs(), self.env, self.headers, declared_json(self.capabilities)])

    @property
    def identity(self) -> str:
        """SHA-256 (hex) of what runs and where; the pinned definitions of its tools are bound to it."""
        return _digest(self._what_runs())

    def _what_runs(self) -> list[Any]:
        return [self.name, self.source, self.project, self.words, self.url]


@dataclass(frozen=True, slots=True)
class FoundServers:
    """What a document has: the servers that can be used, and a sentence for each mistake."""

    servers: tuple[ServerConfig, ...] = ()
    problems: tuple[str, ...] = ()


_ACTOR = "mcp:"


def actor_name(server: str) -> str:
    """The name of a server in rules, grants and the log. No skill can have it: theirs hold no colon."""
    return f"{_ACTOR}{server}"


def server_of(actor: str) -> str:
    """The server of such a name, "" if it is not one."""
    return actor.removeprefix(_ACTOR) if actor.startswith(_ACTOR) else ""


def _digest(parts: list[Any]) -> str:
    import hashlib

    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def declared_json(capabilities: Capabilities | None) -> dict[str, list[str]] | None:
    """A declaration in the words of `capabilities = {…}`; None if there is none."""
    if capabilities is None:
        return None
    files, network = capabilities.filesystem, capabilities.network
    lists = {
        "read": files.read,
        "write": files.write,
        "net": network.domains if network else (),
        "env": capabilities.env,
        "unix": capabilities.unix,
    }
    return {key: list(values) for key, values in lists.items() if values}


def as_table(server: ServerConfig) -> dict[str, Any]:
    """A server as it is written into config.toml, defaults left out."""
    table: dict[str, Any] = {}
    if server.is_remote:
        table["url"] = server.url
    else:
        table["command"] = server.command
        if server.args:
            table["args"] = list(server.args)
    if server.env:
        table["env"] = dict(server.env)
    if server.headers:
        table["headers"] = dict(server.headers)
    if server.capabilities is not None:
        table["capabilities"] = declared_json(server.capabilities)
    if not server.enabled:
        table["enabled"] = False
    if server.timeout_secs != DEFAULT_TIMEOUT_SECS:
        table["timeout_secs"] = server.timeout_secs
    return table


def facts(server: ServerConfig) -> tuple[str, ...]:
    """What a server is given and may do, a line each: what a person looks at before they trust it."""
    lines = [f"variable {name}={value}" for name, value in server.env]
    lines += [f"header {name}: {value}" for name, value in server.headers]
    if server.variables:
        lines.append(f"sees {', '.join(server.variables)} of your environment")
    declared = declared_json(server.capabilities)
    if declared:
        lines += [f"may {kind} {', '.join(values)}" for kind, values in declared.items()]
    if not declared and not server.is_remote:
        lines.append("may read and change the project, in the cage; no network")
    return tuple(lines)
