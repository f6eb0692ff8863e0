"""The app in a browser: textual-serve on loopback, behind a token."""

import secrets
import shlex
import socket
from collections.abc import Awaitable, Callable, Sequence

import textual_serve.server
from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.desktop.web_page import ICON, PageColors, headers, page
from blufio_tui.core.errors import UsageError

COOKIE = "blufio_token"
HOST = "127.0.0.1"
_NONCE = web.RequestKey("nonce", str)
_FONT_SIZE = 16
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(
    command: Sequence[str], port: int, announce: Callable[[str], None], colors: Callable[[], PageColors] = PageColors
) -> None:
    """Serve `command` until interrupted. Port 0 picks a free one.

    Args:
        announce: called with the one address, token included, that opens the app.
        colors: those of the page, asked for whenever it is loaded.

    Raises:
        UsageError: the port is taken.
    """
    port = port or _free_port()
    _check_free(port)
    token = secrets.token_urlsafe(32)
    announce(f"http://{HOST}:{port}/?token={token}")
    GuardedServer(command, port, token, colors).serve()


class _App(AppService):  # type: ignore[misc]  # textual-serve ships no types
    """The app behind one browser tab. It gets what this process was started with, the key among it, and hides it."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment: dict[str, str] = super()._build_environment(width=width, height=height)
        return {**STARTED_WITH, **environment}


textual_serve.server.AppService = _App  # the server has no other way to choose it


class GuardedServer(Server):  # type: ignore[misc]  # textual-serve ships no types
    """Refuses whoever has not opened the address with the token once, and any page of another origin.

    A page elsewhere could reach a loopback port: by a name that resolves to it (so the Host header must be
    ours) or by opening the websocket (so the Origin header must be ours).
    """

    def __init__(
        self, command: Sequence[str], port: int, token: str, colors: Callable[[], PageColors] = PageColors
    ) -> None:
        super().__init__(shlex.join(command), host=HOST, port=port, title="blufio-tui")
        self._token = token
        self._colors = colors

    def initialize_logging(self) -> None:
        """Nothing: requests hold the token."""

    async def on_startup(self, app: web.Application) -> None:
        """Nothing to print: the address was announced."""

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        app.router.add_get("/icon.svg", self._icon)
        app.on_response_prepare.append(self._harden)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        request[_NONCE] = secrets.token_urlsafe(16)
        if problem := refusal(request.headers.get("Host", ""), request.headers.get("Origin"), self.port):
            raise web.HTTPForbidden(text=problem)
        if self._is_token(request.query.get("token", "")):
            redirect = web.HTTPFound("/")
            redirect.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
            raise redirect
        if not self._is_token(request.cookies.get(COOKIE, "")):
            raise web.HTTPForbidden(text="open the address that `blufio-tui serve` printed, with its token")
        return await handler(request)

    async def handle_index(self, request: web.Request) -> web.Response:
        """Our own page instead of textual-serve's, which fetches a font from elsewhere."""
        size = request.query.get("fontsize", "")
        font_size = int(size) if size.isascii() and size.isdigit() and len(size) < 3 else _FONT_SIZE
        text = page(f"ws://{request.host}/ws", font_size, request[_NONCE], self._colors())
        return web.Response(text=text, content_type="text/html")

    async def _icon(self, _request: web.Request) -> web.Response:
        return web.Response(text=ICON, content_type="image/svg+xml")

    async def _harden(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers(request.get(_NONCE, ""), self.port))

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())


def refusal(host: str, origin: str | None, port: int) -> str:
    """Why a request may not be answered, "" if it may: its Host and Origin must name this server."""
    ours = {f"{HOST}:{port}", f"localhost:{port}"}
    if host not in ours:
        return "this server answers only to its own address"
    if origin is not None and origin not in {f"http://{one}" for one in ours}:
        return "this server answers only to its own page"
    return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error.strerror}; name another with --port") from None
