"""The leader key and jump mode, by keyboard alone, in a narrow terminal as in a wide one."""

import re
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.commands.table import COMMANDS
from blufio_tui.ui.jump_targets import labels
from blufio_tui.ui.keys.of_commands import command_keys
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.screens.jump import JumpLabel, JumpScreen
from blufio_tui.ui.screens.leader import LeaderScreen
from blufio_tui.ui.state.entries import ToolLine, UserSaid
from blufio_tui.ui.state.layout import PaneName
from tests.fakes.corpus import sampled
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import MEDIUM, NARROW, running, say, screen_text, turn_over, until


@pytest.mark.parametrize("size", [NARROW, MEDIUM], ids=["narrow", "medium"])
async def test_the_panel_shows_every_key_that_may_follow(size: tuple[int, int]) -> None:
    async with running(size=size) as (app, pilot, _):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Esc closes this" in screen_text(app))
        shown = screen_text(app)
        assert all(command.short_title in shown for command in COMMANDS if command.leader is not None)
        assert all(group in shown for group in ("Panes", "Conversation", "Screens", "Session", "Go to"))


async def test_escape_closes_the_panel_and_nothing_that_was_typed_is_lost() -> None:
    async with running() as (app, pilot, _):
        await pilot.press(*"half a sen", "ctrl+g", "F", "escape", *"tence")
        assert app.screen is app.main
        assert app.main.prompt.text == "half a sentence"


async def test_a_key_that_leads_nowhere_changes_nothing_and_says_so() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+g", "F")
        await until(pilot, lambda: "F is not in use here" in screen_text(app))
        await pilot.press("ctrl+g")
        assert app.screen is app.main


def _is_open(heading: str) -> Callable[[BlufioApp], bool]:
    return lambda app: heading in screen_text(app).split("\n")[0]


REACHED: dict[str, Callable[[BlufioApp], object]] = {
    "c": lambda app: app.main.chat.query_one("#welcome-suggestions").has_focus,
    "t": lambda app: app.main.trace.has_focus,
    "l": lambda app: app.main.audit.has_focus,
    "z": lambda app: app.main.panes.layout_state.zoomed is PaneName.CHAT,
    "T": lambda app: PaneName.TRACE in app.main.panes.layout_state.hidden,
    "L": lambda app: PaneName.AUDIT in app.main.panes.layout_state.hidden,
    "f": lambda app: app.main.chat.find_bar.display,
    "s": _is_open("Skills"),
    "a": _is_open("Audit log"),
    "h": _is_open("Sessions"),
    "g": _is_open("Grants"),
    "u": _is_open("Cost"),
    "comma": _is_open("Settings"),
    "question_mark": _is_open("Keys and commands"),
    "m": _is_open("Model"),
    "M": _is_open("Permission mode"),
    "j": lambda app: isinstance(app.screen, JumpScreen),
    "colon": lambda app: type(app.screen).__name__ == "SettledPalette",
    "q": lambda app: app.return_code == 0 or not app.is_running,
}


@pytest.mark.parametrize("key", sampled(REACHED))
async def test_what_has_a_function_key_is_reached_with_the_leader(key: str) -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+g", key)
        await until(pilot, lambda: REACHED[key](app))


def test_no_function_key_and_no_alt_key_does_what_the_leader_cannot() -> None:
    by_leader = {(command.does, command.arguments) for command in COMMANDS if command.leader is not None}
    only_there = [command for command in COMMANDS if re.match(r"f\d|alt\+", command.keys)]
    assert len(only_there) > 15
    for command in only_there:
        there = command.does.replace("action_pane", "action_show_pane")
        assert (there, command.arguments) in by_leader, command.id


async def test_the_panel_stays_while_panes_are_made_wider_and_the_widths_are_remembered() -> None:
    async with running() as (app, pilot, fakes):
        before = app.main.panes.layout_state
        await pilot.press("ctrl+g", "right", "right", "down", "escape")
        after = app.main.panes.layout_state
        assert after.two.chat > before.two.chat and after.two.trace > before.two.trace
        await until(pilot, lambda: fakes.memory.values.get("trace_share") == after.two.trace)


async def test_the_leader_leaves_a_screen_to_go_to_a_pane() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main)
        await pilot.press("ctrl+g", "t")
        await until(pilot, lambda: app.screen is app.main and app.main.trace.has_focus)


async def test_a_click_on_a_key_of_the_panel_is_that_key_and_one_beside_it_closes_it() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "t Trace" in screen_text(app))
        lines = screen_text(app).split("\n")
        row = next(index for index, line in enumerate(lines) if "t Trace" in line)
        await pilot.click(offset=(lines[row].index("t Trace") + 2, row))
        await until(pilot, lambda: app.screen is app.main and app.main.trace.has_focus)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, LeaderScreen) and app.screen.is_running)
        await pilot.click(offset=(2, 2))
        await until(pilot, lambda: app.screen is app.main)


async def test_the_leader_does_not_open_over_a_form() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "/mode allow-all")
        await until(pilot, lambda: app.screen.is_modal)
        await pilot.press("ctrl+g", "ctrl+t")
        assert not isinstance(app.screen, LeaderScreen | JumpScreen)
        await pilot.press("escape")


