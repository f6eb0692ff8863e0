"""Editing an earlier prompt, asking again, and going from one version to another. Nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.errors import UsageError
from blufio_tui.ui.actions.sessions import SessionActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import EditPrompt, RetryPrompt, SwitchVersion
from blufio_tui.ui.conversations import sent_with
from blufio_tui.ui.state.restore import said

if TYPE_CHECKING:
    from blufio_tui.core.sessions.records import StoredMessage
    from blufio_tui.ui.state.outbox import Queued

_EDITING = "editing an earlier message · Enter sends it as a new version · Esc gives up"


class BranchActions(SessionActions):
    _editing: StoredMessage | None = None

    # ── editing ────────────────────────────────────────────────────────────────────────────────────

    @on(EditPrompt)
    def edit_prompt(self, message: EditPrompt) -> None:
        self.rewind_to(str(message.message_id))

    def rewind_to(self, message_id: str) -> None:
        """Put an earlier prompt into the prompt. Until it is sent, nothing changes."""
        if self._is_free():
            in_background(self, "begin", self._edit, int(message_id))

    async def _edit(self, message_id: int) -> None:
        prompt = await self._stored_prompt(message_id)
        images = [block for block in prompt.message.blocks if isinstance(block, ImageBlock)]
        self._editing = prompt
        self.main.prompt_box.rule.name_it(_EDITING)
        self.main.prompt.put_back(said(prompt), images)
        self.main.prompt.focus()

    async def _stored_prompt(self, message_id: int) -> StoredMessage:
        prompt = await self.conversations.prompt(self.turns.session_id, message_id)
        if prompt is None:
            raise UsageError("That message is not on the branch that is shown.")
        return prompt

    def give_up_editing(self) -> bool:
        """Escape: the prompt is empty again; False when nothing was being edited."""
        if self._editing is None:
            return False
        self._stop_editing()
        self.main.prompt.action_wipe()
        return True

    def _stop_editing(self) -> None:
        self._editing = None
        self.main.prompt_box.rule.name_it("")

    def send(self, queued: Queued) -> None:
        if self._editing is None or self.is_busy:
            super().send(queued)
            return
        before, self._editing = self._editing, None
        self._stop_editing()
        in_background(self, "begin", self._send_edited, before, queued)

    async def _send_edited(self, before: StoredMessage, queued: Queued) -> None:
        await self._go_before(before)
        super().send(queued)

    async def _go_before(self, prompt: StoredMessage) -> None:
        session_id = self.turns.session_id
        await self.conversations.rewind_before(session_id, prompt)
        await self.show_session(session_id)

    # ── asking again ───────────────────────────────────────────────────────────────────────────────

    @on(RetryPrompt)
    def retry_prompt(self, message: RetryPrompt) -> None:
        if self._is_free():
            in_background(self, "begin", self._retry, message.message_id)

    async def _retry(self, message_id: int) -> None:
        prompt = await self._stored_prompt(message_id)
        await self._go_before(prompt)
        self.follow(self.turns.repeat(said(prompt), sent_with(prompt)))

    async def action_retry(self) -> None:
        """Ask for the last reply again; the old one stays as a branch."""
        if not self.turns.session_id or not self._is_free():
            return
        prompts = await self.conversations.prompts(self.turns.session_id)
        if not prompts:
            raise UsageError("There is nothing to ask again yet.")
        await self._retry(prompts[-1].message_id)

    # ── versions ───────────────────────────────────────────────────────────────────────────────────

    @on(SwitchVersion)
    def switch_version(self, message: SwitchVersion) -> None:
        if self._is_free():
            in_background(self, "begin", self._switch_version, message.message_id, message.step)

    async def _switch_version(self, message_id: int, step: int) -> None:
        session_id = self.turns.session_id
        other = await self.conversations.other_version(session_id, message_id, step)
        if not other:
            self.notify("There is no other version there.", timeout=3)
            return
        await self.conversations.switch(session_id, other)
        await self.show_session(session_id)
        self.main.chat.view.select_message(other)
