"""Commands as words, written back as text, and the families of commands that may be granted together."""

from blufio_tui.core.shell.literal import Words, literal_words

_READING_SUBCOMMANDS = {
    "git": frozenset({"status", "log", "shortlog", "describe", "ls-files", "rev-parse"}),
    "docker": frozenset({"ps", "images"}),
    "pip": frozenset({"list", "show", "freeze"}),
    "npm": frozenset({"ls", "outdated"}),
    "systemctl": frozenset({"status", "list-units"}),
}
"""Only what lists. Not what prints contents that may be secret: `git show HEAD:.env`, `git blame .env`, `kubectl get
secret`, `docker logs`; nor `git diff`, which compares any two files of the machine."""

_PLAIN_OPTIONS = {
    "git": frozenset({"--all", "--graph", "--name-only", "--name-status", "--oneline", "--short", "--stat", "-s"})
}
"""Options without a value: after any other one, a further argument might be its value."""


def join_words(words: Words) -> str:
    """Text that `literal_words` reads back as the same words."""
    return " ".join(_quoted(word) for word in words)


def safe_family(words: Words) -> str:
    """The pattern for the same command with other arguments, "" if that would allow more than a look.

    Options are kept: `git log --oneline a.py` gives `git log --oneline *`.
    """
    if len(words) < 2 or words[1] not in _READING_SUBCOMMANDS.get(words[0], frozenset()):
        return ""
    plain = _PLAIN_OPTIONS.get(words[0], frozenset())
    fixed = [word for index, word in enumerate(words) if index < 2 or word.startswith("-")]
    if tuple(fixed) != words[: len(fixed)] or not plain.issuperset(fixed[2:]):
        return ""
    return join_words(tuple(fixed)) + " *"


def _quoted(word: str) -> str:
    if literal_words(word) == (word,):
        return word
    if "'" not in word:
        return f"'{word}'"
    return "'" + word.replace("'", "'\"'\"'") + "'"
