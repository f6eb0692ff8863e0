"""`grants` and `audit` on the command line, against real files."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.cli import run
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.errors import UsageError
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.text.times import moment_after, moment_before
from blufio_tui.features.stored import stores


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    return tmp_path


def log(*entries: AuditEntry) -> None:
    with stores.open_audit() as audit:
        for entry in entries:
            audit.append_sync(entry)


def entry(number: int, **changes: str) -> AuditEntry:
    values = {
        "actor": "text-stats",
        "decision": "allow",
        "decided_by": "manifest",
        "resource": f"/p/{number}",
        **changes,
    }
    return AuditEntry(RowType.DECISION, "fs.read", **values)  # type: ignore[arg-type]


def give(grant_id: str, actor: str = "bash") -> None:
    grant = Grant(
        grant_id=grant_id,
        verdict=Verdict.ALLOW,
        actor_kind=ActorKind.TOOL,
        actor_name=actor,
        publisher="",
        content_hash="",
        kind=Kind.EXEC,
        scope=Scope.EXACT,
        pattern="git status",
        lifetime=Lifetime.FOREVER,
        cwd="/p",
    )
    with stores.open_grants() as grants:
        asyncio.run(grants.add(grant))


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> object:
    assert run([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_empty_log_is_an_empty_list_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "audit", "list") == []
    assert printed(capsys, "audit", "verify") == {"ok": True, "rows": 0}


def test_a_log_without_its_key_is_not_whole(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(entry(1), entry(2))
    Paths.from_environment().audit_key.unlink()
    assert run(["audit", "verify", "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["ok"], verdict["first_bad_seq"], verdict["rows"]) == (False, 1, 2)
    assert "key" in verdict["reason"]


def test_rows_are_listed_newest_last_and_filtered(capsys: pytest.CaptureFixture[str]) -> None:
    log(*(entry(n, actor="bash" if n % 2 else "http") for n in range(6)))
    rows = printed(capsys, "audit", "list", "--limit", "3")
    assert [row["resource"] for row in rows] == ["/p/3", "/p/4", "/p/5"]  # type: ignore[attr-defined]
    rows = printed(capsys, "audit", "list", "--skill", "bash", "--text", "/p/3", "--since", "1h")
    assert [row["seq"] for row in rows] == [4]  # type: ignore[attr-defined]


def test_lines_for_people_hide_nothing_and_obey_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    log(entry(1, resource="/p/\x1b[2Jx\u202etxt"))
    assert run(["audit", "list"]) == 0
    line = capsys.readouterr().out
    assert "\\e[2Jx\\u202etxt" in line
    assert "✓ fs.read  text-stats" in line


def test_a_tampered_log_is_a_failure_that_names_its_row(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(*(entry(n) for n in range(6)))
    with stores.open_audit() as audit:
        audit._database.write_sync(lambda c: c.execute("UPDATE audit SET resource = '/q' WHERE seq = 4"))
    assert run(["audit", "verify", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert (result["ok"], result["first_bad_seq"]) == (False, 4)
    assert run(["audit", "verify"]) == 1
    assert "tampered with at row 4" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["list", "list --json", "export", "export --format csv", "egress", "egress --json"])
def test_what_is_made_of_a_tampered_row_says_so_at_once(
    home: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    log(*(replace(entry(n), kind="net", resource=f"https://h{n}.example/") for n in range(6)))
    assert run(["audit", *command.split()]) == 0
    assert "do not rely" not in "".join(capsys.readouterr())
    with stores.open_audit() as audit:
        audit._database.write_sync(lambda c: c.execute("UPDATE audit SET actor = 'x' WHERE seq = 4"))
    assert run(["audit", *command.split()]) == 0
    said = capsys.readouterr()
    assert "do not rely on these rows: row 4" in (said.out if command == "egress" else said.err)


def test_exports_hold_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    log(*(entry(n) for n in range(3)))
    assert run(["audit", "export"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert run(["audit", "export", "--format", "csv"]) == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["resource"] for row in table] == ["/p/0", "/p/1", "/p/2"]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_finds_no_formula(capsys: pytest.CaptureFixture[str], start: str) -> None:
    log(entry(1, rule=f'{start},"x"\n=2'))
    run(["audit", "export", "--format", "csv"])
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row["rule"].startswith("'")


def test_grants_are_listed_and_revoked_with_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    give("g1")
    give("g2", actor="http")
    grants = printed(capsys, "grants", "list")
    assert [(g["id"], g["pattern"], g["lifetime"]) for g in grants] == [  # type: ignore[attr-defined]
        ("g1", "git status", "forever"),
        ("g2", "git status", "forever"),
    ]
    assert run(["grants", "revoke", "g1"]) == 0
    assert "revoked 1 answer" in capsys.readouterr().out
    assert [g["id"] for g in printed(capsys, "grants", "list")] == ["g2"]  # type: ignore[attr-defined]
    (row,) = printed(capsys, "audit", "list", "--kind", "revoke")  # type: ignore[misc]
    assert (row["actor"], row["resource"]) == ("bash", "exec git status")


def test_clear_takes_all_back_or_those_of_one_skill(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        give(f"g{number}", actor="bash" if number % 2 else "http")
    assert len(printed(capsys, "grants", "clear", "--skill", "bash")) == 2  # type: ignore[arg-type]
    assert len(printed(capsys, "grants", "clear")) == 2  # type: ignore[arg-type]
    assert printed(capsys, "grants", "list") == []


def test_a_grant_can_be_given_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    give("g1")
    (grant,) = printed(capsys, "grants", "edit", "g1", "--until", "7d", "--note", "for the release")  # type: ignore[misc]
    assert (grant["lifetime"], grant["note"]) == ("until", "for the release")
    assert run(["grants", "edit", "g1", "--until", "2001-01-01"]) == 2


def test_what_is_not_there_cannot_be_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grants", "revoke", "nope"]) == 1
    assert "grants list" in capsys.readouterr().err


def test_grants_that_cannot_be_read_are_said_to_deny_everything(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "grants.toml").write_text("garbage")
    (home / "grants.toml").chmod(0o600)
    assert run(["grants", "list"]) == 2
    assert "until then everything is denied" in capsys.readouterr().err


NOW = 1_790_000_000.0


def test_spans_count_from_now() -> None:
    assert moment_before("90m", NOW) == NOW - 5400
    assert moment_after("7d", NOW) == NOW + 7 * 86400


@pytest.mark.parametrize("text", ["", "soon", "25:99", "2026-13-01", "-1h", "9999999999w", "1e9"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        moment_before(text, NOW)
