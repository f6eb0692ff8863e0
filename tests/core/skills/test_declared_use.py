"""What a skill declared against what it did."""

import tomllib

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.capability import Kind
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, NetworkCapability
from blufio_tui.core.skills.declared_use import Asked, Declaration, declared_use, use_lines
from blufio_tui.core.text.display import is_hidden

PLACES = Places("/home/p", "/home/p/work")
DECLARED = Capabilities(
    network=NetworkCapability(("api.weather.com", "never.example")),
    filesystem=FilesystemCapability(read=("~/notes", "/srv"), write=("~/notes/out",)),
    env=("KEY", "OTHER"),
)


def row(
    kind: str, resource: str, decision: str = "allow", detail: str = "", row_type: RowType = RowType.DECISION
) -> AuditRow:
    return AuditRow(1, 0.0, AuditEntry(row_type, kind, resource, decision=decision, detail=detail), "")


ROWS = [
    row("fs.read", "/home/p/notes/a"),
    row("fs.read", "/home/p/notes/b"),
    row("net", "https://v2.api.weather.com/x?q=1", detail="GET, 0 bytes sent; status 200"),
    row("net", "https://evil.net/", "deny", detail="POST, 9 bytes sent"),
    row("net", "https://evil.net/2", "deny", detail="POST, 9 bytes sent"),
    row("env", "KEY"),
    row("fs.write", "/home/p/work/x.txt"),
    row("exec", "ls"),
    row("fs.read", "relative", "deny"),
    row("install", "weather", ""),
    row("fs.read", "/srv/x", row_type=RowType.OUTCOME),
]


def test_use_is_counted_for_each_declaration() -> None:
    use = declared_use(DECLARED, ROWS, PLACES)
    assert use.used == (
        (Declaration(Kind.FS_READ, "~/notes"), 2),
        (Declaration(Kind.NET, "api.weather.com"), 1),
        (Declaration(Kind.ENV, "KEY"), 1),
    )
    assert [one.pattern for one in use.unused] == ["/srv", "~/notes/out", "never.example", "OTHER"]


def test_what_was_asked_for_beside_the_manifest_is_named() -> None:
    assert declared_use(DECLARED, ROWS, PLACES).undeclared == (
        Asked(Kind.NET, "POST evil.net", allowed=False, times=2),
        Asked(Kind.FS_WRITE, "/home/p/work/x.txt", allowed=True, times=1),
    )


def test_the_smallest_manifest_covers_what_was_allowed_and_no_more() -> None:
    capabilities = tomllib.loads(declared_use(DECLARED, ROWS, PLACES).smallest)["capabilities"]
    assert capabilities == {
        "env": ["KEY"],
        "network": {"domains": ["v2.api.weather.com"], "methods": ["GET"]},
        "filesystem": {"read": ["~/notes/a", "~/notes/b"], "write": ["${PROJECT}/x.txt"]},
    }


def test_many_files_of_a_folder_become_the_folder() -> None:
    rows = [row("fs.read", f"/home/p/notes/{n}") for n in range(5)] + [row("fs.read", "/home/p/notes/deep/x")]
    smallest = tomllib.loads(declared_use(DECLARED, rows, PLACES).smallest)
    assert smallest["capabilities"]["filesystem"]["read"] == ["~/notes"]


def test_a_skill_that_did_nothing_needs_nothing() -> None:
    use = declared_use(DECLARED, [], PLACES)
    assert (use.used, use.undeclared, use.smallest) == ((), (), "")
    assert len(use.unused) == 7


def test_every_finding_has_a_line() -> None:
    lines = use_lines(declared_use(DECLARED, ROWS, PLACES))
    assert lines[0] == "used 2×: fs.read ~/notes"
    assert lines[-1] == "not declared, asked for 1× and allowed: fs.write /home/p/work/x.txt"
    assert len(lines) == 9


def test_use_of_the_project_declaration_in_another_project_counts_for_it() -> None:
    declared = Capabilities(filesystem=FilesystemCapability(read=("${PROJECT}",)))
    entry = AuditEntry(
        RowType.DECISION,
        "fs.read",
        "/home/p/elsewhere/a.txt",
        decision="allow",
        decided_by="manifest",
        rule="allowed by manifest: read ${PROJECT}",
    )
    use = declared_use(declared, [AuditRow(1, 0.0, entry, "")], PLACES)
    assert use.used == ((Declaration(Kind.FS_READ, "${PROJECT}"), 1),)
    assert use.undeclared == ()
    assert tomllib.loads(use.smallest) == {"capabilities": {"filesystem": {"read": ["${PROJECT}"]}}}


def test_no_path_in_the_smallest_manifest_commands_the_terminal_and_each_reads_back() -> None:
    path = "/srv/\x1b]0;x\x07\x9b2J\x7f\u202e\U000e0041"
    smallest = declared_use(DECLARED, [row("fs.read", path)], PLACES).smallest
    assert not [char for char in smallest if char != "\n" and is_hidden(char)]
    assert tomllib.loads(smallest)["capabilities"]["filesystem"]["read"] == [path]
