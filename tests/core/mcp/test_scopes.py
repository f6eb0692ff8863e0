"""What a server says it needs, and what is asked for."""

import pytest

from blufio_tui.core.mcp.scopes import MOST_SCOPES, scopes_named, united


@pytest.mark.parametrize(
    ("challenge", "scopes"),
    [
        ('Bearer error="insufficient_scope", scope="files:read files:write"', "files:read files:write"),
        ('Bearer scope="a  b a", error="insufficient_scope"', "a b"),
        ("Bearer error=insufficient_scope, scope=a", "a"),
        ('Bearer error="insufficient_scope"', ""),
        ('Bearer error_scope="a"', ""),
        ('Bearer xscope="a", scope="b"', "b"),
        ('Bearer scope=""', ""),
        ('Bearer scope="a\\b \x1b[2J \u202e ok"', "ok"),
        (f'Bearer scope="{"x" * 201} ok"', "ok"),
        ("", ""),
    ],
)
def test_only_what_can_be_a_scope_is_taken(challenge: str, scopes: str) -> None:
    assert scopes_named(challenge) == scopes


def test_what_was_granted_is_asked_for_again_and_there_is_an_end() -> None:
    assert united("a b", "", "b c") == "a b c"
    assert len(united(" ".join(map(str, range(1000)))).split()) == MOST_SCOPES
