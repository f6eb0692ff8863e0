"""Earlier prompts edited and asked again, on the real store: nothing is overwritten, every version is found again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.agent.attach import content_attachment
from blufio_tui.core.conversation import ImageBlock, Message, Role, TextBlock, TokenUsage, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.sessions.records import MessageState, RequestRecord, ToolCallRecord
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.state.entries import Summary
from blufio_tui.ui.state.states import State
from tests.fakes.ui_agent import Say
from tests.fakes.ui_drafts import FakeDrafts
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened, running, say, screen_text, turn_over, until


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    fakes = Fakes()
    database = Database(tmp_path / "blufio.db")
    database.open()
    fakes.sessions = SqliteSessions(database, fakes.clock)  # type: ignore[assignment]
    fakes.agent._sessions = fakes.sessions
    yield fakes
    database.close()


@asynccontextmanager
async def _talked(fakes: Fakes, *prompts: str) -> AsyncIterator[tuple[BlufioApp, Pilot[int]]]:
    async with running(fakes) as (app, pilot, _):
        for prompt in prompts:
            await say(pilot, prompt)
            await turn_over(app, pilot)
        await pilot.press("f2")
        yield app, pilot


def _shows(app: BlufioApp, *parts: str) -> bool:
    return all(part in screen_text(app) for part in parts)


async def test_an_earlier_prompt_is_edited_as_a_new_version_and_the_old_one_is_two_keys_away(fakes: Fakes) -> None:
    async with _talked(fakes, "first", "second") as (app, pilot):
        await pilot.press("left_square_bracket", "left_square_bracket", "e")
        await until(pilot, lambda: app.main.prompt.text == "first")
        assert _shows(app, "You said: second")  # nothing changes until it is sent
        app.main.prompt.put("first, changed")
        await pilot.press("enter")
        await until(pilot, lambda: _shows(app, "You said: first, changed", "version 2 of 2"))
        assert not _shows(app, "You said: second")
        await until(pilot, lambda: not app.turn.is_busy)
        await pilot.press("f2", "left_square_bracket", "left")
        await until(pilot, lambda: _shows(app, "You said: second", "version 1 of 2"))
        await pilot.press("right")
        await until(pilot, lambda: _shows(app, "You said: first, changed", "version 2 of 2"))


async def test_escape_gives_up_editing_and_leaves_everything_as_it_was(fakes: Fakes) -> None:
    async with _talked(fakes, "first", "second") as (app, pilot):
        await pilot.press("left_square_bracket", "e")
        await until(pilot, lambda: app.main.prompt.text == "second")
        assert _shows(app, "editing an earlier message")
        await pilot.press("escape")
        await until(pilot, lambda: not app.main.prompt.text)
        await say(pilot, "third")
        await until(pilot, lambda: _shows(app, "You said: second", "You said: third"))


async def test_what_is_sent_in_another_session_than_the_edited_prompt_is_a_prompt_of_its_own(fakes: Fakes) -> None:
    async with _talked(fakes, "first") as (app, pilot):
        edited = app.turns.session_id
        await pilot.press("left_square_bracket", "e")
        await until(pilot, lambda: app.main.prompt.text == "first")
        app.sessions.start_new()
        await until(pilot, lambda: not app.turns.session_id)
        await say(pilot, "elsewhere")
        await until(pilot, lambda: _shows(app, "You said: elsewhere"))
        assert not _shows(app, "editing an earlier message")
        assert app.turns.session_id not in ("", edited)
        assert [one.message.text for one in await fakes.sessions.all_messages(edited)] == ["first", "You said: first"]


async def test_a_reply_is_asked_for_again_with_what_was_attached_and_both_are_kept(fakes: Fakes) -> None:
    async with running(fakes) as (app, pilot, _):
        app.main.prompt.add_image(ImageBlock("image/png", "aGVsbG8="))
        await pilot.press(*"look", "enter")
        await turn_over(app, pilot)
        assert _shows(app, "[image 1: PNG, 5 B]", "+ image, PNG, 5 B")
        await pilot.press("f2", "r")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2 and not app.turn.is_busy)
        assert [list(sent) for sent in fakes.agent.attachments] == [[ImageBlock("image/png", "aGVsbG8=")]] * 2
        await until(pilot, lambda: _shows(app, "version 2 of 2"))


async def test_a_file_that_went_with_a_prompt_stays_one_line_when_it_is_shown_and_asked_again(fakes: Fakes) -> None:
    file = content_attachment("notes.md", b"the whole file\n").block
    assert isinstance(file, TextBlock)
    async with running(fakes) as (app, pilot, _):
        app.turn.follow(app.turns.repeat("what is in it?", (file,)))
        await turn_over(app, pilot)
        await pilot.press("f2", "r")
        await until(pilot, lambda: len(fakes.agent.prompts) == 2 and not app.turn.is_busy)
        assert fakes.agent.prompts == ["what is in it?"] * 2
        assert [list(sent) for sent in fakes.agent.attachments] == [[file]] * 2
        await until(pilot, lambda: _shows(app, "version 2 of 2", "what is in it?", "+ notes.md"))
        assert not _shows(app, "the whole file")


async def test_what_was_edited_and_sent_does_not_come_back_into_the_prompt(fakes: Fakes) -> None:
    drafts = FakeDrafts()
    app = BlufioApp(replace(fakes.services(), drafts=drafts))
    async with opened(app) as pilot:
        await say(pilot, "first")
        await turn_over(app, pilot)
        await pilot.press("ctrl+g", "e")
        await until(pilot, lambda: app.main.prompt.text == "first")
        await pilot.press(*"!!")
        await until(pilot, lambda: "first!!" in drafts.kept.values())
        await pilot.press("enter")
        await until(pilot, lambda: fakes.agent.prompts == ["first", "first!!"])
        await turn_over(app, pilot)
        assert app.main.prompt.text == ""


async def test_the_rewind_list_leads_to_an_earlier_prompt(fakes: Fakes) -> None:
    async with _talked(fakes, "first", "second") as (app, pilot):
        await say(pilot, "/rewind")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.main.prompt.text == "first")
        assert _shows(app, "You said: second")


async def test_a_reopened_session_has_its_trace_its_marks_and_its_cost(fakes: Fakes) -> None:
    session_id = await fakes.sessions.create("/p")
    call = ToolUseBlock("c1", "text_stats", {"path": "/etc/hosts"})
    for message, state in (
        (Message(Role.USER, (TextBlock("count it"),)), MessageState.COMPLETE),
        (Message(Role.ASSISTANT, (TextBlock("I will."), call)), MessageState.COMPLETE),
        (Message(Role.USER, (ToolResultBlock("c1", "capability not permitted", True),)), MessageState.COMPLETE),
        (Message(Role.ASSISTANT, (TextBlock("It was"),)), MessageState.PARTIAL),
    ):
        await fakes.sessions.append(session_id, "t1", message, state)
    denied = ErrorInfo(ErrorKind.CAPABILITY_DENIED, "capability not permitted")
    await fakes.sessions.record_tool_call(
        ToolCallRecord(session_id, "t1", "c1", "text_stats", call.input, 5.0, True, "no", True, denied, duration_ms=12)
    )
    for ended, took, reason in ((4.0, 1500.0, "tool_use"), (9.0, 0.0, "interrupted"), (9.5, 300.0, "compaction")):
        request = RequestRecord(session_id, "t1", "claude-x", TokenUsage(1200, 34), 0.5, ended, reason, took)
        await fakes.sessions.record_request(request)
    fakes.session_id = session_id
    async with running(fakes) as (app, pilot, _):
        await until(pilot, lambda: _shows(app, "It was", "(interrupted)", "⊘ text_stats"))
        rows = app.main.trace.rows
        assert [row.title for row in rows] == ["count it", "request 1", "text_stats", "request 2"]
        assert [row.state for row in rows] == [State.OK, State.OK, State.DENIED, State.CANCELLED]
        assert rows[1].children == [rows[2]] and rows[0].tokens == TokenUsage(2400, 68)
        assert _shows(app, "request 1 claude-x", "1.2k tok", "1.5 s")
        await pilot.press("f3", "home", "down", "enter")
        await until(pilot, lambda: _shows(app, "1,200 in · 34 out", "$0.50", "tool_use"))
        await pilot.press("down", "enter")
        await until(pilot, lambda: _shows(app, "capability denied"))


async def test_a_summary_is_a_line_that_opens_and_the_messages_stay_above_it(fakes: Fakes) -> None:
    async with _talked(fakes, "first", "second") as (app, pilot):
        await say(pilot, "/compact keep the names")
        assert fakes.agent.wishes == ["keep the names"]
        await until(pilot, lambda: any(isinstance(e, Summary) for e in app.main.chat.view.transcript.entries))
        await until(pilot, lambda: _shows(app, "▸ the first 4 messages are summarised", "You said: first"))
        last = screen_text(app).split("▸ the first 4 messages are summarised")[1]
        assert "error" not in last and " ms" not in last and "Esc Interrupt" not in last
        await pilot.press("f2", "left_square_bracket", "enter")
        await until(pilot, lambda: _shows(app, "They talked."))


async def test_a_reply_and_its_code_blocks_are_copied_by_key(fakes: Fakes) -> None:
    copied: list[str] = []
    fakes.scripts["code"] = [Say("```a\none\n```\n```b\ntwo\n```")]
    async with _talked(fakes, "code", "plain") as (app, pilot):
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("y", "left_square_bracket", "left_square_bracket", "y", "c")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(copied) == 3)
        assert copied == ["You said: plain", "```a\none\n```\n```b\ntwo\n```", "two"]
