"""HTTP: pinned to checked addresses, redirects decided anew, bounded in time and size, secrets kept in."""

import asyncio
import base64
import gzip
import json
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpcore2 import AsyncNetworkStream

from blufio_tui.adapters.net.connections import Timeouts
from blufio_tui.adapters.net.http_body import read_body
from blufio_tui.adapters.net.http_pool import SmallReads
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.manifest.manifest import Capabilities, Manifest
from tests.fakes.certificates import tls_pair
from tests.fakes.resolver import FakeResolver
from tests.fakes.web_server import Received, WebServer, response

PATIENT = Timeouts(connect=20, read=20, total=30)
TOOL = Actor(ActorKind.TOOL, "http")


def skill(**secrets: tuple[str, ...]) -> Actor:
    manifest = Manifest("s", "1.0.0", "d", capabilities=Capabilities(secrets=secrets))
    return Actor(ActorKind.SKILL, "s", manifest=manifest)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


class Client:
    """A `Network` for one server under the name shop.test, and one decision-free way through it."""

    def __init__(self, server: WebServer, *allow: str, **options: object) -> None:
        self.resolver = FakeResolver({"shop.test": [["127.0.0.1"]]})
        allowed = [f"shop.test:{server.port}", server.address, *allow]
        options.setdefault("resolver", self.resolver)
        options.setdefault("timeouts", PATIENT)
        self.network = Network(allowed, **options)  # type: ignore[arg-type]
        self.base = f"http://shop.test:{server.port}"

    async def step(self, effect: Fetch, actor: Actor = TOOL) -> EffectResult | Fetch:
        prepared = self.network.prepare(effect, actor)
        await prepared.preflight()
        return await prepared.execute()

    async def get(self, path: str, actor: Actor = TOOL, **more: object) -> EffectResult:
        effect: Fetch | EffectResult = Fetch("GET", self.base + path, **more)  # type: ignore[arg-type]
        while isinstance(effect, Fetch):
            effect = await self.step(effect, actor)
        return effect


@pytest.fixture
async def client(server: WebServer) -> AsyncIterator[Client]:
    one = Client(server)
    yield one
    await one.network.close()


# ── an ordinary request ────────────────────────────────────────────────────────────────────────────


async def test_a_request_arrives_as_it_was_decided(server: WebServer, client: Client) -> None:
    server.answers["/a%2Fb/../c"] = response(201, b"made", ("X-Y", "z"))
    effect = Fetch("post", f"{client.base}/a%2Fb/../c?q=%20#f", (("X-Mine", "1"), ("Content-Length", "99")), b"{}")
    prepared = client.network.prepare(effect, TOOL)
    assert prepared.target.url == f"{client.base}/a%2Fb/../c?q=%20"
    assert (prepared.target.method, prepared.target.body_bytes) == ("POST", 2)
    await prepared.preflight()
    result = await prepared.execute()
    assert isinstance(result, EffectResult)
    assert (result.value, result.data, result.url) == (201, b"made", prepared.target.url)
    assert ("x-y", "z") in result.headers
    (got,) = server.requests
    assert (got.method, got.target, got.body) == ("POST", "/a%2Fb/../c?q=%20", b"{}")
    assert got.headers["host"] == f"shop.test:{server.port}"
    assert got.headers["x-mine"] == "1" and got.headers["content-length"] == "2"
    assert got.headers["user-agent"].startswith("blufio-tui/")


