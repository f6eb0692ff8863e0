"""One HTTP request to an address that was checked.

`preflight` resolves the name once and checks every address; it runs after the decision, so that a refused
host is not even asked for. `execute` connects to what was checked.
"""

import asyncio
import errno
import hashlib
from typing import TYPE_CHECKING

from blufio_tui import __version__
from blufio_tui.adapters.net.http_body import ACCEPT_ENCODING, encoding_of, read_body
from blufio_tui.core.capability import NetTarget
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.addresses import parse_address
from blufio_tui.core.guards.network import WebUrl, check_address, resolve_location
from blufio_tui.core.guards.requests import REDIRECTS, check_header, redirected
from blufio_tui.core.guards.secrets import FilledHeaders, Headers, fill
from blufio_tui.core.tasks import aside
from blufio_tui.core.text.redaction import mask, mask_bytes

if TYPE_CHECKING:
    from httpcore2 import Response

    from blufio_tui.adapters.net.connections import Connections
    from blufio_tui.adapters.net.http_pool import PinnedPool

MAX_DOWNLOAD = 64 * 1024 * 1024
_MAX_ADDRESSES = 4


class PreparedFetch:
    """One request whose URL is canonical."""

    def __init__(
        self, connections: "Connections", effect: Fetch, method: str, url: WebUrl, headers: Headers, advice: str = ""
    ) -> None:
        self._connections = connections
        self._effect = effect
        self._method = method
        self._url = url
        self._headers = headers
        self._advice = advice
        self._addresses: tuple[str, ...] = ()

    @property
    def target(self) -> NetTarget:
        url = self._url
        return NetTarget(self._method, url.scheme, url.host, url.port, url.text, len(self._effect.body))

    def describe(self) -> str:
        lines = [f"{self._method} {self._url.text}"]
        if self._effect.hop:
            lines.append(f"(redirect {self._effect.hop})")
        lines += [f"{name}: {value}" for name, value in self._headers]
        return "\n".join(lines) + _describe_body(self._effect.body)

    async def preflight(self) -> None:
        """Resolve the name and check every address; what passes is what `execute` connects to."""
        url = self._url
        found = [url.host] if url.address else await self._connections.resolver.resolve(url.host, url.port)
        if not found:
            raise HostError(f"the name {url.host} has no address")
        for text in found:
            address = parse_address(text)
            if address is None:
                raise NeverRule(f"{url.host} resolves to {text!r}, which is not a plain address")
            check_address(address, url, self._connections.allowed)
        self._addresses = tuple(found[:_MAX_ADDRESSES])

    async def execute(self) -> EffectResult | Fetch:
        if not self._addresses:
            await self.preflight()
        total = self._connections.timeouts.total
        try:
            async with asyncio.timeout(total):
                return await self._exchange()
        except TimeoutError as error:
            raise HostError(f"{self._url.authority} took longer than {total:g} s in all") from error

    async def _exchange(self) -> EffectResult | Fetch:
        pool = await asyncio.to_thread(self._connections.pool)
        filled = await self._filled()
        import httpcore2

        try:
            response = await self._send(pool, self._wire_headers(filled.headers))
            try:
                return await self._receive(response, filled)
            finally:
                await response.aclose()
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise _as_host_error(error, self._url, filled) from error

    async def _filled(self) -> FilledHeaders:
        """The headers with secrets in; on a thread, because a keyring may ask its user first."""
        filled = await aside(lambda: fill(self._headers, self._connections.secrets))
        for name, value in filled.headers:
            check_header(name, value)
        if self._connections.learn is not None:
            for name, value in filled.used.items():
                self._connections.learn(name, value)
        return filled

    def _wire_headers(self, headers: Headers) -> Headers:
        given = {name.lower() for name, _ in headers}
        own = [("Host", self._url.authority), ("Accept-Encoding", ACCEPT_ENCODING)]
        own += [("User-Agent", f"blufio-tui/{__version__}")] if "user-agent" not in given else []
        own += [("Accept", "*/*")] if "accept" not in given else []
        if self._effect.body or self._method in ("POST", "PUT", "PATCH"):
            own.append(("Content-Length", str(len(self._effect.body))))
        return (*own, *headers)

    async def _send(self, pool: "PinnedPool", headers: Headers) -> "Response":
        """Try the checked addresses in order; only a failed connection leads to the next one."""
        import httpcore2

        limits = self._connections.timeouts
        waits = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.total}
        *earlier, last = self._addresses
        for address in earlier:
            try:
                return await pool.send(self._method, self._url, address, headers, self._effect.body, waits)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await pool.send(self._method, self._url, last, headers, self._effect.body, waits)

    async def _receive(self, response: "Response", filled: FilledHeaders) -> EffectResult | Fetch:
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
        if response.status == 101:
            raise HostError(f"{self._url.authority} wants to switch to another protocol")
        if response.status in REDIRECTS and (location := _first(headers, "location")):
            return self._redirect(response.status, location, filled)
        body = await self._body(response, headers)
        shown = tuple((name, mask(value, filled.used)) for name, value in headers)
        return EffectResult(response.status, mask_bytes(body, filled.used), shown, mask(self._url.text, filled.used))

    def _redirect(self, status: int, location: str, filled: FilledHeaders) -> Fetch:
        readable = location.encode("latin-1").decode("utf-8", "replace")
        if filled.leaks_into(readable):
            raise NeverRule("the redirect would carry a secret that was filled in")
        return redirected(self._effect, status, self._url, resolve_location(self._url, readable))

    async def _body(self, response: "Response", headers: Headers) -> bytes:
        if self._method == "HEAD" or response.status in (204, 304):
            return b""
        cap = min(self._effect.max_bytes, MAX_DOWNLOAD)
        encoding = encoding_of(_first(headers, "content-encoding"))
        announced = _first(headers, "content-length")
        if not encoding and announced.isascii() and announced.isdigit() and int(announced[:20]) > cap:
            size = f"{announced[:20]} bytes, more than the limit of {cap}{self._advice}"
            raise HostError(f"the response has {size}", errno.EFBIG)
        return await read_body(response.aiter_stream(), encoding, cap, self._advice)


def _first(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers if name == wanted), "")


def _describe_body(body: bytes) -> str:
    if not body:
        return ""
    try:
        return f"\n\n{body.decode('utf-8')}"
    except UnicodeDecodeError:
        return f"\n\n{len(body)} bytes that are not text, SHA-256 {hashlib.sha256(body).hexdigest()}"


def _as_host_error(error: Exception, url: WebUrl, filled: FilledHeaders) -> HostError:
    import httpcore2

    from blufio_tui.adapters.net.http_pool import ProxyUnreachable

    text = mask(str(error), filled.used) or type(error).__name__
    match error:
        case httpcore2.ConnectTimeout():
            return HostError(f"{url.authority} did not accept a connection in time")
        case httpcore2.TimeoutException():
            return HostError(f"{url.authority} stopped answering")
        case httpcore2.ConnectError():
            return HostError(f"no connection to {url.authority} ({text})")
        case httpcore2.ProtocolError():
            return HostError(f"{url.authority} does not answer as a web server should ({text})")
        case ProxyUnreachable():
            return HostError(f"{text}; check network.proxy")
    return HostError(f"the connection to {url.authority} broke ({text})")
