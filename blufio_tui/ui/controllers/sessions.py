"""Beginning, opening, exporting and compacting conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blufio_tui.core.audit.rows import AuditFilter
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.sessions.records import Totals
from blufio_tui.ui.commands.arguments import export_session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from blufio_tui.core.events import TurnFinished
    from blufio_tui.ui.controllers.stage import Stage
    from blufio_tui.ui.controllers.turns import RunningTurn
    from blufio_tui.ui.conversations import Conversations


class Sessions:
    """
    Attributes:
        conversations: reads what is stored.
        when_shown: done once another session is shown.
    """

    def __init__(self, stage: Stage, turn: RunningTurn, conversations: Conversations) -> None:
        self._stage = stage
        self._turn = turn
        self.conversations = conversations
        self.when_shown: list[Callable[[], Awaitable[None]]] = []

    @property
    def session_id(self) -> str:
        """The session that is shown, "" before the first prompt."""
        return self._turn.turns.session_id

    def open(self, session_id: str) -> None:
        if self._turn.is_free():
            self._stage.background("begin", self.show, session_id)

    async def resume(self, typed: str = "") -> None:
        """A session by its id or the beginning of it, else from the list. Raises `BlufioError`."""
        if typed:
            await self.show(await self._stage.services.sessions.find(typed))
        else:
            self._stage.open_screen("sessions", "")

    async def show(self, session_id: str) -> None:
        """Show a stored conversation and continue with it."""
        main = self._stage.main
        try:
            opened = await self.conversations.open(session_id)
        except BlufioError as error:
            self._stage.complain(error)
            if main.chat.is_awaited:
                main.title_bar.name_session("a session that could not be opened")
            main.chat.stop_waiting()
            return
        before, self._turn.turns.session_id = self.session_id, session_id
        main.chat.replace(opened.entries, opened.earlier_than)
        main.trace.restore(opened.calls, opened.requests, opened.prompts)
        main.title_bar.name_session(opened.title)
        main.status.restore(opened.totals)
        if main.is_complete:
            main.audit.reload(AuditFilter())
        self._stage.background("shown", self._after_showing)
        self._stage.background("context", self.measure_context)
        if session_id != before:
            await self._end_jobs(before)  # on another branch of the same session one continues typing what one typed
            await main.prompt_box.follow_session()

    async def _after_showing(self) -> None:
        for follow_up in self.when_shown:
            await follow_up()

    async def begin(self) -> None:
        """What the app opens with: a session to continue with, and what was typed and not sent."""
        if self.session_id:
            await self.show(self.session_id)
        await self._stage.main.prompt_box.load_draft()

    async def after_turn(self, event: TurnFinished) -> None:
        """Where the turn is stored is known now, and whether there are other versions of it.

        A turn without requests, such as a compaction, leaves the meter to be measured; a window that was not known may
        have been learnt.
        """
        session_id, main = self.session_id, self._stage.main
        if session_id:
            main.title_bar.name_session(await self.conversations.title(session_id))
            messages = await self.conversations.tail(session_id)
            main.chat.view.note_stored(messages, await self.conversations.version_places(session_id, messages))
        if not event.iterations or not main.status.figures.context_window:
            self._stage.background("context", self.measure_context)

    async def measure_context(self) -> None:
        """How full the model's window is, before the next request tells."""
        services = self._stage.services
        if self.session_id:
            meter = await services.agent.context(self.session_id)
            window = meter.window or services.model.context_window()
            self._stage.main.status.change(context_tokens=meter.tokens, context_window=window)

    def show_title(self, session_id: str, title: str) -> None:
        """A session has another title; that of the one that is shown is on the screen."""
        if session_id == self.session_id:
            self._stage.main.title_bar.name_session(title)

    async def load_earlier(self, before: int) -> None:
        try:
            opened = await self.conversations.earlier(self.session_id, before)
        except BlufioError as error:
            self._stage.complain(error)
            return
        self._stage.main.chat.add_earlier(opened.entries, opened.earlier_than)

    def start_new(self) -> None:
        """Show an empty conversation; it is stored with its first prompt."""
        if self._turn.is_free():
            main = self._stage.main
            self._stage.background("jobs", self._end_jobs, self.session_id)
            self._turn.turns.session_id = ""
            main.chat.replace([])
            main.trace.restore([], [], {})
            main.status.restore(Totals())
            main.audit.reload(AuditFilter())
            self._stage.background("begin", main.prompt_box.follow_session)
            main.title_bar.name_session("")
            self._stage.background("shown", self._after_showing)
            main.prompt.focus()

    async def _end_jobs(self, session_id: str) -> None:
        """What a session left in the background ends with it."""
        jobs = self._stage.services.jobs
        if session_id and jobs is not None:
            await jobs.end_session(session_id)

    async def context(self) -> None:
        """Say what fills the model's window. Raises `StorageError`."""
        self._stage.answer(await self._stage.services.agent.context_report(self.session_id))

    def compact(self, wishes: str = "") -> None:
        if self.session_id and self._turn.is_free():
            self._stage.main.begin("summarising")
            self._turn.follow(self._turn.turns.compact(wishes))

    async def export(self, typed: str = "") -> None:
        """`[md|json] [FILE]`. Raises `BlufioError`."""
        written = await export_session(self._stage.services, self.session_id, typed)
        self._stage.app.notify(written, markup=False)
