"""Make text from outside safe to show: what would hide, reorder or command the terminal is escaped.

A path such as `a\\u202etxt.exe` must not look like `aexe.txt` on an approval card, and a log line must
not clear the screen. The escapes are visible ASCII, so that a person sees that something was there.
"""

import re
import unicodedata

_JOINER = "\u200d"
_EMOJI_STYLE = frozenset("\ufe0e\ufe0f")
_KEYCAPS = frozenset("0123456789#*")
_PUNCTUATION_PICTURES = frozenset("\u203c\u2049\u3030\u303d")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_COMPOSING = "[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"

_BLANK_LOOKALIKES = frozenset("\u115f\u1160\u2800\u3164\uffa0\u00ad\u034f\u180e\u17b4\u17b5")
"""Characters that take part in no category below yet draw nothing."""

_PADDING = r"[^\S\n]{40,}|(?:[^\S\n]*\n){6,}[^\S\n]*|[\s\u2800\u3164\u115f\u1160\uffa0]{60,}"
"""More than indentation and blank lines between two paragraphs. Compiled where it is used: a list has no use for it."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_NAMED = {"\x1b": "\\e", "\r": "\\r", "\0": "\\0", "\n": "\\n", "\t": "\\t"}


_NO_BREAKS = {ord("\n"): None, ord("\t"): None}


def visible(text: str) -> str:
    """Text for a multi-line place: newlines and tabs stay, everything hidden is escaped.

    CR LF counts as a newline.
    """
    if text.isascii() and text.translate(_NO_BREAKS).isprintable():
        return text
    return _escape(text.replace("\r\n", "\n"), keep="\n\t")


def visible_line(text: str) -> str:
    """Text for one line: newlines and tabs are escaped too."""
    if text.isascii() and text.isprintable():
        return text
    return _escape(text, keep="")


def printable(text: str, limit: int = 80) -> str:
    """Text for one line of a message, cut at `limit` characters of the original."""
    return visible_line(text) if len(text) <= limit else visible_line(text[:limit]) + "…"


def folded_blanks(text: str) -> str:
    """Text in which a long run of blanks, of whatever kind, stands as `[… 1,500 blanks …]`.

    Blanks push what follows out of sight: `ls`, 1,500 of them, `; curl … | sh` looks like `ls`.
    """
    return re.sub(_PADDING, lambda run: f" [… {len(run[0]):,} blanks …] ", text)


def steady(text: str) -> str:
    """Text whose pictures are single characters, so that every terminal gives it the same width.

    Of a picture composed of several, some terminals draw the whole and some the parts: what is drawn beside it
    would be pushed out of its place there. The parts stay; joiners, styles and skin tones between them go.
    """
    if text.isascii() or not re.search(_COMPOSING, text):
        return text
    return "".join(character for index, character in enumerate(text) if not _composes(text, index))


def _composes(text: str, index: int) -> bool:
    if text[index] in _SKIN_TONES:
        return index > 0 and _is_pictograph(text[index - 1])
    return (text[index] == _JOINER or text[index] in _EMOJI_STYLE) and _belongs_to_emoji(text, index)


def is_hidden(character: str) -> bool:
    """True for what a terminal obeys, reorders by or draws as nothing: control, bidi, zero-width, unassigned."""
    code = ord(character)
    if 0x1F000 <= code <= 0x1FAFF:  # pictographs newer than this Python's tables
        return False
    if unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANK_LOOKALIKES:
        return True
    return 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF  # variation selectors and tags


def _escape(text: str, *, keep: str) -> str:
    out: list[str] = []
    for index, character in enumerate(text):
        if character in keep or not is_hidden(character) or _belongs_to_emoji(text, index):
            out.append(character)
        else:
            out.append(_spell(character))
    return "".join(out)


def _spell(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _belongs_to_emoji(text: str, index: int) -> bool:
    """A joiner between two pictographs, or a style selector after one, is part of a picture; anywhere else
    the same characters are hidden text."""
    before = text[index - 1] if index else ""
    if text[index] in _EMOJI_STYLE:
        return bool(before) and (_is_pictograph(before) or before in _KEYCAPS)
    if text[index] != _JOINER or not 0 < index < len(text) - 1:
        return False
    if before in _EMOJI_STYLE and index > 1:
        before = text[index - 2]
    return _is_pictograph(before) and _is_pictograph(text[index + 1])


def _is_pictograph(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Sm"} or character in _PUNCTUATION_PICTURES
