"""Calls that run, and those that stand still until the client comes back with an answer."""

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from mcp_types import CallToolResult, ElicitResult

from blufio_tui.core.text.json_types import JsonObject

MAX_STANDING = 64
"""Calls whose answer is waited for. The oldest is ended when there are more."""
FORGOTTEN_SECS = 600.0
"""After that, nobody comes back for a result."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for the client, and the future of its answer."""

    message: str
    answer: "asyncio.Future[ElicitResult]"


@dataclass(slots=True)
class Call:
    """
    Attributes:
        tool, arguments: what was called: whoever comes back must mean the same.
        task: set once it runs.
        asked: the question that was put last.
    """

    tool: str
    arguments: JsonObject
    call_id: str = field(default_factory=lambda: f"mcp_{secrets.token_hex(8)}")
    task: "asyncio.Task[CallToolResult] | None" = None
    questions: "asyncio.Queue[Asked]" = field(default_factory=asyncio.Queue)
    asked: Asked | None = None

    async def put(self, message: str) -> ElicitResult:
        """The client's answer. Cancelling withdraws the question: an answer that comes later is not heard."""
        asked = Asked(message, asyncio.get_running_loop().create_future())
        self.questions.put_nowait(asked)
        return await asked.answer

    def hear(self, answer: ElicitResult | None) -> None:
        """An answer to the question that was put; None is no answer, and so a refusal."""
        if self.asked is not None and not self.asked.answer.done():
            self.asked.answer.set_result(answer or ElicitResult(action="cancel"))
        self.asked = None

    async def result_or_question(self) -> "CallToolResult | Asked":
        """How it ended, or what it asks meanwhile. Cancelling ends the call; it still writes down what it did."""
        assert self.task is not None
        asking = asyncio.ensure_future(self.questions.get())
        try:
            await asyncio.wait({self.task, asking}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.task.cancel()
            raise
        finally:
            asking.cancel()
        if asking.done() and not asking.cancelled() and not asking.result().answer.done():
            self.asked = asking.result()
            return self.asked
        if not self.task.done():  # the question was withdrawn meanwhile
            return await self.result_or_question()
        return self.task.result()


class StandingCalls:
    """Found again by a secret that only the client got."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, tuple[Call, float]] = OrderedDict()

    def keep(self, call: Call) -> str:
        """The secret."""
        self._forget()
        state = secrets.token_urlsafe(32)
        self._calls[state] = (call, time.monotonic())
        return state

    def take(self, state: str, tool: str, arguments: JsonObject) -> Call | None:
        """The call, once; None if there is none, or another one is meant."""
        call, _ = self._calls.get(state, (None, 0.0))
        if call is None or (call.tool, call.arguments) != (tool, arguments):
            return None
        del self._calls[state]
        return call

    def _forget(self) -> None:
        old = time.monotonic() - FORGOTTEN_SECS
        while self._calls:
            call, since = next(iter(self._calls.values()))
            if len(self._calls) < MAX_STANDING and since > old:
                return
            self._calls.popitem(last=False)
            if call.task is not None:
                call.task.cancel()
