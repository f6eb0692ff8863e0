"""Taking back what calls did to files: looked at first, then done, and undone again if need be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from blufio_tui.core.errors import BlufioError, UsageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.ui.actions.branches import BranchActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import UndoCalls

if TYPE_CHECKING:
    from blufio_tui.core.files.undo import ShownStep
    from blufio_tui.ui.ports.services import UndoPort

_NOTHING = "There is nothing here that could be undone."

Then = Callable[[], Awaitable[None]]


class UndoActions(BranchActions):
    async def action_undo_call(self, call_id: str = "") -> None:
        """Show what would be restored; only `y` does it."""
        port = self._undo_port()
        call, _ = await port.planned(call_id, str(self.services.project))
        self._offer_undo(f"Undo {visible_line(call[:24])}", [call], await port.look([call]))

    @on(UndoCalls)
    def undo_calls(self, message: UndoCalls) -> None:
        in_background(self, "undo", self._undo_calls, message.title, message.call_ids)

    async def _undo_calls(self, title: str, call_ids: Sequence[str]) -> None:
        try:
            self._offer_undo(f"Undo {visible_line(title)}", call_ids, await self._undo_port().look(call_ids))
        except BlufioError as error:
            self.complain(error)

    def _undo_port(self) -> UndoPort:
        if self.services.undoing is None:
            raise UsageError(_NOTHING)
        return self.services.undoing

    def _offer_undo(
        self, title: str, call_ids: Sequence[str], steps: Sequence[ShownStep], then: Then | None = None
    ) -> None:
        """
        Args:
            then: what follows once the files are back.
        """
        if not any(not shown.step.refused for shown in steps):
            reasons = "; ".join(f"{shown.step.path}: {shown.step.refused}" for shown in steps) or "no file was changed"
            self.notify(f"Nothing to undo: {visible_line(reasons)}", markup=False, timeout=8)
            return
        from blufio_tui.ui.screens.undo import UndoScreen

        self.push_screen(UndoScreen(f"{title}?", steps), partial(self._undo, tuple(call_ids), then))

    async def _undo(self, call_ids: tuple[str, ...], then: Then | None, yes: bool | None) -> None:
        if not yes:
            return
        try:
            done = await self._undo_port().undo_all(call_ids, self.turns.session_id)
            kept = f"; left alone: {', '.join(path for path, _ in done.refused)}" if done.refused else ""
            back = " /undo takes this back." if done.restored else ""
            said = f"Restored {plural(len(done.restored), 'file')}{visible_line(kept)}.{back}"
            self.notify(said, title="Undo", markup=False)
            if then is not None:
                await then()
        except BlufioError as error:
            self.complain(error)

    # ── going back to an earlier prompt ────────────────────────────────────────────────────────────

    def rewind_from_list(self, message_id: str) -> None:
        """Where files were changed since that prompt, ask first what goes back: conversation, files, or both."""
        if self._is_free():
            in_background(self, "rewind", self._rewind, int(message_id))

    async def _rewind(self, message_id: int) -> None:
        try:
            call_ids = await self.conversations.calls_since(self.turns.session_id, message_id)
            port = self.services.undoing
            steps = await port.look(call_ids) if port is not None and call_ids else ()
        except BlufioError as error:
            self.complain(error)
            return
        if not any(not shown.step.refused for shown in steps):
            self.rewind_to(str(message_id))
            return
        self._ask_what_goes_back(message_id, call_ids, steps)

    def _ask_what_goes_back(self, message_id: int, call_ids: Sequence[str], steps: Sequence[ShownStep]) -> None:
        from blufio_tui.ui.screens.pick import Option, PickScreen

        files = plural(sum(not shown.step.refused for shown in steps), "file")
        options = [
            Option("conversation", "The conversation", "The prompt comes back to be changed; files stay as they are."),
            Option("files", f"The files ({files})", "Files go back to before that prompt; the conversation stays."),
            Option("both", "Both", "Files go back, and the prompt comes back to be changed."),
        ]
        self.push_screen(
            PickScreen(self.services, "What goes back?", options, partial(self._go_back, message_id, call_ids, steps))
        )

    def _go_back(self, message_id: int, call_ids: Sequence[str], steps: Sequence[ShownStep], what: str) -> None:
        if what == "conversation":
            self.rewind_to(str(message_id))
            return

        async def then() -> None:
            self.rewind_to(str(message_id))

        # Later, as the app's own: the list that called this is going, and could not take the answer.
        self.call_later(self._offer_undo, "Take the files back", call_ids, steps, then if what == "both" else None)
