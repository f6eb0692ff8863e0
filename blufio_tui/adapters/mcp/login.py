"""Logging in to a remote server: OAuth 2.1 with PKCE, in the person's own browser.

The flow is the SDK's; all its requests pass the network guard, since a server can name any address for
the login. Imported only for a login: the SDK costs a second.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, OAuthFlowError
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from blufio_tui.adapters.mcp.http import Requests
from blufio_tui.adapters.mcp.tokens import Login
from blufio_tui.adapters.mcp.transport import ServerFailed
from blufio_tui.core.guards.login_rules import endpoint_problem, pkce_problem, token_problem
from blufio_tui.core.guards.network import WebUrl
from blufio_tui.core.mcp.messages import PROTOCOL, encoded, notification, request
from blufio_tui.core.mcp.scopes import united
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject

LOGIN_SECS = 300.0
MAX_BODY = 1024 * 1024
_MAX_CALLBACK = 16 * 1024
_OWN_HEADERS = frozenset({"host", "content-length", "accept-encoding", "user-agent", "connection", "transfer-encoding"})

Recorded = Callable[[str], Awaitable[None]]
"""Called with each address before a request goes there; raises when it cannot be recorded."""


class _Guarded(httpx2.AsyncBaseTransport):
    """The SDK's requests, on connections of ours."""

    def __init__(self, server: WebUrl, requests: Requests, recorded: Recorded) -> None:
        self._server = server
        self._requests = requests
        self._recorded = recorded

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = self._requests.parse(str(request.url))
        if problem := endpoint_problem(self._server, url):
            raise ServerFailed(problem)
        await self._recorded(url.text)
        headers = tuple((name, value) for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS)
        async with self._requests.send(request.method, url, headers, await request.aread()) as response:
            body = b""
            async for part in response.aiter_stream():
                body += part
                if len(body) > MAX_BODY:
                    raise ServerFailed(f"{url.authority} sends more than {MAX_BODY // 1024} KiB")
            return httpx2.Response(response.status, headers=response.headers, content=body, request=request)


class _Memory:
    """The SDK's storage for one flow, in memory only."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        if problem := token_problem(tokens.access_token):
            raise ServerFailed(problem)
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class _Callback:
    """Receives the browser's redirect on this machine; accepts one, then closes."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        """The redirect address for the browser."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MAX_CALLBACK)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/callback"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = (await asyncio.wait_for(reader.readline(), 10)).decode("latin-1").split(" ")
            target = urlsplit(line[1] if len(line) > 1 else "")
            values = {name: found[0] for name, found in parse_qs(target.query).items()}
            fits = line[0] == "GET" and target.path == "/callback" and ("code" in values or "error" in values)
            said = "You can close this page and go back to blufio-tui." if fits else "Nothing here."
            body = f"<!doctype html><meta charset=utf-8><p>{escape(said)}".encode()
            status = "200 OK" if fits else "404 Not Found"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close"
            writer.write(f"{head}\r\n\r\n".encode() + body)
            await writer.drain()
            if fits and not self._answer.done():
                self._answer.set_result(values)
        except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            return  # whoever that was, it is not the browser we wait for
        finally:
            writer.close()

    async def wait(self) -> AuthorizationCodeResult:
        values = await self._answer
        if "code" not in values:
            raise OAuthFlowError(f"the login was refused: {values.get('error_description') or values.get('error')}")
        return AuthorizationCodeResult(code=values["code"], state=values.get("state"), iss=values.get("iss"))

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()


async def log_in(
    url: str, requests: Requests, show: Callable[[str], None], recorded: Recorded, scopes: str = ""
) -> Login:
    """Log in; `show` is told the address that the person opens in their browser.

    Args:
        scopes: asked for besides those that the server names, separated by blanks.

    Raises:
        ServerFailed: nobody logged in in time, the server wants no login, or something it answered is not right.
    """
    server = requests.parse(url)
    callback, memory = _Callback(), _Memory()
    back, asked = await callback.open(), list[str]()

    async def redirect(address: str) -> None:
        about = provider.context.oauth_metadata
        methods = about.code_challenge_methods_supported if about is not None else None
        if problem := endpoint_problem(server, requests.parse(address)) or pkce_problem(methods):
            raise ServerFailed(problem)
        asked.append(_scope_of(address, scopes))
        show(_with_scope(address, asked[-1]))

    metadata = OAuthClientMetadata(
        client_name="blufio-tui",
        redirect_uris=[AnyUrl(back)],
        token_endpoint_auth_method="none",  # noqa: S106 - a name
    )
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # it logs tracebacks, and raises what we tell
    provider = OAuthClientProvider(url, metadata, memory, redirect, callback.wait)
    try:
        async with asyncio.timeout(LOGIN_SECS):
            async with httpx2.AsyncClient(
                transport=_Guarded(server, requests, recorded), auth=provider, timeout=None
            ) as client:
                reply = await client.post(url, content=_hello(), headers=_HEADERS)
                if memory.tokens is None and reply.is_success:  # some ask only those who want to use something
                    session = {"Mcp-Session-Id": given} if (given := reply.headers.get("mcp-session-id")) else {}
                    headers = {**_HEADERS, "Mcp-Protocol-Version": PROTOCOL, **session}
                    await client.post(url, content=encoded(notification(_READY, {})), headers=headers)
                    wanted = encoded(request(2, "tools/list", {}))
                    reply = await client.post(url, content=wanted, headers=headers)
    except TimeoutError:
        raise ServerFailed(f"nobody logged in within {LOGIN_SECS:g} s") from None
    except (OAuthFlowError, httpx2.HTTPError, ValueError) as error:
        raise ServerFailed(f"the login failed: {visible_line(str(error)[:300])}") from None
    finally:
        await callback.close()
    if memory.tokens is None:
        raise ServerFailed(f"the server asks for no login (it answered with status {reply.status_code})")
    granted = memory.tokens.scope or (asked[-1] if asked else "")  # left out where it is what was asked for
    return replace(_login(server.text, memory.tokens, memory.client, provider), scope=united(granted))


def _scope_of(address: str, scopes: str) -> str:
    return united(*parse_qs(urlsplit(address).query).get("scope", []), scopes)


def _with_scope(address: str, scopes: str) -> str:
    """The address of the login page, which asks for these scopes."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "scope"]
    return parts._replace(query=urlencode([*query, *([("scope", scopes)] if scopes else [])])).geturl()


_READY = "notifications/initialized"
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def _hello() -> bytes:
    """A minimal request, which the server refuses if it requires a login."""
    who: JsonObject = {"name": "blufio-tui", "version": "login"}
    return encoded(request(1, "initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": who}))


def _login(url: str, tokens: OAuthToken, client: OAuthClientInformationFull | None, provider: Any) -> Login:
    context = provider.context
    endpoint = context.oauth_metadata.token_endpoint if context.oauth_metadata else ""
    return Login(
        access_token=tokens.access_token,
        url=url,
        refresh_token=tokens.refresh_token or "",
        expires=time.time() + tokens.expires_in if tokens.expires_in else 0.0,
        token_endpoint=str(endpoint),
        client_id=(client.client_id if client else "") or "",
        client_secret=(client.client_secret if client else "") or "",
        resource=context.get_resource_url(),
    )
