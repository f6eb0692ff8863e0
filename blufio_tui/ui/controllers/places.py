"""Opening what the screen names: a line of a file in the person's own editor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.text.links import file_of

if TYPE_CHECKING:
    from blufio_tui.ui.controllers.stage import Stage


class Places:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def open(self, path: str, line: int) -> None:
        """Put the screen aside and open the file; the person's own doing, and so no question and no row."""
        services, app = self._stage.services, self._stage.app
        if services.open_file is None:
            app.notify("There is no editor here. Set EDITOR.", severity="warning")
            return
        file = file_of(path, services.project)
        if file is None:
            app.notify(f"{visible_line(path)} no longer exists.", severity="warning", markup=False)
            return
        if note := self._stage.in_terminal(partial(services.open_file, file, line)):
            app.notify(note, severity="warning", markup=False)
