from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.events import (
    NestedEvent,
    NoticeLevel,
    NoticeRaised,
    ReplyDiscarded,
    RequestFinished,
    RequestStarted,
    TextDelta,
    ThinkingDelta,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_agent import Raw, Say, Wait
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import NARROW, WIDE, opened, running, say, screen_text, turn_over, until


async def test_a_prompt_is_answered_with_a_tool_line_a_trace_and_an_audit_row() -> None:
    async with running(size=WIDE) as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        await until(pilot, lambda: app.main.audit.rows)
        await pilot.pause()
        text = screen_text(app)
        assert "✓ text_stats" in text
        assert "942 words" in text
        assert "fs.read" in text
        assert "≡" in text


async def test_the_row_of_a_request_is_shown_although_no_tool_was_called() -> None:
    fakes = Fakes()
    fakes.scripts["hello"] = [Raw(lambda turn: RequestStarted(turn, 1, "m")), Say("hi", pieces=1), Wait("go")]
    async with running(fakes, WIDE) as (app, pilot, _):
        await fakes.audit.append(AuditEntry(RowType.DECISION, "model", "api.example", session_id="s1"))
        await say(pilot, "hello")
        await until(pilot, lambda: "api.example" in screen_text(app))
        fakes.agent.release("go")
        await turn_over(app, pilot)


async def test_the_first_suggestion_of_the_welcome_screen_runs_with_two_keys() -> None:
    async with running() as (app, pilot, fakes):
        assert "count the words in README.md" in screen_text(app)
        await pilot.press("tab", "enter")
        await turn_over(app, pilot)
        assert fakes.agent.prompts == ["count the words in README.md"]


async def test_the_offline_guide_says_what_it_is_and_how_to_connect_a_model() -> None:
    fakes = Fakes()
    fakes.model.is_guide, fakes.model.name = True, "offline guide"
    async with running(fakes) as (app, _, _):
        text = screen_text(app)
        assert "offline guide, not a model" in text
        assert "ANTHROPIC_API_KEY" in text


async def test_enter_sends_and_ctrl_j_starts_a_new_line() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press(*"one", "ctrl+j", *"two", "shift+enter", *"three", "enter")
        await turn_over(app, pilot)
        assert fakes.agent.prompts == ["one\ntwo\nthree"]
        assert app.main.prompt.text == ""


async def test_escape_interrupts_a_running_turn() -> None:
    fakes = Fakes()
    fakes.scripts["wait"] = [Say("thinking about it"), Wait("never"), Say("too late")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "wait for it")
        await until(pilot, lambda: "never" in fakes.agent.gates)
        await pilot.press("escape")
        await turn_over(app, pilot)
        text = screen_text(app)
        assert "interrupted" in text
        assert "too late" not in text


async def test_markup_and_escape_sequences_from_the_model_are_shown_not_obeyed() -> None:
    fakes = Fakes()
    fakes.scripts["hostile"] = [Say("[bold red]not red[/] \x1b[2J \u202egnp.exe [@click=app.quit]x[/]", pieces=3)]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "hostile")
        await turn_over(app, pilot)
        text = screen_text(app)
        assert "[bold red]not red[/]" in text
        assert r"\e[2J" in text
        assert r"\u202egnp.exe" in text
        assert "\x1b" not in text and "\u202e" not in text


async def test_thinking_is_folded_and_t_unfolds_it() -> None:
    fakes = Fakes()
    fakes.scripts["think"] = [Raw(lambda turn: ThinkingDelta(turn, "secret plan")), Say("answer")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "think")
        await turn_over(app, pilot)
        assert "thought" in screen_text(app) and "secret plan" not in screen_text(app)
        await pilot.press("f2", "t")
        await pilot.pause()
        assert "secret plan" in screen_text(app)


async def test_a_cut_reply_stays_readable_and_is_marked() -> None:
    fakes = Fakes()
    fakes.scripts["cut"] = [
        Say("first half", pieces=1),
        Raw(lambda turn: ReplyDiscarded(turn, "the stream was cut")),
        Say("whole answer", pieces=1),
    ]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "cut")
        await turn_over(app, pilot)
        text = screen_text(app)
        assert "first half" in text and "cut off; asked for again" in text and "whole answer" in text
        assert "the stream was cut" not in text  # the notice about the new try says it


async def test_notices_are_shown_in_the_conversation() -> None:
    fakes = Fakes()
    fakes.scripts["busy"] = [
        Raw(lambda turn: NoticeRaised(turn, NoticeLevel.WARNING, "the model is overloaded; trying again in 2 s")),
        Say("ok"),
    ]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "busy")
        await turn_over(app, pilot)
        assert "! the model is overloaded" in screen_text(app)


