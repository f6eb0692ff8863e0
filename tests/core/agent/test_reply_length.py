"""How many tokens a reply may have."""

import pytest

from blufio_tui.core.agent.reply_length import reply_tokens


@pytest.mark.parametrize(
    ("model", "configured", "tokens"),
    [
        ("claude-sonnet-5-5", 0, 32_000),
        ("claude-3-haiku-20240307", 0, 4096),
        ("claude-3-5-sonnet-latest", 0, 8192),
        ("claude-3-7-sonnet-latest", 0, 32_000),
        ("qwen3-8b", 0, 8192),
        ("qwen3-8b", 20_000, 20_000),
        ("claude-sonnet-5-5", 100, 100),
    ],
)
def test_a_reply_is_as_long_as_the_model_allows_unless_it_is_configured(
    model: str, configured: int, tokens: int
) -> None:
    assert reply_tokens(model, configured) == tokens
