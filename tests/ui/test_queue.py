"""Messages that wait while a turn runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from blufio_tui.core.events import ErrorRaised
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.state.outbox import Outbox, Queued, draft_text, from_draft
from tests.fakes.ui_agent import Raw, Say, Wait
from tests.fakes.ui_drafts import FakeDrafts
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import NARROW, opened, running, say, screen_text, until


def _waiting_fakes() -> Fakes:
    fakes = Fakes()
    fakes.scripts["wait"] = [Wait("go"), Say("done")]
    return fakes


def _idle(app: BlufioApp) -> bool:
    return not app.turn.is_busy and not app.main.prompt_box.outbox.waiting


async def test_enter_during_a_turn_queues_and_what_is_queued_is_sent_in_order_when_it_ends() -> None:
    async with running(_waiting_fakes()) as (app, pilot, fakes):
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        await say(pilot, "third")
        assert app.main.prompt.text == ""
        await until(pilot, lambda: "⋯ queued second" in screen_text(app) and "⋯ queued third" in screen_text(app))
        fakes.agent.release("go")
        await until(pilot, lambda: len(fakes.agent.prompts) == 3 and _idle(app))
        assert fakes.agent.prompts == ["wait", "second", "third"]
        assert not app.main.prompt_box.queued.display


async def test_a_turn_that_is_broken_off_in_its_last_moment_leaves_what_waits_where_it_is() -> None:
    async with running(_waiting_fakes()) as (app, pilot, fakes):
        at_its_end = asyncio.Event()

        async def title(_session_id: str) -> str:
            at_its_end.set()
            await asyncio.Event().wait()
            return ""

        app.sessions.conversations.title = title
        fakes.agent.interrupt = lambda _session_id="": False
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        fakes.agent.release("go")
        await until(pilot, at_its_end.is_set)
        await pilot.press("escape")
        await until(pilot, lambda: not app.turn.is_busy)
        await until(pilot, lambda: "1 queued message held" in screen_text(app))
        assert fakes.agent.prompts == ["wait"]


async def test_a_queued_message_is_taken_back_into_the_prompt_or_dropped_by_key() -> None:
    async with running(_waiting_fakes(), NARROW) as (app, pilot, fakes):
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "keep me")
        await say(pilot, "drop me")
        await say(pilot, "edit me")
        await pilot.press("up", "e")
        assert app.main.prompt.text == "edit me" and app.main.prompt.has_focus
        await pilot.press("up", "d")
        assert [q.text for q in app.main.prompt_box.outbox.waiting] == ["keep me"]
        await pilot.press("down")
        assert app.main.prompt.has_focus
        fakes.agent.release("go")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2 and _idle(app))
        assert fakes.agent.prompts == ["wait", "keep me"]
        assert app.main.prompt.text == "edit me"


async def test_escape_keeps_what_is_queued_says_so_and_enter_sends_it() -> None:
    async with running(_waiting_fakes()) as (app, pilot, fakes):
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        await say(pilot, "third")
        await pilot.press("escape")
        await until(pilot, lambda: not app.turn.is_busy)
        await until(pilot, lambda: "2 queued messages held" in screen_text(app).replace("\n", " "))
        assert fakes.agent.prompts == ["wait"]
        assert "‖ held" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: len(fakes.agent.prompts) == 3 and _idle(app))
        assert fakes.agent.prompts == ["wait", "second", "third"]


async def test_a_turn_that_fails_holds_what_waits() -> None:
    fakes = Fakes()
    fakes.scripts["wait"] = [Wait("go"), Raw(lambda turn: ErrorRaised(turn, "connection", "no route"))]
    async with running(fakes) as (app, pilot, _):
        fakes.agent.ends = "error"
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        fakes.agent.release("go")
        await until(pilot, lambda: not app.turn.is_busy and app.main.prompt_box.outbox.held)
        assert fakes.agent.prompts == ["wait"]


async def test_one_message_can_be_sent_before_the_others() -> None:
    async with running(_waiting_fakes()) as (app, pilot, fakes):
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        await say(pilot, "third")
        await pilot.press("up", "s", "escape")
        fakes.agent.release("go")
        await until(pilot, lambda: len(fakes.agent.prompts) == 3 and _idle(app))
        assert fakes.agent.prompts == ["wait", "third", "second"]


async def test_what_was_queued_and_typed_when_the_program_was_killed_is_there_again_held() -> None:
    fakes, drafts = _waiting_fakes(), FakeDrafts()
    async with _with_drafts(fakes, drafts) as (_, pilot):
        await say(pilot, "wait")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        await say(pilot, "second")
        await pilot.press(*"half")
        await until(pilot, lambda: drafts.kept.get("s1", "").endswith("half"))
        kept = drafts.kept["s1"]
        assert "" not in drafts.kept
    again = Fakes()
    async with _with_drafts(again, FakeDrafts(abandoned=kept)) as (app, pilot):
        await until(pilot, lambda: app.main.prompt.text == "half")
        assert [q.text for q in app.main.prompt_box.outbox.waiting] == ["second"]
        assert app.main.prompt_box.outbox.held and again.agent.prompts == []


async def test_a_draft_is_gone_once_its_prompt_was_sent_also_when_that_began_the_session() -> None:
    fakes, drafts = Fakes(), FakeDrafts()
    async with _with_drafts(fakes, drafts) as (app, pilot):
        app.main.prompt.focus()
        await pilot.press(*"hello")
        await until(pilot, lambda: drafts.kept == {"": "hello"})
        await pilot.press("enter")
        await until(pilot, lambda: fakes.agent.prompts == ["hello"] and not drafts.kept)


@asynccontextmanager
async def _with_drafts(fakes: Fakes, drafts: FakeDrafts) -> AsyncIterator[tuple[BlufioApp, Pilot[int]]]:
    app = BlufioApp(replace(fakes.services(), drafts=drafts))
    async with opened(app) as pilot:
        yield app, pilot


def test_a_draft_holds_what_waits_and_what_is_typed_apart() -> None:
    waiting = [Queued("first\n\nstill first"), Queued("second")]
    assert from_draft(draft_text(waiting, "typed")) == (["first\n\nstill first", "second"], "typed")
    assert from_draft(draft_text([], "typed")) == ([], "typed")
    assert from_draft("") == ([], "")


def test_nothing_is_held_when_nothing_waits() -> None:
    outbox = Outbox()
    assert not outbox.hold()
    outbox.add(Queued("one"))
    assert outbox.hold()
    outbox.take()
    assert not outbox.held
