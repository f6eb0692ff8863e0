"""What the screens for skills need from outside: installing, checking, and what is known of a skill's use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from blufio_tui.core.skills.offer import SkillOffer
    from blufio_tui.core.skills.use import SkillReport, SkillUse


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
        """Show the skill's folder in the desktop's file manager; why not, "" if it was asked to."""
        ...
