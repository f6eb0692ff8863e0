"""Logging in at a remote server that wants the token, the code or a request to go somewhere else.

A table of what the server, or the authorization server that it names, says in place of the truth. In no case is there a
login, a request to an address that was not allowed, or a token anywhere.
"""

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from blufio_tui.adapters.mcp.http import HttpTransport, Requests
from blufio_tui.adapters.mcp.login import log_in
from blufio_tui.adapters.mcp.tokens import Logins, StoredTokens
from blufio_tui.adapters.mcp.transport import LoginNeeded, RightsNeeded, ServerFailed
from blufio_tui.adapters.net.network import Network
from blufio_tui.core.mcp.messages import request
from blufio_tui.core.text.json_types import JsonObject
from tests.adapters.mcp.test_tokens import FakeKeyring
from tests.fakes import oauth_server

METADATA_HOST = "http://169.254.169.254"


@dataclass
class Place:
    """A server that wants a login, and a listener that must not be connected to."""

    state: oauth_server.State
    canary: int
    came: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.state.origin}/mcp"

    @property
    def elsewhere(self) -> str:
        """The canary, an address that nobody has allowed."""
        return f"http://127.0.0.1:{self.canary}"

    @property
    def network(self) -> Network:
        return Network([f"127.0.0.1:{self.state.port}"])


@pytest.fixture
def place() -> Iterator[Place]:
    server, state = oauth_server.serve()
    with socket.create_server(("127.0.0.1", 0)) as canary:
        found = Place(state, canary.getsockname()[1])

        def watch() -> None:
            with suppress(OSError):
                canary.accept()
                found.came.append("canary")

        threading.Thread(target=watch, daemon=True).start()
        yield found
        with suppress(OSError):
            canary.shutdown(socket.SHUT_RDWR)
    server.shutdown()
    server.server_close()


async def _log_in(place: Place, change: Callable[[str], str] = lambda address: address, scopes: str = "") -> Any:
    """Log in as a person whose browser opens what it is shown, changed by `change`."""

    def browse(address: str) -> None:
        with suppress(urllib.error.URLError):
            urllib.request.urlopen(change(address)).read()

    def show(address: str) -> None:
        place.shown.append(address)
        threading.Thread(target=browse, args=(address,), daemon=True).start()

    async def recorded(address: str) -> None:
        place.asked.append(address)

    network = place.network
    try:
        return await log_in(place.url, Requests(network), show, recorded, scopes)
    finally:
        await network.close()


