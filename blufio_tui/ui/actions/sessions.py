"""Beginning, opening and going back in conversations."""

from textual import on

from blufio_tui.core.errors import BlufioError
from blufio_tui.ui.actions.turns import TurnActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.state.stored import said
from blufio_tui.ui.messages import LoadEarlier, OpenSession


class SessionActions(TurnActions):
    def _is_free(self) -> bool:
        if self.is_busy:
            self.notify("A turn is running. Esc interrupts it.", severity="warning", timeout=3)
        return not self.is_busy

    @on(OpenSession)
    def open_session(self, message: OpenSession) -> None:
        if self._is_free():
            in_background(self, "begin", self.show_session, message.session_id)

    async def show_session(self, session_id: str) -> None:
        """Show a stored conversation and go on with it."""
        try:
            opened = await self.conversations.open(session_id)
        except BlufioError as error:
            self.complain(error)
            return
        self.turns.session_id = session_id
        self.main.chat.replace(opened.entries, opened.earlier_than)
        self.main.title_bar.name_session(opened.title)

    @on(LoadEarlier)
    async def load_earlier(self, message: LoadEarlier) -> None:
        try:
            opened = await self.conversations.earlier(self.turns.session_id, message.before)
        except BlufioError as error:
            self.complain(error)
            return
        self.main.chat.add_earlier(opened.entries, opened.earlier_than)

    def action_new_session(self) -> None:
        if self._is_free():
            self.turns.session_id = ""
            self.main.chat.replace([])
            self.main.title_bar.name_session("")
            self.main.prompt.focus()

    def rewind_to(self, message_id: str) -> None:
        """Go back to before a prompt and put it into the prompt, to be changed."""
        if self._is_free():
            in_background(self, "begin", self._rewind, int(message_id))

    async def _rewind(self, message_id: int) -> str:
        session_id = self.turns.session_id
        try:
            prompts = [m for m in await self.conversations.prompts(session_id) if m.message_id == message_id]
            if prompts:
                await self.conversations.rewind_before(session_id, prompts[0])
        except BlufioError as error:
            self.complain(error)
            return ""
        if not prompts:
            return ""
        await self.show_session(session_id)
        self.main.prompt.put(said(prompts[0]))
        self.main.prompt.focus()
        return said(prompts[0])

    async def action_retry(self) -> None:
        """Ask for the last reply again; the old one stays as a branch."""
        if not self.turns.session_id or not self._is_free():
            return
        prompts = await self.conversations.prompts(self.turns.session_id)
        text = await self._rewind(prompts[-1].message_id) if prompts else ""
        if text:
            self.start_turn(text)

    def action_compact(self) -> None:
        if self.turns.session_id and self._is_free():
            self.follow(self.turns.compact())