async def test_a_connection_is_used_again_for_the_same_name(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(200, b"x")
    for _ in range(3):
        await client.get("/")
    assert server.connections == 1
    assert client.resolver.asked == ["shop.test"] * 3


async def test_a_connection_with_bytes_left_over_answers_nothing_else(server: WebServer, client: Client) -> None:
    server.answers["/first"] = response(200, b"one") + response(200, b"smuggled")
    server.answers["/second"] = response(200, b"two")
    answers = [await client.get("/first"), await client.get("/second")]
    assert [answer.data for answer in answers] == [b"one", b"two"]
    assert server.connections == 2


async def test_a_connection_is_not_shared_between_names_at_one_address(server: WebServer) -> None:
    client = Client(server, f"other.test:{server.port}")
    client.resolver._answers["other.test"] = [["127.0.0.1"]]
    await client.get("/")
    await client.step(Fetch("GET", f"http://other.test:{server.port}/"))
    assert server.connections == 2
    await client.network.close()


async def test_cookies_are_returned_but_never_kept(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(200, b"", ("Set-Cookie", "a=b"))
    result = await client.get("/")
    await client.get("/")
    assert ("set-cookie", "a=b") in result.headers
    assert "cookie" not in server.requests[1].headers


async def test_head_has_no_body(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(200, b"", ("Content-Length", "1000"))
    result = await client.step(Fetch("HEAD", client.base + "/"))
    assert isinstance(result, EffectResult) and result.data == b""


async def test_the_environments_proxy_is_not_used(
    server: WebServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/"] = response(200, b"direct")
    assert (await client.get("/")).data == b"direct"


# ── names and addresses ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["93.184.216.34", "192.168.0.1"],
        ["93.184.216.34", "::1"],
        ["169.254.169.254"],
        ["::ffff:93.184.216.34"],
        ["fe80::1%eth0"],
        ["fd00:ec2::254"],
        ["2002:7f00:1::"],
        ["64:ff9b::a00:1"],
        ["0.0.0.0"],
        ["not an address"],
        ["2130706433"],
    ],
)
async def test_a_name_with_any_closed_address_is_refused_whole(addresses: list[str]) -> None:
    network = Network(resolver=FakeResolver({"evil.test": [addresses]}))
    prepared = network.prepare(Fetch("GET", "https://evil.test/"), TOOL)
    with pytest.raises(NeverRule, match=r"evil\.test"):
        await prepared.preflight()
    with pytest.raises(NeverRule):
        await prepared.execute()


async def test_metadata_stays_closed_under_a_listed_name() -> None:
    network = Network(["meta.test:80"], resolver=FakeResolver({"meta.test": [["169.254.169.254"]]}))
    with pytest.raises(NeverRule, match="metadata"):
        await network.prepare(Fetch("GET", "http://meta.test/"), TOOL).preflight()


async def test_a_rebinding_name_is_connected_to_where_it_was_checked(server: WebServer) -> None:
    """Nothing listens at the first answer. The second one would be the server; it is never asked for."""
    resolver = FakeResolver({"shop.test": [["127.0.0.2"], ["127.0.0.1"]]})
    client = Client(server, resolver=resolver)
    prepared = client.network.prepare(Fetch("GET", client.base + "/"), TOOL)
    await prepared.preflight()
    with pytest.raises(HostError):
        await prepared.execute()
    assert resolver.asked == ["shop.test"]
    assert server.connections == 0
    await client.network.close()


async def test_a_rebinding_name_is_refused_at_its_second_request(server: WebServer) -> None:
    network = Network(resolver=FakeResolver({"rebind.test": [["192.0.1.1"], ["127.0.0.1"]]}))
    await network.prepare(Fetch("GET", f"http://rebind.test:{server.port}/"), TOOL).preflight()
    with pytest.raises(NeverRule, match="loopback"):
        await network.prepare(Fetch("GET", f"http://rebind.test:{server.port}/"), TOOL).preflight()


async def test_preparing_looks_nothing_up() -> None:
    resolver = FakeResolver()
    Network(resolver=resolver).prepare(Fetch("GET", "https://secret-data.evil.test/"), TOOL)
    assert resolver.asked == []


async def test_the_next_checked_address_is_tried_when_one_is_dead(server: WebServer) -> None:
    resolver = FakeResolver({"shop.test": [["127.0.0.2", "127.0.0.1"]]})
    server.answers["/"] = response(200, b"alive")
    client = Client(server, resolver=resolver)
    assert (await client.get("/")).data == b"alive"
    await client.network.close()


async def test_failures_name_the_host_and_the_cause(server: WebServer, client: Client) -> None:
    with pytest.raises(HostError, match="cannot be resolved"):
        await client.step(Fetch("GET", "http://unknown.test/"))
    server._server.close()
    await server._server.wait_closed()
    with socket.socket() as holder:  # so that no other test's server gets the port
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", server.port))
        with pytest.raises(HostError, match=rf"no connection to shop\.test:{server.port}"):
            await client.get("/")


# ── TLS ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_certificate_is_checked_against_the_name_and_sni_is_sent(tmp_path: Path) -> None:
    server_context, client_context = tls_pair(tmp_path, "shop.test")
    seen: list[str | None] = []
    server_context.sni_callback = lambda _socket, name, _context: seen.append(name)
    async with WebServer({"/": response(200, b"tls")}, server_context) as server:
        client = Client(server, f"other.test:{server.port}", ssl_context=client_context)
        client.resolver._answers["other.test"] = [["127.0.0.1"]]
        result = await client.step(Fetch("GET", f"https://shop.test:{server.port}/"))
        assert isinstance(result, EffectResult) and result.data == b"tls"
        assert seen == ["shop.test"]
        assert server.requests[0].headers["host"] == f"shop.test:{server.port}"
        for host in ("other.test", "127.0.0.1"):
            with pytest.raises(HostError, match="certificate"):
                await client.step(Fetch("GET", f"https://{host}:{server.port}/"))
        await client.network.close()


async def test_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    server_context, _ = tls_pair(tmp_path, "shop.test")
    async with WebServer({"/": response(200, b"tls")}, server_context) as server:
        client = Client(server)
        with pytest.raises(HostError, match="certificate"):
            await client.step(Fetch("GET", f"https://shop.test:{server.port}/"))
        assert server.requests == []


# ── redirects ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:1/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/",
     "http://localhost/", "http://2130706433/", "//127.1/", "ftp://shop.test/", "file:///etc/passwd",
     "http://user@shop.test/", "http://metadata.google.internal/"],
)  # fmt: skip
async def test_a_redirect_to_a_closed_place_is_refused(server: WebServer, client: Client, location: str) -> None:
    server.answers["/"] = response(302, b"", ("Location", location))
    with pytest.raises(NeverRule):
        await client.get("/")
    assert len(server.requests) == 1


