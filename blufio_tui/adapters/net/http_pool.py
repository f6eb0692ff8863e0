"""Connections that are pinned to an address which was checked.

The pool below knows origins by `name|address`, a host that no resolver could answer for: a kept connection is
used again only for the same name at the same checked address, and nothing under here looks up names.
"""

import asyncio
import base64
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from httpcore2 import (
    SOCKET_OPTION,
    URL,
    AnyIOBackend,
    AsyncConnectionPool,
    AsyncHTTP11Connection,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
    NetworkError,
    Request,
    Response,
)
from httpcore2._async import connection

from blufio_tui.adapters.certificates import trusted_certificates
from blufio_tui.core.guards.network import WebUrl
from blufio_tui.core.guards.secrets import Headers

_MAX_PROXY_ANSWER = 16 * 1024
_READ_BYTES = 8 * 1024


class CleanConnection(AsyncHTTP11Connection):
    """Is not used again when the server sent more than its response: the rest would answer the next request."""

    async def _response_closed(self) -> None:
        if self._h11_state.trailing_data[0]:
            await self.aclose()
        else:
            await super()._response_closed()


connection.AsyncHTTP11Connection = CleanConnection  # type: ignore[attr-defined]
"""For the model's client, too. The library lets nobody choose the class of a connection; a test watches over this."""


class SmallReads(AsyncNetworkStream):
    """A connection that is read little by little, so that a server's flood of tiny messages holds nobody up.

    Heads of interim responses and one-byte chunks cost far more time than bytes, and all that one read brings
    is taken apart before anything else gets its turn.
    """

    def __init__(self, stream: AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(min(max_bytes, _READ_BYTES), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        return SmallReads(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class ProxyUnreachable(NetworkError):
    """`network.proxy` does not answer; another address of the server would not help."""


class PinnedBackend(AsyncNetworkBackend):
    """Connects to the address in `name|address`, directly or through a tunnel of the configured proxy.

    The proxy is asked for the address, never for the name: it would resolve that again, perhaps to another place.
    """

    def __init__(self, proxy: str = "") -> None:
        self._direct = AnyIOBackend()
        self._proxy = urlsplit(proxy) if proxy else None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        address = host.rpartition("|")[2]
        if self._proxy is None:
            return SmallReads(await self._direct.connect_tcp(address, port, timeout, local_address, socket_options))
        stream = await self._to_proxy(self._proxy.hostname or "", self._proxy.port or 80, timeout)
        try:
            await self._open_tunnel(stream, f"[{address}]:{port}" if ":" in address else f"{address}:{port}", timeout)
        except BaseException:
            await stream.aclose()
            raise
        return SmallReads(stream)

    async def _to_proxy(self, host: str, port: int, timeout: float | None) -> AsyncNetworkStream:
        try:
            return await self._direct.connect_tcp(host, port, timeout)
        except (ConnectError, ConnectTimeout) as error:
            raise ProxyUnreachable(f"the proxy {host}:{port} cannot be reached: {str(error) or 'no answer'}") from error

    async def _open_tunnel(self, stream: AsyncNetworkStream, authority: str, timeout: float | None) -> None:
        request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{self._credentials()}\r\n"
        await stream.write(request.encode("ascii"), timeout)
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = await stream.read(4096, timeout)
            answer += more
            if not more or len(answer) > _MAX_PROXY_ANSWER:
                raise ConnectError("the proxy did not answer the CONNECT request")
        status = answer.split(b"\r\n", 1)[0]
        if not status.startswith(b"HTTP/1.") or status.split(b" ")[1:2] != [b"200"]:
            raise ConnectError(f"the proxy refused the connection: {status.decode('latin-1')[:200]}")

    def _credentials(self) -> str:
        if self._proxy is None or not self._proxy.username:
            return ""
        pair = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
        return f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"


class PinnedPool:
    """Sends requests to checked addresses; connections are kept for a few seconds."""

    def __init__(self, proxy: str = "", ssl_context: ssl.SSLContext | None = None) -> None:
        self._proxy = proxy
        self._ssl_context = ssl_context or trusted_certificates()
        self._pool: AsyncConnectionPool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(
        self, method: str, url: WebUrl, address: str, headers: Headers, body: bytes, timeouts: dict[str, float]
    ) -> Response:
        """Send one request to `address`; the certificate is verified against the URL's host.

        The caller closes the response.
        """
        request = Request(
            method=method,
            url=URL(scheme=url.scheme, host=f"{url.host}|{address}", port=url.port, target=url.target),
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in headers],
            content=body,
            extensions={"timeout": timeouts, "sni_hostname": url.host},
        )
        return await self._current().handle_async_request(request)

    def _current(self) -> AsyncConnectionPool:
        """The pool of the running loop; connections cannot move to another loop."""
        loop = asyncio.get_running_loop()
        if self._pool is None or self._loop is not loop:
            self._pool = AsyncConnectionPool(
                ssl_context=self._ssl_context,
                max_connections=32,
                max_keepalive_connections=8,
                keepalive_expiry=15.0,
                network_backend=PinnedBackend(self._proxy),
            )
            self._loop = loop
        return self._pool

    async def close(self) -> None:
        if self._pool is not None and self._loop is asyncio.get_running_loop():
            await self._pool.aclose()
        self._pool = None
