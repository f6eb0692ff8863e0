"""Beginning, opening and going back in conversations."""

from textual import on

from blufio_tui.core.audit.egress import egress_in_words, egress_since
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import NoticeLevel, TurnFinished
from blufio_tui.core.sessions.records import Totals
from blufio_tui.core.text.times import midnight
from blufio_tui.ui.actions.turns import TurnActions
from blufio_tui.ui.background import in_background
from blufio_tui.ui.chat_messages import SessionRenamed
from blufio_tui.ui.commands.init_prompt import INIT_PROMPT
from blufio_tui.ui.messages import LoadEarlier, OpenSession
from blufio_tui.ui.state.outbox import Queued


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
            self.main.chat.stop_waiting()
            return
        before, self.turns.session_id = self.turns.session_id, session_id
        is_other = session_id != before
        self.main.chat.replace(opened.entries, opened.earlier_than)
        self.main.trace.restore(opened.calls, opened.requests, opened.prompts)
        self.main.title_bar.name_session(opened.title)
        self.main.status.restore(opened.totals)
        in_background(self, "context", self.measure_context)
        if is_other:
            await self._end_jobs(before)  # on another branch of the same session one goes on typing what one typed
            await self.main.prompt_box.follow_session()

    async def _after_turn(self, event: TurnFinished) -> None:
        """A turn without requests, such as a compaction, leaves the meter to be measured; a window that was not known
        may have been learnt."""
        await super()._after_turn(event)
        if not event.iterations or not self.main.status.figures.context_window:
            in_background(self, "context", self.measure_context)

    async def measure_context(self) -> None:
        """How full the model's window is, before the next request tells."""
        if self.turns.session_id:
            meter = await self.services.agent.context(self.turns.session_id)
            window = meter.window or self.services.model.context_window()
            self.main.status.change(context_tokens=meter.tokens, context_window=window)

    async def action_context(self) -> None:
        """Say what fills the model's window."""
        self.say(NoticeLevel.INFO, await self.services.agent.context_report(self.turns.session_id))

    async def action_egress(self) -> None:
        """Say what left today: to the model, to other hosts."""
        since = midnight(self.services.clock.now())
        self.say(NoticeLevel.INFO, egress_in_words(await egress_since(self.services.audit, since), "today"))

    def action_init(self) -> None:
        """Ask the model for a first AGENTS.md; writing it is asked about as any write is."""
        self.send(Queued(INIT_PROMPT))

    @on(SessionRenamed)
    def show_title(self, message: SessionRenamed) -> None:
        if message.session_id == self.turns.session_id:
            self.main.title_bar.name_session(message.title)

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
            in_background(self, "jobs", self._end_jobs, self.turns.session_id)
            self.turns.session_id = ""
            self.main.chat.replace([])
            self.main.trace.restore([], [], {})
            self.main.status.restore(Totals())
            in_background(self, "begin", self.main.prompt_box.follow_session)
            self.main.title_bar.name_session("")
            self.main.prompt.focus()

    async def _end_jobs(self, session_id: str) -> None:
        """What a session left in the background ends with it."""
        if session_id and self.services.jobs is not None:
            await self.services.jobs.end_session(session_id)

    def action_compact(self, wishes: str = "") -> None:
        if self.turns.session_id and self._is_free():
            self.main.begin("summing up")
            self.follow(self.turns.compact(wishes))