async def test_a_redirect_to_a_name_that_leads_inside_is_refused(server: WebServer, client: Client) -> None:
    client.resolver._answers["inner.test"] = [["127.0.0.1"]]
    server.answers["/"] = response(302, b"", ("Location", f"http://inner.test:{server.port}/"))
    with pytest.raises(NeverRule, match="inner.test"):
        await client.get("/")
    assert len(server.requests) == 1


async def test_a_redirect_comes_back_to_be_decided(server: WebServer, client: Client) -> None:
    server.answers["/a"] = response(302, b"", ("Location", "/b?x=1"))
    effect = await client.step(Fetch("GET", client.base + "/a"))
    assert effect == Fetch("GET", client.base + "/b?x=1", hop=1)


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "PUT", "GET", b""),
        (303, "HEAD", "HEAD", b"x"),
        (301, "PUT", "PUT", b"x"),
        (307, "POST", "POST", b"x"),
        (308, "DELETE", "DELETE", b"x"),
    ],
)
async def test_redirects_change_the_method_as_browsers_do(
    server: WebServer, client: Client, status: int, method: str, then: str, body: bytes
) -> None:
    server.answers["/"] = response(status, b"", ("Location", "/next"))
    headers = (("Content-Type", "text/plain"), ("X-Kept", "1"))
    effect = await client.step(Fetch(method, client.base + "/", headers, b"x"))
    assert isinstance(effect, Fetch)
    assert (effect.method, effect.body) == (then, body)
    assert effect.headers == (headers if body else (("X-Kept", "1"),))


