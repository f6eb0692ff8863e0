"""A model behind a proxy of the environment: what fails at the proxy is reported as the proxy's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from blufio_tui.adapters.model.claude import ClaudeProvider
from blufio_tui.adapters.model.models import try_connection
from tests.fakes.messages_api import KEY, MessagesApi, Reply, text

ELSEWHERE = "http://model.example"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _no_wait(_seconds: float) -> None:
    return


async def asked(url: str = ELSEWHERE) -> str:
    """What a person is told of one short request."""
    provider = ClaudeProvider(api_key=KEY, base_url=url, sleep=_no_wait)
    try:
        return (await try_connection(provider, "m")).message
    finally:
        await provider.close()


@asynccontextmanager
async def proxy(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def socks(target: str, seen: list[bytes]) -> Handler:
    """A SOCKS5 server that leads everything to `target` and notes the names it was asked for (RFC 1928)."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _version, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        head = await reader.readexactly(5)
        seen.append(await reader.readexactly(head[4]))
        await reader.readexactly(2)
        parts = urlsplit(target)
        there_reader, there_writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))

    return handle


def answering(head: str) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    return handle


def _unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_socks_proxy_is_used_and_resolves_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    async with MessagesApi(Reply(text("ok"))) as api, proxy(socks(api.url, seen)) as address:
        monkeypatch.setenv("ALL_PROXY", f"socks5h://{address}")
        assert "answers at http://model.example" in await asked()
    assert seen == [b"model.example"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("url", ["http://model.example", "https://model.example"])
async def test_a_dead_proxy_is_not_a_dead_server(monkeypatch: pytest.MonkeyPatch, scheme: str, url: str) -> None:
    address = f"127.0.0.1:{_unused_port()}"
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:pw@{address}")
    said = await asked(url)
    assert said.startswith(f"The proxy {scheme}://{address} cannot be reached (connection refused). Start it.")
    assert "pw" not in said


@pytest.mark.parametrize(
    ("url", "answer", "told"),
    [
        ("https://model.example", "407 Proxy Authentication Required", "wants a user name and a password (407)"),
        ("http://model.example", "407 Proxy Authentication Required", "wants a user name and a password (407)"),
        ("https://model.example", "403 Forbidden", "did not connect to https://model.example: 403 Forbidden."),
    ],
)
async def test_a_proxy_that_refuses_says_why(monkeypatch: pytest.MonkeyPatch, url: str, answer: str, told: str) -> None:
    async with proxy(answering(answer)) as address:
        monkeypatch.setenv("ALL_PROXY", f"http://{address}")
        said = await asked(url)
    assert said.startswith(f"The proxy http://{address} ")
    assert told in said


async def test_a_proxy_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "ftp://127.0.0.1:1")
    assert await asked() == (
        "ALL_PROXY names a kind of proxy that cannot be used: ftp://127.0.0.1:1; use http://, https:// or socks5://."
    )


async def test_a_server_on_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{_unused_port()}")
    async with MessagesApi(Reply(text("ok"))) as api:
        assert "answers at" in await asked(api.url)
