"""Slash commands that take an argument; the others are actions by themselves."""

from functools import partial

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible
from blufio_tui.ui.actions.appearance import LookActions
from blufio_tui.ui.actions.branches import BranchActions
from blufio_tui.ui.actions.clipboard import ClipboardActions
from blufio_tui.ui.actions.jumps import JumpActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.commands.slash_actions import export_session, run_arguments
from blufio_tui.ui.ports.services import InstructionsPort, ShownInstructions, UndoPort
from blufio_tui.ui.screens.ask import Confirm


class SlashActions(BranchActions, JumpActions, ClipboardActions, LookActions):
    def action_open(self, name: str, query: str = "") -> None:
        """Open a screen by its name."""
        in_background(self, "screen", self.open_screen, name, query)

    async def open_screen(self, name: str, query: str) -> None:
        raise NotImplementedError

    async def action_doctor(self) -> None:
        if self.services.doctor is not None:
            self.say(NoticeLevel.INFO, await self.services.doctor())

    async def action_slash_resume(self, session: str) -> None:
        if session:
            await self.show_session(await self.services.sessions.find(session))
        else:
            self.action_open("sessions")

    def action_slash_sessions(self, text: str) -> None:
        self.action_open("sessions", text)

    def action_slash_skills(self, text: str) -> None:
        self.action_open("skills", text)

    def action_slash_audit(self, text: str) -> None:
        self.action_open("audit", text)

    def action_slash_settings(self, text: str) -> None:
        self.action_open("settings", text)

    def action_slash_theme(self, name: str) -> None:
        if name in self.own_themes:
            self.keep_theme(name)
        else:
            self.action_open("theme")

    def action_slash_model(self, name: str) -> None:
        if name:
            self.switch_model(name)
        else:
            self.action_open("model")

    async def action_slash_mode(self, name: str) -> None:
        if name:
            await self.action_mode(name)
        else:
            self.action_open("mode")

    async def action_instructions(self) -> None:
        """Show the project's instructions whole; only `y` lets models read them."""
        port = self.services.instructions
        shown = await port.waiting() if port else None
        if port is None or shown is None or shown.file is None:
            self.notify("No instructions of this project wait for you.", timeout=4)
            return
        self.say(NoticeLevel.INFO, f"{shown.file.name} says:\n{shown.text}")
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
        self.notify("The model follows them from the next request on.", title="Instructions")

    async def action_slash_undo(self, call_id: str) -> None:
        """Show what would be restored; only `y` does it."""
        port = self.services.undoing
        if port is None:
            raise UsageError("There is nothing here that could be undone.")
        call, steps = await port.planned(call_id, str(self.services.project))
        if not any(not step.refused for step in steps):
            self.notify("Nothing to undo: " + "; ".join(step.in_words for step in steps), markup=False, timeout=8)
            return
        text = "\n".join(step.in_words for step in steps)
        self.push_screen(Confirm(f"Undo {call[:24]}?", visible(text)), partial(self._undo, port, call))

    async def _undo(self, port: UndoPort, call: str, yes: bool | None) -> None:
        if not yes:
            return
        try:
            done = await port.undo(call, self.turns.session_id)
        except BlufioError as error:
            self.complain(error)
            return
        kept = f"; left alone: {', '.join(path for path, _ in done.refused)}" if done.refused else ""
        self.notify(f"Restored {plural(len(done.restored), 'file')}{kept}.", title="Undo", markup=False)

    def action_slash_copy(self, number: str) -> None:
        self.action_copy_reply(int(number) if number.isdigit() else 0)

    async def action_slash_export(self, argument: str) -> None:
        where = await export_session(self.services, self.turns.session_id, argument)
        self.notify(where, markup=False)

    def action_slash_run(self, argument: str) -> None:
        tool, arguments = run_arguments(argument)
        self.start_direct(tool, arguments)
