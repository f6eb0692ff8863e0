"""A model behind the Messages API: Anthropic's own, or any server that speaks it.

The SDK is slow to import, so it is imported in a thread when it is first needed. Retries happen here and not
in the SDK, so that each one is shown.
"""

import asyncio
import random
import socket
import ssl
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from blufio_tui.adapters.certificates import trusted_certificates
from blufio_tui.adapters.model.claude_body import RequestBodies
from blufio_tui.adapters.model.claude_errors import (
    READING_FAILURES,
    Failure,
    NotAStream,
    StreamCut,
    StreamStalled,
    failure_of,
)
from blufio_tui.adapters.model.claude_stream import MalformedStream, ReplyBuilder, joined
from blufio_tui.adapters.model.claude_thinking import ThinkingForm, is_about_thinking, thinking_forms
from blufio_tui.adapters.model.departures import Departure, Departures
from blufio_tui.adapters.model.sdk import load_sdk
from blufio_tui.adapters.model.server_events import ServerEvent, ServerEvents
from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderNotice, ProviderRestarted
from blufio_tui.core.errors import ConfigError, ProviderError
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.guards.proxies import proxy_for, shown_proxy

ANTHROPIC_URL = "https://api.anthropic.com"
NO_KEY = "no-key"
"""Sent to servers that want none; the SDK insists on a key."""

_AFTER_THE_END = 1.0
MAX_REPLY_BYTES = 64 * 1024 * 1024

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits, in seconds.

    Attributes:
        first_wait: before the first retry; doubles with each one, up to `longest_wait`.
        longest_retry_after: a server that asks for more is not waited for.
        stall: between two events of a stream.
        first_event: until the reply begins; a local server may read a long prompt first.
    """

    first_wait: float = 1.0
    longest_wait: float = 30.0
    longest_retry_after: float = 120.0
    stall: float = 120.0
    first_event: float = 600.0
    connect: float = 15.0


class ClaudeProvider:
    """Implements `core.ports.Provider`.

    Args:
        api_key: "" for a server that needs none.
        base_url: "" for Anthropic's own. A `/v1` at its end is understood.
        sleep, jitter: how to wait, and what share (0 to 1) of a wait is added by chance.
    """

    is_guide = False

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = "",
        patience: Patience | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.base_url = api_root(base_url)
        self._api_key = api_key.strip()
        self._patience = patience or Patience()
        self._sleep = sleep
        self._jitter = jitter
        self._broken: tuple[type[Exception], ...] = ()
        self._failures: tuple[type[Exception], ...] = ()
        self._client: Any = None
        self._proxy = ""
        self._response_type: Any = None
        self._opening = asyncio.Lock()
        self._forms: dict[tuple[str, bool], int] = {}
        self._departures = Departures()
        self._bodies = RequestBodies()

    async def warm_up(self) -> None:
        """Import the SDK and make the client, off the event loop. Safe to call more than once."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def client(self) -> Any:
        """The SDK's client, for other requests to the same server."""
        await self.warm_up()
        return self._client

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ProviderEvent, None]:
        self._check_key()
        await self.warm_up()
        retries = 0
        while True:
            builder = ReplyBuilder(request.model)
            try:
                async with aclosing(self._attempt(request, builder)) as events:
                    async for event in events:
                        yield event
                return
            except self._failures as error:
                failure = failure_of(error, url=self.base_url, model=request.model, proxy=shown_proxy(self._proxy))
            if builder.started:
                yield ProviderRestarted(failure.what)
            if self._has_another_form(failure, request):
                continue
            wait = self._wait(failure, retries)
            retries += 1
            yield ProviderNotice(NoticeLevel.WARNING, _retrying(failure, wait, retries))
            await self._sleep(wait)

    async def _attempt(self, request: ModelRequest, builder: ReplyBuilder) -> AsyncGenerator[ProviderEvent, None]:
        body = self._bodies.body(request, self._form(request))
        departure = Departure(request.sending)
        with self._departures.noted(departure) as mark:
            try:
                response = await self._post(body, mark)
                async with aclosing(response), aclosing(self._events(response, builder)) as arrivals:
                    async for events in arrivals:
                        for event in joined(builder.feed_all(events)):
                            yield event
            except Exception:
                if departure.refused is not None:
                    raise departure.refused from None
                raise
        if not builder.is_whole:
            raise StreamCut
        yield builder.reply()

    async def _post(self, body: bytes, headers: dict[str, str]) -> Any:
        """The response as soon as its head is there, for the caller to close. `messages.create` would copy and check
        every part of the body first."""
        return await self._client.post(
            "/v1/messages", content=body, cast_to=self._response_type, stream=True, options={"headers": headers}
        )

    async def _events(self, response: Any, builder: ReplyBuilder) -> AsyncGenerator[list[ServerEvent], None]:
        """The server-sent events as they come, those that come together in one list. Once all is there, a broken
        connection is no error."""
        _insist_on_events(response)
        reader, chunks = ServerEvents(), aiter(BoundedBody(response).aiter_bytes())
        clock = asyncio.get_running_loop().time
        waits_since = last_event = clock()
        while True:
            seconds = self._patience_for(builder)
            try:
                async with asyncio.timeout_at(waits_since + seconds):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except self._broken as error:
                if builder.is_whole:
                    return
                raise _interruption(error, seconds, builder) from error
            if not (arrived := list(reader.feed(chunk))):
                continue
            if events := [event for event in arrived if event[1] and event[0] != b"ping"]:
                last_event = clock()
                yield events
            elif (silent := clock() - last_event) > self._patience.first_event:
                raise StreamStalled(silent)  # pings say that the connection lives, not that a reply is coming
            waits_since = clock()

    def _patience_for(self, builder: ReplyBuilder) -> float:
        if builder.is_whole:
            return _AFTER_THE_END
        return self._patience.stall if builder.started else self._patience.first_event

    def _wait(self, failure: Failure, retries: int) -> float:
        """Seconds until the next attempt.

        Raises:
            ProviderError: there is none.
        """
        too_long = failure.after > self._patience.longest_retry_after
        if retries >= failure.retries or too_long:
            asked = f" The server asks to wait {failure.after:,.0f} s." if too_long else ""
            raise ProviderError(failure.kind, failure.message + asked, window=failure.window, place=failure.place)
        wait = min(self._patience.longest_wait, self._patience.first_wait * 2.0**retries)
        return max(failure.after, wait * (1 + self._jitter()))

    def _form(self, request: ModelRequest) -> ThinkingForm:
        return _all_forms(request)[self._forms.get(_form_key(request), 0)]

    def _has_another_form(self, failure: Failure, request: ModelRequest) -> bool:
        """Whether the server refused how thinking was asked for, and there is another way to ask."""
        if failure.kind != "invalid_request" or not is_about_thinking(failure.detail):
            return False
        tried = self._forms.get(_form_key(request), 0)
        if tried + 1 >= len(_all_forms(request)):
            return False
        self._forms[_form_key(request)] = tried + 1
        return True

    def _check_key(self) -> None:
        if not self._api_key and self.base_url == ANTHROPIC_URL:
            message = "There is no API key. Set ANTHROPIC_API_KEY, or use a local server with --base-url."
            raise ProviderError("authentication", message)
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            raise ProviderError("authentication", "The API key contains characters that no key has. Set it again.")

    def _open(self) -> Any:
        import httpx2

        sdk = load_sdk()

        # What the SDK thinks of a model's age or of a parameter would be printed across the screen.
        warnings.filterwarnings("ignore", module=r"blufio_tui\.adapters\.model\.claude")
        self._response_type = httpx2.Response
        self._broken = (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError)
        self._failures = (sdk.error, *self._broken, *READING_FAILURES)
        patience = self._patience
        timeout = httpx2.Timeout(patience.first_event, connect=patience.connect)
        key = self._api_key or NO_KEY
        try:
            self._proxy = self._proxy_of_environment()
            http_client = httpx2.AsyncClient(
                transport=_transport(self.base_url, self._proxy),
                timeout=timeout,
                trust_env=False,
                # One would take the key and the conversation to another host: it is an error that says where to.
                follow_redirects=False,
                event_hooks={"request": [self._departures.tell]},
            )
            client = sdk.client(
                api_key=key,
                # The SDK sends the key as a bearer token; many other servers look for it under its older name.
                default_headers={
                    **({} if self.base_url == ANTHROPIC_URL else {"x-api-key": key}),
                    "accept-encoding": "identity",  # a small compressed answer could be a very large one
                },
                base_url=self.base_url,
                max_retries=0,
                open_telemetry=False,
                http_client=http_client,
            )
        except httpx2.InvalidURL as error:
            raise ProviderError(
                "configuration", f"{self.base_url} is not an address: {error}. Check model.base_url."
            ) from None
        except ConfigError as error:
            raise ProviderError("configuration", f"{error}.") from None
        return client

    def _proxy_of_environment(self) -> str:
        """ "" for this machine's own servers: a proxy for the outside world has no way to them."""
        return "" if is_local(self.base_url) else proxy_for(self.base_url, getproxies())


