"""What the screens for skills need from outside: installing, checking, and what is known of a skill's use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from blufio_tui.core.skills.skill import Skill
    from blufio_tui.core.skills.update import SkillChange
    from blufio_tui.core.skills.use import SkillReport, SkillUse


class SkillOffer(Protocol):
    """A checked copy of a skill that waits for a person's yes. It must be accepted or discarded.

    Attributes:
        change: what is different from the installed skill of that name; None when there is none.
        asks: what the person agrees to, in sentences; for an update only what widens.
        notes: what else they should know.
        is_unchanged: the very same is installed already.
    """

    @property
    def skill(self) -> Skill: ...
    @property
    def source(self) -> str: ...
    @property
    def change(self) -> SkillChange | None: ...
    @property
    def asks(self) -> tuple[str, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def is_unchanged(self) -> bool: ...

    async def accept(self) -> Skill:
        """Put it in place. Raises `SkillError` or `StorageError`: nothing was changed."""
        ...

    async def discard(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WatchedReloaded:
    """A watched skill was changed and is in place, having asked for nothing new."""

    skill: Skill
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchedWantsMore:
    """A watched skill is new here, or asks for more than was approved."""

    offer: SkillOffer


@dataclass(frozen=True, slots=True)
class WatchedBroken:
    """A watched folder cannot be installed as it is; the version from before stays."""

    folder: Path
    why: str


SkillNews = WatchedReloaded | WatchedWantsMore | WatchedBroken


class SkillCarePort(Protocol):
    """Every method may raise `BlufioError` with a sentence for the person."""

    async def uses(self) -> Mapping[str, SkillUse]:
        """By the skill's name."""
        ...

    async def report(self, name: str) -> SkillReport: ...

    async def differences(self, name: str) -> tuple[str, ...]:
        """Hash all files of the skill: what they have become against what was installed; () when nothing changed."""
        ...

    async def prepare(self, source: str) -> SkillOffer:
        """Copy and check a folder, an archive or what an address points to; paths are relative to the project."""
        ...

    async def prepare_update(self, name: str) -> SkillOffer:
        """As `prepare`, from where the skill came from."""
        ...

    async def remove(self, name: str) -> int:
        """Remove the skill, its files and what it was allowed; how many grants went with it."""
        ...

    async def open_folder(self, name: str) -> str:
        """Show the skill's folder in the desktop's file manager; why not, "" when it was asked to."""
        ...
