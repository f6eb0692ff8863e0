"""Calling skills by hand, and what the watched ones want."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from textual import on
from textual.worker import Worker

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.text.amounts import plural
from blufio_tui.ui.actions.turns import TurnActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.messages import RunSkill
from blufio_tui.ui.ports.skills import SkillNews, SkillOffer, WatchedBroken, WatchedReloaded, WatchedWantsMore

_CALM_CHECK_SECS = 0.25


class SkillActions(TurnActions):
    _offers: "list[SkillOffer]"
    _asked_about: SkillOffer | None = None
    _asking: Worker[Any] | None = None

    # ── a call by hand ─────────────────────────────────────────────────────────────────────────────

    @on(RunSkill)
    def run_skill(self, message: RunSkill) -> None:
        """The prompt keeps what is typed in it."""
        if self.services.direct is None or self.is_busy:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=4)
            return
        self.services.history.add(f"/run {message.tool} {json.dumps(message.arguments, ensure_ascii=False)}")
        self.follow(self.turns.direct(self.services.direct, message.tool, message.arguments))

    # ── watched skills ─────────────────────────────────────────────────────────────────────────────

    def watch_skills(self) -> None:
        """Listen to the watched folders, if there are any."""
        self._offers = []
        if self.services.skill_news is not None:
            in_background(self, "skill-news", self._follow_news, self.services.skill_news)

    async def _follow_news(self, listen: Callable[[], AsyncGenerator[SkillNews, None]]) -> None:
        async with aclosing(listen()) as news:
            async for one in news:
                await self._take_news(one)

    async def _take_news(self, news: SkillNews) -> None:
        match news:
            case WatchedReloaded():
                changed = f"; {plural(len(news.files), 'file')} changed" if news.files else ""
                text = f"{news.skill.name} {news.skill.version} is in place{changed}."
                self.notify(text, title="Watched skill", markup=False)
            case WatchedBroken():
                self.notify(
                    f"{news.folder}\n{news.why}", title="Watched skill", severity="error", markup=False, timeout=12
                )
            case WatchedWantsMore():
                await self._add_offer(news.offer)

    async def _add_offer(self, offer: SkillOffer) -> None:
        """The newest version is the one to ask about."""
        name = offer.skill.name
        for older in [waiting for waiting in self._offers if waiting.skill.name == name]:
            self._offers.remove(older)
            await older.discard()
        self._offers.append(offer)
        if self._asking is None or self._asking.is_finished:
            self._asking = in_background(self, "skill-offers", self._ask_about_offers)
        if self._asked_about is not None and self._asked_about.skill.name == name:
            self._give_up_question()
        elif not self._is_calm:
            what = "asks for more than you allowed" if offer.change else "is new here"
            text = f"{name} {what}. You are asked as soon as the prompt is empty."
            self.notify(text, title="Watched skill", severity="warning", markup=False, timeout=8)

    def _give_up_question(self) -> None:
        from blufio_tui.ui.screens.install import ConsentScreen

        screen = self.screen
        if isinstance(screen, ConsentScreen) and screen.offer is self._asked_about:
            screen.call_after_refresh(screen.give_up)  # not before it has been mounted

    @property
    def _is_calm(self) -> bool:
        """A question that nobody waits for must not come in the way of typing, nor of an approval."""
        return self.main.is_calm() and not self.main.card.queue

    async def _ask_about_offers(self) -> None:
        from blufio_tui.ui.screens.install import settle

        try:
            while self._offers:
                await asyncio.sleep(_CALM_CHECK_SECS)
                if self._is_calm:
                    self._asked_about = self._offers.pop(0)
                    await self._settle(settle(self, self._asked_about, self.services.clock, self.key_times))
                    self._asked_about = None
        finally:
            for offer in self._offers:
                await offer.discard()

    async def _settle(self, settling: Awaitable[object]) -> None:
        try:
            await settling
        except BlufioError as error:
            self.complain(error)
