"""A declaration for a server, made from what the person has allowed it so far."""

from collections.abc import Iterable

from blufio_tui.core.audit.rows import AuditEntry
from blufio_tui.core.capability import DecidedBy, Verdict
from blufio_tui.core.guards.paths import Places, covers
from blufio_tui.core.manifest.rules import canonical_domain, path_problem

MOST = 20
"""Of each kind; whoever allowed more should name a folder or a domain."""

_KINDS = {"fs.read": "read", "fs.write": "write", "net": "net", "unix": "unix"}
_BY_PERSON = (DecidedBy.USER, DecidedBy.GRANT)


def proposed(rows: Iterable[AuditEntry], places: Places) -> dict[str, list[str]]:
    """What to write under `capabilities`, {} when nothing was asked about and allowed.

    Args:
        rows: decisions about the server's effects.
    """
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        by_person = row.decision == Verdict.ALLOW and row.decided_by in _BY_PERSON
        if by_person and row.kind in _KINDS and (named := _named(row.kind, row.resource, places)):
            found.setdefault(_KINDS[row.kind], {})[named] = None
    return {kind: list(values)[:MOST] for kind, values in found.items()}


def _named(kind: str, resource: str, places: Places) -> str:
    """The target as a declaration names it, "" for one that cannot be declared."""
    if kind == "net":
        host = resource.partition("://")[2].partition("/")[0] or resource
        domain, problem = canonical_domain(host.rpartition(":")[0] or host)
        return "" if problem else domain
    for folder, name in ((places.project, "${PROJECT}"), (places.home, "~")):
        if covers(folder, resource):
            resource = name + resource[len(folder.rstrip("/")) :]
            break
    return "" if path_problem(resource) else resource
