"""Where the forms of servers wait for the person, once they have said that they want to answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from blufio_tui.core.text.json_types import JsonObject


@dataclass(frozen=True, slots=True, eq=False)
class PendingForm:
    """A form and the future of what is typed into it; None for a form that was given up."""

    server: str
    message: str
    schema: JsonObject
    answer: "asyncio.Future[JsonObject | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def resolve(self, typed: JsonObject | None) -> None:
        """Answer once; a late second answer is dropped."""
        if not self.answer.done():
            self.answer.set_result(typed)


class FormDesk:
    """Implements `core.servers.requests.Forms`. Without a screen no form is shown."""

    def __init__(self) -> None:
        self._show: Callable[[PendingForm], None] | None = None

    def attach(self, show: Callable[[PendingForm], None]) -> None:
        """Connect a screen."""
        self._show = show

    @property
    def can_show(self) -> bool:
        return self._show is not None

    async def fill_in(self, server: str, message: str, schema: JsonObject) -> JsonObject | None:
        if self._show is None:
            return None
        pending = PendingForm(server, message, schema)
        self._show(pending)
        return await pending.answer
