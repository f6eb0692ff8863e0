"""Routes each effect to its implementation."""

from collections.abc import Callable

from blufio_tui.adapters.cage.program_side.effects import PreparedCaged
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.files import wasi as wasi_files
from blufio_tui.adapters.files.file_effects import prepare_list, prepare_read, prepare_write
from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.files.search import PreparedSearch
from blufio_tui.adapters.mcp.effects import PreparedServerUse
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import (
    CagedEffect,
    Effect,
    Fetch,
    FileOperation,
    FindFiles,
    GetEnv,
    ListDir,
    ReadFile,
    RunCommand,
    SearchFiles,
    UseServer,
    WriteFile,
)
from blufio_tui.core.files.undo import Keeper
from blufio_tui.core.gate.ports import PreparedEffect
from blufio_tui.core.guards.caps import cap_advice


def _everything(_actor: Actor, _path: str) -> bool:
    """Without a filter, nothing may be searched."""
    return True


class HostEffects:
    """The `EffectRunner` of the program: files, network, environment and commands of this machine."""

    def __init__(
        self,
        files: FileGuard,
        network: Network,
        environment: Environment,
        shell: Shell,
        hidden: Callable[[Actor, str], bool] = _everything,
        keeper: Keeper | None = None,
    ) -> None:
        """
        Args:
            hidden: whether a search by the actor leaves the file with this canonical path out.
            keeper: takes the old content of files that are written.
        """
        self._hidden = hidden
        self._keeper = keeper
        self._files = files
        self._network = network
        self._environment = environment
        self._shell = shell

    def prepare(self, effect: Effect, actor: Actor) -> PreparedEffect:
        match effect:
            case ReadFile():
                return prepare_read(self._files, effect, cap_advice(actor))
            case ListDir():
                return prepare_list(self._files, effect)
            case WriteFile():
                return prepare_write(self._files, effect, self._keeper)
            case SearchFiles() | FindFiles():
                return PreparedSearch(self._files, effect, lambda path: self._hidden(actor, path))
            case Fetch():
                return self._network.prepare(effect, actor)
            case GetEnv():
                return self._environment.prepare(effect)
            case CagedEffect():
                return PreparedCaged(effect, self._network.allowed)
            case UseServer():
                return PreparedServerUse(effect, self._network, actor)
            case RunCommand():
                return self._shell.prepare(effect)
            case FileOperation():
                return wasi_files.prepare(effect, self._files)
