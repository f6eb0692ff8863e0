"""A declaration made from the log."""

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.servers.proposal import MOST, proposed

PLACES = Places("/home/ada", "/home/ada/work")


def row(kind: str, resource: str, by: DecidedBy = DecidedBy.USER, verdict: Verdict = Verdict.ALLOW) -> AuditEntry:
    return AuditEntry(RowType.DECISION, kind, resource, decision=verdict, decided_by=by)


def test_what_the_person_allowed_becomes_a_declaration() -> None:
    rows = [
        row("net", "api.example.org:443"),
        row("net", "https://mcp.example.org/x"),
        row("net", "api.example.org:443", DecidedBy.GRANT),
        row("fs.read", "/home/ada/notes/a.txt"),
        row("fs.write", "/home/ada/work/out"),
        row("unix", "/run/docker.sock"),
    ]
    assert proposed(rows, PLACES) == {
        "net": ["api.example.org", "mcp.example.org"],
        "read": ["~/notes/a.txt"],
        "write": ["${PROJECT}/out"],
        "unix": ["/run/docker.sock"],
    }


def test_nothing_else_does() -> None:
    rows = [
        row("net", "evil.example:443", verdict=Verdict.DENY),
        row("net", "free.example:443", DecidedBy.MODE),
        row("net", "127.0.0.1:80"),
        row("exec", "x__y"),
        row("fs.read", "/home/ada/a\u202eb"),
    ]
    assert proposed(rows, PLACES) == {}


def test_it_stays_short() -> None:
    assert len(proposed([row("net", f"h{n}.example.org:1") for n in range(50)], PLACES)["net"]) == MOST
