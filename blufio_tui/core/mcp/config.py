"""The configured MCP servers: `[mcp.servers.NAME]` of config.toml and the `.mcp.json` of a project.

Both are checked by the same rules. A server with a mistake is left out; the others are kept.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.core.manifest.rules import ENV_KEY, canonical_domain, path_problem
from blufio_tui.core.mcp.server import DEFAULT_TIMEOUT_SECS, FoundServers, ServerConfig, Source
from blufio_tui.core.text.display import is_hidden, printable
from blufio_tui.core.text.similar import did_you_mean

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_KEYS = ("command", "args", "env", "url", "headers", "capabilities", "enabled", "timeout_secs", "type")
MAX_TIMEOUT_SECS = 3600.0
MAX_SERVERS = 64
MAX_TEXT = 8192


def parse_servers(tables: object, source: Source = Source.CONFIG, where: str = "mcp.servers") -> FoundServers:
    """The servers of a table of tables, in the order of their names.

    Args:
        where: prefix of each problem, such as `mcp.servers`.
    """
    if not isinstance(tables, Mapping):
        return FoundServers(problems=(f"{where}: expected a table of servers",))
    servers: dict[str, ServerConfig] = {}
    problems: list[str] = []
    for name, table in sorted(tables.items(), key=lambda item: str(item[0])):
        server, wrong = _server(str(name), table, source)
        if server is not None and (other := servers.get(folded(str(name)))):
            server, wrong = None, [f"its name cannot be told apart from the server {other.name}; rename one"]
        if server is None:
            problems += [f"{where}.{printable(str(name))}: {one}" for one in wrong]
        elif len(servers) >= MAX_SERVERS:
            problems.append(f"{where}.{name}: more than {MAX_SERVERS} servers; it is left out")
        else:
            servers[folded(server.name)] = server
    return FoundServers(tuple(servers.values()), tuple(problems))


def parse_project_file(document: object, where: str = ".mcp.json") -> FoundServers:
    """The servers of a `.mcp.json`: `{"mcpServers": {NAME: {…}}}`. Other keys are ignored."""
    if not isinstance(document, Mapping):
        return FoundServers(problems=(f"{where}: expected an object with mcpServers",))
    return parse_servers(document.get("mcpServers", {}), Source.PROJECT, where)


def merged(own: FoundServers, project: FoundServers) -> FoundServers:
    """The person's servers and the project's; the person's win if names clash."""
    taken = {folded(server.name) for server in own.servers}
    clashes = [server.name for server in project.servers if folded(server.name) in taken]
    said = tuple(f".mcp.json: the server {name} is left out: you have one of that name" for name in clashes)
    added = tuple(server for server in project.servers if folded(server.name) not in taken)
    return FoundServers(own.servers + added, own.problems + project.problems + said)


def name_problem(name: str) -> str:
    """Why a name is invalid for a server, "" if it is valid."""
    if not NAME.fullmatch(name) or "__" in folded(name):
        return "a server's name is 1 to 32 letters, digits, - and _, without two _ in a row, and not at its ends"
    return ""


def folded(name: str) -> str:
    """The name as the prefix of tool names; servers whose folded names are equal cannot be distinguished."""
    return name.replace("-", "_").casefold()


class _Wrong(Exception):
    """What is wrong with one value, as a sentence."""


def _server(name: str, table: object, source: Source) -> tuple[ServerConfig | None, list[str]]:
    if problem := name_problem(name):
        return None, [problem]
    if not isinstance(table, Mapping):
        return None, ["expected a table with command or url"]
    problems = list(_unknown(table)) if source is Source.CONFIG else []
    try:
        server = _values(name, table, source)
    except _Wrong as wrong:
        return None, [*problems, str(wrong)]
    return (None, problems) if problems else (server, [])


def _unknown(table: Mapping[Any, Any]) -> Iterator[str]:
    for key in table:
        if key not in _KEYS:
            yield f"{printable(str(key))}: there is no such setting of a server{did_you_mean(str(key), _KEYS)}"


