"""What the agent for editors works with: one database, and a backend for each session."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.config.command_files import CommandFiles
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.asking import Person
from blufio_tui.core.gate.ports import Approver, EffectRunner
from blufio_tui.core.sessions.records import SessionInfo
from blufio_tui.core.skills.own_commands import OwnCommand
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import project_folder, read_options
from blufio_tui.features.stored.stores import open_database
from blufio_tui.wiring.backend import Backend, build_backend


@dataclass(frozen=True, slots=True)
class Opened:
    """
    Attributes:
        own_commands: the person's slash commands as they are now; looks at the disk.
    """

    backend: Backend
    own_commands: Callable[[], Mapping[str, OwnCommand]]


class EditorHome:
    """
    Args:
        args: the command line; an editor names the project of each session.
    """

    def __init__(self, start: StartOptions, database: Database) -> None:
        self._start = start
        self._database = database

    def open(
        self,
        project: Path,
        approver: Approver,
        person: Person,
        around: Callable[[EffectRunner], EffectRunner],
    ) -> Opened:
        """A backend of its own: with its own mode, grants of the session and model. Slow; the caller closes it.

        Raises:
            ConfigError, UsageError, StorageError: the configuration or the folder cannot be used.
        """
        options = read_options(replace(self._start, project=project), interactive=True)
        backend = build_backend(options, self._database, approver, attended=True, person=person, around=around)
        commands = CommandFiles(options.paths.config, options.project, Path.home())
        return Opened(backend, commands.commands)

    async def recent(self, project: str, *, limit: int) -> list[SessionInfo]:
        """The sessions of a folder, or of all for "", the newest first."""
        folder = str(project_folder(Path(project))) if project else ""
        return await SqliteSessions(self._database, SystemClock()).recent(project=folder, limit=limit)


@contextmanager
def open_home(start: StartOptions) -> Iterator[EditorHome]:
    """
    Raises:
        ConfigError, StorageError: what is configured or stored cannot be used.
    """
    options = read_options(start, interactive=True)  # what is wrong is said at once, not with the first session
    with open_database(options.paths) as database:
        yield EditorHome(start, database)
