"""The first frame is worked out once, and as Textual would work it out."""

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from blufio_tui.ui.textual_fixes.first_frame import OneFirstFrame
from tests.ui.helpers import running, until


class Shown(OneFirstFrame[None]):
    AUTO_FOCUS = "#words"

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("above", id="low")
            with Horizontal():
                yield Static("aside")
                yield Input(id="words")


class ShownApp(App[None]):
    CSS = "Static { height: 2; } .late { height: 5; } Input:focus { color: red; }"

    def get_default_screen(self) -> Screen[None]:
        return Shown()


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Sizes for which the screen was laid out."""
    sizes: list[object] = []
    lay_out = Screen._refresh_layout

    def counted(screen: Screen[None], size: object = None, scroll: bool = False) -> None:
        sizes.append(size)
        lay_out(screen, size, scroll)  # type: ignore[arg-type]

    monkeypatch.setattr(Screen, "_refresh_layout", counted)
    return sizes


async def test_the_first_frame_is_laid_out_once(layouts: list[object]) -> None:
    app = ShownApp()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert layouts == [(60, 20)]
        assert app.focused is app.screen.query_one("#words")


async def test_whatever_asks_for_a_layout_after_it_gets_one() -> None:
    app = ShownApp()
    async with app.run_test(size=(60, 20), notifications=True) as pilot:
        await pilot.pause()
        low = app.screen.query_one("#low")
        assert low.region.height == 2
        low.add_class("late")
        await until(pilot, lambda: low.region.height == 5)
        await pilot.resize_terminal(50, 18)
        await until(pilot, lambda: app.screen.region.size == (50, 18))
        app.notify("a notice")
        await until(pilot, lambda: any(toast.region.height for toast in app.screen.query("Toast")))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 60)])
async def test_the_styles_of_the_main_screen_are_what_textual_would_work_out_again(size: tuple[int, int]) -> None:
    async with running(size=size) as (app, pilot, _):
        await pilot.pause()
        widgets = [app.main, *app.main.query("*")]
        before = [dict(widget.styles.base.get_rules()) for widget in widgets]
        app.update_styles(app.main, animate=False)
        changed = [widget for widget, was in zip(widgets, before, strict=True) if widget.styles.base.get_rules() != was]
        assert changed == []
