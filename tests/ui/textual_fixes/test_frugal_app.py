"""What changes while painting is held up is on the screen afterwards."""

import pytest
from textual._wait import wait_for_idle
from textual.app import App, ComposeResult
from textual.widgets import Static

from blufio_tui.ui.textual_fixes.frugal_app import FrugalApp
from tests.ui.painted import painting


class _Shown(FrugalApp[None]):
    def compose(self) -> ComposeResult:
        yield Static("words", id="words")


@pytest.mark.parametrize("is_laid_out", [False, True])
async def test_a_change_in_a_batch(is_laid_out: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app: App[None] = _Shown()
    async with app.run_test() as pilot:
        await pilot.pause()
        with painting(app, monkeypatch) as terminal:
            with app.batch_update():
                app.query_one("#words", Static).update("other", layout=False)
                await wait_for_idle()  # a pause of the pilot would paint by itself
                if is_laid_out:
                    app.screen._refresh_layout()  # as a resize does
                    await wait_for_idle()
            for _ in range(50):
                await wait_for_idle()
                if terminal.text(0) == "other":
                    break
            else:
                pytest.fail("it was never painted")
