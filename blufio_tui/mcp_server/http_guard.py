"""Who may speak to the HTTP server: one that runs on this computer, knows the token, and is no page in a browser.

A page could reach a loopback port by a name that resolves to it (so the Host must be ours), or as it is (so an
Origin must be ours). Both are checked before anything is read of the body.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"
MAX_TOKEN = 200
_ONCE = (b"host", b"origin", b"authorization", b"content-length", b"transfer-encoding", b"mcp-session-id")


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Attributes:
        status: of HTTP.
        words: a sentence for whoever set up the client.
    """

    status: int
    words: str


def refusal(headers: Iterable[tuple[bytes, bytes]], path: str, port: int, token: str) -> Refusal | None:
    """Why a request is not answered, None if it is.

    Args:
        headers: names in lower case.
        port: where we listen.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in found and name in _ONCE:
            return Refusal(400, f"the header {name.decode('latin-1')} occurs twice")
        found[name] = value
    hosts = {f"{host}:{port}".encode() for host in ("127.0.0.1", "localhost")}
    if found.get(b"host", b"").lower() not in hosts:
        return Refusal(421, f"the Host must be 127.0.0.1:{port}")
    origin = found.get(b"origin")
    if origin is not None and origin.lower() not in {b"http://" + host for host in hosts}:
        return Refusal(403, "requests from other web pages are refused")
    scheme, _, given = found.get(b"authorization", b"").partition(b" ")
    given = given.strip()[: MAX_TOKEN + 1]
    if scheme.lower() != b"bearer" or not hmac.compare_digest(given, token.encode()):
        return Refusal(401, "send the token that was printed at start-up: Authorization: Bearer TOKEN")
    return None if path == PATH else Refusal(404, f"only {PATH} exists here")


class Guarded:
    """An ASGI application behind `refusal`."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self._port = port
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a websocket is never accepted
        refused = refusal(scope["headers"], scope["path"], self._port, self._token)
        if refused is None:
            await self._app(scope, receive, send)
            return
        body = f"{refused.words}\n".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        if refused.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
