"""Keys in the configuration that do nothing are pointed out."""

import pytest

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.keys.check import keymap_problems
from blufio_tui.ui.keys.clashes import chains
from blufio_tui.ui.keys.table import bindings_by_place, key_rows
from blufio_tui.ui.keys.vim import VIM_KEYS
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.screens.leader import LeaderScreen
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import running, until


@pytest.mark.parametrize(
    "key", ["f5", "a", "G", "ctrl+k", "alt+left", "left_square_bracket", "f3,alt+3", "shift+tab", "f3, f4"]
)
def test_what_keyboards_have_is_no_problem(key: str) -> None:
    assert list(keymap_problems({"ask.cancel": key})) == []


def test_the_keys_that_the_program_has_itself_are_no_problem() -> None:
    assert list(keymap_problems(VIM_KEYS)) == []
    assert list(keymap_problems({}, vim_keys=True)) == []
    assert all(row.binding_id for row in key_rows({}))


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("app.leadr", "ctrl+b", "perhaps app.leader"),
        ("nonsense", "ctrl+b", '"nonsense" is not the id of a key'),
        ("app.leader", "no such key!!", '"no such key!!" is not a key'),
        ("app.leader", "kontrol+b", '"kontrol+b" is not a key'),
        ("app.leader", "f11,", '"" is not a key'),
        ("app.leader", "", '"" is not a key'),
    ],
)
def test_what_does_nothing_is_named(name: str, key: str, words: str) -> None:
    (problem,) = keymap_problems({name: key})
    assert words in problem


@pytest.mark.parametrize(
    ("keys", "key", "heard", "not_heard", "place"),
    [
        ({"app.leader": "f5"}, "F5", "app.leader", "app.skills", "everywhere"),
        ({"pane.trace": "f5"}, "F5", "pane.trace", "app.skills", "main screen"),
        ({"list.open": "x"}, "x", "list.open", "trace.cancel", "trace"),
        ({"trace.cancel": "[", "list.open": "left_square_bracket"}, "[", "trace.cancel", "list.open", "trace"),
        ({"audit.by": "c, f11"}, "c", "audit.by", "audit.decision", "audit screen"),
        ({"pane.trace": "f11", "pane.audit": "f11"}, "F11", "pane.trace", "pane.audit", "main screen"),
        ({"app.leader": "f12", "trace.again": "f12"}, "F12", "app.leader", "trace.again", "trace"),
    ],
)
def test_two_actions_on_one_key_in_one_place_are_named(
    keys: dict[str, str], key: str, heard: str, not_heard: str, place: str
) -> None:
    (problem,) = keymap_problems(keys)
    assert problem.startswith(f'[ui.keys] {key} is the key of "{heard}"')
    assert f'"{not_heard}"' in problem and f'({place}), only "{heard}" does. Give one' in problem


@pytest.mark.parametrize(
    "keys",
    [
        {"approval.once": "a", "approval.always": "o"},
        {"trace.again": "v"},
        {"sessions.rename": "g", "skills.run": "b"},
        {"list.open": "enter,z"},
    ],
)
def test_one_key_in_places_apart_and_keys_that_changed_places_are_no_problem(keys: dict[str, str]) -> None:
    assert list(keymap_problems(keys)) == []


def test_vim_keys_count_as_keys_that_are_taken() -> None:
    assert list(keymap_problems({"audit.by": "j"})) == []
    assert any('"list.down"' in problem for problem in keymap_problems({"audit.by": "j"}, vim_keys=True))


def test_every_place_that_has_keys_is_looked_at() -> None:
    looked_at = {place for chain in chains() for places in chain for place in places}
    assert looked_at == {place for place, _ in bindings_by_place()}


async def test_of_two_actions_on_one_key_the_one_that_is_named_is_heard() -> None:
    look = Look(theme_folders=(THEMES,), keys={"pane.trace": " f5", "app.leader": "f9"})
    async with running(Fakes(look=look)) as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.focused is app.main.trace)
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, LeaderScreen))


async def test_the_app_tells_it_when_it_opens() -> None:
    fakes = Fakes(look=Look(theme_folders=(THEMES,), keys={"app.leadr": "ctrl+b"}))
    async with running(fakes) as (app, pilot, _):
        assert isinstance(app, BlufioApp)
        await until(pilot, lambda: any("app.leader" in note.message for note in app._notifications))
