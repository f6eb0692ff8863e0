"""Editing an earlier prompt, asking again, and going from one version to another. Nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.conversation import ImageBlock
from blufio_tui.core.errors import UsageError
from blufio_tui.ui.conversations import sent_with
from blufio_tui.ui.state.restore import said

if TYPE_CHECKING:
    from blufio_tui.core.sessions.records import StoredMessage
    from blufio_tui.ui.controllers.sessions import Sessions
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.turns import RunningTurn

_EDITING = "editing an earlier message · Enter sends it as a new version · Esc gives up"


class Branches:
    def __init__(self, stage: Stage, turn: RunningTurn, sessions: Sessions) -> None:
        self._stage = stage
        self._turn = turn
        self._sessions = sessions
        self._conversations = sessions.conversations
        self._editing: tuple[str, int] | None = None
        """The session and the message."""

    async def prompts(self) -> list[StoredMessage]:
        """What the person said in this session, oldest first. Raises `StorageError`."""
        session_id = self._sessions.session_id
        return await self._conversations.prompts(session_id) if session_id else []

    # ── editing ────────────────────────────────────────────────────────────────────────────────────

    def rewind_to(self, message_id: int) -> None:
        """Put an earlier prompt into the prompt. Until it is sent, nothing changes."""
        if self._turn.is_free():
            self._stage.background("begin", self._edit, message_id)

    async def _edit(self, message_id: int) -> None:
        main = self._stage.main
        prompt = await self._stored_prompt(message_id)
        images = [block for block in prompt.message.blocks if isinstance(block, ImageBlock)]
        self._editing = (self._sessions.session_id, message_id)
        main.prompt_box.rule.name_it(_EDITING)
        main.prompt.put_back(said(prompt), images)
        main.prompt.focus()

    async def _stored_prompt(self, message_id: int) -> StoredMessage:
        prompt = await self._conversations.prompt(self._sessions.session_id, message_id)
        if prompt is None:
            raise UsageError("That message is not on the branch that is shown.")
        return prompt

    def give_up_editing(self) -> bool:
        """Escape: the prompt is empty again; False if nothing was being edited."""
        if self._editing is None:
            return False
        self.take_edited()
        self._stage.main.prompt.action_wipe()
        return True

    def take_edited(self) -> int | None:
        """The message that was being edited: its new version is sent, or given up. None if another session is shown
        now: what is typed there is a prompt of its own."""
        edited, self._editing = self._editing, None
        if edited is None:
            return None
        self._stage.main.prompt_box.rule.name_it("")
        session_id, message_id = edited
        return message_id if session_id == self._sessions.session_id else None

    async def go_before(self, message_id: int) -> StoredMessage:
        """Show the conversation as it was before a prompt; that prompt."""
        prompt = await self._stored_prompt(message_id)
        session_id = self._sessions.session_id
        await self._conversations.rewind_before(session_id, prompt)
        await self._sessions.show(session_id)
        return prompt

    # ── asking again ───────────────────────────────────────────────────────────────────────────────

    def retry_prompt(self, message_id: int) -> None:
        if self._turn.is_free():
            self._stage.background("begin", self._retry, message_id)

    async def _retry(self, message_id: int) -> None:
        prompt = await self.go_before(message_id)
        self._turn.follow(self._turn.turns.repeat(said(prompt), sent_with(prompt)))

    async def retry(self) -> None:
        """Ask for the last reply again; the old one stays as a branch. Raises `UsageError`."""
        if not self._sessions.session_id or not self._turn.is_free():
            return
        prompts = await self.prompts()
        if not prompts:
            raise UsageError("Nothing to retry yet.")
        await self._retry(prompts[-1].message_id)

    # ── versions ───────────────────────────────────────────────────────────────────────────────────

    def switch_version(self, message_id: int, step: int) -> None:
        """The version of a prompt before (-1) or after (1) the one that is shown."""
        if self._turn.is_free():
            self._stage.background("begin", self._switch_version, message_id, step)

    async def _switch_version(self, message_id: int, step: int) -> None:
        session_id = self._sessions.session_id
        other = await self._conversations.other_version(session_id, message_id, step)
        if not other:
            self._stage.app.notify("There is no other version.", timeout=3)
            return
        await self._conversations.switch(session_id, other)
        await self._sessions.show(session_id)
        self._stage.main.chat.view.parts.select_message(other)
