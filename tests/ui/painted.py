"""A terminal that an app paints on, for tests of what is painted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.strip import Strip

_render_update = Compositor.render_update

Cells = list[tuple[str, str]]


def cells(strip: Strip) -> Cells:
    """Characters and how they look; what else a style knows is for the mouse."""
    return [(character, str(style)) for text, style, _ in strip for character in text]


class PaintedTerminal:
    """What a terminal shows that is sent what the app paints."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self.lines: list[Cells] = self.whole()

    def whole(self) -> list[Cells]:
        return [cells(strip) for strip in self._app.screen._compositor.render_strips()]

    def text(self, y: int) -> str:
        """A row without the blanks at its end."""
        return "".join(letter for letter, _ in self.lines[y]).rstrip()

    def take(self, update: object) -> None:
        if isinstance(update, ChopsUpdate):
            for y, first, last in update.spans:
                for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
                    if strip is not None and x <= last and end > first:
                        new = cells(strip.crop(0, min(end, last) - x))
                        self.lines[y][x : x + len(new)] = new
        elif update is not None:
            self.lines = self.whole()


@contextmanager
def painting(app: App[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[PaintedTerminal]:
    terminal, display = PaintedTerminal(app), app._display

    def show(screen: Any, update: Any) -> None:
        if not app._batch_count:
            terminal.take(update)
        display(screen, update)

    with monkeypatch.context() as patch:
        patch.setattr(Compositor, "render_update", _render_update)  # which other tests do without
        patch.setattr(app, "_display", show)
        yield terminal