async def test_credentials_stay_with_their_host(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(307, b"", ("Location", "http://other.test/"))
    server.answers["/same"] = response(307, b"", ("Location", "/x"))
    headers = tuple((name, "v") for name in ("Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "Accept"))
    across = await client.step(Fetch("GET", client.base + "/", headers))
    within = await client.step(Fetch("GET", client.base + "/same", headers))
    assert isinstance(across, Fetch) and isinstance(within, Fetch)
    assert across.headers == (("Accept", "v"),)
    assert within.headers == headers


async def test_another_port_is_another_host_for_credentials(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(307, b"", ("Location", "http://shop.test:4000/"))
    effect = await client.step(Fetch("GET", client.base + "/", (("Authorization", "v"),)))
    assert isinstance(effect, Fetch) and effect.headers == ()


async def test_redirects_end(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(302, b"", ("Location", "/"))
    with pytest.raises(HostError, match="more than 10 redirects"):
        await client.get("/")
    assert len(server.requests) == 11


async def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    server_context, client_context = tls_pair(tmp_path, "shop.test")
    answers = {"/": response(302, b"", ("Location", "http://shop.test/"))}
    async with WebServer(answers, server_context) as server:  # type: ignore[arg-type]
        client = Client(server, ssl_context=client_context)
        with pytest.raises(NeverRule, match="https to http"):
            await client.step(Fetch("GET", f"https://shop.test:{server.port}/"))
        await client.network.close()


# ── size and time ──────────────────────────────────────────────────────────────────────────────────


async def test_a_body_over_the_cap_is_an_error_with_and_without_length(server: WebServer, client: Client) -> None:
    chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n"
    server.answers["/length"] = response(200, b"x" * 101)
    server.answers["/chunked"] = chunked + b"1\r\nx\r\n0\r\n\r\n"
    server.answers["/fits"] = chunked + b"0\r\n\r\n"
    for path in ("/length", "/chunked"):
        with pytest.raises(HostError, match="100"):
            await client.get(path, max_bytes=100)
    assert len((await client.get("/fits", max_bytes=100)).data) == 100


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip"])
async def test_encoded_bodies_are_decoded_and_counted_decoded(server: WebServer, client: Client, encoding: str) -> None:
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    bomb = pack(bytes(50_000_000))
    server.answers["/bomb"] = response(200, bomb, ("Content-Encoding", encoding))
    server.answers["/good"] = response(200, pack(b"hello" * 1000), ("Content-Encoding", encoding))
    server.answers["/cut"] = response(200, pack(b"hello" * 1000)[:-6], ("Content-Encoding", encoding))
    server.answers["/lie"] = response(200, b"this is not packed", ("Content-Encoding", encoding))
    with pytest.raises(HostError, match="larger than the limit of 100000 bytes"):
        await client.get("/bomb", max_bytes=100_000)
    assert (await client.get("/good")).data == b"hello" * 1000
    with pytest.raises(HostError, match="cut off"):
        await client.get("/cut")
    with pytest.raises(HostError, match="not valid"):
        await client.get("/lie")


async def test_a_raw_deflate_body_is_decoded(server: WebServer, client: Client) -> None:
    server.answers["/"] = response(200, zlib.compress(b"hello")[2:-4], ("Content-Encoding", "deflate"))
    assert (await client.get("/")).data == b"hello"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,deflate", "compress", "x"])
async def test_encodings_that_were_not_offered_are_refused(server: WebServer, client: Client, encoding: str) -> None:
    server.answers["/"] = response(200, b"xxxx", ("Content-Encoding", encoding))
    with pytest.raises(HostError, match="not requested"):
        await client.get("/")


async def test_a_trickle_ends_at_the_total_timeout(server: WebServer) -> None:
    async def trickle(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    server.answers["/"] = trickle
    client = Client(server, timeouts=Timeouts(connect=20, read=20, total=0.5))
    with pytest.raises(HostError, match=r"longer than 0\.5 s in all"):
        await client.get("/")
    await client.network.close()


async def test_silence_ends_at_the_read_timeout(server: WebServer) -> None:
    async def silent(request: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    server.answers["/"] = silent
    client = Client(server, timeouts=Timeouts(connect=20, read=0.3, total=30))
    with pytest.raises(HostError, match="stopped answering"):
        await client.get("/")
    await client.network.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 X\r\nX-Big: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 X\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 X\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
)
async def test_broken_and_huge_heads_are_errors(server: WebServer, client: Client, answer: bytes) -> None:
    server.answers["/"] = answer
    with pytest.raises(HostError):
        await client.get("/")


async def test_a_flood_of_tiny_chunks_lets_others_run() -> None:
    others_ran = asyncio.Event()

    async def flood() -> AsyncIterator[bytes]:
        while not others_ran.is_set():
            yield b""

    asyncio.get_running_loop().call_soon(others_ran.set)
    assert await read_body(flood(), "", 1) == b""


async def test_a_connection_is_read_in_small_pieces_also_inside_tls() -> None:
    class Flood(AsyncNetworkStream):
        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return b"x" * max_bytes

        async def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> AsyncNetworkStream:
            return self

    plain = SmallReads(Flood())
    inside = await plain.start_tls(ssl.create_default_context())
    assert [len(await stream.read(65_536)) for stream in (plain, inside)] == [8192, 8192]


async def test_a_body_that_is_cut_off_is_an_error(server: WebServer, client: Client) -> None:
    async def cut(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    server.answers["/"] = cut
    with pytest.raises(HostError):
        await client.get("/")


async def test_cancelling_closes_the_connection(server: WebServer, client: Client) -> None:
    started, gone = asyncio.Event(), asyncio.Event()

    async def wait(request: Received, writer: asyncio.StreamWriter) -> None:
        started.set()
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    server.answers["/"] = wait
    task = asyncio.create_task(client.get("/"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(gone.wait(), 30)


# ── request headers ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.test"),
        ("X", "a\r\nInjected: 1"),
        ("X", "a\nb"),
        ("X", "a\0b"),
        ("X", "☃"),
        ("X Y", "1"),
        ("X:", "1"),
        ("", "1"),
        ("X\r\nY", "1"),
        ("Ⅹ", "1"),
        ("X", "x" * 20_000),
    ],
)
def test_headers_that_would_lie_or_split_are_refused(name: str, value: str) -> None:
    with pytest.raises(NeverRule):
        Network().prepare(Fetch("GET", "https://example.com/", ((name, value),)), TOOL)


async def test_headers_that_the_host_sets_are_left_out(server: WebServer, client: Client) -> None:
    given = ("Transfer-Encoding", "Connection", "Proxy-Authorization", "TE", "Upgrade", "Expect", "Accept-Encoding")
    host = ("Host", f"SHOP.test:{server.port}")
    await client.get("/", headers=(*((name, "x") for name in given), host))
    got = server.requests[0].headers
    assert not {name.lower() for name in given[:-1]} & set(got)
    assert got["accept-encoding"] == "gzip, deflate"
    assert got["host"] == f"shop.test:{server.port}"


def test_the_description_shows_the_request_whole_and_no_secret() -> None:
    effect = Fetch("POST", "https://api.test/x", (("Authorization", "Bearer {{secret:T}}"), ("A", "b")), b'{"x": 1}')
    network = Network(secrets={"T": "the-real-value"})
    text = network.prepare(effect, skill(T=("api.test",))).describe()
    assert text == 'POST https://api.test/x\nAuthorization: Bearer {{secret:T}}\nA: b\n\n{"x": 1}'
    assert "not text" in network.prepare(Fetch("POST", "https://api.test/", (), b"\xff"), TOOL).describe()


# ── secrets ────────────────────────────────────────────────────────────────────────────────────────

TOKEN = 'tok/en+"with" every=thing'
WITH_SECRET = (("Authorization", "Bearer {{secret:T}}"),)


async def test_a_secret_is_filled_in_for_its_host_and_its_echo_is_masked(server: WebServer) -> None:
    async def echo(request: Received, writer: asyncio.StreamWriter) -> None:
        value = request.headers["authorization"]
        body = json.dumps({"got": value, "b64": base64.b64encode(value.encode()).decode()}).encode()
        writer.write(response(200, body, ("X-Echo", value)))

    server.answers["/"] = echo
    learned: dict[str, str] = {}
    client = Client(server, secrets={"T": TOKEN}, learn=learned.__setitem__)
    result = await client.get("/", skill(T=("shop.test",)), headers=WITH_SECRET)
    assert learned == {"T": TOKEN}
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(result.data)["got"] == "Bearer [secret T]"
    assert "[secret T]" in json.loads(result.data)["b64"]
    assert ("x-echo", "Bearer [secret T]") in result.headers
    await client.network.close()


async def test_an_echo_in_a_packed_body_is_masked(server: WebServer) -> None:
    async def echo(request: Received, writer: asyncio.StreamWriter) -> None:
        packed = gzip.compress(request.headers["authorization"].encode())
        writer.write(response(200, packed, ("Content-Encoding", "gzip")))

    server.answers["/"] = echo
    client = Client(server, secrets={"T": TOKEN})
    assert (await client.get("/", skill(T=("shop.test",)), headers=WITH_SECRET)).data == b"Bearer [secret T]"
    await client.network.close()


@pytest.mark.parametrize(
    ("actor", "url", "why"),
    [
        (skill(T=("api.test",)), "https://evil.test/", "bound to api.test, not to evil.test"),
        (skill(T=("api.test",)), "https://sub.api.test/", "not to sub.api.test"),
        (skill(T=("*.api.test",)), "https://sub.api.test/", "not to sub.api.test"),
        (skill(T=("api.test",)), "http://api.test/", "https only"),
        (skill(U=("api.test",)), "https://api.test/", "not declared"),
        (skill(), "https://api.test/", "not declared"),
        (TOOL, "https://api.test/", "not declared"),
        (Actor(ActorKind.SKILL, "s", declared=skill(T=("api.test",)).manifest), "https://api.test/", "not declared"),
    ],
)
def test_a_secret_is_refused_where_it_is_not_bound(actor: Actor, url: str, why: str) -> None:
    network = Network(secrets={"T": TOKEN})
    effect = Fetch("GET", url, WITH_SECRET, secrets={"T": ("evil.test", "api.test", "sub.api.test")})
    with pytest.raises(NeverRule, match=why):
        network.prepare(effect, actor)


def test_the_programs_own_key_cannot_be_declared() -> None:
    effect = Fetch("GET", "https://api.test/", (("X", "{{secret:ANTHROPIC_API_KEY}}"),))
    with pytest.raises(NeverRule, match="own credential"):
        Network().prepare(effect, skill(ANTHROPIC_API_KEY=("api.test",)))


async def test_a_secret_never_crosses_a_redirect_not_even_to_the_same_host(server: WebServer) -> None:
    server.answers["/"] = response(307, b"", ("Location", "/next"))
    client = Client(server, secrets={"T": TOKEN})
    effect = await client.step(Fetch("GET", client.base + "/", (*WITH_SECRET, ("A", "b"))), skill(T=("shop.test",)))
    assert isinstance(effect, Fetch)
    assert effect.headers == (("A", "b"),) and effect.secrets == {}
    await client.network.close()


async def test_a_redirect_that_carries_the_secret_is_refused(server: WebServer) -> None:
    async def bounce(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(response(302, b"", ("Location", "http://evil.test/?t=token-value-123")))

    server.answers["/"] = bounce
    client = Client(server, secrets={"T": "token-value-123"})
    with pytest.raises(NeverRule, match="would carry a secret"):
        await client.get("/", skill(T=("shop.test",)), headers=WITH_SECRET)
    await client.network.close()


@pytest.mark.parametrize("value", [None, "abc", "line\r\nbreak", "snow ☃ man"])
async def test_a_secret_that_cannot_be_sent_or_masked_is_an_error(server: WebServer, value: str | None) -> None:
    client = Client(server, secrets={} if value is None else {"T": value})
    with pytest.raises(HostError, match="secret T"):
        await client.get("/", skill(T=("shop.test",)), headers=WITH_SECRET)
    assert server.requests == []


async def test_placeholders_in_url_and_body_are_ordinary_text(server: WebServer) -> None:
    client = Client(server, secrets={"T": TOKEN})
    await client.step(Fetch("POST", client.base + "/?x={{secret:T}}", (), b"{{secret:T}}"), skill(T=("shop.test",)))
    assert server.requests[0].body == b"{{secret:T}}"
    assert server.requests[0].target == "/?x=%7B%7Bsecret:T%7D%7D"
    await client.network.close()


# ── proxy ──────────────────────────────────────────────────────────────────────────────────────────


async def tunnel(received: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    received.append(head.decode())
    if b"CONNECT 127.0.0.1:" not in head:
        writer.write(b"HTTP/1.1 403 no\r\n\r\n")
        writer.close()
        return
    there, back = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 ok\r\n\r\n")

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    await asyncio.gather(pump(reader, back), pump(there, writer))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_configured_proxy_is_asked_for_the_checked_address(tmp_path: Path, scheme: str) -> None:
    server_context, client_context = tls_pair(tmp_path, "shop.test")
    received: list[str] = []
    context = server_context if scheme == "https" else None
    async with WebServer({"/": response(200, b"through")}, context) as server:
        proxy = await asyncio.start_server(lambda r, w: tunnel(received, r, w, server.port), "127.0.0.1", 0)
        address = f"http://me:pw@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        client = Client(server, proxy=address, ssl_context=client_context)
        result = await client.step(Fetch("GET", f"{scheme}://shop.test:{server.port}/"))
        assert isinstance(result, EffectResult) and result.data == b"through"
        assert received[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n")
        assert "Proxy-Authorization: Basic bWU6cHc=" in received[0]
        assert "proxy-authorization" not in server.requests[0].headers
        await client.network.close()
        proxy.close()


async def test_a_dead_proxy_is_named_and_not_the_server(server: WebServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    client = Client(server, proxy=f"http://me:pw@{address}")
    with pytest.raises(HostError, match=f"^the proxy {address} cannot be reached.*; check network.proxy$"):
        await client.get("/")


async def test_a_refusing_proxy_is_an_error(server: WebServer) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 who are you\r\n\r\n")
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    client = Client(server, proxy=f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    with pytest.raises(HostError, match="proxy refused"):
        await client.get("/")
    proxy.close()
