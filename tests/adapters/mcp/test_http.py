"""The HTTP side of a remote server: where requests may go, and what may come back."""

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from blufio_tui.adapters.mcp.http import HttpTransport, Requests
from blufio_tui.adapters.mcp.transport import LoginNeeded, RightsNeeded, ServerFailed
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.mcp.messages import request
from tests.fakes.resolver import FakeResolver


class Handler(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, dict[str, str], bytes]] = (200, {}, b"")
    seen: ClassVar[list[dict[str, str]]] = []

    rest: ClassVar[list[bytes]] = []
    """What each GET brings, once."""

    def do_GET(self) -> None:
        Handler.seen.append(dict(self.headers))
        self.send_response(200 if Handler.rest else 405)
        self.send_header("Content-Type", "text/event-stream")
        body = Handler.rest.pop(0) if Handler.rest else b""
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Handler.seen.append(dict(self.headers))
        status, headers, body = Handler.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Silent."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.seen.clear()
    Handler.rest.clear()
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


async def _send(transport: HttpTransport) -> list[bytes]:
    got: list[bytes] = []

    async def receive(data: bytes) -> None:
        got.append(data)

    await transport.open(receive, lambda _why: None)
    await transport.send(request(1, "initialize", {}))
    return got


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (500, {}, b"<h1>\x1b[2Jboom</h1>", "status 500: <h1>\\\\e\\[2Jboom"),
        (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="files:write"'}, b"", "have: files:write"),
        (403, {"WWW-Authenticate": "Bearer error=insufficient_scope"}, b"", "rights that your login does not have; "),
        (403, {"WWW-Authenticate": "Bearer"}, b"no", "status 403: no"),
        (302, {"Location": "https://evil.example/\u00ff"}, b"", "it redirects to"),
        (200, {"Content-Type": "text/html"}, b"hello", "text/html, not with JSON"),
        (200, {}, b"hello", "no content type"),
        (200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"x", "compressed"),
        (200, {"Content-Type": "application/json", "Mcp-Session-Id": "a\u00e9"}, b"{}", "session id"),
        (200, {"Content-Type": "application/json"}, b"x" * (9 * 1024 * 1024), "more than 8 MiB"),
        (200, {"Content-Type": "text/event-stream"}, b"data: " + b"x" * (9 * 1024 * 1024), "more than 8 MiB"),
    ],
)
async def test_what_is_no_answer_is_a_sentence(
    port: int, status: int, headers: dict[str, str], body: bytes, said: str
) -> None:
    Handler.answer = (status, headers, body)
    network = Network([f"127.0.0.1:{port}"])
    with pytest.raises(ServerFailed, match=said):
        await _send(HttpTransport(Requests(network), f"http://127.0.0.1:{port}/"))
    await network.close()


async def test_a_login_that_is_wanted_is_told_with_its_challenge(port: int) -> None:
    Handler.answer = (401, {"WWW-Authenticate": "Bearer x"}, b"")
    with pytest.raises(LoginNeeded) as caught:
        await _send(HttpTransport(Requests(Network([f"127.0.0.1:{port}"])), f"http://127.0.0.1:{port}/"))
    assert caught.value.challenge == "Bearer x"


