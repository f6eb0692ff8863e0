"""How a configured server is started: its command line and environment, and the cage around it."""

import os
import shlex
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from blufio_tui.adapters.cage.profiles.build import look_at
from blufio_tui.adapters.cage.program_side.cage import Ended
from blufio_tui.adapters.cage.program_side.runner import CagedRunner
from blufio_tui.adapters.mcp.process import CagedStarter, PlainStarter, Starter
from blufio_tui.adapters.mcp.transport import ServerFailed
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.cage.report import Effects
from blufio_tui.core.guards.paths import Places, absolute
from blufio_tui.core.mcp.expansion import MissingVariable, expanded
from blufio_tui.core.mcp.server import ServerConfig

_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TERM", "TZ", "USER")
"""All that a server sees of the environment, besides what it is declared to see."""


@dataclass(frozen=True, slots=True)
class Area:
    """What a server's cage leaves free.

    Attributes:
        whole_project: the project as it is for commands; else only `read` and `write` are free.
        read, write: canonical paths.
    """

    whole_project: bool = True
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()


class ServerCages(Protocol):
    """The cage, given the current settings and machine."""

    @property
    def asks_by_effect(self) -> bool: ...

    @property
    def why_not(self) -> str: ...

    @property
    def is_required(self) -> bool: ...

    @property
    def writes(self) -> bool:
        """Whether the mode lets what is caged change the project."""
        ...

    def runner_for(self, actor: str, area: Area, tmp: str) -> CagedRunner:
        """Runs in cages of that area.

        Args:
            tmp: stands in for the project where that is not free.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A server that is ready to be started.

    Attributes:
        line: its command line, for people and rules.
        variables: names of the environment variables it gets beyond the usual.
        caged, not_caged: as in `ExecTarget`.
        still_fits: False once a change of the mode makes its cage the wrong one.
    """

    line: str
    variables: tuple[str, ...]
    starter: Starter
    caged: bool
    not_caged: str
    still_fits: Callable[[], bool]


class Launcher:
    """
    Args:
        project: canonical; where every server starts.
        environment: cleaned of credentials, as commands get it.
    """

    def __init__(self, cages: ServerCages, places: Places, environment: Callable[[], Mapping[str, str]]) -> None:
        self._cages = cages
        self._places = places
        self._environment = environment

    @property
    def project(self) -> str:
        return self._places.project

    def prepare(self, config: ServerConfig, values: Mapping[str, str], inside: Inside) -> LocalStart:
        """
        Args:
            values: of the variables that the configuration refers to.
            inside: decides on what the server does in its cage.

        Raises:
            ServerFailed: a variable is missing, or the cage is required and cannot be made.
        """
        words, given = fill_words(config, values), fill_pairs(config.env, values)
        declared = config.capabilities.env if config.capabilities else ()
        more = {name: values[name] for name in declared if name in values} | dict(given)
        usual = self._environment()
        environment = {name: usual[name] for name in _PASSED_ON if name in usual} | more
        line, cages = shlex.join(words), self._cages
        why = cages.why_not
        if why and cages.is_required:
            raise ServerFailed(f'not caged: {why}; commands.cage is "required", so it does not start')
        if why:
            plain = PlainStarter(words, self.project, environment)
            return LocalStart(line, tuple(more), plain, False, why, lambda: bool(cages.why_not))
        writes = cages.writes
        area = area_of(config, self._places, writes=writes)
        starter = CagedStarter(self._caged(area, words, environment, inside))
        return LocalStart(
            line, tuple(more), starter, cages.asks_by_effect, "", lambda: cages.writes == writes and not cages.why_not
        )

    def _caged(
        self, area: Area, words: tuple[str, ...], environment: dict[str, str], inside: Inside
    ) -> Callable[[int, str], AsyncGenerator[Any, None]]:
        async def events(stdin: int, tmp: str) -> AsyncGenerator[Any, None]:
            runner = self._cages.runner_for(inside.actor.name, area, tmp)
            command, effects = runner.command(words, self.project, environment, tmp), Effects()
            async with aclosing(runner.events(command, inside, effects, stdin=stdin)) as caged:
                async for event in caged:
                    if isinstance(event, Ended):
                        await runner.record(shlex.join(words), inside, effects)
                    yield event

        return events


def area_of(config: ServerConfig, places: Places, *, writes: bool) -> Area:
    """What a declaration leaves free in the cage: without one about files, the project.

    A declared folder in which something usually holds credentials is not left free as a whole: each access to it is
    decided by the declaration, which covers such a file only by its name.
    """
    declared = config.capabilities
    if declared is None or not (declared.filesystem.read or declared.filesystem.write):
        return Area()

    def real(patterns: tuple[str, ...]) -> tuple[str, ...]:
        found = (os.path.realpath(absolute(pattern, places)) for pattern in patterns)
        return tuple(path for path in found if _can_be_free(path))

    return Area(False, real(declared.filesystem.read), real(declared.filesystem.write) if writes else ())


def _can_be_free(path: str) -> bool:
    return Path(path).exists() and not (Path(path).is_dir() and look_at(path).has_secret)


def fill_words(config: ServerConfig, values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fill(word, values) for word in config.words)


def fill_pairs(pairs: tuple[tuple[str, str], ...], values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, fill(value, values)) for name, value in pairs)


def fill(text: str, values: Mapping[str, str]) -> str:
    """
    Raises:
        ServerFailed: a variable is not set.
    """
    try:
        return expanded(text, values)
    except MissingVariable as missing:
        raise ServerFailed(f"the environment variable {missing} is not set, and there is no default for it") from None
