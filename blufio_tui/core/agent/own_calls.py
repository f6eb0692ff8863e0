"""How the model is told of a call that the person made, and how that is recognised again."""

import re

_TOLD = re.compile(r"I ran this myself: (?P<shown>.*?)\n(?:It failed|It returned):\n(?P<result>`{3,}\n.*)\Z", re.DOTALL)


def told(shown: str, result: str, *, failed: bool) -> str:
    """The words in which the model is told of a call that the person made."""
    return f"I ran this myself: {shown}\n{'It failed' if failed else 'It returned'}:\n{result}"


def call_told_of(text: str) -> tuple[str, str] | None:
    """What `told` was made from: the call as it was typed, and its result; None for any other text."""
    match = _TOLD.match(text)
    return (match["shown"], match["result"]) if match else None
