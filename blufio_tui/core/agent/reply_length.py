"""How long a reply of a model may be."""

import re

MOST = 32_000
_CAUTIOUS = 8192
"""Tokens. A server of another make may refuse a request whose reply might not fit into the model's window."""

# The families of Anthropic's models whose replies are shorter, as its model overview says.
_SHORTER = ((re.compile(r"claude-3-(haiku|sonnet|opus)"), 4096), (re.compile(r"claude-3-5-"), 8192))


def reply_tokens(model: str, configured: int) -> int:
    """The `max_tokens` of a request; `configured` 0 means what the model allows, up to 32,000."""
    if configured:
        return configured
    if not model.startswith("claude-"):
        return _CAUTIOUS
    return next((limit for family, limit in _SHORTER if family.match(model)), MOST)