def _values(name: str, table: Mapping[Any, Any], source: Source) -> ServerConfig:
    kind = _text(table, "type")
    if kind == "sse":
        raise _Wrong("the old transport sse is not supported; use streamable HTTP")
    if kind not in ("", "stdio", "http", "streamable-http"):
        raise _Wrong(f'type: "{printable(kind)}" is not stdio or http')
    command, url = _text(table, "command"), _text(table, "url")
    if bool(command) == bool(url):
        raise _Wrong("needs either command or url")
    if url and not url.startswith(("http://", "https://", "${")):
        raise _Wrong("url: must start with https:// or http://")
    if url and (table.get("args") or table.get("env")):
        raise _Wrong("args and env belong to a command, not to a url")
    if command and table.get("headers"):
        raise _Wrong("headers belong to a url, not to a command")
    if table.get("cwd") not in (None, "", "."):
        raise _Wrong("cwd: a server always starts in the project folder")
    return ServerConfig(
        name=name,
        command=command,
        args=_texts(table, "args"),
        env=_pairs(table, "env", ENV_KEY),
        url=url,
        headers=_pairs(table, "headers", _HEADER),
        capabilities=_capabilities(table["capabilities"]) if "capabilities" in table else None,
        enabled=_enabled(table, source),
        timeout_secs=_timeout(table),
        source=source,
    )


def _enabled(table: Mapping[Any, Any], source: Source) -> bool:
    if source is Source.PROJECT and table.get("disabled") is True:
        return False
    value = table.get("enabled", True)
    if not isinstance(value, bool):
        raise _Wrong("enabled: must be true or false")
    return value


def _timeout(table: Mapping[Any, Any]) -> float:
    value = table.get("timeout_secs", DEFAULT_TIMEOUT_SECS)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= MAX_TIMEOUT_SECS:
        raise _Wrong(f"timeout_secs: must be a number from 1 to {MAX_TIMEOUT_SECS:g}")
    return float(value)


def _plain(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"{key}: must be a string")
    if len(value) > MAX_TEXT:
        raise _Wrong(f"{key}: longer than {MAX_TEXT} characters")
    if any(is_hidden(character) for character in value):
        raise _Wrong(f"{key}: {printable(value)} holds a hidden character")
    return str(value)


def _text(table: Mapping[Any, Any], key: str) -> str:
    return _plain(key, table.get(key, ""))


def _texts(table: Mapping[Any, Any], key: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list | tuple):
        raise _Wrong(f"{key}: must be a list of strings")
    return tuple(_plain(key, value) for value in values)


def _pairs(table: Mapping[Any, Any], key: str, names: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    values = table.get(key, {})
    if not isinstance(values, Mapping):
        raise _Wrong(f"{key}: must be a table of strings")
    for name in values:
        if not isinstance(name, str) or not names.fullmatch(name):
            raise _Wrong(f"{key}: {printable(str(name))} cannot be a name here")
    return tuple((str(name), _plain(f"{key}.{name}", value)) for name, value in values.items())


def _capabilities(table: object) -> Capabilities:
    """`{read, write, net, env, unix}`, each a list, by the rules of a skill's manifest."""
    known = ("read", "write", "net", "env", "unix")
    if not isinstance(table, Mapping):
        raise _Wrong("capabilities: must be a table with read, write, net, env, unix")
    for key in table:
        if key not in known:
            raise _Wrong(f"capabilities.{printable(str(key))}: there is no such capability{did_you_mean(key, known)}")
    lists = {key: _declared_list(table, key) for key in known}
    domains = tuple(_domain(value) for value in lists["net"])
    return Capabilities(
        network=NetworkCapability(domains) if domains else None,
        filesystem=FilesystemCapability(lists["read"], lists["write"]),
        env=lists["env"],
        unix=lists["unix"],
    )


def _declared_list(table: Mapping[Any, Any], key: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise _Wrong(f"capabilities.{key}: must be a list of strings")
    for value in values:
        problem = ""
        if key in ("read", "write", "unix"):
            problem = path_problem(value)
        elif key == "env" and not ENV_KEY.fullmatch(value):
            problem = f'"{printable(value)}" is not the name of an environment variable'
        if problem:
            raise _Wrong(f"capabilities.{key}: {problem}")
    return tuple(dict.fromkeys(str(value) for value in values))


def _domain(value: str) -> str:
    domain, problem = canonical_domain(value)
    if problem:
        raise _Wrong(f"capabilities.net: {problem}")
    return domain
