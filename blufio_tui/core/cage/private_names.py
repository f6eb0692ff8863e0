"""Which files of a project hold secrets, by name, for a command that may read the rest.

The table is that of `core.guards.credential_files`, less what tools need all the time and what libraries bring along.
"""

from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.paths import Places

_ROOT = Places("", "/")
_LIBRARIES = frozenset({"node_modules", "site-packages", "dist-packages", "vendor", "__pycache__", "target"})
_FREE = ("/.git/config", "/.npmrc", "/.yarnrc.yml")
"""git and npm read these each time they start; in a project they seldom hold a token, and nothing leaves unasked."""


def is_private(inside: str) -> bool:
    """
    Args:
        inside: path relative to the project, with a leading `/`.
    """
    if inside.endswith(_FREE) or in_library(inside) or "/.git/refs/" in inside or "/.git/logs/" in inside:
        return False  # a branch may be called "secrets"
    return usually_holds_credentials(inside, _ROOT)


def in_library(inside: str) -> bool:
    """Whether it came with an installation or a build. As `is_private`."""
    return not _LIBRARIES.isdisjoint(inside.split("/")[:-1])
