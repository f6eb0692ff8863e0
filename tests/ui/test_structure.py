"""The app, its screens and its widgets are made of few classes: features are held, not inherited."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from textual.dom import DOMNode
from textual.screen import ModalScreen

import blufio_tui.ui
from blufio_tui.ui.app import BlufioApp

_MOST = 4


def _descendants(owner: type) -> Iterator[type]:
    for child in owner.__subclasses__():
        yield child
        yield from _descendants(child)


def _ours(owner: type) -> list[str]:
    return [base.__name__ for base in owner.__mro__ if base.__module__.startswith("blufio_tui")]


def test_no_app_screen_or_widget_has_more_than_four_classes_of_ours_in_its_chain() -> None:
    for module in pkgutil.walk_packages(blufio_tui.ui.__path__, "blufio_tui.ui."):
        importlib.import_module(module.name)
    owners = {owner for owner in _descendants(DOMNode) if owner.__module__.startswith("blufio_tui")}
    assert len(owners) > 50 and BlufioApp in owners
    assert {owner.__qualname__: _ours(owner) for owner in owners if len(_ours(owner)) > _MOST} == {}


def test_no_handler_calls_its_base_class_for_textual_does() -> None:
    """A base class's handler would run twice, and after the one that called it: what that one did is undone."""
    calls = re.compile(r"super\(\)\.(_?on_(?!event\b)\w+)")
    sources = {path: path.read_text("utf-8") for path in Path(blufio_tui.ui.__file__).parent.rglob("*.py")}
    assert {str(path): found for path, source in sources.items() if (found := calls.findall(source))} == {}


def test_every_dialog_stands_in_the_middle_of_the_screen_below_it() -> None:
    """A `ModalScreen` that its sheet does not name covers all of it, and stands in a corner."""
    for module in pkgutil.walk_packages(blufio_tui.ui.__path__, "blufio_tui.ui."):
        importlib.import_module(module.name)
    elsewhere = {"LeaderScreen", "JumpScreen", "SettledPalette"}  # at the bottom, over everything, at the top
    sheets = "\n".join(path.read_text() for path in Path(blufio_tui.ui.__path__[0]).rglob("*.tcss"))
    centred = {
        name.strip()
        for names, body in re.findall(r"([\w, ]+) \{([^}]*)\}", sheets)
        if "align: center middle" in body and "background: $background 60%" in body
        for name in names.split(",")
    }
    modals = [one for one in _descendants(ModalScreen) if one.__module__.startswith("blufio_tui")]
    dialogs = [one for one in modals if not one.__subclasses__()]
    assert len(dialogs) > 8
    assert [
        one.__name__
        for one in dialogs
        if one.__name__ not in elsewhere and not centred & {base.__name__ for base in one.__mro__}
    ] == []
