"""Patterns for commands, as they stand in user rules and grants.

`git status` is that command and nothing else. `git log *` is the same with further arguments that are not
options. `git log **` is the same with anything behind it. `*` alone is every command.
"""

from blufio_tui.core.literal_shell import Words, literal_words
from blufio_tui.core.patterns import ANY

ARGUMENTS = "*"
ANYTHING = "**"


def pattern_allows(pattern: str, words: Words) -> bool:
    """True when the pattern covers the words of one command; narrow, because it allows."""
    if pattern == ANY:
        return True
    fixed, rest_kind = _split(pattern)
    if fixed is None or words[: len(fixed)] != fixed:
        return False
    rest = words[len(fixed) :]
    match rest_kind:
        case "":
            return not rest
        case "*":
            return not any(word.startswith("-") for word in rest)
        case _:
            return True


def pattern_denies(pattern: str, words: Words) -> bool:
    """True when a deny pattern is about the words of one command; wide, because it denies."""
    if pattern == ANY:
        return True
    fixed, rest_kind = _split(pattern)
    if fixed is None:
        return words == tuple(pattern.split())
    fixed = (fixed[0].rsplit("/", 1)[-1], *fixed[1:])
    return words[: len(fixed)] == fixed if rest_kind else words == fixed


def _split(pattern: str) -> tuple[Words | None, str]:
    for ending in (ANYTHING, ARGUMENTS):
        if pattern.endswith(" " + ending):
            return literal_words(pattern[: -len(ending)]), ending
    return literal_words(pattern), ""
