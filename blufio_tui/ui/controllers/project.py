"""The project's instructions, who wrote what in it, what left it, and what works on this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.audit.egress import egress_in_words, egress_since
from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible
from blufio_tui.core.text.times import midnight

if TYPE_CHECKING:
    from blufio_tui.core.instructions import Instructions
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.ports.services import InstructionsPort


class Project:
    def __init__(self, stage: Stage, sessions: Sessions) -> None:
        self._stage = stage
        self._sessions = sessions

    async def doctor(self) -> None:
        if self._stage.services.doctor is not None:
            self._stage.answer(await self._stage.services.doctor())

    async def instructions(self) -> None:
        """Show the project's instructions whole; only `y` lets models read them."""
        app, port = self._stage.app, self._stage.services.instructions
        shown = await port.waiting() if port else None
        if port is None or shown is None or shown.file is None:
            app.notify("No project instructions need your review.", timeout=4)
            return
        if shown.difference:
            said = f"{shown.file} changed since you trusted it:\n{shown.difference}"
        else:
            said = f"{shown.file} says:\n{shown.text}"
        self._stage.answer(said)
        lines = plural(len(shown.text.splitlines()), "line")
        text = (
            f"{shown.file} ({lines}) is shown in the conversation behind this. Once trusted, it is part of every "
            "prompt, and the model follows it. If it changes, you are asked again."
        )
        question = self._stage.agree("Use these instructions?", visible(text))
        app.push_screen(question, partial(self._trust, port, shown))

    async def _trust(self, port: InstructionsPort, shown: Instructions, yes: bool | None) -> None:
        if not yes:
            return
        try:
            await port.trust(shown)
        except BlufioError as error:
            self._stage.complain(error)
            return
        more = " More are waiting: /instructions." if await port.waiting() is not None else ""
        self._stage.app.notify(f"The model follows them from the next request on.{more}", title="Instructions")

    async def why(self, place: str) -> None:
        """Which call wrote a file or a line of it. Raises `BlufioError`."""
        if self._stage.services.why is not None:
            self._stage.answer(await self._stage.services.why(place))

    async def egress(self) -> None:
        """Say what left today: to the model, to other hosts. Raises `StorageError`."""
        services = self._stage.services
        since = midnight(services.clock.now())
        self._stage.answer(egress_in_words(await egress_since(services.audit, since), "today"))

    def record(self, choice: str = "") -> None:
        """Record the calls of this session, or say whether they are. Raises `UsageError`."""
        port, session_id = self._stage.services.recording, self._sessions.session_id
        if port is None:
            raise UsageError("Calls cannot be recorded here.")
        if choice:
            port.set(session_id, choice == "on")
        self._stage.main.show_recording()
        said = port.said(session_id) or "not recording"
        text = f"{said[0].upper()}{said[1:]}: what calls of skills get from outside."
        self._stage.app.notify(text, timeout=6)
