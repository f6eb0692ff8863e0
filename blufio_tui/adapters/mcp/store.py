"""Stores pinned tool definitions, and which projects' servers are trusted."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from blufio_tui.adapters.files.regular import NotPlainError, read_regular
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.mcp.config import parse_project_file
from blufio_tui.core.mcp.pins import ToolDescription, read_tool
from blufio_tui.core.mcp.server import FoundServers, ServerConfig
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import Json, JsonObject

PROJECT_FILE = ".mcp.json"
MAX_BYTES = 256 * 1024
_MAX_PINS_BYTES = 256 * 1024 * 1024
_MAX_TRUSTED_BYTES = 1024 * 1024


class Pins:
    """The pinned definitions, by server. One file, replaced as a whole.

    Args:
        file: JSON, `{KEY: {TOOL: definition}}`; KEY says what runs.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, config: ServerConfig) -> dict[str, ToolDescription] | None:
        """The pinned tools by the server's own names; None for a server that was never used as it is configured.

        Raises:
            ConfigError: the file is damaged: nobody could say whether a tool has changed.
        """
        stored = self._read().get(config.identity)
        if not isinstance(stored, dict):
            return None
        found = (read_tool(one)[0] for one in stored.values())
        return {tool.name: tool for tool in found if tool is not None}

    def put(self, config: ServerConfig, tools: Iterable[ToolDescription]) -> None:
        """Pin these definitions, each in place of what was pinned under its name.

        Raises:
            ConfigError: they cannot be stored.
        """
        try:
            with locked(self._file):
                all_pins = self._read()
                kept = all_pins.get(config.identity)
                known: JsonObject = kept if isinstance(kept, dict) else {}
                all_pins[config.identity] = {**known, **{tool.name: tool.as_json() for tool in tools}}
                replace_file(self._file, json.dumps(all_pins).encode())
        except OSError as error:
            raise ConfigError(f"{self._file}: cannot be written: {error.strerror}") from None

    def drop(self, config: ServerConfig) -> None:
        """Forget a server that is no longer configured."""
        try:
            with locked(self._file):
                pins = self._read()
                if pins.pop(config.identity, None) is not None:
                    replace_file(self._file, json.dumps(pins).encode())
        except OSError as error:
            raise ConfigError(f"{self._file}: cannot be written: {error.strerror}") from None

    def _read(self) -> dict[str, Json]:
        try:
            stored = strict_json.loads(read_regular(self._file, _MAX_PINS_BYTES).decode("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self._file}: cannot be read ({error}); move it away to start over") from None
        if not isinstance(stored, dict):
            raise ConfigError(f"{self._file}: damaged; move it away to start over")
        return stored


@dataclass(frozen=True, slots=True)
class ProjectServers:
    """
    Attributes:
        found: what `.mcp.json` has; no servers where there is no such file.
        digest: of the file's servers as they are now.
        is_trusted: the person has trusted exactly these, for this project.
    """

    found: FoundServers = FoundServers()
    digest: str = ""
    is_trusted: bool = False

    @property
    def active(self) -> FoundServers:
        """The servers in effect: none before they are trusted."""
        return self.found if self.is_trusted else FoundServers(problems=self.found.problems)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the person should know before the first turn."""
        if self.is_trusted or not self.found.servers:
            return self.found.problems
        names = ", ".join(server.name for server in self.found.servers[:5])
        more = f" and {len(self.found.servers) - 5} more" if len(self.found.servers) > 5 else ""
        return (
            f"This project has MCP servers that are not started because you have not trusted them: {names}{more}. "
            "/mcp shows them in full; without a screen: blufio-tui mcp trust.",
            *self.found.problems,
        )


class ProjectFile:
    """The `.mcp.json` of a project, and whether the person trusts it as it is.

    Args:
        trusted: keeps which digest is trusted for which project.
    """

    def __init__(self, project: Path, trusted: Path) -> None:
        self._file = project / PROJECT_FILE
        self._project = project
        self._trusted = trusted

    def find(self) -> ProjectServers:
        document, problem = self._document()
        if problem:
            return ProjectServers(FoundServers(problems=(problem,)))
        if document is None:
            return ProjectServers()
        parsed = parse_project_file(document, PROJECT_FILE)
        servers = tuple(replace(server, project=str(self._project)) for server in parsed.servers)
        found = FoundServers(servers, parsed.problems)
        digest = _digest(found)
        return ProjectServers(found, digest, self._stored().get(str(self._project)) == digest)

    def trust(self, shown: ProjectServers) -> None:
        """Trust what was shown, and nothing that has been written since.

        Raises:
            ConfigError: it cannot be stored.
        """
        self._store({**self._stored(), str(self._project): shown.digest})

    def distrust(self) -> bool:
        """False if they were not trusted."""
        stored = self._stored()
        if stored.pop(str(self._project), None) is None:
            return False
        self._store(stored)
        return True

    def _document(self) -> tuple[Json, str]:
        """What the file holds (None: there is none), and why it is ignored, or ""."""
        try:
            if not self._file.resolve().is_relative_to(self._project.resolve()):
                return None, f"{PROJECT_FILE}: leads out of the project, so it is not read"
            data = read_regular(self._file, MAX_BYTES, self._project)
            return strict_json.loads(data.decode("utf-8-sig")), ""
        except FileNotFoundError:
            return None, ""
        except NotPlainError as error:
            return None, f"{PROJECT_FILE}: {error}, so it is not read"
        except OSError as error:
            return None, f"{PROJECT_FILE}: cannot be read: {error.strerror}"
        except ValueError as error:
            return None, f"{PROJECT_FILE}: not JSON: {error}"

    def _stored(self) -> dict[str, str]:
        """Nothing is trusted where the file cannot be read."""
        try:
            stored = strict_json.parsed(read_regular(self._trusted, _MAX_TRUSTED_BYTES))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}

    def _store(self, trusted: dict[str, str]) -> None:
        try:
            replace_file(self._trusted, json.dumps(trusted, indent=1).encode())
        except OSError as error:
            raise ConfigError(f"{self._trusted}: cannot be written: {error.strerror}") from None


def _digest(found: FoundServers) -> str:
    return hashlib.sha256("\n".join(f"{one.digest} {one.enabled}" for one in found.servers).encode()).hexdigest()
