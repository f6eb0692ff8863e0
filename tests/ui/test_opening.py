"""Opening a stored conversation: laid out once, as wide as it will be, and nothing else flashes before it."""

import asyncio
from collections import Counter

import pytest

from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.messages import PromptSubmitted
from blufio_tui.ui.screens.main import MainScreen
from blufio_tui.ui.state.layout import PaneName
from blufio_tui.ui.widgets.conversation import ConversationView
from blufio_tui.ui.widgets.panes import PaneWanted
from blufio_tui.ui.widgets.tab_line import TabLine
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import MEDIUM, NARROW, WIDE, opened, running, screen_text, turn_over, until

ANSWER = "an **old** answer, " + "and it goes on and on " * 40


async def _with_session() -> tuple[Fakes, str]:
    fakes = Fakes()
    old = await fakes.sessions.create("/p")
    for number in range(10):
        await fakes.sessions.append(old, f"t{number}", Message(Role.USER, (TextBlock("an old question"),)))
        await fakes.sessions.append(old, f"t{number}", Message(Role.ASSISTANT, (TextBlock(ANSWER),)))
    return fakes, old


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which entry was laid out, and for which width, each time that happened."""
    seen: list[tuple[int, int]] = []
    lines = ConversationView.block_lines

    def noted(view: ConversationView, index: int, width: int):  # type: ignore[no-untyped-def]
        seen.append((view.transcript.entries[view.first + index].number, width))
        return lines(view, index, width)

    monkeypatch.setattr(ConversationView, "block_lines", noted)
    return seen


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_the_session_one_starts_with_is_laid_out_once(
    laid_out: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    fakes, old = await _with_session()
    fakes.session_id = old
    async with running(fakes, size) as (app, pilot, _):
        await until(pilot, lambda: "an old answer" in screen_text(app))
        assert set(Counter(laid_out).values()) == {1}
        assert {width for _, width in laid_out} == {app.main.chat.view.scrollable_content_region.width}
        assert app.main.chat.view.scroll_y == app.main.chat.view.max_scroll_y > 0


@pytest.mark.parametrize("size", [NARROW, MEDIUM, WIDE])
async def test_a_session_opened_from_the_list_is_laid_out_once(
    laid_out: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    fakes, _ = await _with_session()
    async with running(fakes, size) as (app, pilot, _):
        await pilot.press("f7")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.main and "an old answer" in screen_text(app))
        assert set(Counter(laid_out).values()) == {1}
        assert {width for _, width in laid_out} == {app.main.chat.view.scrollable_content_region.width}
        assert app.main.chat.view.scroll_y == app.main.chat.view.max_scroll_y > 0


async def test_a_session_opened_while_its_pane_is_hidden_is_laid_out_once(
    laid_out: list[tuple[int, int]],
) -> None:
    fakes, old = await _with_session()
    fakes.memory.save({"hidden": ["chat"]})
    async with running(fakes, NARROW) as (app, pilot, _):
        await app.sessions.show(old)
        await pilot.press("f2")
        await until(pilot, lambda: "an old answer" in screen_text(app))
        assert set(Counter(laid_out).values()) == {1}
        assert len({width for _, width in laid_out}) == 1


async def test_the_welcome_does_not_show_before_the_session_one_starts_with(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes, old = await _with_session()
    fakes.session_id = old
    app, shown = BlufioApp(fakes.services()), []
    resume = fakes.sessions.resume

    async def noted(session_id: str):  # type: ignore[no-untyped-def]
        shown.append(screen_text(app))
        return await resume(session_id)

    monkeypatch.setattr(fakes.sessions, "resume", noted)
    async with opened(app) as pilot:
        await until(pilot, lambda: "an old answer" in screen_text(app))
    assert len(shown) == 1 and shown[0].strip()
    assert "an agent that asks first" not in shown[0]
    assert "opening the session…" in shown[0] and "new session" not in shown[0]


async def test_the_welcome_shows_when_the_session_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes, old = await _with_session()
    fakes.session_id = old

    async def broken(_session_id: str) -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(fakes.sessions, "resume", broken)
    async with running(fakes) as (app, pilot, _):
        await until(pilot, lambda: "the disk is gone" in screen_text(app))
        assert "an agent that asks first" in screen_text(app)
        assert "a session that could not be opened" in screen_text(app) and "new session" not in screen_text(app)


async def test_what_is_clicked_before_the_panes_are_there_waits_or_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_complete, complete = asyncio.Event(), MainScreen.complete

    async def later(screen: MainScreen) -> None:
        await may_complete.wait()
        await complete(screen)

    monkeypatch.setattr(MainScreen, "complete", later)
    app = BlufioApp(Fakes().services())
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        for pane in PaneName:
            app.main.panes.post_message(PaneWanted(pane))
            app.main.tabs.post_message(TabLine.Picked(pane))
        app.main.prompt.post_message(PromptSubmitted("count the words"))
        await until(pilot, lambda: app.turn.is_busy)
        assert not app.main.is_complete and app.main.prompt.has_focus
        may_complete.set()
        await until(pilot, lambda: app.main.is_complete and app.main.chat.view.transcript.entries)
        await turn_over(app, pilot)
        assert "count the words" in screen_text(app)
        app.exit(0)
