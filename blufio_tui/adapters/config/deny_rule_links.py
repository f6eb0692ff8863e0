"""Extends a user's deny rules for files to the real paths of what they name."""

import os
from collections.abc import Iterable
from dataclasses import replace

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.paths import Places, absolute
from blufio_tui.core.policy.patterns import ANY
from blufio_tui.core.policy.rules import UserRule


def with_real_paths(rules: Iterable[UserRule], places: Places) -> tuple[UserRule, ...]:
    """The rules and, for each denial whose path contains links, the same rule for its real path.

    Requests are decided on by their real paths; without this, `deny ~/tax` would deny nothing when `~/tax` is a link.
    """
    found = list(rules)
    for rule in tuple(found):
        if rule.verdict is Verdict.DENY and rule.kind in (Kind.FS_READ, Kind.FS_WRITE) and rule.target != ANY:
            real = _real(rule.target, places)
            if real:
                found.append(replace(rule, target=real))
    return tuple(found)


def _real(target: str, places: Places) -> str:
    """Where the path leads, "" if that is the path itself."""
    try:
        written = absolute(target, places)
    except NeverRule:
        return ""
    real = os.path.realpath(written)
    return "" if real == written.rstrip("/") else real
