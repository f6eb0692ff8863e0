"""Taking back what calls did to files: looked at first, then done, and undone again if need be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line

if TYPE_CHECKING:
    from blufio_tui.core.files.undo import ShownStep
    from blufio_tui.ui.controllers.branches import Branches
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.turns import RunningTurn
    from blufio_tui.ui.ports.services import UndoPort

_NOTHING = "Nothing to undo here."
_NAMED = 50
"""Characters of a command in a title."""

Then = Callable[[], Awaitable[None]]


class Undo:
    def __init__(self, stage: Stage, turn: RunningTurn, sessions: Sessions, branches: Branches) -> None:
        self._stage = stage
        self._turn = turn
        self._sessions = sessions
        self._branches = branches

    async def call(self, call_id: str = "") -> None:
        """Show what would be restored; only `y` does it. Raises `BlufioError`."""
        port = self._port()
        call, _ = await port.planned(call_id, str(self._stage.services.project))
        what = self._named(call) or (
            f"what {visible_line(call[:24])} did" if call_id else "the last change in this project"
        )
        self._offer(f"Undo {what}", [call], await port.look([call]))

    def _named(self, call_id: str) -> str:
        """The command that was run, else the tool: what else was given to the call stands in the steps below the
        title. "" for a call that the trace does not hold."""
        node = self._stage.main.trace.trace.get(call_id)
        if node is None:
            return ""
        does = visible_line(str((node.input or {}).get("command", "")).strip() or node.title)
        return f"what {does if len(does) <= _NAMED else f'{does[: _NAMED - 1]}…'} did"

    def calls(self, title: str, call_ids: Sequence[str]) -> None:
        self._stage.background("undo", self._calls, title, call_ids)

    async def _calls(self, title: str, call_ids: Sequence[str]) -> None:
        self._offer(f"Undo {visible_line(title)}", call_ids, await self._port().look(call_ids))

    def _port(self) -> UndoPort:
        if self._stage.services.undoing is None:
            raise UsageError(_NOTHING)
        return self._stage.services.undoing

    def _offer(self, title: str, call_ids: Sequence[str], steps: Sequence[ShownStep], then: Then | None = None) -> None:
        """
        Args:
            then: what follows once the files are back.
        """
        if not any(not shown.step.refused for shown in steps):
            reasons = "; ".join(f"{shown.step.path}: {shown.step.refused}" for shown in steps) or "no file was changed"
            self._stage.app.notify(f"Nothing to undo: {visible_line(reasons)}", markup=False, timeout=8)
            return
        from blufio_tui.ui.screens.undo import UndoScreen

        stage = self._stage
        dialog = UndoScreen(f"{title}?", steps, stage.services.clock, stage.key_times)
        stage.app.push_screen(dialog, partial(self._do, tuple(call_ids), then))

    async def _do(self, call_ids: tuple[str, ...], then: Then | None, yes: bool | None) -> None:
        if not yes:
            return
        try:
            done = await self._port().undo_all(call_ids, self._sessions.session_id)
            kept = f"; left alone: {', '.join(path for path, _ in done.refused)}" if done.refused else ""
            back = " /undo reverts this." if done.restored else ""
            said = f"Restored {plural(len(done.restored), 'file')}{visible_line(kept)}.{back}"
            self._stage.app.notify(said, title="Undo", markup=False)
            if then is not None:
                await then()
        except BlufioError as error:
            self._stage.complain(error)

    # ── going back to an earlier prompt ────────────────────────────────────────────────────────────

    def rewind(self, message_id: str) -> None:
        """Where files were changed since that prompt, ask first what goes back: conversation, files, or both."""
        if self._turn.is_free():
            self._stage.background("rewind", self._rewind, int(message_id))

    async def _rewind(self, message_id: int) -> None:
        try:
            call_ids = await self._sessions.conversations.calls_since(self._sessions.session_id, message_id)
            port = self._stage.services.undoing
            steps = await port.look(call_ids) if port is not None and call_ids else ()
        except BlufioError as error:
            self._stage.complain(error)
            return
        if not any(not shown.step.refused for shown in steps):
            self._branches.rewind_to(message_id)
            return
        self._ask_what_goes_back(message_id, call_ids, steps)

    def _ask_what_goes_back(self, message_id: int, call_ids: Sequence[str], steps: Sequence[ShownStep]) -> None:
        from blufio_tui.ui.screens.pick import Option, PickScreen

        files = plural(sum(not shown.step.refused for shown in steps), "file")
        options = [
            Option(name, title, note, note)
            for name, title, note in (
                ("conversation", "The conversation", "The prompt returns for editing; files stay as they are."),
                ("files", f"The files ({files})", "Files go back to before that prompt; the conversation stays."),
                ("both", "Both", "Files go back, and the prompt returns for editing."),
            )
        ]
        chosen = partial(self._go_back, message_id, call_ids, steps)
        self._stage.app.push_screen(PickScreen(self._stage.services, "What goes back?", options, chosen))

    def _go_back(self, message_id: int, call_ids: Sequence[str], steps: Sequence[ShownStep], what: str) -> None:
        if what == "conversation":
            self._branches.rewind_to(message_id)
            return

        async def then() -> None:
            self._branches.rewind_to(message_id)

        # Later, as the app's own: the list that called this is going, and could not take the answer.
        after = then if what == "both" else None
        self._stage.app.call_later(self._offer, "Restore the files", call_ids, steps, after)
