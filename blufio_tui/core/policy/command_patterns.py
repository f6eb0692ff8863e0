"""Patterns for commands, as they stand in user rules and grants.

Where they allow, `git status` is that command and nothing else. `git log *` is the same with further
arguments that are not options. `git log **` is the same with anything behind it. `*` alone is every command.
Where they deny, each of these is about the command with anything behind it.
"""

from blufio_tui.core.policy.patterns import ANY
from blufio_tui.core.shell.literal import Words, literal_words

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
    """True when a deny pattern is about the words of one command; wide, because it denies.

    Further arguments make no difference, nor do options before the words that are named: `git push` is also
    about `git -C elsewhere push --force`.
    """
    if pattern == ANY or not pattern.strip():
        return True
    fixed, _ = _split(pattern)
    program, *named = fixed or pattern.split()
    if not words or words[0].casefold() != program.rsplit("/", 1)[-1].casefold():
        return False
    return any(list(words[at : at + len(named)]) == named for at in range(1, len(words) - len(named) + 1))


def _split(pattern: str) -> tuple[Words | None, str]:
    for ending in (ANYTHING, ARGUMENTS):
        if pattern.endswith(" " + ending):
            return literal_words(pattern[: -len(ending)]), ending
    return literal_words(pattern), ""
