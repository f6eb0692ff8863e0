"""Who is answered over HTTP, as a table."""

import pytest

from blufio_tui.mcp_server.http_guard import refusal

PORT, TOKEN = 4321, "secret-token"
GOOD = {"host": "127.0.0.1:4321", "authorization": "Bearer secret-token"}


def status(headers: dict[str, str], path: str = "/mcp", more: tuple[tuple[str, str], ...] = ()) -> int:
    pairs = [(name.encode(), value.encode()) for name, value in (*headers.items(), *more)]
    refused = refusal(pairs, path, PORT, TOKEN)
    return refused.status if refused else 200


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 200),
        ({"host": "localhost:4321"}, 200),
        ({"host": "LOCALHOST:4321"}, 200),
        ({"origin": "http://127.0.0.1:4321"}, 200),
        # a name that resolves to loopback, another port, no port, no host
        ({"host": "attacker.example:4321"}, 421),
        ({"host": "127.0.0.1.attacker.example:4321"}, 421),
        ({"host": "127.0.0.1:80"}, 421),
        ({"host": "127.0.0.1"}, 421),
        ({"host": ""}, 421),
        ({"host": "127.0.0.1:4321@attacker.example"}, 421),
        ({"host": "0.0.0.0:4321"}, 421),
        # a page in a browser
        ({"origin": "http://attacker.example"}, 403),
        ({"origin": "https://127.0.0.1:4321"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        # no token, half of one, another scheme
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Bearer secret-toke"}, 401),
        ({"authorization": "Bearer secret-token2"}, 401),
        ({"authorization": "Basic secret-token"}, 401),
        ({"authorization": "secret-token"}, 401),
        ({"authorization": "Bearer " + "x" * 100_000}, 401),
        ({"authorization": "bearer secret-token"}, 200),
    ],
)
def test_host_origin_and_token_are_all_needed(changed: dict[str, str], expected: int) -> None:
    assert status({**GOOD, **changed}) == expected


@pytest.mark.parametrize("name", ["host", "origin", "authorization"])
def test_a_header_that_is_there_twice_is_never_read_as_the_better_one(name: str) -> None:
    good = {**GOOD, "origin": "http://127.0.0.1:4321"}
    assert status(good, more=((name, good[name]),)) == 400


@pytest.mark.parametrize("path", ["/", "/mcp/", "/mcp/x", "//mcp", "/MCP"])
def test_there_is_one_path(path: str) -> None:
    assert status(GOOD, path) == 404


def test_without_a_token_nobody_learns_which_paths_there_are() -> None:
    assert status({**GOOD, "authorization": ""}, "/other") == 401
