"""`blufio-tui undo` on a real project, through the gate and into the audit log."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.cli import build_parser, run
from blufio_tui.cli.start import start_options
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.wiring.backend import open_backend


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    return folder


def act(project: Path, call_id: str, tool: str, **arguments: Any) -> None:
    async def work() -> ToolOutcome:
        line = ["--project", str(project), "--mode", "allow-all", "--offline", "ask", "x"]
        async with open_backend(start_options(build_parser(("ask",)).parse_args(line)), interactive=False) as backend:
            found = backend.equipment.tools.get(tool)
            assert found is not None
            return await found.invoke(arguments, CallContext("", "", call_id, lambda _: None))

    assert not asyncio.run(work()).is_error


def undo(project: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(["undo", *arguments, "--json", "--project", str(project)])
    return code, json.loads(capsys.readouterr().out)


def test_an_undo_restores_what_was_changed_and_can_be_undone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    act(project, "c", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "c", "file", action="write", path="b.txt", content="made")
    code, planned = undo(project, capsys, "c", "--dry-run")
    assert code == 0 and len(planned["restored"]) == 2 and (project / "b.txt").exists()

    code, done = undo(project, capsys, "--last")
    assert (code, done["call_id"], done["refused"]) == (0, "c", [])
    assert (project / "a.txt").read_text() == "one\n" and not (project / "b.txt").exists()

    code, _ = undo(project, capsys, done["undo_call_id"])
    assert code == 0
    assert (project / "a.txt").read_text() == "two\n" and (project / "b.txt").read_text() == "made"

    assert run(["audit", "list", "--json", "--project", str(project)]) == 0
    kinds = [row["kind"] for row in json.loads(capsys.readouterr().out)]
    assert kinds.count("undo") == 2


def test_the_last_change_is_one_that_changed_something(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    act(project, "c", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "d", "file", action="write", path="a.txt", content="two\n")
    act(project, "e", "file", action="write", path="a.txt", content="three\n")
    act(project, "e", "file", action="write", path="a.txt", content="two\n")
    assert run(["undo", "e", "--dry-run", "--project", str(project)]) == 0
    assert capsys.readouterr().out == "nothing to undo: e left every file as it was\n"
    code, done = undo(project, capsys, "--last")
    assert (code, done["call_id"], (project / "a.txt").read_text()) == (0, "c", "one\n")


def test_a_file_that_changed_since_is_left_alone_and_the_others_are_restored(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    act(project, "c", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "c", "file", action="write", path="b.txt", content="made")
    (project / "a.txt").write_text("mine\n")
    code, done = undo(project, capsys, "c")
    assert code == 1 and done["refused"] == [{"path": str(project / "a.txt"), "why": "it changed since"}]
    assert (project / "a.txt").read_text() == "mine\n" and not (project / "b.txt").exists()


def test_an_unknown_call_is_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["undo", "nothing", "--project", str(project)]) == 1
    assert "nothing to undo" in capsys.readouterr().err
    assert run(["undo", "--project", str(project)]) == 2


def test_calls_are_taken_back_together_after_a_look_at_the_difference(project: Path) -> None:
    act(project, "c1", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "c2", "file", action="write", path="b.txt", content="made\n")
    act(project, "c3", "edit", path="a.txt", edits=[{"old": "two", "new": "three"}])

    async def work() -> None:
        line = ["--project", str(project), "--offline", "ask", "x"]
        async with open_backend(start_options(build_parser(("ask",)).parse_args(line)), interactive=False) as backend:
            undoing = backend.undoing
            shown = {Path(one.step.path).name: one.difference for one in await undoing.look(["c1", "c2", "c3"])}
            assert "-three" in shown["a.txt"] and "+one" in shown["a.txt"] and "-made" in shown["b.txt"]
            assert await undoing.look(["nothing", "was kept"]) == ()
            (project / "b.txt").write_text("mine\n")
            done = await undoing.undo_all(["c1", "c2", "c3"])
            assert [Path(path).name for path in done.restored] == ["a.txt"]
            assert [Path(path).name for path, _ in done.refused] == ["b.txt"]
            assert (project / "a.txt").read_text() == "one\n" and (project / "b.txt").read_text() == "mine\n"
            again = await undoing.undo(done.undo_id)
            assert again.refused == () and (project / "a.txt").read_text() == "three\n"

    asyncio.run(work())


@pytest.mark.skipif(not Path("/usr/bin/git").exists(), reason="needs git")
def test_what_calls_changed_is_compared_with_the_last_commit(project: Path) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    for words in (["init", "-q"], ["add", "a.txt"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["/usr/bin/git", *words], cwd=project, check=True, env={**os.environ, **who})
    (project / "a.txt").write_text("one\nmine\n")  # before the session, and not committed
    act(project, "c1", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "c2", "file", action="write", path="b.txt", content="made\n")
    act(project, "c3", "file", action="write", path="../c.txt", content="outside\n")

    async def work() -> None:
        line = ["--project", str(project), "--offline", "ask", "x"]
        async with open_backend(start_options(build_parser(("ask",)).parse_args(line)), interactive=False) as backend:
            calls = ["c1", "c2", "c3"]
            compared = await backend.undoing.against_git(calls, project)
            assert compared is not None and (compared.same, compared.outside) == (0, 1)
            shown = {Path(change.path).name: change.difference for change in compared.changes}
            assert set(shown) == {"a.txt", "b.txt"}
            assert "-one\n+two\n+mine" in shown["a.txt"] and "+made" in shown["b.txt"]
            (project / "a.txt").write_text("one\n")
            (project / "b.txt").unlink()
            compared = await backend.undoing.against_git(calls, project)
            assert compared is not None and (compared.changes, compared.same) == ((), 2)
            (project / "a.txt").unlink()
            compared = await backend.undoing.against_git(calls, project)
            assert compared is not None and "-one" in compared.changes[0].difference

    asyncio.run(work())


def test_what_calls_changed_is_told_as_one_difference_a_file_also_after_another_change(project: Path) -> None:
    act(project, "c1", "edit", path="a.txt", edits=[{"old": "one", "new": "two"}])
    act(project, "c2", "file", action="write", path="b.txt", content="made\n")
    act(project, "c3", "edit", path="a.txt", edits=[{"old": "two", "new": "three"}])

    async def work() -> None:
        line = ["--project", str(project), "--offline", "ask", "x"]
        async with open_backend(start_options(build_parser(("ask",)).parse_args(line)), interactive=False) as backend:
            undoing = backend.undoing
            first = await undoing.changed(["c1"])
            assert [(Path(one.path).name, one.difference.split("\n")[-2:]) for one in first] == [
                ("a.txt", ["-one", "+two"])  # c3 changed it since, and so kept what c1 had left
            ]
            whole = await undoing.changed(["c1", "c2", "c3", "unknown"])
            assert {Path(one.path).name: one.difference.split("\n")[3:] for one in whole} == {
                "a.txt": ["-one", "+three"],
                "b.txt": ["+made"],
            }
            (project / "b.txt").write_text("by hand\n")
            (then,) = await undoing.changed(["c2"])
            assert then.difference.endswith("+made")  # what the call did, not what came after it

    asyncio.run(work())
