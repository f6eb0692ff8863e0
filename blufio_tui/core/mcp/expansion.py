"""`${VAR}` and `${VAR:-default}` in the configuration of servers, as in Claude Code."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,254})(?::-([^}]*))?\}")


class MissingVariable(Exception):
    """A variable that has no value and no default; the text is its name."""


def variables_in(text: str) -> tuple[str, ...]:
    """The variables that a text refers to, each once."""
    return tuple(dict.fromkeys(match[1] for match in _REFERENCE.finditer(text)))


def expanded(text: str, values: Mapping[str, str]) -> str:
    """The text with its references filled in, once: values are not expanded again.

    Args:
        values: of the variables that are set; an empty one counts as not set where there is a default.

    Raises:
        MissingVariable: a variable is not set and has no default.
    """

    def fill(match: "re.Match[str]") -> str:
        name, default = match[1], match[2]
        if values.get(name) or (default is None and name in values):
            return values[name]
        if default is None:
            raise MissingVariable(name)
        return str(default)

    return _REFERENCE.sub(fill, text)
