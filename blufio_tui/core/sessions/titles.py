"""The title of a session, made from its first exchange."""

import re

MAX_TITLE = 60

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_FENCE_LINE = re.compile(r"^\s*```.*$", re.MULTILINE)
_MARKUP = re.compile(r"[*`~]{1,3}(?=\S)|(?<=\S)[*`~]{1,3}(?=\W|$)")  # underscores are more often part of a name
_LEADING = re.compile(r"^\s*(?:#{1,6}\s+|[-*+>]\s+|\d+[.)]\s+|@)+")
_SMALL_TALK = {
    "hi",
    "hello",
    "hey",
    "hallo",
    "yo",
    "ok",
    "okay",
    "yes",
    "no",
    "thanks",
    "thank",
    "please",
    "go",
    "continue",
    "more",
    "test",
    "there",
    "you",
    "good",
    "morning",
    "evening",
}


def title_from_exchange(prompt: str, reply: str = "") -> str:
    """One plain line of at most `MAX_TITLE` characters; "" if nothing can be said.

    The prompt names the session, unless it is only a greeting: then the reply does.
    """
    title = _first_line(prompt)
    if _says_little(title):
        title = _first_line(reply) or title
    return _shortened(title)


def plain_title(text: str) -> str:
    """A title as a person typed it, on one line and not too long to list."""
    return _shortened(" ".join(text.split()), limit=200)


def _first_line(text: str) -> str:
    prose = _FENCE.sub("\n", text[:20_000])
    for line in (prose if prose.strip() else _FENCE_LINE.sub("", text[:20_000])).splitlines():
        plain = _MARKUP.sub("", _LINK.sub(r"\1", _LEADING.sub("", line)))
        plain = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
        if any(character.isalnum() for character in plain):
            return plain
    return ""


def _says_little(title: str) -> bool:
    words = re.findall(r"\w+", title.lower())
    return all(word in _SMALL_TALK for word in words)


def _shortened(title: str, limit: int = MAX_TITLE) -> str:
    if len(title) <= limit:
        return title
    cut = title[: limit - 1]
    at_word = cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > limit // 2 else cut).rstrip(" ,;:.-") + "…"
