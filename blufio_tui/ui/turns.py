"""Running turns: one at a time, interruptible, every failure an event."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from blufio_tui.core.errors import BlufioError
from blufio_tui.core.events import ErrorRaised, Event, TurnFinished
from blufio_tui.ui.services import Services


class Turns:
    """
    Attributes:
        session_id: the session that turns go to, "" until the first prompt.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.session_id = services.session_id

    def interrupt(self) -> bool:
        """Ask the agent to end the turn; False when it has none."""
        return self._services.agent.interrupt(self.session_id)

    async def run(self, prompt: str) -> AsyncGenerator[Event, None]:
        """The events of one turn; the last is always a `TurnFinished`."""
        turn_id, finished = "", False
        try:
            if not self.session_id:
                self.session_id = await self._services.sessions.create(str(self._services.project))
            async with aclosing(self._services.agent.act(prompt, session_id=self.session_id)) as events:
                async for event in events:
                    turn_id = turn_id or event.turn_id
                    finished = isinstance(event, TurnFinished)
                    yield event
        except BlufioError as error:
            yield ErrorRaised(turn_id, "internal", str(error))
        if not finished:
            yield TurnFinished(turn_id, self.session_id, "error", "", 0)
