"""`audit key|prove|check` as a person and a stranger use them, each as a program of its own."""

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from blufio_tui.cli import run
from tests.fakes import piped

SKILL = "text-stats"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a bundled skill read two files."""
    home = tmp_path / "home"
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"{name} private.txt").write_text(name)
        given = json.dumps({"path": str(tmp_path / f"{name} private.txt")})
        assert run(["skill", "run", SKILL, "--input", given, "--on-denial", "allow"]) == 0
    return home


def printed(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(list(argv)) == code
    return capsys.readouterr().out


def elsewhere(tmp_path: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """On a machine that has nothing: another home, no keyring, another folder."""
    empty = tmp_path / "elsewhere"
    empty.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "BLUFIO_HOME": str(empty / "home"),
        "HOME": str(empty),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    done = piped.run(*argv, env=environment, cwd=empty)
    assert not (empty / "home").exists(), "a check needs no home and makes none"
    return done


def test_a_stranger_checks_a_file_with_the_public_key_alone(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = printed(capsys, "audit", "key").strip()
    out = tmp_path / "proof.json"
    printed(capsys, "audit", "prove", "3", "--out", str(out))
    done = elsewhere(tmp_path, "audit", "check", str(out), "--key", key)
    assert (done.returncode, done.stderr) == (0, "")
    assert "two private.txt for text-stats" in done.stdout
    assert "one private.txt" not in done.stdout
    assert ": allow by " in done.stdout
    assert "text-stats 1.0.1: its manifest is in the file, and is the one that acted" in done.stdout
    found = json.loads(elsewhere(tmp_path, "audit", "check", str(out), "--key", key, "--json").stdout)
    assert (found["ok"], found["rows"], found["reason"]) == (True, 2, "")
    assert found["asked"] == [3, 4]
    assert 'name = "text-stats"' in found["skills"][0]["manifest"]
    assert out.stat().st_size < 20_000


def test_a_file_that_was_changed_or_signed_by_another_proves_nothing(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = printed(capsys, "audit", "key").strip()
    out = tmp_path / "proof.json"
    printed(capsys, "audit", "prove", "1", "--out", str(out))
    other = printed(capsys, "audit", "key", "--replace").strip()
    assert other != key
    found = json.loads(printed(capsys, "audit", "check", str(out), "--key", other, "--json", code=1))
    assert found["ok"] is False
    assert "another" in found["reason"] or "you named the key" in found["reason"]
    out.write_text(out.read_text().replace("in-toto", "in-todo"))
    assert "proves nothing" in printed(capsys, "audit", "check", str(out), "--key", key, code=1)
    out.write_text("no json")
    assert "proves nothing" in printed(capsys, "audit", "check", str(out), "--key", key, code=1)


def test_what_is_redacted_is_nowhere_in_the_file(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = printed(capsys, "audit", "key").strip()
    out = tmp_path / "proof.json"
    printed(capsys, "audit", "prove", "1", "3", "--out", str(out), "--redact", "resource,actor")
    found = json.loads(printed(capsys, "audit", "check", str(out), "--key", key, "--json"))
    assert found["redacted"] == ["actor", "resource"]
    assert "private.txt" not in json.dumps(found)
    assert SKILL not in json.dumps(found), "the skills in the file would name the actor"


def test_rows_are_named_by_number_call_or_session(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(printed(capsys, "audit", "list", "--json"))
    call = rows[0]["call_id"]
    shown = json.loads(printed(capsys, "audit", "prove", call, "--out", str(tmp_path / "p"), "--json"))
    assert shown["asked"] == [1, 2]
    assert run(["audit", "prove", "999", "--out", str(tmp_path / "p")]) != 0
    assert "no row, no call and no session '999'" in capsys.readouterr().err
    assert run(["audit", "prove", "1", "--out", str(tmp_path / "p"), "--redact", "colour"]) == 2


def test_nothing_is_proved_of_a_log_that_was_changed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(home / "blufio.db") as connection:
        connection.execute("UPDATE audit SET resource = '/etc/passwd' WHERE seq = 1")
    connection.close()
    assert run(["audit", "prove", "1", "--out", str(tmp_path / "p")]) == 1
    assert "was changed at row" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_stored_tree_that_was_changed_does_not_hinder_a_proof(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, "audit", "prove", "1", "--out", str(tmp_path / "p"))
    with sqlite3.connect(home / "blufio.db") as connection:
        connection.execute("UPDATE audit_checkpoint SET envelope = '{}', peaks = x'00'")
    connection.close()
    printed(capsys, "audit", "prove", "1", "--out", str(tmp_path / "p"))
    key = printed(capsys, "audit", "key").strip()
    printed(capsys, "audit", "check", str(tmp_path / "p"), "--key", key)


def test_a_key_that_was_replaced_by_its_owner_is_no_tampering_and_one_that_was_removed_is(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, "audit", "prove", "1", "--out", "-")
    printed(capsys, "audit", "key", "--replace")
    printed(capsys, "audit", "prove", "1", "--out", "-")
    printed(capsys, "audit", "verify")
    (home / "keys" / "audit-signing.json").unlink()
    printed(capsys, "audit", "prove", "1", "--out", "-")
    found = json.loads(printed(capsys, "audit", "verify", "--json", code=1))
    assert "the key that signs checkpoints and proofs was exchanged" in found["reason"]
    printed(capsys, "audit", "key", "--replace")
    printed(capsys, "audit", "verify")
