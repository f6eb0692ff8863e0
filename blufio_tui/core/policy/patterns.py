"""Whether a pattern of a manifest, a rule or a grant covers a target. Pure comparisons of canonical text.

Names are compared character by character: another case or another Unicode form of a name is another
name. A pattern that could be read in two ways (`..` inside, relative, empty) covers nothing.
"""

import sys
from functools import lru_cache
from posixpath import normpath

from blufio_tui.core.capability import NetTarget
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.domains import host_matches
from blufio_tui.core.guards.paths import PARENT_CHANGES, PROJECT, Places, absolute, covers, loose

ANY = "*"
_MACOS_LINKS = ("/private/tmp", "/private/var", "/private/etc")


def path_covers(pattern: str, path: str, places: Places) -> bool:
    """True if canonical `path` is what the pattern names or lies below it; `/a` never covers `/ab`."""
    if pattern == ANY:
        return True
    folder = absolute_pattern(pattern, places)
    return bool(folder) and any(covers(folder, spelling) for spelling in _spellings(path))


@lru_cache(maxsize=1024)
def absolute_pattern(pattern: str, places: Places) -> str:
    """The absolute path that a pattern names; "" for one that could be read in two ways."""
    if not pattern.startswith(("/", "~/", PROJECT + "/")) and pattern not in ("~", PROJECT):
        return ""
    if ".." in pattern.split("/"):
        return ""
    try:
        return normpath("/" + absolute(pattern, places).lstrip("/"))
    except NeverRule:
        return ""


def path_denied(pattern: str, path: str, operation: str, places: Places) -> bool:
    """As `path_covers`, for denying: another case or Unicode form is no way around it, nor is moving a folder above."""
    folder = absolute_pattern(pattern, places)
    if not folder:
        return pattern == ANY
    near, far = loose(path), loose(folder)
    return (
        covers(far, near) or (operation in PARENT_CHANGES and covers(near, far)) or path_covers(pattern, path, places)
    )


def _spellings(path: str) -> tuple[str, ...]:
    """macOS keeps /tmp, /var and /etc below /private, by links that only the administrator can change."""
    if sys.platform == "darwin" and path.startswith(_MACOS_LINKS):
        return (path, path.removeprefix("/private"))
    return (path,)


def host_covers(pattern: str, host: str) -> bool:
    """True if the host pattern (`name`, `*.name` or `*`) covers the host, label by label."""
    return pattern == ANY or host_matches(pattern, host)


def origin(target: NetTarget) -> str:
    """`scheme://host` with the port where it is not the scheme's own: what a grant for a request names."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"http": 80, "https": 443}.get(target.scheme)
    return f"{target.scheme}://{host}" if target.port == usual else f"{target.scheme}://{host}:{target.port}"


def short_path(path: str, places: Places) -> str:
    """The path as a person writes it: `${PROJECT}/…` and `~/…` where they apply."""
    for prefix, base in ((PROJECT, places.project), ("~", places.home)):
        if base not in ("", "/") and covers(base, path):
            return prefix + path[len(base) :]
    return path
