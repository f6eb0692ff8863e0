"""The text that reports a person's own call to the model, and its parser."""

import re

_TOLD = re.compile(r"I ran this myself: (?P<shown>.*?)\n(?:It failed|It returned):\n(?P<result>`{3,}\n.*)\Z", re.DOTALL)


def told(shown: str, result: str, *, failed: bool) -> str:
    """The text that reports a person's own call to the model."""
    return f"I ran this myself: {shown}\n{'It failed' if failed else 'It returned'}:\n{result}"


def call_told_of(text: str) -> tuple[str, str] | None:
    """The reverse of `told`: the call as typed and its result; None for any other text."""
    match = _TOLD.match(text)
    return (match["shown"], match["result"]) if match else None
