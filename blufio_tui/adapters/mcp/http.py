"""A remote server by streamable HTTP: each message is a POST, and the answer a JSON body or a stream of events.

Every request goes to an address that was checked for it, as those of the `http` tool do; redirects are not followed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from blufio_tui import __version__
from blufio_tui.adapters.mcp.transport import MAX_MESSAGE, LoginNeeded, Lost, Receive, RightsNeeded, ServerFailed
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.addresses import parse_address
from blufio_tui.core.guards.network import WebUrl, check_address, parse_url, refuse_never
from blufio_tui.core.guards.requests import checked_headers
from blufio_tui.core.mcp.flood import Flood
from blufio_tui.core.mcp.messages import encoded
from blufio_tui.core.mcp.scopes import scopes_named
from blufio_tui.core.mcp.sse import EventReader, TooLong
from blufio_tui.core.tasks import begin
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

if TYPE_CHECKING:
    from httpcore2 import Response

    from blufio_tui.adapters.net.connections import Connections

_MAX_ADDRESSES = 4
_CONNECT_SECS = 10.0
_READ_SECS = 3600.0
"""The session has its own, shorter limits; this one only ends what nobody waits for."""
_MAX_ERROR_BODY = 2_000
_MAX_FORM_ANSWER = 256 * 1024
_GOODBYE_SECS = 2.0
_FIRST_PAUSE_SECS, _LONGEST_PAUSE_SECS = 1.0, 60.0
_SESSION, _VERSION = "mcp-session-id", "mcp-protocol-version"

Headers = tuple[tuple[str, str], ...]


class Tokens(Protocol):
    """The credentials for one server."""

    async def header(self, url: str) -> str:
        """The value of the Authorization header for this address, "" if nobody has logged in there."""
        ...

    async def renew(self) -> bool:
        """Renew the token without the person; False if that is not possible."""
        ...

    async def want(self, scopes: str) -> None:
        """Note scopes that the server named, for the next login."""
        ...


class NoTokens:
    """For servers without a login."""

    async def header(self, _url: str) -> str:
        return ""

    async def renew(self) -> bool:
        return False

    async def want(self, _scopes: str) -> None:
        """There is no login."""


class Requests:
    """HTTP requests to checked addresses, whose responses are read piece by piece."""

    def __init__(self, connections: "Connections") -> None:
        self._connections = connections

    def parse(self, text: str) -> WebUrl:
        """
        Raises:
            ServerFailed: nobody may send anything there.
        """
        try:
            url = parse_url(text)
            refuse_never(url, self._connections.allowed)
        except NeverRule as error:
            raise ServerFailed(str(error)) from None
        return url

    async def _addresses(self, url: WebUrl) -> list[str]:
        try:
            found = [url.host] if url.address else await self._connections.resolver.resolve(url.host, url.port)
            for text in found:
                address = parse_address(text)
                if address is None:
                    raise NeverRule(f"{url.host} resolves to {text!r}, which is not a plain address")
                check_address(address, url, self._connections.allowed)
        except (NeverRule, HostError) as error:
            raise ServerFailed(str(error)) from None
        if not found:
            raise ServerFailed(f"the name {url.host} has no address")
        return found[:_MAX_ADDRESSES]

    @asynccontextmanager
    async def send(self, method: str, url: WebUrl, headers: Headers, body: bytes) -> AsyncIterator["Response"]:
        """One request; the response is open inside the block.

        Raises:
            ServerFailed: no connection, or it broke.
        """
        addresses = await self._addresses(url)
        try:
            pool = await asyncio.to_thread(self._connections.pool)
        except HostError as error:
            raise ServerFailed(str(error)) from None
        import httpcore2

        waits = {"connect": _CONNECT_SECS, "read": _READ_SECS, "write": _CONNECT_SECS * 3, "pool": _CONNECT_SECS * 3}
        own = [("Host", url.authority), ("Accept-Encoding", "identity"), ("User-Agent", f"blufio-tui/{__version__}")]
        if method == "POST":
            own.append(("Content-Length", str(len(body))))
        wire = (*own, *headers)
        try:
            for address in addresses:
                try:
                    response = await pool.send(method, url, address, wire, body, waits)
                    break
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                    if address == addresses[-1]:
                        raise
            try:
                yield response
            finally:
                await response.aclose()
        except httpcore2.ConnectError as error:
            raise ServerFailed(f"no connection to {url.authority} ({error})") from None
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            what = str(error) or type(error).__name__
            raise ServerFailed(f"the connection to {url.authority} broke ({what})") from None

    async def post_form(self, address: str, form: bytes) -> JsonObject:
        """POST a form; the JSON object that comes back, {} for anything else.

        Raises:
            ServerFailed: as `send`.
        """
        headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
        async with self.send("POST", self.parse(address), headers, form) as response:
            body = b""
            async for part in response.aiter_stream():
                body += part
                if len(body) > _MAX_FORM_ANSWER:
                    return {}
            if response.status != 200:
                return {}
        try:
            answer = strict_json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError):
            return {}
        return answer if isinstance(answer, dict) else {}


@dataclass(slots=True)
class _State:
    session_id: str = ""
    protocol: str = ""
    listener: "asyncio.Task[None] | None" = None
    closed: bool = False


class HttpTransport:
    """
    Args:
        headers: sent with each request; their values may be secrets.
    """

    answers_while_sending = True

    def __init__(
        self,
        requests: Requests,
        url: str,
        headers: Headers = (),
        tokens: Tokens | None = None,
        note: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._requests = requests
        self._url = requests.parse(url)
        self._given = headers
        self._tokens: Tokens = tokens or NoTokens()
        self._note = note
        self._state = _State()
        self._receive: Receive | None = None
        self._lost: Lost | None = None
        self._noise = Flood()

    async def open(self, receive: Receive, lost: Lost) -> None:
        """As `Transport.open`; the first message makes the connection."""
        self._receive, self._lost = receive, lost
        try:
            self._given = checked_headers(self._given, self._url)
        except NeverRule as error:
            raise ServerFailed(str(error)) from None

    def agreed(self, protocol: str) -> None:
        self._state.protocol = protocol

    async def send(self, message: JsonObject) -> None:
        """POST one message, and take whatever comes back.

        Raises:
            LoginNeeded: the server requires a login.
            RightsNeeded: it requires a login with more scopes, which are noted for the next one.
        """
        try:
            await self._post_renewed(message)
        except RightsNeeded as error:
            await self._tokens.want(error.scopes)
            raise
        if message.get("method") == "notifications/initialized":
            self._state.listener = begin(self._listen())

    async def _post_renewed(self, message: JsonObject) -> None:
        """POST it, once more with a renewed token if the one that there is no longer holds."""
        try:
            await self._post(message)
        except LoginNeeded:
            if not await self._tokens.renew():
                raise
            await self._post(message)

    async def _post(self, message: JsonObject) -> None:
        headers = (("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"))
        async with self._requests.send(
            "POST", self._url, (*headers, *await self._headers()), encoded(message)
        ) as response:
            found = _headers_of(response)
            await self._check(response, found)
            if message.get("method") == "initialize" and (session_id := found.get(_SESSION)):
                self._take_session(session_id)
            if response.status in (202, 204) or "id" not in message:
                return
            reader = await self._read(response, found.get("content-type", ""))
        if reader is not None and "method" in message:
            await self._go_on(reader)

    async def _go_on(self, reader: EventReader) -> None:
        """Resume a reply that broke off, as long as the server sends event ids. Whoever waits for
        the answer ends this once it is there, or when it takes too long."""
        while reader.last_id and not self._state.closed:
            await asyncio.sleep(reader.retry_secs)
            headers = (("Accept", "text/event-stream"), ("Last-Event-ID", reader.last_id), *await self._headers())
            async with self._requests.send("GET", self._url, headers, b"") as response:
                if response.status != 200:
                    return
                await self._read_events(response, reader)

    def _take_session(self, session_id: str) -> None:
        if len(session_id) > 1000 or not session_id.isascii() or not session_id.isprintable():
            raise ServerFailed("it gave a session id that is not plain text")
        self._state.session_id = session_id

    async def _headers(self) -> Headers:
        state, found = self._state, list(self._given)
        if token := await self._tokens.header(self._url.text):
            found = [(name, value) for name, value in found if name.lower() != "authorization"]
            found.append(("Authorization", token))
        if state.session_id:
            found.append((_SESSION, state.session_id))
        if state.protocol:
            found.append((_VERSION, state.protocol))
        return tuple(found)

    async def _check(self, response: "Response", headers: dict[str, str]) -> None:
        status = response.status
        if 200 <= status < 300:
            if headers.get("content-encoding", "identity").strip().lower() in ("", "identity"):
                return
            raise ServerFailed("it sends compressed answers, which were not requested")
        if status == 401:
            message = f"{self._url.authority} wants you to log in"
            raise LoginNeeded(message, headers.get("www-authenticate", ""))
        challenge = headers.get("www-authenticate", "")
        if status == 403 and "insufficient_scope" in challenge:
            wanted = scopes_named(challenge)
            named = f": {wanted}" if wanted else ""
            advice = "`blufio-tui mcp login` asks for them besides those that it has"
            raise RightsNeeded(f"it wants rights that your login does not have{named}; {advice}", wanted)
        if 300 <= status < 400:
            where = visible_line(headers.get("location", "")[:200])
            raise ServerFailed(f"it redirects to {where}; put the address that you mean into the configuration")
        if status == 404 and self._state.session_id:
            why = "the server has ended the session"
            self._lose(why)
            raise ServerFailed(why)
        said = await _beginning(response)
        raise ServerFailed(f"it answered with status {status}{': ' if said else ''}{said}")

    async def _read(self, response: "Response", content_type: str) -> EventReader | None:
        """Read the response. Returns, for a stream, the position reached."""
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            reader = EventReader(MAX_MESSAGE)
            await self._read_events(response, reader)
            return reader
        if kind != "application/json":
            raise ServerFailed(f"it answered with {visible_line(kind[:80]) or 'no content type'}, not with JSON")
        parts, size = [], 0
        async for part in response.aiter_stream():
            parts.append(part)
            size += len(part)
            if size > MAX_MESSAGE:
                raise ServerFailed(f"it sent a message of more than {MAX_MESSAGE // 1024 // 1024} MiB")
        await self._deliver(b"".join(parts))
        return None

    async def _read_events(self, response: "Response", reader: EventReader) -> None:
        reader.begin_again()
        try:
            async for part in response.aiter_stream():
                noise = len(part)
                for data in reader.feed(part):
                    noise -= len(data)
                    await self._deliver(data)
                if problem := self._noise.count(noise, 0):
                    self._lose(problem)
                    raise ServerFailed(problem)
                await asyncio.sleep(0)
        except TooLong:
            raise ServerFailed(f"it sent a message of more than {MAX_MESSAGE // 1024 // 1024} MiB") from None

    def _lose(self, why: str) -> None:
        self._state.closed = True
        if self._lost is not None:
            self._lost(why)

    async def _deliver(self, data: bytes) -> None:
        if self._receive is not None and data.strip():
            await self._receive(data)

    async def _listen(self) -> None:
        """Read the server's stream of unsolicited messages, if it has one."""
        pause, reader = _FIRST_PAUSE_SECS, EventReader(MAX_MESSAGE)
        while not self._state.closed:
            try:
                going_on = (("Last-Event-ID", reader.last_id),) if reader.last_id else ()
                headers = (("Accept", "text/event-stream"), *going_on, *await self._headers())
                async with self._requests.send("GET", self._url, headers, b"") as response:
                    if response.status != 200:
                        return
                    await self._read_events(response, reader)
                    pause = max(_FIRST_PAUSE_SECS, reader.retry_secs)
            except ServerFailed as error:
                self._note(f"the stream of events: {error}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECS)

    async def close(self) -> None:
        """Tell the server that the session is over; waits only a moment."""
        state = self._state
        state.closed = True
        if state.listener is not None:
            state.listener.cancel()
            await asyncio.gather(state.listener, return_exceptions=True)
        if not state.session_id:
            return
        session, state.session_id = await self._headers(), ""
        with suppress(ServerFailed, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECS), self._requests.send("DELETE", self._url, session, b""):
                pass


def _headers_of(response: "Response") -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


async def _beginning(response: "Response") -> str:
    """What an error page says, one line of it."""
    data = b""
    async for part in response.aiter_stream():
        data += part
        if len(data) > _MAX_ERROR_BODY:
            break
    return visible_line(" ".join(data[:_MAX_ERROR_BODY].decode("utf-8", "replace").split())[:200])
