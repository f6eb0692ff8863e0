"""One session with a server: requests and answers, and unsolicited messages.

A server is assumed to be hostile: answers to calls never made, duplicate answers, endless messages or requests, values
of the wrong type. These affect only the server's log.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from blufio_tui import __version__
from blufio_tui.adapters.mcp.transport import ServerFailed, Transport
from blufio_tui.core.mcp import messages
from blufio_tui.core.mcp.flood import Flood
from blufio_tui.core.mcp.log import ServerLog
from blufio_tui.core.mcp.messages import KNOWN_PROTOCOLS, PROTOCOL, Answers, Asks, BadMessage, Notifies
from blufio_tui.core.servers.requests import RefusedRequest
from blufio_tui.core.tasks import begin
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json, JsonObject

MAX_ASKED_OF_US = 8
"""Requests of the server that wait for us at one time."""
MAX_UNSENT = 1_000
"""Replies that the server has not taken; one that asks on and reads nothing is cut off."""
_LARGEST_NUMBER = 1e15
"""Of a report of progress: beyond that it says nothing, and a whole number may be too large for a float."""
_MOST_IN_ALL = 10
"""Progress keeps a call alive, up to so many times its time limit."""
_MAX_PAGES = 50
MAX_LISTED_BYTES = 16 * 1024 * 1024
"""Of all that comes while a list is read."""
_BIG = 256 * 1024
_LAST_WORDS_SECS = 1.0

Handler = Callable[[JsonObject], Awaitable[JsonObject]]
"""Answers a request of the server. What it raises as `RefusedRequest` is the error the server gets."""

Progress = Callable[[float, float | None, str], None]
"""Called with how far a call is: done, of how much (None: not known), and a text that is safe to show."""


class CallFailed(ServerFailed):
    """The server answered with an error; the connection is still usable."""


class Session:
    """
    Args:
        handlers: by method, what answers requests of the server.
        changed: called with the method of a notification that a list has changed.
        capabilities: what we can do, as the protocol has it.
    """

    def __init__(
        self,
        transport: Transport,
        log: ServerLog,
        handlers: Mapping[str, Handler],
        capabilities: JsonObject,
        changed: Callable[[str], None] = lambda _method: None,
    ) -> None:
        self._transport = transport
        self._log = log
        self._handlers = handlers
        self._capabilities = capabilities
        self._changed = changed
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._progress: dict[int, Progress] = {}
        self._alive: dict[int, float] = {}
        self._given_up: set[int] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._asked_of_us: dict[messages.RequestId, asyncio.Task[Any]] = {}
        self._next_id = 0
        self._held = 0
        self._held_secs = 0.0
        self._held_since = 0.0
        self._received = 0
        self._flood = Flood()
        self._unsent = 0
        self._why_lost = ""
        self.server: JsonObject = {}
        self.offers: JsonObject = {}

    @property
    def why_lost(self) -> str:
        """Why the connection is gone, "" while it is there."""
        return self._why_lost

    async def open(self, timeout_secs: float) -> None:
        """Connect, agree on a version, and say that we are ready.

        Raises:
            ServerFailed: in all other cases.
        """
        await self._transport.open(self._receive, self._lose)
        params: JsonObject = {
            "protocolVersion": PROTOCOL,
            "capabilities": self._capabilities,
            "clientInfo": {"name": "blufio-tui", "version": __version__},
        }
        result = await self.request("initialize", params, timeout_secs)
        version = result.get("protocolVersion")
        if not isinstance(version, str) or version not in KNOWN_PROTOCOLS:
            raise ServerFailed(f"it speaks the protocol {visible_line(str(version)[:40])}, which is not supported")
        self._transport.agreed(version)
        self.server, self.offers = _object(result.get("serverInfo")), _object(result.get("capabilities"))
        try:
            async with asyncio.timeout(timeout_secs):
                await self.notify("notifications/initialized", {})
        except TimeoutError:
            raise ServerFailed(f"it did not accept that we are ready within {timeout_secs:g} s") from None

    async def close(self) -> None:
        """End the connection; whoever waits for an answer is told."""
        self._lose("the connection was closed")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._transport.close()

    # ── our requests ───────────────────────────────────────────────────────────────────────────────

    async def request(
        self, method: str, params: JsonObject, timeout_secs: float, progress: Progress | None = None
    ) -> JsonObject:
        """Send a request and wait for its result. Cancelling tells the server.

        Args:
            timeout_secs: how long it may take without a sign of life, while nobody is asked about what it does.

        Raises:
            CallFailed: the server answered with an error.
            ServerFailed: no answer came, or none can come any more.
        """
        if self._why_lost:
            raise ServerFailed(self._why_lost)
        self._next_id += 1
        number = self._next_id
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        if progress is not None:
            self._progress[number] = progress
            params = {**params, "_meta": {"progressToken": number}}
        self._alive[number] = self._now()
        sending = self._start(self._transport.send(messages.request(number, method, params)))
        try:
            return await self._answer(method, number, answer, sending, timeout_secs)
        except BaseException:
            if method != "initialize" and not answer.done() and not self._why_lost:
                self._given_up.add(number)
                self._start(self._tell_cancelled(number))
            raise
        finally:
            sending.cancel()
            answer.cancel()
            for kept in (self._waiting, self._progress, self._alive):
                kept.pop(number, None)

    async def _answer(
        self,
        method: str,
        number: int,
        answer: "asyncio.Future[JsonObject]",
        sending: "asyncio.Task[None]",
        timeout_secs: float,
    ) -> JsonObject:
        begun = self._now()
        while True:
            left = timeout_secs - (self._now() - self._alive[number])
            left = min(left, timeout_secs * _MOST_IN_ALL - (self._now() - begun))
            if left <= 0 and not self._held:
                raise ServerFailed(f"no answer to {method} within {timeout_secs:g} s")
            watched: set[asyncio.Future[Any]] = {answer} if sending.done() else {answer, sending}
            await asyncio.wait(watched, timeout=max(left, 0.05), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if sending.done():
                sending.result()
                if self._transport.answers_while_sending:
                    raise ServerFailed(f"the server ended its reply to {method} without an answer")

    async def notify(self, method: str, params: JsonObject) -> None:
        await self._transport.send(messages.notification(method, params))

    async def all_pages(self, method: str, key: str, timeout_secs: float, most: int) -> list[Json]:
        """A whole list, page by page, at most `most` entries.

        Raises:
            ServerFailed: as `request`; or the pages have no end.
        """
        found: list[Json] = []
        cursor, seen, before = "", set[str](), self._received
        for _ in range(_MAX_PAGES):
            result = await self.request(method, {"cursor": cursor} if cursor else {}, timeout_secs)
            if self._received - before > MAX_LISTED_BYTES:
                raise ServerFailed(f"{method}: the list is larger than {MAX_LISTED_BYTES // 1024 // 1024} MiB")
            entries = result.get(key)
            found += entries if isinstance(entries, list) else []
            following = result.get("nextCursor")
            if not isinstance(following, str) or not following or len(found) >= most:
                if len(found) > most:
                    self._log.add(f"{method}: {len(found)} entries; only the first {most} are used")
                return found[:most]
            if following in seen:
                raise ServerFailed(f"{method}: the server's pages repeat")
            seen.add(following)
            cursor = following
        self._log.add(f"{method}: more than {_MAX_PAGES} pages; the rest is left out")
        return found[:most]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Pause time limits while a person is asked about something the server does."""
        if self._held == 0:
            self._held_since = time.monotonic()
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._held == 0:
                self._held_secs += time.monotonic() - self._held_since

    def _now(self) -> float:
        """Seconds that count for time limits: those in which nobody was asked."""
        now = time.monotonic()
        return now - self._held_secs - (now - self._held_since if self._held else 0.0)

    async def _tell_cancelled(self, number: int) -> None:
        with suppress(ServerFailed, TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECS):
                await self.notify("notifications/cancelled", {"requestId": number, "reason": "no longer needed"})

    def _start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = begin(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        """What a task raised is taken by whoever waits for it; here it only counts as seen."""
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    # ── what comes ─────────────────────────────────────────────────────────────────────────────────

    async def _receive(self, data: bytes) -> None:
        if self.why_lost:
            return
        self._received += len(data)
        try:
            read = messages.read_message
            found = await asyncio.to_thread(read, data) if len(data) > _BIG else read(data)
        except BadMessage as error:
            self._log.add(f"the server sent {len(data)} bytes that are not a message: {error}")
            self._count_unasked(len(data))
            return
        size = len(data) // len(found)
        for message in found:
            match message:
                case Answers():
                    self._take_answer(message, size)
                case Notifies():
                    self._count_unasked(size)
                    self._take_notification(message)
                case Asks():
                    self._count_unasked(size)
                    self._take_request(message)
            if self._why_lost:
                return

    def _lose(self, why: str) -> None:
        if self._why_lost:
            return
        self._why_lost = why
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ServerFailed(why))

    def _count_unasked(self, size: int) -> None:
        if why := self._flood.count(size):
            self._cut_off(why)

    def _cut_off(self, why: str) -> None:
        if not self._why_lost:
            self._lose(why)
            self._start(self._transport.close())

    def _take_answer(self, message: Answers, size: int) -> None:
        number = message.id
        if not isinstance(number, int) or (answer := self._waiting.get(number)) is None or answer.done():
            if number not in self._given_up:
                self._log.add(f"an answer to a request that was not made: {visible_line(str(number)[:40])}")
            self._count_unasked(size)
            return
        if message.error:
            answer.set_exception(CallFailed(f"{visible_line(message.error)} (code {message.code})"))
        else:
            answer.set_result(message.result)

    def _take_notification(self, message: Notifies) -> None:
        match message.method:
            case "notifications/progress":
                self._take_progress(message.params)
            case "notifications/message":
                said = message.params.get("data")
                self._log.add(said if isinstance(said, str) else str(said)[:400])
            case "notifications/cancelled":
                if task := self._asked_of_us.get(_request_id(message.params)):
                    task.cancel()
            case method if method.endswith("/list_changed"):
                self._changed(method)

    def _take_progress(self, params: JsonObject) -> None:
        token, done, total = params.get("progressToken"), params.get("progress"), params.get("total")
        if not isinstance(token, int) or isinstance(token, bool) or token not in self._waiting:
            return
        reached = _number(done)
        if reached is None:
            return
        self._alive[token] = self._now()
        said = params.get("message")
        if report := self._progress.get(token):
            report(reached, _number(total), visible_line(said[:200]) if isinstance(said, str) else "")

    def _take_request(self, message: Asks) -> None:
        handler = self._handlers.get(message.method)
        if handler is None:
            reply = messages.error(message.id, messages.METHOD_NOT_FOUND, "this client does not support that")
            self._start(self._reply(reply))
        elif len(self._asked_of_us) >= MAX_ASKED_OF_US or message.id in self._asked_of_us:
            reply = messages.error(message.id, messages.REFUSED, "too many requests at a time, or an id used twice")
            self._start(self._reply(reply))
        else:
            task = self._start(self._handle(message, handler))
            self._asked_of_us[message.id] = task
            task.add_done_callback(lambda _: self._asked_of_us.pop(message.id, None))

    async def _handle(self, message: Asks, handler: Handler) -> None:
        try:
            with self.held():
                reply = messages.result(message.id, await handler(message.params))
        except RefusedRequest as refused:
            reply = messages.error(message.id, messages.REFUSED, str(refused))
        await self._reply(reply)

    async def _reply(self, reply: JsonObject) -> None:
        self._unsent += 1
        try:
            if self._unsent > MAX_UNSENT:
                self._cut_off(f"it was disconnected: it has not read {MAX_UNSENT} answers to what it asked")
                return
            with suppress(ServerFailed):
                await self._transport.send(reply)
        finally:
            self._unsent -= 1


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST_NUMBER:
        return None
    return float(value)


def _request_id(params: JsonObject) -> messages.RequestId:
    number = params.get("requestId")
    return number if isinstance(number, int | str) and not isinstance(number, bool) else ""
