"""Patterns for commands in user rules and grants.

Where they allow, `git status` is that command and nothing else. `git log *` is the same with further
arguments that are not options. `git log **` is the same with anything behind it. `*` alone is every command.
Where they deny, each of these is about the command with anything behind it.
"""

import re
from functools import lru_cache

from blufio_tui.core.policy.patterns import ANY
from blufio_tui.core.shell.literal import Words, literal_words

ARGUMENTS = "*"
ANYTHING = "**"
_SHORT = re.compile(r"-[A-Za-z0-9]+")
_LONG = {"--recursive": "r", "--force": "f", "--all": "a", "--delete": "d", "--global": "g", "--privileged": "p"}


def pattern_allows(pattern: str, words: Words) -> bool:
    """True if the pattern covers the words of one command; narrow, because it allows."""
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
    """True if a deny pattern is about the words of one command; wide, because it denies.

    Further arguments make no difference, nor do options before the words that are named: `git push` is also
    about `git -C elsewhere push --force`.
    """
    if pattern == ANY or not pattern.strip():
        return True
    fixed, _ = _split(pattern)
    program, *named = fixed or pattern.split()
    if not words or words[0].casefold() != program.rsplit("/", 1)[-1].casefold():
        return False
    return _names_all(words[1:], named)


def denied_words(pattern: str) -> tuple[str, Words] | None:
    """The program and the words that a deny pattern names; None if it is about every command."""
    if pattern == ANY or not pattern.strip():
        return None
    fixed, _ = _split(pattern)
    program, *named = fixed or pattern.split()
    return program.rsplit("/", 1)[-1], tuple(named)


def _names_all(arguments: Words, named: list[str]) -> bool:
    """Each named word in order, others between them or not; of short options each letter, in any grouping."""
    left = iter(word for word in arguments)
    letters = {letter for word in arguments if _SHORT.fullmatch(word) for letter in word[1:]}
    letters |= {_LONG[word] for word in arguments if word in _LONG}
    plain = [word for word in named if not _SHORT.fullmatch(word)]
    wanted = {letter for word in named if _SHORT.fullmatch(word) for letter in word[1:]}
    same_case = wanted <= letters or {one.casefold() for one in wanted} <= {one.casefold() for one in letters}
    exact = all(word in arguments for word in named if _SHORT.fullmatch(word))
    return (same_case or exact) and all(any(word == other for other in left) for word in plain)


@lru_cache(maxsize=256)  # the same few patterns are held against every command
def _split(pattern: str) -> tuple[Words | None, str]:
    for ending in (ANYTHING, ARGUMENTS):
        if pattern.endswith(" " + ending):
            return literal_words(pattern[: -len(ending)]), ending
    return literal_words(pattern), ""
