"""An offered update, with what its new version does on the recorded calls of the old one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.replay.behaviour import Behaviour, lines_of
from blufio_tui.core.skills.offer import SkillOffer
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.update import SkillChange

TryUpdate = Callable[[Skill, Skill], Awaitable[Behaviour | None]]
"""Takes the old and the new version; None if no call of the old one was recorded."""


@dataclass(frozen=True, slots=True)
class TriedOffer:
    """A `SkillOffer`. Other effects on the recorded calls, or effects that are not known, are something to agree to."""

    offer: SkillOffer
    tried: Behaviour | None
    trouble: tuple[str, ...] = ()

    @property
    def skill(self) -> Skill:
        return self.offer.skill

    @property
    def source(self) -> str:
        return self.offer.source

    @property
    def change(self) -> SkillChange | None:
        return self.offer.change

    @property
    def asks(self) -> tuple[str, ...]:
        others = lines_of(self.tried) if self.tried is not None and self.tried.differs else ()
        return (*self.offer.asks, *others, *self.trouble)

    @property
    def notes(self) -> tuple[str, ...]:
        tried = lines_of(self.tried) if self.tried is not None else ()
        return (*self.offer.notes, *tried, *self.trouble)

    @property
    def is_unchanged(self) -> bool:
        return self.offer.is_unchanged

    async def accept(self) -> Skill:
        return await self.offer.accept()

    async def discard(self) -> None:
        await self.offer.discard()


async def tried_offer(offer: SkillOffer, replaces: Skill | None, try_update: TryUpdate) -> SkillOffer:
    """The same offer where it is not an update; where trying fails, a sentence says so."""
    if replaces is None or offer.is_unchanged:
        return offer
    try:
        return TriedOffer(offer, await try_update(replaces, offer.skill))
    except BlufioError as error:
        return TriedOffer(offer, None, (f"it could not be run on the recorded calls: {error}",))
