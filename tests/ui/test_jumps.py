"""From the trace to the audit log to the conversation and back, and calls made once more, all by key."""

from dataclasses import replace

from blufio_tui.core.audit.rows import AuditFilter, AuditRow
from blufio_tui.core.capability import Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_direct import FakeDirect
from tests.fakes.ui_services import Fakes
from tests.fakes.ui_stores import FakeAuditLog
from tests.ui.helpers import card_in_front, opened, running, say, screen_text, turn_over, until


async def test_a_denied_call_offers_to_be_made_again_and_r_does_it() -> None:
    fakes, direct = Fakes(), FakeDirect()
    app = BlufioApp(replace(fakes.services(), direct=direct))
    async with opened(app) as pilot:
        await say(pilot, "count /etc/hosts")
        await card_in_front(app, pilot, fakes)
        fakes.clock.advance(1)
        await pilot.press("n")
        await turn_over(app, pilot)
        assert fakes.agent.answers[0].verdict is Verdict.DENY
        await pilot.press("f3")
        await until(pilot, lambda: "r runs it again and continues" in screen_text(app))
        await pilot.press("home", "down", "down", "r")
        await until(pilot, lambda: direct.called == [("again", "text_stats", {"path": "/etc/hosts"})])
        await until(pilot, lambda: fakes.agent.prompts == ["count /etc/hosts", "Go on."])  # with the new result
        await turn_over(app, pilot)
        assert "You said: Go on." in screen_text(app)


async def test_an_audit_row_leads_to_its_call_and_its_message_and_the_call_back_to_the_rows() -> None:
    async with running() as (app, pilot, _):
        for prompt in ("count the words", "something else"):
            await say(pilot, prompt)
            await turn_over(app, pilot)
        await until(pilot, lambda: app.main.audit.rows)
        await pilot.press("f4", "t")
        await until(pilot, lambda: app.main.trace.has_focus)
        assert app.main.trace.current.key == "call1"
        await pilot.press("a")
        await until(pilot, lambda: app.main.audit.has_focus and app.main.audit.where == AuditFilter(call_id="call1"))
        await pilot.press("m")
        await until(pilot, lambda: app.main.chat.view.has_focus)
        assert app.main.chat.view.parts.chosen.text == "count the words"
        await pilot.press("f3", "m")
        await until(pilot, lambda: app.main.chat.view.has_focus)


async def test_a_row_of_another_session_opens_that_session() -> None:
    fakes = Fakes()
    old = await fakes.sessions.create("/p")
    await fakes.sessions.append(old, "t9", Message(Role.USER, (TextBlock("an old question"),)))
    fakes.sessions.calls = [ToolCallRecord(old, "t9", "c9", "text_stats", {"path": "x"}, 5.0, True, "{}")]
    async with running(fakes) as (app, pilot, _):
        fakes.audit.rows.append(AuditRow(1, 5.0, _entry(old), "00"))
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main and app.screen.log_view.rows)
        await pilot.press("t")
        await until(pilot, lambda: app.screen is app.main and app.main.trace.has_focus)
        assert app.turns.session_id == old and app.main.trace.current.key == "c9"


def _entry(session_id: str):  # type: ignore[no-untyped-def]
    from blufio_tui.core.audit.rows import AuditEntry, RowType

    where = {"session_id": session_id, "turn_id": "t9", "call_id": "c9"}
    return AuditEntry(RowType.DECISION, "fs.read", "/x", "text-stats", decision="allow", **where)


async def test_escape_leaves_the_audit_screen_also_when_it_is_narrowed() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main and app.screen.log_view.rows)
        await pilot.press("s", "c", "escape")
        await until(pilot, lambda: app.screen is app.main)


class SlowLog(FakeAuditLog):
    """Counts how many readings of a narrowed log go on at once."""

    now = most = 0

    async def page(self, where, **bounds):  # type: ignore[no-untyped-def]
        import asyncio

        if where.session_id or where == AuditFilter():  # the pane below, which follows the session
            return await super().page(where, **bounds)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.shield(asyncio.sleep(0.02))
        self.now -= 1
        return await super().page(where, **bounds)


async def test_fast_typing_reads_the_log_once_at_a_time_and_shows_the_last_filter() -> None:
    fakes = Fakes()
    fakes.audit = SlowLog(fakes.clock)
    fakes.agent._audit = fakes.audit
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f6")
        await until(pilot, lambda: app.screen is not app.main and app.screen.log_view.rows)
        fakes.audit.most = 0
        await pilot.press("slash", *"deny zzz")
        await until(pilot, lambda: app.screen.log_view.where == AuditFilter(decision="deny", text="zzz"))
        assert fakes.audit.most == 1


async def test_while_one_jumps_the_key_line_says_what_keys_do_then() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Type a label to go there" in screen_text(app))
        last = screen_text(app).splitlines()[-1]
        assert "Esc Close" in last and "⌫ Again" in last
        assert "Send" not in last
