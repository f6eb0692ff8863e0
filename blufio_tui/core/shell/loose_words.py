"""The words of one command, approximately; words that only the shell can expand are marked."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from blufio_tui.core.shell.literal import Words

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_REDIRECT = re.compile(r"\d*(?:&>>?|<<<|<<-?|<>|[<>]&|>>|>\||[<>])|\|&?|&")
_EXPANDS = re.compile(r"\$[\w{(@*#?!$'\"-]|`")
_PLAIN = re.compile(r"[\w./:=@%+,-]+")
_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")


class Unread(str):
    """A word that the shell expands before the program sees it.

    Attributes:
        glob: it is only a file name pattern, so it expands only to names that match.
    """

    glob: bool = False

    def may_become(self, word: str) -> bool:
        return not self.glob or fnmatchcase(word, self)


@lru_cache(maxsize=64)  # one decision takes the same command apart several times
def loose_words(part: str) -> tuple[Words, Words, bool]:
    """The words without quotes and redirections; the assignments in front of them; whether something is sent to
    the input."""
    part = part.replace("\\\n", "")
    words: list[str] = []
    position, has_input, skip_next = 0, False, False
    while position < len(part):
        if part[position].isspace():
            position += 1
        elif (redirect := _REDIRECT.match(part, position)) and not part.startswith(("<(", ">("), position):
            has_input = has_input or "<" in redirect[0]
            position, skip_next = redirect.end(), True
        else:
            word, position = _word(part, position)
            if not skip_next:
                words.append(word)
            skip_next = False
    count = 0
    while count < len(words) and _ASSIGNMENT.match(words[count]):
        count += 1
    has_input = has_input or any(word.startswith("<(") for word in words)
    return tuple(words[count:]), tuple(words[:count]), has_input


def written_by_redirection(part: str) -> tuple[str, ...]:
    """What stands behind `>`, `>>`, `>|`, `&>`, `<>` in one command, without quotes."""
    part = part.replace("\\\n", "")
    found: list[str] = []
    position, writes = 0, False
    while position < len(part):
        if part[position].isspace():
            position += 1
        elif (redirect := _REDIRECT.match(part, position)) and not part.startswith(("<(", ">("), position):
            position, writes = redirect.end(), ">" in redirect[0]
        else:
            word, position = _word(part, position)
            if writes and not word.isdigit():
                found.append(word)
            writes = False
    return tuple(found)


def _word(part: str, position: int) -> tuple[str, int]:
    if (plain := _PLAIN.match(part, position)) and (plain.end() == len(part) or part[plain.end()].isspace()):
        return plain[0], plain.end()
    start, pieces, marks, expands = position, list[str](), list[str](), False
    while position < len(part):
        if plain := _PLAIN.match(part, position):
            pieces.append(plain[0])
            marks.append(plain[0])
            position = plain.end()
            continue
        character = part[position]
        if character.isspace() or (character in "<>|&" and position > start and marks[-1][-1:] not in ("<", ">")):
            break
        if character == "'":
            end = part.find("'", position + 1)
            end = len(part) if end < 0 else end
            pieces.append(part[position + 1 : end])
            marks.append("_")
            position = end + 1
        elif character == '"':
            quoted, end = _double_quoted(part, position + 1)
            expands = expands or bool(_EXPANDS.search(quoted))
            pieces.append(re.sub(r'\\(["\\$`])', r"\1", quoted))
            marks.append("_")
            position = end
        elif character == "\\":
            pieces.append(part[position + 1 : position + 2])
            marks.append("_")
            position += 2
        elif character == "$" and _EXPANDS.match(part, position):
            end = _expansion_end(part, position)
            pieces.append(part[position:end])
            marks.append("_")
            expands, position = True, end
        else:
            expands = expands or character == "`"
            pieces.append(character)
            marks.append(character)
            position += 1
    text, bare = "".join(pieces), "".join(marks)
    glob = any(character in "*?[" for character in bare)
    if expands or glob or _BRACES.search(bare) or re.search(r"[@+!?*<>]\(", bare):
        unread = Unread(text)
        unread.glob = glob and not (expands or "{" in bare or "(" in bare)
        return unread, position
    return text, position


def _expansion_end(part: str, position: int) -> int:
    """Behind `$(…)` and `${…}`, blanks in them included; of anything else, behind the dollar."""
    closing = {"(": ")", "{": "}"}.get(part[position + 1 : position + 2])
    if closing is None:
        return position + 1
    opening, depth = part[position + 1], 0
    for at in range(position + 1, len(part)):
        depth += (part[at] == opening) - (part[at] == closing)
        if depth == 0:
            return at + 1
    return len(part)


def _double_quoted(part: str, position: int) -> tuple[str, int]:
    start = position
    while position < len(part) and part[position] != '"':
        position += 2 if part[position] == "\\" else 1
    return part[start:position], position + 1
