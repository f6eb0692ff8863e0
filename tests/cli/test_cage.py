"""`blufio-tui cage` as scripts use it."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side import probe
from blufio_tui.cli import run
from tests.fakes import piped

pytestmark = pytest.mark.skipif(bool(probe.why_not()), reason=probe.why_not() or "a cage can be made")


class Box:
    def __init__(self, root: Path) -> None:
        self.project, self.outside, self.home = root / "project", root / "outside", root / "home"
        self.project.mkdir()
        self.outside.mkdir()
        (self.outside / "a.txt").write_text("outside")

    def __call__(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return self.run("cage", *arguments, stdin=stdin)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "BLUFIO_HOME": str(self.home)}

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return piped.run(*arguments, env=self.env, cwd=self.project, stdin=stdin)

    def json(self, *arguments: str) -> dict[str, Any]:
        report = json.loads(self("--json", *arguments).stdout)
        assert isinstance(report, dict)
        return report


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(Path(os.path.realpath(tmp_path)))


def test_output_input_and_exit_code_pass_through(box: Box) -> None:
    words = [sys.executable, "-m", "blufio_tui", "cage", "--", "sh", "-c", "cat; echo err >&2; exit 9"]
    done = subprocess.run(
        words, cwd=box.project, env=box.env, input="given", capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (9, "given", "err\n")


def test_a_git_that_may_not_read_its_settings_is_said_why_and_how_to_allow_it(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = box.outside.parent / "person"
    person.mkdir()
    settings = person / ".gitconfig"
    settings.write_text('[url "https://x:a-token-of-sixteen@example.org/"]\n\tinsteadOf = https://example.org/\n')
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    refused = box("--", "git", "config", "--list")
    assert f"refused: read {settings} (denied by mode deny" in refused.stderr
    assert f"; it seems to hold a login); --read {settings} allows it" in refused.stderr
    (effect,) = box.json("--", "git", "config", "--list")["effects"]
    assert (effect["resource"], effect["why"]) == (str(settings), "it seems to hold a login")
    assert "insteadof" in box("--read", str(settings), "--", "git", "config", "--list").stdout.lower()


def test_the_report_has_every_field_of_the_contract(box: Box) -> None:
    report = box.json("--", "sh", "-c", f"echo x > made; cat {box.outside}/a.txt; cat {box.home}/blufio.db; kill -9 $$")
    assert {
        "call_id",
        "command",
        "caged",
        "why_not",
        "exit_code",
        "signal",
        "stdout",
        "stderr",
        "effects",
    } < report.keys()
    assert (report["caged"], report["why_not"], report["exit_code"], report["signal"]) == (True, None, 137, 9)
    for effect in report["effects"]:
        assert {"kind", "resource", "decision", "decided_by", "rule", "program", "pid", "outcome"} <= effect.keys()
    decided = {(one["kind"], one["resource"]): (one["decision"], one["decided_by"]) for one in report["effects"]}
    assert decided["fs.read", f"{box.outside}/a.txt"] == ("deny", "mode")
    assert decided["fs.read", f"{box.home}/blufio.db"] == ("deny", "never-rule")
    assert decided["fs.write", f"{box.project}/made"] == ("allow", "mode")
    assert report["summary"]["files_written"] == [f"{box.project}/made"]
    assert report["summary"]["programs"] >= 3
    assert report["wall_ms"] >= report["waited_ms"] >= 0


def test_what_is_denied_is_said_and_recorded(box: Box) -> None:
    done = box("--", "cat", f"{box.outside}/a.txt")
    assert done.returncode == 1
    assert f"refused: read {box.outside}/a.txt" in done.stderr
    listed = box.run("audit", "list", "--json")
    rows = [(row["kind"], row["resource"], row["decision"]) for row in json.loads(listed.stdout)]
    assert rows[0] == ("exec", f"cat {box.outside}/a.txt", "allow")
    assert ("fs.read", f"{box.outside}/a.txt", "deny") in rows


def test_everything_that_was_done_can_be_listed_by_program(box: Box) -> None:
    report = box.json("--", "sh", "-c", f"echo hi > made; cat {box.outside}/a.txt; /bin/true")
    command = ("audit", "effects", report["call_id"])
    shown = box.run(*command).stdout.splitlines()
    assert shown[0].startswith("sh -c")
    assert "wrote 1, started" in shown[0]
    cat = next(line for line in shown if "▸" in line and "bin/cat" in line)
    denied = next(line for line in shown if f"✗ read {box.outside}/a.txt" in line)
    made = next(line for line in shown if f"made {box.project}/made" in line)
    depths = [len(line) - len(line.lstrip()) for line in (cat, denied, made)]
    assert depths[1] == depths[0] + 2 == depths[2] + 2, shown
    (listed,) = json.loads(box.run(*command, "--json").stdout)["commands"]
    assert listed["effects"][0]["kind"] == "counts"
    assert {one["kind"] for one in listed["effects"]} >= {"program", "fs.read", "fs.write"}
    missing = box.run("audit", "effects", "no-such-call")
    assert missing.returncode != 0
    assert "no caged command has ended in the call no-such-call" in missing.stderr


def test_what_it_did_is_taken_back(box: Box) -> None:
    (box.project / "a").write_text("as it was")
    box("--", "sh", "-c", "mv a b; echo more >> b; mkdir c")
    done = box.run("undo", "--last", "--project", str(box.project))
    assert done.returncode == 0, done.stderr
    assert (box.project / "a").read_text() == "as it was"
    assert {path.name for path in box.project.iterdir()} == {"a"}


def test_paths_given_are_free(box: Box) -> None:
    allowed = ("--read", str(box.outside), "--", "cat", f"{box.outside}/a.txt")
    assert box(*allowed).stdout == "outside"
    assert box(*allowed[:2], "--", "sh", "-c", f"echo x > {box.outside}/b").returncode != 0
    assert box("--write", str(box.outside), "--", "sh", "-c", f"echo x > {box.outside}/b").returncode == 0


def test_what_is_asked_can_be_allowed_beforehand(box: Box) -> None:
    report = box.json("--on-denial", "allow", "--", "cat", f"{box.outside}/a.txt")
    assert report["stdout"] == "outside"
    assert [(one["decision"], one["decided_by"]) for one in report["effects"]] == [("allow", "user")]


def test_a_host_given_is_reached_and_another_is_not(box: Box) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"), daemon=True).start()
        port = server.getsockname()[1]
        script = f"import socket; print(socket.create_connection(('127.0.0.1', {port}), 5).recv(5))"
        python = os.path.realpath(sys.executable)
        refused = box.json("--", python, "-c", script)
        assert [(one["kind"], one["decided_by"]) for one in refused["effects"]] == [("net", "never-rule")]
        reached = box.json("--net", f"127.0.0.1:{port}", "--", python, "-c", script)
    assert reached["stdout"] == "b'hello'\n"
    assert reached["summary"]["hosts"] == ["127.0.0.1"]


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cage", "--json"]) == 2
    assert "needs a command" in capsys.readouterr().err


def test_without_a_cage_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("blufio_tui.cli.caged_command.why_not", lambda: "this kernel is too old")
    assert run(["cage", "--json", "--project", str(tmp_path), "--", "touch", str(tmp_path / "made")]) == 126
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["caged"], report["why_not"], report["exit_code"]) == (False, "this kernel is too old", 126)
    assert "not caged: this kernel is too old" in captured.err
    assert not (tmp_path / "made").exists()
