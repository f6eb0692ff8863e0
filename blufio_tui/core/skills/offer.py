"""A skill that waits for a person's yes, and what happens to skills under development."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.update import SkillChange


class SkillOffer(Protocol):
    """A checked copy of a skill that waits for a person's yes. It must be accepted or discarded.

    Attributes:
        change: what is different from the installed skill of that name; None if there is none.
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
class SkillReloaded:
    """A watched skill was changed and is in place, having asked for nothing new."""

    skill: Skill
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkillNeedsConsent:
    """A watched skill is new here, or asks for more than was approved. Whoever takes this settles the offer."""

    offer: SkillOffer


@dataclass(frozen=True, slots=True)
class SkillBroken:
    """A watched folder cannot be installed as it is; the version from before stays."""

    folder: Path
    why: str


SkillNews = SkillReloaded | SkillNeedsConsent | SkillBroken
