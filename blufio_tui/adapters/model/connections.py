"""Named connections: `[connections.NAME]` tables of config.toml, edited with comments and layout kept."""

import re
import tomllib
from pathlib import Path
from typing import Any

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.own_writes import own_write
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.core.connections import Connection
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.settings.schema import server_problem

_MAX_BYTES = 4 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEYS = ("base_url", "model", "key")


class Connections:
    def __init__(self, config_file: Path) -> None:
        self._file = config_file

    def all(self) -> tuple[Connection, ...]:
        """In the order of the file.

        Raises:
            ConfigError: the file cannot be read, or a table is not a connection.
        """
        tables = self._parsed(self._text()).get("connections", {})
        if not isinstance(tables, dict):
            raise ConfigError(f"{self._file}: connections: expected tables such as [connections.local]")
        return tuple(self._connection(name, table) for name, table in tables.items())

    def get(self, name: str) -> Connection:
        """
        Raises:
            ConfigError: there is no such connection; the message names those there are.
        """
        known = {connection.name: connection for connection in self.all()}
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "there are none"
            raise ConfigError(f'there is no connection "{name}"; {there}')
        return known[name]

    def check(self, connection: Connection) -> None:
        """
        Raises:
            ConfigError: it could not be saved like this.
        """
        values = {key: getattr(connection, key) for key in _KEYS}
        self._connection(connection.name, values)

    def save(self, connection: Connection) -> None:
        """Add or change one; the rest of the file stays as it is.

        Raises:
            ConfigError: a value does not fit, or the file cannot be changed.
        """
        values = {key: getattr(connection, key) for key in _KEYS if getattr(connection, key)}
        self._connection(connection.name, values)

        def put(document: Any) -> None:
            import tomlkit

            tables = document.setdefault("connections", tomlkit.table(is_super_table=True))
            table = tables.setdefault(connection.name, tomlkit.table())
            for key in _KEYS:
                if key in values:
                    table[key] = values[key]
                else:
                    table.pop(key, None)

        self._edit(put)

    def remove(self, name: str) -> bool:
        """False if there is none of that name. The key it refers to stays stored."""
        if name not in {connection.name for connection in self.all()}:
            return False
        self._edit(lambda document: document["connections"].pop(name))
        return True

    def _edit(self, change: Any) -> None:
        import tomlkit

        try:
            with locked(self._file):
                source = self._text()
                document = tomlkit.parse(source)
                change(document)
                text = tomlkit.dumps(document)
                self._parsed(text)
                with own_write(self._file, source.encode(), text.encode()):
                    replace_file(self._file, text.encode())
        except OSError as error:
            raise ConfigError(f"{self._file}: cannot be written: {error.strerror}") from None

    def _text(self) -> str:
        try:
            return read_regular(self._file, _MAX_BYTES).decode()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self._file}: cannot be read: {error}") from None

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{self._file}: not valid TOML: {error}") from None
        except RecursionError:
            raise ConfigError(f"{self._file}: not valid TOML: nested too deeply") from None

    def _connection(self, name: str, table: object) -> Connection:
        where = f"{self._file}: connections.{name}"
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{where}: a name has letters, digits, - and _ only, at most 40")
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: expected a table [connections.{name}]")
        for key, value in table.items():
            if key not in _KEYS:
                raise ConfigError(f"{where}.{key}: unknown setting ({', '.join(_KEYS)})")
            if not isinstance(value, str):
                raise ConfigError(f"{where}.{key}: expected a string")
        connection = Connection(name, **table)
        if connection.base_url and (problem := server_problem(connection.base_url)):
            raise ConfigError(f"{where}.base_url: {problem}")
        if re.match(r"sk-", connection.key):
            raise ConfigError(
                f"{where}.key: is a key itself; store it with the connection screen and put its name here"
            )
        return connection
