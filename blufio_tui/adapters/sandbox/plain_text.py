"""Text from guests and engines made fit to be shown: no control, bidi or other unprintable characters."""


def printable(text: str, limit: int) -> str:
    """`text` with what is not printable escaped (line breaks stay), cut at `limit` characters."""
    if len(text) > limit:
        text = text[:limit] + " …"
    return text if text.isprintable() else "".join(map(_shown, text))


def one_line(text: str, limit: int) -> str:
    return printable(" ".join(text.split()), limit)


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape", errors="replace").decode()
