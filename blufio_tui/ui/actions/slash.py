"""Slash commands that take an argument; the others are actions by themselves."""

from functools import partial

from textual import on

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible
from blufio_tui.ui.actions.appearance import LookActions
from blufio_tui.ui.actions.clipboard import ClipboardActions
from blufio_tui.ui.actions.jumps import JumpActions
from blufio_tui.ui.actions.undo import UndoActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import ReplayCall
from blufio_tui.ui.commands.slash_actions import export_session, run_arguments
from blufio_tui.ui.ports.services import InstructionsPort, ShownInstructions
from blufio_tui.ui.screens.ask import Confirm


class SlashActions(UndoActions, JumpActions, ClipboardActions, LookActions):
    def action_open(self, name: str, query: str = "") -> None:
        """Open a screen by its name."""
        in_background(self, "screen", self.open_screen, name, query)

    async def open_screen(self, name: str, query: str) -> None:
        raise NotImplementedError

    async def action_doctor(self) -> None:
        if self.services.doctor is not None:
            self.say(NoticeLevel.INFO, await self.services.doctor())

    async def action_resume(self, session: str = "") -> None:
        if session:
            await self.show_session(await self.services.sessions.find(session))
        else:
            self.action_open("sessions")

    def action_choose_theme(self, name: str = "") -> None:
        if name in self.own_themes:
            self.keep_theme(name)
        else:
            self.action_open("theme")

    def action_model(self, name: str = "") -> None:
        if name:
            self.switch_model(name)
        else:
            self.action_open("connect_models")

    async def action_mode(self, name: str = "") -> None:
        if name:
            await super().action_mode(name)
        else:
            self.action_open("mode")

    async def action_instructions(self) -> None:
        """Show the project's instructions whole; only `y` lets models read them."""
        port = self.services.instructions
        shown = await port.waiting() if port else None
        if port is None or shown is None or shown.file is None:
            self.notify("No instructions of this project wait for you.", timeout=4)
            return
        if shown.difference:
            self.say(NoticeLevel.INFO, f"{shown.file} changed since you trusted it:\n{shown.difference}")
        else:
            self.say(NoticeLevel.INFO, f"{shown.file} says:\n{shown.text}")
        lines = plural(len(shown.text.splitlines()), "line")
        text = (
            f"{shown.file} ({lines}) is shown in the conversation behind this. Used, it is part of every prompt: the "
            "model follows it. When it changes you are asked again."
        )
        self.push_screen(Confirm("Use these instructions?", visible(text)), partial(self._trust, port, shown))

    async def _trust(self, port: InstructionsPort, shown: ShownInstructions, yes: bool | None) -> None:
        if not yes:
            return
        try:
            await port.trust(shown)
        except BlufioError as error:
            self.complain(error)
            return
        more = " More wait: /instructions." if await port.waiting() is not None else ""
        self.notify(f"The model follows them from the next request on.{more}", title="Instructions")

    async def action_why(self, place: str) -> None:
        if self.services.why is not None:
            self.say(NoticeLevel.INFO, await self.services.why(place))

    @on(ReplayCall)
    def replay_call(self, message: ReplayCall) -> None:
        self.action_open("replay", message.call_id)

    def action_record(self, choice: str = "") -> None:
        """Record the calls of this session, or say whether they are."""
        port, session_id = self.services.recording, self.turns.session_id
        if port is None:
            raise UsageError("Calls cannot be recorded here.")
        if choice:
            port.set(session_id, choice == "on")
        self.main.show_recording()
        said = port.said(session_id) or "not recording"
        self.notify(f"{said[0].upper()}{said[1:]}: what calls of skills get from outside.", timeout=6)

    async def action_export(self, argument: str = "") -> None:
        where = await export_session(self.services, self.turns.session_id, argument)
        self.notify(where, markup=False)

    def action_run(self, argument: str) -> None:
        tool, arguments = run_arguments(argument)
        self.start_direct(tool, arguments)
