"""Every part of a conversation is chosen, opened and copied by key; lines are selected as in a multiplexer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.state.entries import Reply, ToolLine, UserSaid
from blufio_tui.ui.state.layout import PaneName
from tests.fakes.ui_agent import Call, Say
from tests.fakes.ui_services import COUNT, Fakes
from tests.ui.helpers import NARROW, running, say, screen_text, turn_over, until

CODE = "First:\n\n```python\nprint(1)\n```\n\nthen\n\n```sh\nls -l\nls\n```\n"


@asynccontextmanager
async def _talked() -> AsyncIterator[tuple[BlufioApp, Pilot[int], list[str]]]:
    copied: list[str] = []
    fakes = Fakes()
    fakes.scripts["code"] = [COUNT, Say(CODE)]
    async with running(fakes) as (app, pilot, _):
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await say(pilot, "show code")
        await turn_over(app, pilot)
        await pilot.press("ctrl+g", "c")
        yield app, pilot, copied


async def test_one_steps_through_the_parts_and_copies_each() -> None:
    async with _talked() as (app, pilot, copied):
        await pilot.press("p", "y", "p", "y", "p", "y", "p", "y")
        assert copied == ["ls -l\nls", "print(1)", CODE, COUNT.content]
        assert isinstance(app.main.chat.view.parts.chosen, ToolLine)
        await pilot.press("p")
        assert isinstance(app.main.chat.view.parts.chosen, UserSaid)
        await pilot.press("n", "n")
        assert isinstance(app.main.chat.view.parts.chosen, Reply) and app.main.chat.view.parts.chosen_code is None


async def test_enter_on_a_tool_line_goes_to_its_call_in_the_trace() -> None:
    async with _talked() as (app, pilot, _):
        await pilot.press("left_square_bracket", "n", "enter")
        await until(pilot, lambda: app.main.trace.has_focus)
        assert app.main.trace.current.key == "call1"


async def test_a_whole_turn_is_copied_as_markdown() -> None:
    async with _talked() as (_app, pilot, copied):
        await pilot.press("Y")
        assert copied[0].startswith("> show code\n\n**text_stats** ")
        assert f"```\n{COUNT.content}\n```" in copied[0]
        assert copied[0].endswith(CODE.strip())


async def test_lines_are_selected_with_the_keys_that_scroll_and_copied() -> None:
    async with _talked() as (app, pilot, copied):
        view = app.main.chat.view
        await pilot.press("p", "v", "down")
        await until(pilot, lambda: "Select nothing" in screen_text(app))
        await pilot.press("y")
        assert copied == ["ls -l\nls"]
        assert not view.is_selecting and not app.screen.selections
        await pilot.press("v", "home", "escape")
        assert not view.is_selecting and view.has_focus


async def test_what_is_chosen_stays_chosen_on_the_screen_when_the_conversation_is_long() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        for number in range(8):
            await say(pilot, f"prompt {number}")
            await turn_over(app, pilot)
        await pilot.press("ctrl+g", "c", *["p"] * 13)
        view = app.main.chat.view
        assert view.offsets.total > 2 * view.size.height
        assert view.parts.chosen in view.shown
        start = view.first_selected()
        assert view.scroll_y <= start < view.scroll_y + view.size.height
        assert not view.following


async def test_the_line_between_trace_and_audit_log_is_moved_by_key_and_by_mouse_and_remembered() -> None:
    async with running(size=(120, 36)) as (app, pilot, fakes):
        rule, side = app.main.panes.pane(PaneName.AUDIT).rule, app.main.panes.query_one("#side")
        before, at = app.main.panes.layout_state.two.trace, rule.region.y
        await pilot.press("alt+down")
        assert app.main.panes.layout_state.two.trace > before
        await until(pilot, lambda: rule.region.y > at)
        await pilot.mouse_down(rule, offset=(3, 0))
        await pilot.hover(side, offset=(3, 8))
        await pilot.mouse_up(side, offset=(3, 8))
        await until(pilot, lambda: rule.region.y == side.region.y + 8)
        await until(pilot, lambda: fakes.memory.values["trace_share"] == app.main.panes.layout_state.two.trace)


async def test_a_wall_of_text_is_shown_in_part_until_it_is_opened_or_a_word_in_it_is_sought() -> None:
    wall = "\n".join(f"row {number}." for number in range(1000))
    async with running() as (app, pilot, _):
        await say(pilot, wall)
        await turn_over(app, pilot)
        view = app.main.chat.view
        folded = view.offsets.total
        await pilot.press("f2", "left_square_bracket", "home", *["down"] * 8)
        await until(pilot, lambda: "… 965 lines more; Enter shows them" in screen_text(app))
        await pilot.press("enter")
        assert view.offsets.total == folded + 964
        await pilot.press("enter")
        assert view.offsets.total == folded
        await pilot.press("ctrl+f", *"row 500.", "enter")
        await until(pilot, lambda: "row 501." in screen_text(app))


async def test_of_a_long_output_the_conversation_shows_the_beginning_and_the_end() -> None:
    fakes = Fakes()
    fakes.scripts["seq"] = [Call("bash", {"command": "seq 500"}, "\n".join(str(number) for number in range(1, 501)))]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "seq")
        await turn_over(app, pilot)
        await pilot.press("f2", "o")
        await until(pilot, lambda: "│ 500" in screen_text(app))
        await pilot.press("home")
        await until(pilot, lambda: "470 lines more; the trace has all" in screen_text(app))


async def test_finding_goes_from_one_occurrence_to_the_next_also_within_a_reply() -> None:
    fakes = Fakes()
    fakes.scripts["long"] = [Say("\n\n".join(f"paragraph {number} has a needle" for number in range(60)))]
    async with running(fakes) as (app, pilot, _):
        await say(pilot, "long")
        await turn_over(app, pilot)
        await pilot.press("ctrl+f", *"needle")
        await until(pilot, lambda: "60 of 60" in screen_text(app) and "paragraph 59" in screen_text(app))
        for _ in range(30):
            await pilot.press("shift+enter")
        await until(pilot, lambda: "30 of 60" in screen_text(app) and "paragraph 29" in screen_text(app))
        assert "paragraph 59" not in screen_text(app)


async def test_the_title_of_a_pane_is_lit_at_the_very_moment_its_list_gets_the_focus() -> None:
    async with running(size=(200, 60)) as (app, _, _):
        main, rules = app.main, {name: app.main.panes.pane(name).rule for name in PaneName}
        for target, lit in ((main.trace, PaneName.TRACE), (main.audit, PaneName.AUDIT), (main.prompt, None)):
            main.set_focus(target)
            assert [name for name, rule in rules.items() if rule.lit] == ([lit] if lit else [])
