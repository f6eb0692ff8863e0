"""One table: every way to a command is made from it, and whatever it names is there."""

from collections import Counter
from inspect import signature
from operator import attrgetter

import pytest
from textual.dom import DOMNode

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.commands.command import Command, Scope
from blufio_tui.ui.commands.slash import Invocation, complete, parse
from blufio_tui.ui.commands.table import BY_ID, COMMANDS
from blufio_tui.ui.keys.clashes import chains
from blufio_tui.ui.keys.of_commands import command_keys
from blufio_tui.ui.keys.table import bindings_by_place, opened_by_commands
from blufio_tui.ui.screens.leader import LeaderScreen
from blufio_tui.ui.screens.main import MainScreen
from scripts.keys_doc import page
from tests.fakes.corpus import sampled
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import running, say, screen_text, until

SLASH = "help model mode new resume rewind compact cost export skills run audit grants jobs rules mcp theme doctor \
retry copy settings sessions quit connect thinking confirm undo instructions context init egress why record replay diff"


def _names(command: Command) -> list[str]:
    return [command.id, *([command.leader_id] if command.leader is not None else [])]


def test_ids_and_slash_names_are_unique_and_each_has_a_line_of_help() -> None:
    ids = [name for command in COMMANDS for name in _names(command)]
    slash = [command.slash.name for command in COMMANDS if command.slash is not None]
    assert [name for name, times in Counter([*ids, *slash]).items() if times > 1] == []
    assert sorted(slash) == sorted(SLASH.split())
    assert all(command.title and command.help and "\n" not in command.help for command in COMMANDS)


def test_the_palette_has_no_two_entries_of_one_title() -> None:
    titles = Counter(command.title for command in COMMANDS if command.is_offered)
    assert [title for title, times in titles.items() if times > 1] == []


def test_no_key_means_two_things_in_one_place() -> None:
    """Two commands, two leader keys, or a command and what stands in the same bracket of a chain of places."""
    leader = Counter(key for command in COMMANDS if command.leader for key in command.leader.keys.split(","))
    assert [key for key, times in leader.items() if times > 1] == []
    by_place: dict[str, dict[str, str]] = {}
    for place, binding in bindings_by_place():
        for key in binding.key.split(","):
            there = by_place.setdefault(place, {})
            assert there.setdefault(key, binding.action) == binding.action, (place, key)
    app, main = by_place[Scope.APP.value], by_place[Scope.MAIN.value]
    assert set(app) & set(main) == set()
    assert {Scope.APP.value, Scope.MAIN.value} <= {place for chain in chains() for places in chain for place in places}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_what_a_command_does_is_there_and_takes_what_it_is_given(command: Command) -> None:
    method = attrgetter(command.does)(BlufioApp(Fakes().services()))
    signature(method).bind(*command.arguments, *(["typed"] if command.slash and command.slash.argument else []))
    if not (command.slash and command.slash.needs_argument):
        signature(method).bind(*command.arguments)


def _bound(owner: type[DOMNode]) -> set[str]:
    return {binding.action for binding in owner._merge_bindings().key_to_bindings.values() for binding in binding}


def test_the_app_the_main_screen_and_the_leader_panel_have_the_keys_of_the_table_and_no_others() -> None:
    own = {scope: {f"command('{c.id}')" for c in COMMANDS if c.scope is scope and c.keys} for scope in Scope}
    assert own[Scope.APP] == {action for action in _bound(BlufioApp) if action.startswith("command(")}
    assert own[Scope.APP] == {binding.action for binding in BlufioApp.BINDINGS}  # type: ignore[union-attr]
    assert own[Scope.MAIN] == {binding.action for binding in MainScreen.BINDINGS}  # type: ignore[union-attr]
    taken = {f"take('{command.id}')" for command in COMMANDS if command.leader is not None}
    assert taken | {"give_up"} == {binding.action for binding in LeaderScreen.BINDINGS}  # type: ignore[union-attr]


def test_every_slash_name_is_parsed_completed_and_documented() -> None:
    text = page()
    for command in COMMANDS:
        if command.slash is None:
            continue
        parsed = parse(f"/{command.slash.name} {'x' if command.slash.needs_argument else ''}")
        assert isinstance(parsed, Invocation) and parsed.command is command
        assert complete(f"/{command.slash.name}")[0].help == command.help
        assert f"/{command.slash.name}" in text
    assert all(f"`{name}`" in text for c in COMMANDS for name in _names(c) if name != c.id or c.keys)


def test_every_screen_of_the_table_opens_and_those_with_keys_are_on_the_keys_page() -> None:
    places = {place for place, _ in bindings_by_place()}
    found = {place for place, _ in opened_by_commands()}
    assert found >= {"skills", "sessions", "grants", "cost", "settings", "jobs", "rules", "connections", "models"}
    assert found <= places


async def test_the_palette_lists_what_the_table_offers_with_its_keys() -> None:
    async with running() as (app, _, _fakes):
        offered = {command.title: command for command in COMMANDS if command.is_offered}
        listed = {entry.title: entry.help for entry in app.get_system_commands(app.screen)}
        keys = command_keys({})
        assert listed.keys() == offered.keys()
        assert all(listed[title].endswith(command.help) for title, command in offered.items())
        assert all(listed[c.title].startswith(keys[c.id]) for c in offered.values() if c.id in keys)


@pytest.mark.parametrize("name", sampled(command.id for command in COMMANDS if command.screen))
async def test_each_screen_opens_by_its_command_or_says_why_not(name: str) -> None:
    async with running() as (app, pilot, _):
        await app.run_action(f"command('{name}')")
        await until(pilot, lambda: app.screen is not app.main or app._notifications)


async def test_what_is_typed_after_help_filters_it() -> None:
    async with running() as (app, pilot, _):
        await say(pilot, "/help rewind")
        await until(pilot, lambda: "Keys and commands" in screen_text(app).split("\n")[0])
        await until(pilot, lambda: app.screen.list_view.rows)  # type: ignore[attr-defined]
        assert {BY_ID["session.rewind"].leader_id} <= {row.binding_id for row in app.screen.list_view.rows}  # type: ignore[attr-defined]


async def test_a_command_of_the_main_screen_leaves_another_screen_when_chosen_by_name() -> None:
    async with running() as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main)
        await app.run_by_name(BY_ID["app.find"])
        await until(pilot, lambda: app.screen is app.main and app.main.chat.find_bar.display)