async def test_an_approval_that_arrives_under_the_panel_is_not_answered_by_its_keys() -> None:
    async with running() as (app, pilot, fakes):
        await pilot.press("ctrl+g")
        app.prompts.start("count /etc/hosts")
        await until(pilot, lambda: app.main.card.queue)
        fakes.clock.advance(2)
        await pilot.press("o")
        assert app.main.card.queue and not fakes.agent.answers


async def test_the_leader_and_its_keys_can_be_changed() -> None:
    look = Look(theme_folders=(THEMES,), keys={"app.leader": "ctrl+b", "leader.trace": "x", "leader.interrupt": "X"})
    async with running(Fakes(look=look)) as (app, pilot, _):
        await pilot.press("ctrl+b")
        await until(pilot, lambda: "x Trace" in screen_text(app))
        await pilot.press("x")
        await until(pilot, lambda: app.main.trace.has_focus)


# ── jumping ────────────────────────────────────────────────────────────────────────────────────────


async def _label_of(app: BlufioApp, pilot: Pilot[int], x: int, y: int) -> str:
    await until(pilot, lambda: isinstance(app.screen, JumpScreen) and app.screen.query(JumpLabel))
    await pilot.pause()
    return next(one.label for one in app.screen.query(JumpLabel) if (one.region.x, one.region.y) == (x, y))


async def _counted(app: BlufioApp, pilot: Pilot[int]) -> None:
    await say(pilot, "count the words")
    await turn_over(app, pilot)
    await until(pilot, lambda: app.main.audit.rows)


async def test_a_label_leads_to_a_row_of_the_trace() -> None:
    async with running() as (app, pilot, _):
        await _counted(app, pilot)
        await pilot.press("ctrl+t")
        trace = app.main.trace.content_region
        await pilot.press(*await _label_of(app, pilot, trace.x, trace.y + 2))
        await until(pilot, lambda: app.screen is app.main and app.main.trace.has_focus)
        assert app.main.trace.cursor == 2


async def test_a_label_leads_to_a_tool_line_of_the_conversation_and_enter_to_its_call() -> None:
    async with running() as (app, pilot, _):
        await _counted(app, pilot)
        view = app.main.chat.view
        index = next(i for i, entry in enumerate(view.shown) if isinstance(entry, ToolLine))
        y = view.content_region.y + view.offsets.start(index) + 1 - round(view.scroll_y)
        await pilot.press("ctrl+g", "j")
        await pilot.press(*await _label_of(app, pilot, view.content_region.x, y))
        await until(pilot, lambda: view.has_focus and isinstance(view.parts.chosen, ToolLine))
        await pilot.press("enter")
        await until(pilot, lambda: app.main.trace.has_focus)
        assert app.main.trace.current.key == "call1"


async def test_jumping_works_in_every_screen_with_a_list_and_escape_goes_nowhere() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        skills = app.screen
        await pilot.press("ctrl+t", "escape")
        assert app.screen is skills and skills.list_view.cursor == 0
        await pilot.press("ctrl+t")
        place = skills.list_view.content_region
        await pilot.press(*await _label_of(app, pilot, place.x, place.y + 2))
        await until(pilot, lambda: app.screen is skills and skills.list_view.cursor == 2)


async def test_a_label_leads_to_a_pane_and_to_the_prompt() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("ctrl+t")
        rule = app.main.panes.pane(PaneName.AUDIT).rule.region
        await pilot.press(*await _label_of(app, pilot, rule.x, rule.y))
        await until(pilot, lambda: app.main.audit.has_focus)
        await pilot.press("ctrl+t")
        place = app.main.prompt.content_region
        await pilot.press(*await _label_of(app, pilot, place.x, place.y))
        await until(pilot, lambda: app.main.prompt.has_focus)


def test_no_label_is_the_beginning_of_another() -> None:
    for count in (0, 1, 26, 27, 300):
        found = labels(count)
        assert len(set(found)) == count
        assert not any(a != b and b.startswith(a) for a in found for b in found)


async def test_prompts_are_chosen_by_leader_from_the_prompt() -> None:
    async with running() as (app, pilot, _):
        await _counted(app, pilot)
        await pilot.press("ctrl+g", "left_square_bracket")
        await until(pilot, lambda: app.main.chat.view.has_focus)
        assert isinstance(app.main.chat.view.parts.chosen, UserSaid)


async def test_with_one_column_the_tabs_have_labels() -> None:
    async with running(size=NARROW) as (app, pilot, _):
        await pilot.press("ctrl+t")
        await pilot.press(*await _label_of(app, pilot, 18, 1))
        await until(pilot, lambda: app.main.trace.has_focus)


async def test_labels_go_away_when_what_they_stand_on_moves() -> None:
    async with running() as (app, pilot, _fakes):
        await until(pilot, lambda: app.main.is_complete)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, JumpScreen))
        await pilot.resize_terminal(90, 30)
        await until(pilot, lambda: app.screen is app.main)


def test_the_palette_names_the_key_of_each_command_as_it_is_now() -> None:
    keys = command_keys({"app.audit": "f12,ctrl+k", "leader.rewind": "B"})
    assert (keys["app.audit"], keys["pane.zoom"], keys["app.quit"]) == ("F12", "Alt+z", "^q")
    assert (keys["session.rewind"], keys["session.retry"]) == ("^g B", "^g r")