class RenewedWithoutRights:
    """A token that no longer holds, and after it one that holds for less."""

    def __init__(self) -> None:
        self.wanted = ""

    async def header(self, _url: str) -> str:
        return "Bearer x"

    async def renew(self) -> bool:
        Handler.answer = (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="files:write"'}, b"")
        return True

    async def want(self, scopes: str) -> None:
        self.wanted = scopes


async def test_rights_that_a_renewed_token_lacks_are_noted_too(port: int) -> None:
    Handler.answer = (401, {"WWW-Authenticate": "Bearer"}, b"")
    network, tokens = Network([f"127.0.0.1:{port}"]), RenewedWithoutRights()
    with pytest.raises(RightsNeeded):
        await _send(HttpTransport(Requests(network), f"http://127.0.0.1:{port}/", (), tokens))
    assert tokens.wanted == "files:write"
    await network.close()


async def test_an_answer_of_json_or_events_is_received(port: int) -> None:
    requests = Requests(Network([f"127.0.0.1:{port}"]))
    for kind, body in (("application/json; charset=utf-8", b'{"a":1}'), ("text/event-stream", b'data: {"a":1}\n\n')):
        Handler.answer = (200, {"Content-Type": kind}, body)
        assert await _send(HttpTransport(requests, f"http://127.0.0.1:{port}/")) == [b'{"a":1}']


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "ftp://x/",
        "http://u:p@x/",
        "http://x:22/",
    ],
)
async def test_where_nobody_may_send_anything_no_server_is(url: str) -> None:
    with pytest.raises(ServerFailed):
        HttpTransport(Requests(Network()), url)


async def test_a_name_that_leads_elsewhere_at_the_second_look_is_refused(port: int) -> None:
    """DNS rebinding: the name is looked up, and every address checked, for each request."""
    Handler.answer = (200, {"Content-Type": "application/json"}, b"{}")
    resolver = FakeResolver({"far.example": [["127.0.0.1"], ["169.254.169.254"], ["10.0.0.1"]]})
    network = Network([f"far.example:{port}"], resolver=resolver)
    transport = HttpTransport(Requests(network), f"http://far.example:{port}/")
    await _send(transport)
    with pytest.raises(ServerFailed, match="169.254.169.254|metadata"):
        await transport.send(request(2, "ping", {}))
    other = Network([], resolver=FakeResolver({"far.example": [["93.184.216.34", "10.0.0.1"]]}))
    with pytest.raises(ServerFailed, match=r"10\.0\.0\.1"):
        await _send(HttpTransport(Requests(other), "http://far.example/"))
    assert len(Handler.seen) == 1


@pytest.mark.parametrize("header", [("Host", "other"), ("X\r\nY", "z"), ("X", "y\r\nEvil: 1")])
async def test_headers_cannot_smuggle_others(port: int, header: tuple[str, str]) -> None:
    transport = HttpTransport(Requests(Network([f"127.0.0.1:{port}"])), f"http://127.0.0.1:{port}/", (header,))
    with pytest.raises(ServerFailed):
        await _send(transport)
    assert Handler.seen == []


async def test_a_connection_that_nobody_takes_is_a_sentence() -> None:
    listening = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = HttpTransport(Requests(Network([f"127.0.0.1:{port}"])), f"http://127.0.0.1:{port}/")
    with pytest.raises(ServerFailed, match="broke"):
        await _send(transport)
    listening.close()
    await listening.wait_closed()
    with pytest.raises(ServerFailed, match="no connection"):
        await _send(transport)


async def test_a_reply_that_breaks_off_is_gone_on_with_where_the_server_marked_it(port: int) -> None:
    Handler.answer = (200, {"Content-Type": "text/event-stream"}, b"id: 1\nretry: 100\ndata:\n\nid: half")
    Handler.rest += [b'id: 2\ndata: {"a":1}\n\n', b'id: 3\ndata: {"a":2}\n\n']
    network = Network([f"127.0.0.1:{port}"])
    got = await _send(HttpTransport(Requests(network), f"http://127.0.0.1:{port}/"))
    assert got == [b'{"a":1}', b'{"a":2}']
    assert [headers.get("Last-Event-ID") for headers in Handler.seen] == [None, "1", "2", "3"]
    await network.close()


async def test_a_reply_without_a_mark_is_not_asked_for_again(port: int) -> None:
    Handler.answer = (200, {"Content-Type": "text/event-stream"}, b"data:\n\n")
    network = Network([f"127.0.0.1:{port}"])
    assert await _send(HttpTransport(Requests(network), f"http://127.0.0.1:{port}/")) == []
    assert len(Handler.seen) == 1
    await network.close()
