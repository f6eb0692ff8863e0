"""`rules` on the command line, against a real configuration and a real log."""

import json
from pathlib import Path

import pytest

from blufio_tui.cli import run
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.features.stored import stores

CONFIG = """# my settings
[model]
name = "x"  # the one I like

[policy]
# rules that I trust
rules = [
  { allow = "exec", target = "git log *" },  # looking is fine
  { deny = "fs.read", target = "~/tax" },
]
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> object:
    assert run([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_adding_and_removing_keep_every_comment(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = home / "config.toml"
    config.write_text(CONFIG)
    added = printed(capsys, "rules", "add", "allow", "exec", "make test", "--actor", "bash")
    assert isinstance(added, dict) and added["number"] == 3 and added["sentence"] == "bash may run exactly `make test`."
    text = config.read_text()
    assert all(line in text for line in CONFIG.splitlines() if "#" in line)
    assert '{allow = "exec", target = "make test", actor = "bash"}' in text
    assert printed(capsys, "rules", "remove", "2") == {
        "verdict": "deny",
        "kind": "fs.read",
        "target": "~/tax",
        "actor": "*",
    }
    rules = printed(capsys, "rules", "list")
    assert isinstance(rules, list) and [rule["target"] for rule in rules] == ["git log *", "make test"]
    assert "looking is fine" in config.read_text() and "~/tax" not in config.read_text()


def test_rules_written_as_tables_stay_tables(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = home / "config.toml"
    config.write_text('[[policy.rules]]\nallow = "exec"\ntarget = "ls"  # mine\n')
    printed(capsys, "rules", "add", "deny", "net", "example.org")
    assert config.read_text().count("[[policy.rules]]") == 2 and "# mine" in config.read_text()


def test_a_first_rule_makes_the_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "rules", "add", "allow", "net", "GET docs.python.org")
    assert run(["config", "check"]) == 0
    capsys.readouterr()
    rules = printed(capsys, "rules", "list")
    assert isinstance(rules, list) and rules[0]["answered"] == 0


@pytest.mark.parametrize(
    "argv",
    [
        ["add", "allow", "fs.read", "relative/path"],
        ["add", "allow", "fs.read", "/a/../b"],
        ["add", "allow", "net", "https://example.org/x"],
        ["add", "allow", "exec", "ls; rm x"],
        ["add", "perhaps", "exec", "ls"],
        ["add", "allow", "everything", "*"],
    ],
)
def test_a_rule_that_means_nothing_is_refused_and_nothing_is_written(argv: list[str], home: Path) -> None:
    try:
        assert run(["rules", *argv]) == 2
    except SystemExit as ending:
        assert ending.code == 2
    assert not (home / "config.toml").exists()


def test_a_rule_that_is_not_there_cannot_be_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "remove", "7"]) == 1
    assert "there is no rule 7" in capsys.readouterr().err


def test_a_rule_is_tried_on_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    with stores.open_audit() as audit:
        for command, decision in (("make a", "allow"), ("make a", "allow"), ("make b", "deny"), ("rm x", "allow")):
            audit.append_sync(
                AuditEntry(
                    RowType.DECISION,
                    "exec",
                    command,
                    actor="bash",
                    decision=decision,
                    decided_by="user",
                    detail="in /p",
                )
            )
    tried = printed(capsys, "rules", "test", "allow", "exec", "make *")
    assert isinstance(tried, dict)
    assert (tried["would_answer"], tried["against"], tried["complete"]) == (3, 1, True)
    assert tried["examples"][0]["resource"] == "make b"
    assert run(["rules", "test", "allow", "exec", "make *"]) == 0
    said = capsys.readouterr()
    assert (
        "It would have answered 3 past questions, 1 of which you denied." in said.out and "do not rely" not in said.err
    )
    with stores.open_audit() as audit:
        audit._database.write_sync(lambda c: c.execute("UPDATE audit SET actor_version = 'x' WHERE seq = 2"))
    assert run(["rules", "test", "allow", "exec", "make *"]) == 0
    assert "do not rely on these rows: row 2" in capsys.readouterr().err
    assert run(["rules", "list"]) == 0
    assert "do not rely" not in capsys.readouterr().err
    with stores.open_audit() as audit:
        audit._database.write_sync(lambda c: c.execute("DELETE FROM audit WHERE seq = 4"))
    assert run(["rules", "list"]) == 0
    assert "do not rely on these rows: the log had reached row 4" in capsys.readouterr().err
