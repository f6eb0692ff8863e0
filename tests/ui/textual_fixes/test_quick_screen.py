"""What is typed into a text field is painted without waiting for the next frame."""

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import TextArea

from blufio_tui.ui.textual_fixes.quick_screen import QuickScreen


class _Typing(QuickScreen[None]):
    def compose(self) -> ComposeResult:
        field = TextArea()
        field.cursor_blink = False
        yield field


class _App(App[None]):
    def get_default_screen(self) -> Screen[None]:
        return _Typing()


async def test_what_is_typed_does_not_wait_for_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _App()
    async with app.run_test() as pilot:
        await pilot.pause()
        field, shown, display = app.query_one(TextArea), set[str](), app._display

        def note(screen: Screen[object], update: object) -> None:
            shown.add(field.text)
            display(screen, update)  # type: ignore[arg-type]

        monkeypatch.setattr(app, "_display", note)
        monkeypatch.setattr(app.screen._update_timer, "resume", lambda: None)  # no frame comes
        for text in ("a", "ab"):
            app.screen.__dict__["_typed_at"] = 0.0
            field.insert(text[-1])
            async with asyncio.timeout(10):
                while text not in shown:
                    await asyncio.sleep(0)
