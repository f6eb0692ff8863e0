"""What a person types into a search box, as an FTS5 query: any text is a query, none is a syntax error."""

import re

_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_WORD = re.compile(r"\w")


def fts_query(text: str) -> str:
    """Every word must occur, as the beginning of a word; "words in quotes" and single letters exactly so.

    "" if the text holds no letter or digit, which is what the index is made of.
    """
    terms = []
    for phrase, word in _TERM.findall(text):
        term = (phrase or word).replace("\0", " ").encode("utf-8", "replace").decode()
        if _WORD.search(term):
            is_beginning = not phrase and len(term) > 1  # one letter begins a third of all words: too slow, no use
            terms.append('"' + term.replace('"', '""') + '"' + ("*" if is_beginning else ""))
    return " ".join(terms)


def like_pattern(text: str) -> str:
    """The text anywhere, for `LIKE … ESCAPE '\\'`."""
    escaped = re.sub(r"([%_\\])", r"\\\1", text.strip().encode("utf-8", "replace").decode())
    return f"%{escaped}%"
