"""Terminals with 256 colours, with 16, and with none get colours that were chosen for them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import Color, ColorType
from rich.style import Style
from textual.color import Color as Shade

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.few_colors import (
    DARK_16,
    GROUNDS,
    LIGHT_16,
    NUMBERED,
    TEXTS,
    TINTS,
    numbers_of,
    terminal_colors,
)
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.theme_files import load_themes
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import running, say, screen_text, turn_over, until
from tests.ui.test_themes import FILES, contrast

XTERM = [
    *("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
    *("#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"),
]
"""What xterm shows for the first sixteen; others are near."""


def _shown(number: int) -> str:
    if number < 16:
        return XTERM[number]
    return str(Color.from_ansi(number).get_truecolor().hex)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_numbers_for_256_colours_are_written_down_and_can_be_read(path: Path) -> None:
    numbers = tomllib.loads(path.read_text())["colors-256"]
    assert tuple(numbers) == NUMBERED
    assert all(number >= 16 for number in numbers.values()), "those below are whatever the person made of them"
    assert len({numbers[name] for name in (*GROUNDS, *TINTS)}) == 5
    assert len({numbers[name] for name in TEXTS}) == len(TEXTS)
    pairs = [(text, ground, 4.5) for text in TEXTS for ground in GROUNDS]
    pairs += [(text, ground, 3.0) for text in TEXTS for ground in TINTS]
    pairs += [("background", name, 4.5) for name in ("accent", "warn", "bad", "info")]
    assert [
        (one, other) for one, other, least in pairs if contrast(_shown(numbers[one]), _shown(numbers[other])) < least
    ] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sixteen_colours_can_be_read(path: Path) -> None:
    theme = load_themes([THEMES])[0][path.stem]
    numbers = numbers_of(theme, 16)
    assert numbers["selection"] != numbers["background"]
    assert len({numbers[name] for name in ("ok", "warn", "bad")}) == 3
    pairs = [("text", "selection"), *((text, ground) for text in TEXTS for ground in ("background", "panel"))]
    assert [pair for pair in pairs if contrast(*(_shown(numbers[name]) for name in pair)) < 3.9] == []


def test_a_theme_without_numbers_takes_the_nearest_of_256_and_the_usual_sixteen() -> None:
    from blufio_tui.ui.theme_files import FALLBACK, to_theme

    assert numbers_of(to_theme("mine", True, FALLBACK), 256) == {}
    assert numbers_of(to_theme("mine", True, FALLBACK), 16) == DARK_16
    assert numbers_of(to_theme("mine", False, FALLBACK, {16: {"text": 4}}), 16) == {**LIGHT_16, "text": 4}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, None),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "screen-256color", "COLORTERM": ""}, 256),
        ({"TERM": "xterm-kitty"}, 256),
        ({"TERM": "xterm-16color"}, 16),
        ({"TERM": "linux"}, 16),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "dumb", "COLORTERM": ""}, 0),
        ({}, 0),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, 0),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, 256),
        ({"TERM": "linux", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, None),
    ],
)
def test_how_many_colours_a_terminal_has(environ: dict[str, str], expected: int | None) -> None:
    assert terminal_colors(environ) == expected


def _styles(app: BlufioApp) -> Iterator[Style]:
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None:
                yield segment.style


def _colours(app: BlufioApp) -> list[Color]:
    return [color for style in _styles(app) for color in (style.color, style.bgcolor) if color is not None]


@pytest.mark.parametrize("theme", ["blufio-dark", pytest.param("blufio-light", marks=pytest.mark.corpus)])
@pytest.mark.parametrize(("count", "kind"), [(256, ColorType.EIGHT_BIT), (16, ColorType.STANDARD)])
async def test_every_colour_on_the_screen_is_one_that_was_chosen(theme: str, count: int, kind: ColorType) -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), theme=theme, colors=count))) as (app, pilot, _):
        chosen = set(numbers_of(app.current_theme, count).values())
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        for key in ("f3", "f5", "escape", "f1"):
            await pilot.press(key)
            await until(pilot, lambda: screen_text(app).strip())
            colours = _colours(app)
            assert {color.number for color in colours if color.type is kind} <= chosen
            assert {color.name for color in colours if color.type not in (kind, ColorType.DEFAULT)} == set()


async def test_with_sixteen_colours_the_selected_row_is_in_the_one_colour_that_can_be_read_there() -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), colors=16))) as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)  # type: ignore[attr-defined]
        blue = [style for style in _styles(app) if style.bgcolor is not None and style.bgcolor.number == 4]
        assert blue and {style.color.number for style in blue if style.color is not None} == {15}


async def test_with_sixteen_colours_what_lies_behind_a_form_is_a_ground() -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), theme="blufio-light", colors=16))) as (app, pilot, _):
        await pilot.press("f5")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)  # type: ignore[attr-defined]
        await pilot.press("end", "r")
        await until(pilot, lambda: app.screen.is_modal)
        await until(pilot, lambda: "Cancel" in screen_text(app))
        numbers = numbers_of(app.current_theme, 16)
        grounds = {style.bgcolor.number for style in _styles(app) if style.bgcolor is not None}
        assert grounds <= {numbers[name] for name in (*GROUNDS, "text", "muted")}  # the last two: the cursor


async def test_no_color_means_none_and_what_is_selected_is_reversed() -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), colors=0))) as (app, pilot, _):
        await say(pilot, "count the words")
        await turn_over(app, pilot)
        await pilot.press("f3")
        await until(pilot, lambda: app.main.trace.has_focus)
        assert {color.type for color in _colours(app)} <= {ColorType.DEFAULT}
        assert any(style.reverse for style in _styles(app))


async def test_another_theme_has_its_own_numbers_at_once() -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), colors=256))) as (app, pilot, _):
        app.theme = "parchment"
        numbers = numbers_of(app.current_theme, 256)
        await until(pilot, lambda: {c.number for c in _colours(app) if c.number is not None} <= set(numbers.values()))
        assert Shade.parse(app.current_theme.background or "").rgb == (247, 240, 225)