async def test_the_view_stays_where_one_reads_while_text_arrives_below() -> None:
    fakes = Fakes()
    fakes.scripts["long"] = [Say("\n\n".join(f"paragraph {n}" for n in range(80))), Wait("go"), Say("\n\nlast words")]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "long")
        await until(pilot, lambda: "go" in fakes.agent.gates)
        view = app.main.chat.view
        view.flush()
        await pilot.press("f2", "pageup", "pageup")
        await pilot.pause()
        place = view.scroll_y
        fakes.agent.release("go")
        await turn_over(app, pilot)
        assert view.scroll_y == place
        assert "new below" in screen_text(app)
        await pilot.press("end")
        await pilot.pause()
        assert "last words" in screen_text(app)
        assert "new below" not in screen_text(app)


async def test_whoever_sends_a_prompt_sees_its_answer_wherever_they_were_reading() -> None:
    fakes = Fakes()
    fakes.scripts["long"] = [Say("\n\n".join(f"paragraph {n}" for n in range(80)))]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "long")
        await turn_over(app, pilot)
        await pilot.press("f2", "home")
        await until(pilot, lambda: not app.main.chat.view.following)
        await say(pilot, "hello")
        await turn_over(app, pilot)
        await until(pilot, lambda: "You said: hello" in screen_text(app))


async def test_the_number_of_widgets_does_not_grow_with_the_conversation() -> None:
    fakes = Fakes()
    fakes.scripts["many"] = [
        Raw(lambda turn, n=n: TextDelta(turn, f"## part {n}\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n"))
        for n in range(40)
    ]
    async with running(fakes) as (app, pilot, _):
        before = len(app.screen.query("*"))
        await say(pilot, "many")
        await turn_over(app, pilot)
        assert len(app.screen.query("*")) == before < 60


async def test_everything_is_there_at_80_by_24_behind_tabs() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await say(pilot, "count the words in README.md")
        await turn_over(app, pilot)
        assert "942 words" in screen_text(app)
        await pilot.press("f3")
        await pilot.pause()
        assert "request 1" in screen_text(app)
        await pilot.press("f4")
        await until(pilot, lambda: "fs.read" in screen_text(app))


async def test_history_comes_back_with_up_and_the_draft_with_down() -> None:
    fakes = Fakes()
    fakes.history.prompts = ["first", "second"]
    async with running(fakes) as (app, pilot, _):
        await pilot.press(*"draft", "up")
        assert app.main.prompt.text == "second"
        await pilot.press("up")
        assert app.main.prompt.text == "first"
        await pilot.press("down", "down")
        assert app.main.prompt.text == "draft"


async def test_in_a_window_that_begins_without_focus_the_first_key_reaches_the_prompt() -> None:
    fakes = Fakes()
    app = BlufioApp(fakes.services())
    app.set_reactive(BlufioApp.app_focus, False)
    async with opened(app) as pilot:
        assert app.main.focused is None
        await pilot.press(*"hello")
        await until(pilot, lambda: app.main.prompt.text == "hello")


async def test_while_a_turn_runs_the_bottom_says_what_it_does_for_how_long_and_which_key_ends_it() -> None:
    fakes = Fakes()
    fakes.scripts["wait"] = [Say("thinking about it", pieces=1), Wait("go"), Say("done")]
    async with running(fakes, NARROW) as (app, pilot, _):
        assert "Esc Interrupt" not in screen_text(app)
        await say(pilot, "wait for it")
        await until(pilot, lambda: "writing 0 s" in screen_text(app))
        assert "Esc Interrupt" in screen_text(app)
        fakes.clock.advance(75)
        await until(pilot, lambda: "writing 1m15s" in screen_text(app))
        fakes.agent.release("go")
        await turn_over(app, pilot)
        assert "writing" not in screen_text(app) and "Esc Interrupt" not in screen_text(app)


async def test_the_cost_of_a_turn_counts_requests_that_were_cut_off_and_each_only_once() -> None:
    async with running() as (app, _pilot, _fakes):
        status, whole = app.main.status, TokenUsage(100, 20)
        status.take(TurnStarted("t", "s", "hi"), 1.0)
        status.take(RequestFinished("t", "tool_use", whole, 0.25, "m"), 1.0)
        status.take(NestedEvent("t", "c", RequestFinished("t", "end_turn", whole, 0.25, "m")), 1.0)
        status.take(NestedEvent("t", "c", TurnFinished("t", "s", "end_turn", "", 1, whole, 0.25)), 1.0)
        status.take(TurnFinished("t", "s", "interrupted", "", 2, TokenUsage(300, 41), 0.75), 1.0)
        assert status.figures.usage == TokenUsage(300, 41) and status.figures.cost_usd == 0.75
        status.take(TurnFinished("t2", "s", "end_turn", "", 0, whole, None), 1.0)  # as after /compact
        assert status.figures.usage == TokenUsage(400, 61) and not status.figures.cost_known
