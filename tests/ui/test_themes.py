from pathlib import Path

import pytest
from textual.color import Color

from blufio_tui.core.errors import ConfigError
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.few_colors import GROUNDS, TEXTS
from blufio_tui.ui.ports.services import Look
from blufio_tui.ui.textual_fixes.terminal_driver import AskingDriver, BackgroundAnswered
from blufio_tui.ui.theme_files import FALLBACK, Palette, load_themes, read_palette, read_theme
from tests.fakes.ui_services import THEMES, Fakes
from tests.ui.helpers import running, screen_text, until

FILES = sorted(THEMES.glob("*.toml"))


def _palette(path: Path) -> Palette:
    import tomllib

    return read_palette(path, tomllib.loads(path.read_text())["colors"])


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2 defines."""

    def luminance(color: Color) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_on_every_ground_meets_wcag_aa(path: Path) -> None:
    palette = _palette(path)
    pairs = {
        (text, ground): contrast(getattr(palette, text), getattr(palette, ground))
        for text in TEXTS
        for ground in GROUNDS
    }
    pairs |= {
        (f"background on {name}", ""): contrast(palette.background, getattr(palette, name))
        for name in ("accent", "warn", "bad")
    }
    assert {pair: round(ratio, 2) for pair, ratio in pairs.items() if ratio < 4.5} == {}


def test_there_are_eight_themes_at_least_dark_light_high_contrast_and_colour_blind_safe() -> None:
    names = {path.stem for path in FILES}
    assert len(names) >= 8
    assert {"blufio-dark", "blufio-light", "high-contrast", "high-contrast-light", "daltonic"} <= names


def test_the_fallback_is_the_default_theme() -> None:
    assert _palette(THEMES / "blufio-dark.toml") == FALLBACK


def test_a_theme_of_the_person_wins_over_a_bundled_one(tmp_path: Path) -> None:
    own = (THEMES / "blufio-dark.toml").read_text().replace("#12161d", "#123456")
    (tmp_path / "blufio-dark.toml").write_text(own)
    themes, problems = load_themes([THEMES, tmp_path])
    assert themes["blufio-dark"].background == "#123456"
    assert problems == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("dark = true", "needs a [colors] table"),
        ('[colors]\nbackground = "#000000"', "missing accent"),
        ("[colors", "theme"),
        ("dark = true\n[colors]\n" + "\n".join(f'{n} = "sea"' for n in FALLBACK.__slots__), "is not a colour"),
    ],
)
def test_a_theme_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="mine.toml"):
        read_theme(path)
    _, problems = load_themes([tmp_path])
    assert says in problems[0]


async def test_the_picker_previews_while_one_moves_and_keeps_what_is_chosen() -> None:
    fakes = Fakes()
    async with running(fakes) as (app, pilot, _):
        app.screens.open("theme")
        await until(pilot, lambda: "Theme" in screen_text(app))
        await until(pilot, lambda: app.screen.list_view.rows)
        await pilot.press("home")
        await until(pilot, lambda: app.theme == FILES[0].stem or app.screen.list_view.cursor == 0)
        await pilot.press("down")
        await until(pilot, lambda: app.theme == "blufio-light")
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "blufio-dark")


async def test_each_theme_is_shown_in_its_own_colours_beside_its_name() -> None:
    async with running() as (app, pilot, _):
        app.screens.open("theme")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        for option in app.screen.list_view.rows:
            line, theme = app.screen.line(option, 60), app.available_themes[option.value]
            assert option.title in line.plain
            styles = " ".join(str(span.style) for span in line.spans)
            for colour in (theme.background, theme.foreground, theme.primary, theme.variables["bad"]):
                assert colour in styles


@pytest.mark.parametrize(("colors", "says"), [(None, False), (256, False), (16, True), (0, True)])
async def test_where_a_terminal_cannot_show_other_themes_the_list_says_so(colors: int | None, says: bool) -> None:
    async with running(Fakes(look=Look(theme_folders=(THEMES,), colors=colors))) as (app, pilot, _):
        app.screens.open("theme")
        await until(pilot, lambda: app.screen is not app.main and app.screen.list_view.rows)
        lines = [app.screen.line(option, 60).plain for option in app.screen.list_view.rows]
        assert all(("needs 256 colours" in line) is says for line in lines)
        assert all(("Aa" in line) is not says for line in lines)


async def test_what_the_terminal_answers_counts_only_where_no_theme_was_chosen() -> None:
    async with running() as (app, pilot, _):
        app.post_message(BackgroundAnswered(light=True))
        await until(pilot, lambda: app.theme == "blufio-light")
        app.theme = "dusk"
        app.post_message(BackgroundAnswered(light=True))
        await pilot.pause()
        assert app.theme == "dusk"


def test_the_terminal_is_asked_only_where_it_can_be_and_no_theme_was_chosen() -> None:
    for look, asks in ((Look(asks=True), True), (Look(), False), (Look(asks=True, theme="dusk"), False)):
        app = BlufioApp(Fakes(look=look).services())
        assert (app.driver_class is AskingDriver) is asks
