"""File name patterns as tools write them: `*.py`, `src/**/*.ts`, `{a,b}.c`, `!*.md`."""

import re
from functools import lru_cache

_MAX_PATTERN = 500
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|\{[^{}]*\}|.", re.DOTALL)


class Glob:
    """One pattern; "" fits every name. A pattern without a slash is about the last part of a name."""

    def __init__(self, pattern: str) -> None:
        self._excludes = pattern.startswith("!")
        bare = pattern.removeprefix("!").removeprefix("./")[:_MAX_PATTERN]
        self._whole_name = "/" in bare
        self._expression = _compiled(bare.lstrip("/")) if bare else None

    def matches(self, name: str) -> bool:
        if self._expression is None:
            return True
        part = name if self._whole_name else name.rpartition("/")[2]
        return (self._expression.fullmatch(part) is not None) is not self._excludes


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> "re.Pattern[str]":
    expression = "".join(_token(match[0]) for match in _TOKEN.finditer(pattern))
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))


def _token(token: str) -> str:
    match token:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if len(token) > 2 and token.startswith("["):
            inner = token[1:-1].replace("\\", r"\\")
            return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
        case _ if len(token) > 1 and token.startswith("{"):
            return "(?:" + "|".join("".join(_token(one[0]) for one in _TOKEN.finditer(part))
                                    for part in token[1:-1].split(",")) + ")"  # fmt: skip
        case _:
            return re.escape(token)
