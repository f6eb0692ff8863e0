"""What a login has brought: kept, renewed, and given to nobody else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.mcp.tokens import Login, Logins, StoredTokens, renewed_login
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.text.json_types import JsonObject

URL = "https://mcp.example/mcp"
LOGIN = Login("access", URL, "refresh", 0.0, "https://auth.example/token", "client", "", "https://mcp.example/")


class FakeKeyring:
    def __init__(self, *, works: bool = True) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.works = works

    def get_password(self, service: str, name: str, /) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str, /) -> None:
        if self.works:
            self.kept[service, name] = value

    def delete_password(self, service: str, name: str, /) -> None:
        del self.kept[service, name]


@pytest.mark.parametrize("works", [True, False])
def test_logins_are_kept_in_the_keyring_else_in_a_private_file(tmp_path: Path, works: bool) -> None:
    file = tmp_path / "keys" / "logins.json"
    keyring = FakeKeyring(works=works)
    logins = Logins(file, lambda: keyring)
    assert logins.get("a") is None
    assert (logins.put("a", LOGIN) == "keyring") is works
    assert logins.get("a") == LOGIN
    assert logins.get("b") is None
    assert file.exists() is not works
    if not works:
        assert file.stat().st_mode & 0o777 == 0o600
    assert logins.drop("a")
    assert (logins.get("a"), logins.drop("a")) == (None, False)


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "logins.json"
    file.write_text("{}")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Logins(file, lambda: FakeKeyring(works=False)).get("a")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, None),
        ({"access_token": "new", "token_type": "mac"}, None),
        ({"access_token": 7, "token_type": "Bearer"}, None),
        ({"access_token": "new", "token_type": "bearer"}, ("new", "refresh", 0.0)),
        ({"access_token": "new", "token_type": "Bearer", "expires_in": 60}, ("new", "refresh", 160.0)),
        ({"access_token": "new\r\nEvil: 1", "token_type": "Bearer"}, None),
        ({"access_token": "n\u202ew", "token_type": "Bearer"}, None),
        ({"access_token": "new", "token_type": "Bearer", "expires_in": 10**400}, ("new", "refresh", 0.0)),
        ({"access_token": "new", "token_type": "Bearer", "expires_in": True}, ("new", "refresh", 0.0)),
        ({"access_token": "new", "token_type": "Bearer", "refresh_token": "next"}, ("new", "next", 0.0)),
    ],
)
def test_an_answer_of_a_token_endpoint_is_read_strictly(answer: Any, expected: Any) -> None:
    found = renewed_login(LOGIN, answer, 100.0)
    assert (found and (found.access_token, found.refresh_token, found.expires)) == expected


async def test_a_token_is_renewed_once_for_all_who_wait_and_learned_before_it_is_sent(tmp_path: Path) -> None:
    keyring, sent, learned = FakeKeyring(), list[tuple[str, bytes]](), dict[str, str]()
    logins = Logins(tmp_path / "x", lambda: keyring)
    logins.put("a", LOGIN)

    async def send(url: str, form: bytes) -> JsonObject:
        sent.append((url, form))
        return {"access_token": f"new-{len(sent)}", "token_type": "Bearer", "refresh_token": "next"}

    tokens = StoredTokens(logins, "a", send, lambda name, value: learned.__setitem__(value, name))
    assert await tokens.header(URL) == "Bearer access"
    assert await tokens.renew()
    assert await tokens.header(URL) == "Bearer new-1"
    assert sent[0][0] == "https://auth.example/token"
    assert b"grant_type=refresh_token&refresh_token=refresh&client_id=client&resource=https" in sent[0][1]
    assert logins.get("a") is not None
    assert {"access", "refresh", "new-1", "next"} == set(learned)


async def test_without_a_login_nothing_is_sent(tmp_path: Path) -> None:
    async def send(_url: str, _form: bytes) -> JsonObject:
        raise AssertionError("nothing to send")

    tokens = StoredTokens(Logins(tmp_path / "x", lambda: FakeKeyring()), "a", send)
    assert (await tokens.header(URL), await tokens.renew()) == ("", False)


async def _never(_url: str, _form: bytes) -> JsonObject:
    raise AssertionError("nothing to send")


@pytest.mark.parametrize(
    "url",
    ["https://other.example/mcp", "https://mcp.example/other", "http://mcp.example/mcp", "https://mcp.example:1/mcp"],
)
async def test_another_address_under_the_same_words_is_sent_no_token(tmp_path: Path, url: str) -> None:
    logins = Logins(tmp_path / "x", lambda: FakeKeyring(works=False))
    logins.put("a", LOGIN)
    tokens = StoredTokens(logins, "a", _never)
    assert (await tokens.header(url), await tokens.renew()) == ("", False)


async def test_a_login_in_another_window_is_seen_by_the_next_connection(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "x", lambda: FakeKeyring(works=False))
    tokens = StoredTokens(logins, "a", _never)
    assert await tokens.header(URL) == ""
    logins.put("a", LOGIN)
    assert await tokens.header(URL) == ""
    tokens.look_again()
    assert await tokens.header(URL) == "Bearer access"


async def test_a_login_that_another_program_has_renewed_is_taken_over(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "x", lambda: FakeKeyring(works=False))
    logins.put("a", LOGIN)
    tokens = StoredTokens(logins, "a", _never)
    assert await tokens.header(URL) == "Bearer access"
    logins.put("a", replace(LOGIN, access_token="renewed", refresh_token="rotated"))
    assert await tokens.renew()
    assert await tokens.header(URL) == "Bearer renewed"


async def test_a_refresh_token_that_is_refused_leaves_the_login_and_gives_no_other(tmp_path: Path) -> None:
    async def refuse(_url: str, _form: bytes) -> JsonObject:
        return {"error": "invalid_grant"}

    logins = Logins(tmp_path / "x", lambda: FakeKeyring(works=False))
    logins.put("a", LOGIN)
    tokens = StoredTokens(logins, "a", refuse)
    assert await tokens.header(URL) == "Bearer access"
    assert not await tokens.renew()
    assert logins.get("a") == LOGIN
