"""Paths that lead where the person has them lead: no link on the way is one that a caged command could have made."""

import os
from collections.abc import Sequence

from blufio_tui.core.guards.paths import covers

_MAX_LINKS = 40


def unchanged(path: str, changeable: Sequence[str]) -> str:
    """The canonical path, whether or not something is there; "" if a link on the way lies in a changeable place.

    Args:
        path: absolute.
        changeable: canonical folders and files that caged commands may change.
    """
    parts, here, links = _parts(path), "/", 0
    while parts:
        name = parts.pop(0)
        if name == "..":
            here = os.path.dirname(here)
            continue
        below = os.path.join(here, name)
        try:
            target = os.readlink(below)
        except OSError:  # no link, or nothing there
            here = below
            continue
        links += 1
        if links > _MAX_LINKS or any(covers(place, below) for place in changeable):
            return ""
        here, parts = "/" if target.startswith("/") else here, _parts(target) + parts
    return here


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