def _transport(url: str, proxy: str) -> Any:
    """What carries the requests. The SDK's own client would use the environment's proxies whatever it is told."""
    import httpx2

    encrypted = url.startswith("https:")
    nothing_trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    certificates = trusted_certificates() if encrypted or proxy.startswith("https:") else nothing_trusted
    if proxy.startswith("socks"):
        return httpx2.AsyncHTTPTransport(verify=certificates, proxy=proxy)
    through = httpx2.Proxy(proxy, ssl_context=certificates if proxy.startswith("https:") else None) if proxy else None
    keep_alive = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    return httpx2.AsyncHTTPTransport(verify=certificates, proxy=through, socket_options=keep_alive)


def api_root(base_url: str) -> str:
    """The address that the SDK puts `/v1/messages` behind."""
    return base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/") or ANTHROPIC_URL


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _all_forms(request: ModelRequest) -> tuple[ThinkingForm, ...]:
    return thinking_forms(request.model, request.thinking_budget, request.max_tokens)


def _form_key(request: ModelRequest) -> tuple[str, bool]:
    return request.model, request.thinking_budget > 0


class BoundedBody:
    """A response whose body ends in an error once it is larger than any reply."""

    def __init__(self, response: Any) -> None:
        self._response = response

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        """Raises `MalformedStream` after `MAX_REPLY_BYTES`."""
        total = 0
        async for chunk in self._response.aiter_bytes():
            total += len(chunk)
            if total > MAX_REPLY_BYTES:
                raise MalformedStream(f"it is over the limit of {MAX_REPLY_BYTES // (1024 * 1024)} MiB for a reply")
            yield chunk


def _insist_on_events(response: Any) -> None:
    content_type = response.headers.get("content-type", "nothing")
    if not content_type.lower().startswith("text/event-stream"):
        raise NotAStream(f"it answered with {content_type}")


def _interruption(error: Exception, seconds: float, builder: ReplyBuilder) -> Exception:
    """An error while reading, in words for the person."""
    if isinstance(error, TimeoutError):
        return StreamStalled(seconds)
    return StreamCut() if builder.started else error


def _retrying(failure: Failure, wait: float, attempt: int) -> str:
    return f"{failure.what}. Trying again in {wait:.1f} s ({attempt} of {failure.retries})."
