"""Adds, changes and removes single servers in config.toml; comments, order and layout of the rest survive."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.config.trust import read_content
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.own_writes import own_write
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError, NotThere, UnwritableConfig, UsageError
from blufio_tui.core.mcp.server import ServerConfig, as_table
from blufio_tui.core.settings.parser import parse_settings
from blufio_tui.core.text.display import visible_line


def add_server(path: Path, server: ServerConfig) -> None:
    """Write a server as `[mcp.servers.NAME]`.

    Raises:
        UsageError: there is one of that name.
        ConfigError: the file, or the file with this server, is not valid.
        UnwritableConfig: it cannot be written.
    """
    import tomlkit

    if any(one.name == server.name for one in load_settings(path).mcp.servers):
        raise UsageError(f"an MCP server {server.name} already exists; remove it first")
    document, source = _document(path)
    servers = document.setdefault("mcp", tomlkit.table(is_super_table=True)).setdefault(
        "servers", tomlkit.table(is_super_table=True)
    )
    servers[server.name] = _written(as_table(server))
    _store(path, document, source)


def remove_server(path: Path, name: str) -> ServerConfig:
    """Take a server out; what it was.

    Raises:
        NotThere: there is none of that name.
        ConfigError, UnwritableConfig: as `add_server`.
    """
    server = _server(path, name)
    document, source = _document(path)
    del document["mcp"]["servers"][name]
    _store(path, document, source)
    return server


def switch_server(path: Path, name: str, *, enabled: bool) -> None:
    """Enable or disable a server. Raises as `remove_server`."""
    _server(path, name)
    document, source = _document(path)
    table = document["mcp"]["servers"][name]
    if enabled:
        table.pop("enabled", None)
    else:
        table["enabled"] = False
    _store(path, document, source)


def _server(path: Path, name: str) -> ServerConfig:
    for server in load_settings(path).mcp.servers:
        if server.name == name:
            return server
    raise NotThere(f"config.toml has no MCP server {visible_line(name)}; `blufio-tui mcp list` lists the servers")


def _written(values: Mapping[str, Any]) -> Any:
    """A table whose inner tables stand in one line each."""
    import tomlkit

    table = tomlkit.table()
    for key, value in values.items():
        if isinstance(value, Mapping):
            inline = tomlkit.inline_table()
            inline.update(value)
            table[key] = inline
        else:
            table[key] = value
    return table


def _document(path: Path) -> tuple[Any, bytes]:
    """The file as it can be changed, and as it was read."""
    import tomlkit

    source = read_content(path)
    return tomlkit.parse(source.decode()), source


def _store(path: Path, document: Any, source: bytes) -> None:
    """Nothing is written that this program would not read back."""
    import tomlkit

    text = tomlkit.dumps(document)
    try:
        parse_settings(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: the server cannot be written there: {error}; edit the file by hand") from None
    path = path.resolve()
    make_private(path.parent)
    try:
        with own_write(path, source, text.encode()):
            replace_file(path, text.encode())
    except OSError as error:
        raise UnwritableConfig(f"{path}: cannot be written: {error.strerror}; it is unchanged") from None
