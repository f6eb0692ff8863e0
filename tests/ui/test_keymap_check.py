"""Keys in the configuration that do nothing are pointed out."""

import pytest

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.key_table import VIM_KEYS, key_rows
from blufio_tui.ui.keymap_check import keymap_problems
from blufio_tui.ui.services import Look
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import running, until


@pytest.mark.parametrize(
    "key", ["f5", "a", "G", "ctrl+k", "alt+left", "left_square_bracket", "f3,alt+3", "shift+tab", ""]
)
def test_what_keyboards_have_is_no_problem(key: str) -> None:
    assert list(keymap_problems({"app.leader": key})) == []


def test_the_keys_that_the_program_has_itself_are_no_problem() -> None:
    assert list(keymap_problems(VIM_KEYS)) == []
    assert all(row.binding_id for row in key_rows({}))


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("app.leadr", "ctrl+b", "perhaps app.leader"),
        ("nonsense", "ctrl+b", '"nonsense" is the name of no key'),
        ("app.leader", "no such key!!", '"no such key!!" is no key'),
        ("app.leader", "kontrol+b", '"kontrol+b" is no key'),
        ("app.leader", "f5,", '"" is no key'),
    ],
)
def test_what_does_nothing_is_named(name: str, key: str, words: str) -> None:
    (problem,) = keymap_problems({name: key})
    assert words in problem


async def test_the_app_tells_it_when_it_opens() -> None:
    fakes = Fakes(look=Look(theme_folders=(THEMES,), keys={"app.leadr": "ctrl+b"}))
    async with running(fakes) as (app, pilot, _):
        assert isinstance(app, BlufioApp)
        await until(pilot, lambda: any("app.leader" in note.message for note in app._notifications))
