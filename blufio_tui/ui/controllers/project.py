"""The project's instructions, undoing what calls did to its files, and what works on this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.files.undo import Step
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible
from blufio_tui.ui.screens.ask import Confirm

if TYPE_CHECKING:
    from blufio_tui.core.instructions import Instructions
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.ports.services import InstructionsPort, UndoPort


class Project:
    def __init__(self, stage: Stage, sessions: Sessions) -> None:
        self._stage = stage
        self._sessions = sessions

    async def doctor(self) -> None:
        if self._stage.services.doctor is not None:
            self._stage.say(NoticeLevel.INFO, await self._stage.services.doctor())

    async def instructions(self) -> None:
        """Show the project's instructions whole; only `y` lets models read them."""
        app, port = self._stage.app, self._stage.services.instructions
        shown = await port.waiting() if port else None
        if port is None or shown is None or shown.file is None:
            app.notify("No instructions of this project wait for you.", timeout=4)
            return
        self._stage.say(NoticeLevel.INFO, f"{shown.file.name} says:\n{shown.text}")
        lines = plural(len(shown.text.splitlines()), "line")
        text = (
            f"{shown.file} ({lines}) is shown in the conversation behind this. Used, it is part of every prompt: the "
            "model follows it. When it changes you are asked again."
        )
        app.push_screen(Confirm("Use these instructions?", visible(text)), partial(self._trust, port, shown))

    async def _trust(self, port: InstructionsPort, shown: Instructions, yes: bool | None) -> None:
        if not yes:
            return
        try:
            await port.trust(shown)
        except BlufioError as error:
            self._stage.complain(error)
            return
        self._stage.app.notify("The model follows them from the next request on.", title="Instructions")

    async def undo(self, call_id: str = "") -> None:
        """Show what would be restored; only `y` does it. Raises `BlufioError`."""
        app, services = self._stage.app, self._stage.services
        port = services.undoing
        if port is None:
            raise UsageError("There is nothing here that could be undone.")
        call, steps = await port.planned(call_id, str(services.project))
        if not any(not step.refused for step in steps):
            app.notify("Nothing to undo: " + "; ".join(_step_line(step) for step in steps), markup=False, timeout=8)
            return
        text = "\n".join(_step_line(step) for step in steps)
        app.push_screen(Confirm(f"Undo {call[:24]}?", visible(text)), partial(self._undo, port, call))

    async def _undo(self, port: UndoPort, call: str, yes: bool | None) -> None:
        if not yes:
            return
        try:
            done = await port.undo(call, self._sessions.session_id)
        except BlufioError as error:
            self._stage.complain(error)
            return
        kept = f"; left alone: {', '.join(path for path, _ in done.refused)}" if done.refused else ""
        text = f"Restored {plural(len(done.restored), 'file')}{kept}."
        self._stage.app.notify(text, title="Undo", markup=False)


def _step_line(step: Step) -> str:
    if step.refused:
        return f"left alone: {step.path}: {step.refused}"
    return f"restore {step.path}" if step.restore else f"remove {step.path}"
