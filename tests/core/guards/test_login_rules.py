"""What a login must not be talked into, as tables."""

import pytest

from blufio_tui.core.guards.login_rules import endpoint_problem, pkce_problem, token_problem
from blufio_tui.core.guards.network import parse_url


@pytest.mark.parametrize(
    ("server", "endpoint", "goes"),
    [
        ("https://mcp.example/mcp", "https://auth.example/token", True),
        ("https://mcp.example/mcp", "http://auth.example/token", False),
        ("https://mcp.example/mcp", "http://mcp.example/token", False),
        ("https://mcp.example/mcp", "http://127.0.0.1:4444/token", True),
        ("https://mcp.example/mcp", "http://[::1]:4444/token", True),
        ("https://mcp.example/mcp", "http://localhost:4444/token", True),
        ("https://mcp.example/mcp", "http://localhost.evil.example/token", False),
        ("https://mcp.example/mcp", "http://10.0.0.1/token", False),
        ("http://mcp.example/mcp", "http://mcp.example/token", True),
        ("http://mcp.example/mcp", "http://mcp.example:8080/token", False),
        ("http://mcp.example/mcp", "http://auth.example/token", False),
    ],
)
def test_a_login_goes_over_tls_unless_the_person_has_configured_the_address_without(
    server: str, endpoint: str, goes: bool
) -> None:
    assert (endpoint_problem(parse_url(server), parse_url(endpoint)) == "") is goes


@pytest.mark.parametrize(
    ("methods", "goes"),
    [(["S256"], True), (["plain", "S256"], True), (["plain"], False), (["s256"], False), ([], False), (None, False)],
)
def test_no_login_without_pkce(methods: list[str] | None, goes: bool) -> None:
    assert (pkce_problem(methods) == "") is goes


@pytest.mark.parametrize(
    ("token", "is_used"),
    [
        ("abc.DEF-_~+/=", True),
        ("", False),
        ("a b", False),
        ("a\r\nX: y", False),
        ("a\u200b", False),
        ("x" * 20_000, False),
    ],
)
def test_a_token_is_plain_text(token: str, is_used: bool) -> None:
    assert (token_problem(token) == "") is is_used
