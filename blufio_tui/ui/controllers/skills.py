"""What the watched skills want: news of them, and the question when one asks for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.amounts import plural

if TYPE_CHECKING:
    from textual.worker import Worker

    from blufio_tui.core.skills.offer import SkillNews, SkillOffer
    from blufio_tui.ui.controllers.stage import Stage

_CALM_CHECK_SECS = 0.25


class WatchedSkills:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._offers: list[SkillOffer] = []
        self._asked_about: SkillOffer | None = None
        self._asking: Worker[Any] | None = None

    def watch(self) -> None:
        """Listen to the watched folders, if there are any."""
        news = self._stage.services.skill_news
        if news is not None:
            self._stage.background("skill-news", self._follow_news, news)

    async def _follow_news(self, listen: Callable[[], AsyncGenerator[SkillNews, None]]) -> None:
        async with aclosing(listen()) as news:
            async for one in news:
                await self._take_news(one)

    async def _take_news(self, news: SkillNews) -> None:
        from blufio_tui.core.skills.offer import SkillBroken, SkillNeedsConsent, SkillReloaded

        match news:
            case SkillReloaded():
                changed = f"; {plural(len(news.files), 'file')} changed" if news.files else ""
                text = f"{news.skill.name} {news.skill.version} is in place{changed}."
                self._stage.app.notify(text, title="Watched skill", markup=False)
            case SkillBroken():
                self._stage.app.notify(
                    f"{news.folder}\n{news.why}", title="Watched skill", severity="error", markup=False, timeout=12
                )
            case SkillNeedsConsent():
                await self._add_offer(news.offer)

    async def _add_offer(self, offer: SkillOffer) -> None:
        """The newest version is the one to ask about."""
        name = offer.skill.name
        for older in [waiting for waiting in self._offers if waiting.skill.name == name]:
            self._offers.remove(older)
            await older.discard()
        self._offers.append(offer)
        if self._asking is None or self._asking.is_finished:
            self._asking = self._stage.background("skill-offers", self._ask_about_offers)
        if self._asked_about is not None and self._asked_about.skill.name == name:
            self._give_up_question()
        elif not self._is_calm:
            what = "asks for more than you allowed" if offer.change else "is new here"
            text = f"{name} {what}. You are asked as soon as the prompt is empty."
            self._stage.app.notify(text, title="Watched skill", severity="warning", markup=False, timeout=8)

    def _give_up_question(self) -> None:
        from blufio_tui.ui.screens.install import ConsentScreen

        screen = self._stage.app.screen
        if isinstance(screen, ConsentScreen) and screen.offer is self._asked_about:
            screen.call_after_refresh(screen.give_up)  # not before it has been mounted

    @property
    def _is_calm(self) -> bool:
        """A question that nobody waits for must not come in the way of typing, nor of an approval."""
        return self._stage.main.is_calm() and not self._stage.main.card.queue

    async def _ask_about_offers(self) -> None:
        from blufio_tui.ui.screens.install import settle

        try:
            while self._offers:
                await asyncio.sleep(_CALM_CHECK_SECS)
                if self._is_calm:
                    self._asked_about = self._offers.pop(0)
                    stage = self._stage
                    await self._settle(settle(stage.app, self._asked_about, stage.services.clock, stage.key_times))
                    self._asked_about = None
        finally:
            for offer in self._offers:
                await offer.discard()

    async def _settle(self, settling: Awaitable[object]) -> None:
        try:
            await settling
        except BlufioError as error:
            self._stage.complain(error)