# ── hostile ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Attack:
    """
    Attributes:
        instead, redirects, challenge: as in `oauth_server.State`; ELSEWHERE is the address that nobody has allowed.
        said: why there is no login.
        change: what the browser makes of the address it is to open.
        opens: whether the person is shown a page at all.
    """

    name: str
    said: str
    instead: dict[str, dict[str, Any]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    challenge: str = ""
    change: Callable[[str], str] = lambda address: address
    opens: bool = False


def _of_server(name: str, said: str, **values: Any) -> Attack:
    return Attack(name, said, {"server": values})


PRIVATE = "network.allow_private"
ATTACKS = (
    # where the descriptions are
    Attack("description on the metadata address", "cloud metadata", challenge=f"{METADATA_HOST}/x"),
    Attack("description on a private address", PRIVATE, challenge="ELSEWHERE/x"),
    Attack("description in a file", "", challenge="file:///etc/passwd"),
    Attack("description without TLS at another host", "without TLS", challenge="http://example.org/x"),
    Attack("description redirects", "", redirects={"/.well-known/oauth-protected": "ELSEWHERE/x"}, opens=True),
    Attack(
        "authorization server on a private address", PRIVATE, {"resource": {"authorization_servers": ["ELSEWHERE"]}}
    ),
    Attack(
        "authorization server on the metadata address",
        "cloud metadata",
        {"resource": {"authorization_servers": [METADATA_HOST]}},
    ),
    Attack(
        "authorization server without TLS",
        "without TLS",
        {"resource": {"authorization_servers": ["http://login.example.org"]}},
    ),
    Attack("its description redirects", "", redirects={"/.well-known/oauth-authorization": "ELSEWHERE/x"}),
    # mix-ups
    Attack("resource of another server", "does not match", {"resource": {"resource": "https://bank.example/mcp"}}),
    _of_server("issuer of another server", "issuer mismatch", issuer="https://bank.example"),
    Attack("answer of another issuer", "iss mismatch", {"back": {"iss": "https://bank.example"}}, opens=True),
    Attack(
        "issuer that is promised and missing",
        "missing iss",
        {"server": {"authorization_response_iss_parameter_supported": True}},
        opens=True,
    ),
    Attack("another state", "State parameter mismatch", {"back": {"state": "other"}}, opens=True),
    Attack("no state", "State parameter mismatch", {"back": {"state": ""}}, opens=True),
    Attack(
        "an error in place of a code", "the login was refused", {"back": {"error": "\x1b[2Jno", "code": ""}}, opens=True
    ),
    # PKCE
    _of_server("PKCE of the weak kind only", "PKCE with S256", code_challenge_methods_supported=["plain"]),
    _of_server("no word of PKCE", "PKCE with S256", code_challenge_methods_supported=None),
    Attack(
        "a challenge that was taken out on the way",
        "nobody logged in within 3 s",
        change=lambda address: address.replace("code_challenge_method=S256", "code_challenge_method=plain"),
        opens=True,
    ),
    # where the person, the code and the token go
    _of_server("login page on the metadata address", "cloud metadata", authorization_endpoint=f"{METADATA_HOST}/a"),
    _of_server("login page without TLS", "without TLS", authorization_endpoint="http://bank.example/a"),
    _of_server("login page that is a script", "", authorization_endpoint="javascript:alert(1)"),
    _of_server("login page that is a file", "", authorization_endpoint="file:///etc/passwd"),
    _of_server("login page with a user name", "", authorization_endpoint="https://bank.example@evil.example/a"),
    _of_server("registration on a private address", PRIVATE, registration_endpoint="ELSEWHERE/r"),
    Attack("registration redirects", "", redirects={"/register": "ELSEWHERE/r"}),
    Attack("client without an id", "", {"client": {"client_id": None}}),
    Attack("client with a method nobody has", "", {"client": {"token_endpoint_auth_method": "tls_client_auth"}}),
    Attack("token endpoint on a private address", PRIVATE, {"server": {"token_endpoint": "ELSEWHERE/t"}}, opens=True),
    Attack(
        "token endpoint on the metadata address",
        "cloud metadata",
        {"server": {"token_endpoint": f"{METADATA_HOST}/t"}},
        opens=True,
    ),
    Attack(
        "token endpoint without TLS", "without TLS", {"server": {"token_endpoint": "http://bank.example/t"}}, opens=True
    ),
    Attack("token endpoint redirects", "", redirects={"/token": "ELSEWHERE/t"}, opens=True),
    Attack("token of another kind", "", {"token": {"token_type": "mac"}}, opens=True),
    Attack("token with a line break", "not plain text", {"token": {"access_token": "a\r\nHost: evil"}}, opens=True),
    Attack("token that hides something", "not plain text", {"token": {"access_token": "a\u200bb"}}, opens=True),
    Attack("token that is no text", "", {"token": {"access_token": ["a"]}}, opens=True),
)


def _filled_in(value: Any, place: Place) -> Any:
    match value:
        case str():
            return value.replace("ELSEWHERE", place.elsewhere)
        case dict():
            return {key: _filled_in(inner, place) for key, inner in value.items()}
        case list():
            return [_filled_in(inner, place) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_no_login_comes_of_it_and_nothing_goes_elsewhere(
    place: Place, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "within 3 s" in attack.said:
        monkeypatch.setattr("blufio_tui.adapters.mcp.login.LOGIN_SECS", 3.0)
    place.state.instead = _filled_in(attack.instead, place)
    place.state.redirects = _filled_in(attack.redirects, place)
    place.state.challenge = _filled_in(attack.challenge, place)
    with pytest.raises(ServerFailed) as failed:
        await _log_in(place, attack.change)
    assert attack.said in str(failed.value)
    assert str(failed.value).isprintable()
    assert place.came == []
    assert {urlsplit(address).netloc for address in place.asked} <= {f"127.0.0.1:{place.state.port}"}
    assert bool(place.shown) is attack.opens
    assert not any(address.startswith(place.elsewhere) for address in place.shown)


async def test_the_code_comes_back_to_this_machine_whatever_the_registration_says(place: Place) -> None:
    place.state.instead = {"client": {"redirect_uris": ["https://evil.example/callback"]}}
    await _log_in(place)
    (shown,) = place.shown
    (back,) = parse_qs(urlsplit(shown).query)["redirect_uri"]
    assert back.startswith("http://127.0.0.1:")
    assert back.endswith("/callback")


async def test_only_the_one_page_is_answered_where_the_browser_comes_back(place: Place) -> None:
    """A page of somebody else that guesses the port gets nothing, and a second answer is not heard."""
    seen: list[int] = []

    def look_around(address: str) -> str:
        back = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        for path in ("/", "/callback", "/callback?x=1", "/other?code=evil"):
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(back.replace("/callback", path))
                seen.append(200)
        return address

    login = await _log_in(place, look_around)
    assert seen == []
    assert login.access_token in place.state.tokens


# ── each step of an honest one ─────────────────────────────────────────────────────────────────────


async def test_each_step_is_made_and_recorded_in_its_order(place: Place) -> None:
    login = await _log_in(place)
    paths = [urlsplit(address).path for address in place.asked]
    assert paths == [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/token",
        "/mcp",
    ]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(place.shown[0]).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["resource"] == place.url
    assert len(asked["state"]) >= 32
    assert len(asked["code_challenge"]) == 43
    assert (login.url, login.token_endpoint) == (place.url, f"{place.state.origin}/token")
    assert login.expires > time.time() + 3000
    assert place.state.refusals == []


async def test_a_server_that_greets_everybody_is_logged_in_at_when_its_tools_are_asked_for(place: Place) -> None:
    place.state.open_methods = ("initialize", "notifications/initialized")
    login = await _log_in(place)
    assert login.access_token in place.state.tokens
    assert [urlsplit(address).path for address in place.asked][:4] == ["/mcp"] * 3 + [
        "/.well-known/oauth-protected-resource/mcp"
    ]


async def test_a_server_that_wants_no_login_says_so(place: Place) -> None:
    place.state.open_methods = ("initialize", "notifications/initialized", "tools/list")
    with pytest.raises(ServerFailed, match="asks for no login"):
        await _log_in(place)


async def _speaks(place: Place, tokens: StoredTokens) -> list[bytes]:
    """What a request with these tokens brings."""
    network, got = place.network, list[bytes]()

    async def receive(data: bytes) -> None:
        got.append(data)

    transport = HttpTransport(Requests(network), place.url, (), tokens)
    await transport.open(receive, lambda _why: None)
    try:
        await transport.send(request(1, "tools/list", {}))
    finally:
        await transport.close()
        await network.close()
    return got


async def test_a_token_is_kept_in_the_keyring_used_renewed_and_no_longer_used_once_it_is_revoked(
    place: Place, tmp_path: Path
) -> None:
    keyring, file = FakeKeyring(), tmp_path / "logins.json"
    logins = Logins(file, lambda: keyring)
    assert logins.put("far", await _log_in(place)) == "keyring"
    assert not file.exists()
    network = place.network

    async def send_form(endpoint: str, form: bytes) -> JsonObject:
        return await Requests(network).post_form(endpoint, form)

    tokens = StoredTokens(logins, "far", send_form)
    assert b"hello" in (await _speaks(place, tokens))[0]
    first = logins.get("far")
    place.state.tokens.clear()
    assert b"hello" in (await _speaks(place, tokens))[0], "the token was renewed"
    second = logins.get("far")
    assert first is not None
    assert second is not None
    assert second.access_token in place.state.tokens
    assert second.refresh_token != first.refresh_token, "a refresh token is used once"
    place.state.tokens.clear()
    place.state.refresh.clear()
    with pytest.raises(LoginNeeded):
        await _speaks(place, tokens)
    assert place.state.refusals == ["refresh_token"]
    await network.close()


async def test_rights_that_a_login_lacks_are_noted_and_the_next_login_asks_for_them_besides_its_own(
    place: Place, tmp_path: Path
) -> None:
    keyring = FakeKeyring()
    logins = Logins(tmp_path / "logins.json", lambda: keyring)
    place.state.needs = {"tools/list": "tools:list"}
    logins.put("far", await _log_in(place, scopes="basic"))

    async def send_form(_endpoint: str, _form: bytes) -> JsonObject:
        raise AssertionError("a token that lacks rights is not renewed")

    tokens = StoredTokens(logins, "far", send_form)
    for _ in range(2):
        with pytest.raises(RightsNeeded, match=r"does not have: tools:list; `blufio-tui mcp login` asks for them"):
            await _speaks(place, tokens)
    stored = logins.get("far")
    assert stored is not None
    assert (stored.scope, stored.wanted) == ("basic", "tools:list")
    logins.put("far", await _log_in(place, scopes=f"{stored.scope} {stored.wanted}"))
    assert b"hello" in (await _speaks(place, tokens))[0], "the same session takes the new login"
    again = logins.get("far")
    assert again is not None
    assert (again.scope, again.wanted) == ("basic tools:list", "")


async def test_a_renewal_that_is_sent_on_elsewhere_brings_no_token(place: Place, tmp_path: Path) -> None:
    logins = Logins(tmp_path / "x", lambda: FakeKeyring(works=False))
    logins.put("far", await _log_in(place))
    network = place.network

    async def send_form(endpoint: str, form: bytes) -> JsonObject:
        return await Requests(network).post_form(endpoint, form)

    place.state.tokens.clear()
    place.state.redirects = {"/token": f"{place.elsewhere}/t"}
    with pytest.raises(LoginNeeded):
        await _speaks(place, StoredTokens(logins, "far", send_form))
    assert place.came == []
    await network.close()
