"""`why`, on files that tools, commands and others changed, through the whole program."""

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.cli import run
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.effects import FileOperation, RunCommand, WriteFile
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.tools import CallContext
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import open_backend

EDIT = Actor(ActorKind.TOOL, "edit")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    project = (tmp_path / "project").resolve()
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def written(project: Path, number: int, name: str, text: str | None, prompt: str = "do it") -> None:
    """A turn in which a tool writes or removes a file."""

    async def work() -> None:
        args = StartOptions(project=project, mode="allow-all", offline=True)
        async with open_backend(args, interactive=False) as backend:
            session_id = await backend.stored.sessions.create(str(project))
            await backend.stored.sessions.append(session_id, f"t{number}", Message(Role.USER, (TextBlock(prompt),)))
            record = ToolCallRecord(session_id, f"t{number}", f"c{number}", "edit", {}, 1.0, True)
            await backend.stored.sessions.record_tool_call(record)
            context = CallContext(session_id, f"t{number}", f"c{number}", lambda _: None)
            path = str(project / name)
            if text is None:
                await backend.gate.perform(FileOperation("unlink", path), EDIT, context)
            else:
                await backend.gate.perform(WriteFile(path, text.encode()), EDIT, context)

    asyncio.run(work())


def why(capsys: pytest.CaptureFixture[str], place: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(["why", place, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def call_of(found: dict[str, object]) -> tuple[object, object]:
    row = found["row"]
    assert isinstance(row, dict)
    return found["source"], row["call_id"]


def test_a_line_leads_to_its_call_prompt_rule_and_verified_row(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(project, 1, "a.py", "one\ntwo\n", "write a.py")
    written(project, 2, "a.py", "one\nand a half\ntwo\n", "add a half")
    assert call_of(why(capsys, "a.py:1")) == ("call", "c1")
    found = why(capsys, "a.py:2")
    assert call_of(found) == ("call", "c2")
    assert (found["text"], found["tool"], found["prompt"]) == ("and a half", "edit", "add a half")
    row = found["row"]
    assert isinstance(row, dict)
    assert (row["verified"], row["decided_by"]) == (True, "mode")
    assert row["verified_by"] == "in the signed checkpoint of 4 rows"
    assert len(row["before"]) == len(row["after"]) == 64
    assert call_of(why(capsys, "a.py:3")) == ("call", "c1")
    assert call_of(why(capsys, "a.py")) == ("call", "c2")
    capsys.readouterr()
    assert run(["why", str(project / "a.py:2")]) == 0
    text = capsys.readouterr().out
    assert "This line was written by an effect in the log." in text
    assert "prompt   add a half" in text
    assert "allowed  by mode" in text


def test_what_others_wrote_is_not_by_us(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.py").write_text("mine before\n")
    written(project, 1, "a.py", "mine before\nours\n")
    (project / "a.py").write_text("mine before\nours\nmine after\n")
    assert why(capsys, "a.py:1")["source"] == "before_us"
    assert call_of(why(capsys, "a.py:2")) == ("call", "c1")
    found = why(capsys, "a.py:3")
    assert (found["source"], found["by_us"]) == ("not_by_us", False)
    assert why(capsys, "a.py")["source"] == "not_by_us"
    (project / "other").write_text("x\n")
    assert why(capsys, "other:1")["source"] == "not_by_us"
    assert why(capsys, "other")["row"] is None


LONG = "a line that nobody else writes by chance\n"


@pytest.mark.parametrize("moved", [os.rename, os.link, shutil.copy])
def test_a_file_under_another_name_is_told_by_its_content(
    project: Path, capsys: pytest.CaptureFixture[str], moved: Callable[[Path, Path], object]
) -> None:
    (project / "a.py").write_text("before us\n")
    written(project, 1, "a.py", f"before us\n{LONG}")
    moved(project / "a.py", project / "b.py")
    found = why(capsys, "b.py:2")
    assert call_of(found) == ("call", "c1")
    assert isinstance(found["row"], dict)
    assert found["row"]["resource"] == str(project / "a.py")
    assert why(capsys, "b.py:1")["source"] == "before_us"
    written(project, 2, "b.py", f"before us\n{LONG}more\n")
    assert [call_of(why(capsys, f"b.py:{line}"))[1] for line in (2, 3)] == ["c1", "c2"]
    assert run(["why", "b.py:2"]) == 0
    assert f"as       {project / 'a.py'}, which had the same content" in capsys.readouterr().out


def test_a_file_that_was_put_over_another_one_has_its_own_history(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(project, 1, "a.py", LONG)
    written(project, 2, "b.py", f"{LONG}of b\n")
    (project / "b.py").rename(project / "a.py")
    assert call_of(why(capsys, "a.py:2")) == ("call", "c2")
    (project / "a.py").write_text("somebody else wrote this line, and no effect did\n")
    assert why(capsys, "a.py:1")["source"] == "not_by_us"


def test_the_same_few_bytes_elsewhere_tell_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(project, 1, "a/__init__.py", "\n")
    (project / "b.py").write_text("\n")
    assert why(capsys, "b.py:1")["source"] == "not_by_us"


def test_a_row_that_was_changed_vouches_for_nothing(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(project, 1, "a.py", "ours\n")
    with sqlite3.connect(tmp_path / "home" / "blufio.db") as connection:
        connection.execute("UPDATE audit SET decided_by = 'user' WHERE about_seq = 0")
    connection.close()
    found = why(capsys, "a.py:1")
    row = found["row"]
    assert isinstance(row, dict)
    assert (row["decided_by"], row["verified"]) == ("user", False)


def test_a_changed_row_about_the_command_of_the_call_vouches_for_nothing(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        args = StartOptions(project=project, mode="allow-all", offline=True)
        async with open_backend(args, interactive=False) as backend:
            session_id = await backend.stored.sessions.create(str(project))
            context = CallContext(session_id, "t1", "c1", lambda _: None)
            await backend.gate.perform(RunCommand("true", str(project)), Actor(ActorKind.TOOL, "bash"), context)
            await backend.gate.perform(WriteFile(str(project / "a.py"), b"ours\n"), EDIT, context)

    asyncio.run(work())
    found = why(capsys, "a.py:1")
    assert (found["command"], found["row"]["verified"]) == ("true", True)  # type: ignore[index]
    with sqlite3.connect(tmp_path / "home" / "blufio.db") as connection:
        connection.execute("UPDATE audit SET rule = 'allowed by you' WHERE kind = 'exec' AND about_seq = 0")
    connection.close()
    assert why(capsys, "a.py:1")["row"]["verified"] is False  # type: ignore[index]


@pytest.mark.parametrize("forged", [2, 4])
def test_an_outcome_that_was_changed_to_claim_a_strangers_file_vouches_for_nothing(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], forged: int
) -> None:
    """A stranger wrote the file, and made the outcome of an effect of ours say that it left this content."""
    for number in (1, 2):
        written(project, number, "a.py", f"ours {number}\n")
    assert why(capsys, "a.py")["row"]["verified"] is True  # type: ignore[index]
    (project / "a.py").write_text("a stranger's\n")
    assert why(capsys, "a.py")["source"] == "not_by_us"
    digest = hashlib.sha256(b"a stranger's\n").hexdigest()
    with sqlite3.connect(tmp_path / "home" / "blufio.db") as connection:
        outcomes = [row[0] for row in connection.execute("SELECT seq FROM audit WHERE about_seq > 0 ORDER BY seq")]
        assert outcomes == [2, 4]
        connection.execute("UPDATE audit SET body_sha256 = ? WHERE seq = ?", (digest, forged))
    connection.close()
    assert why(capsys, "a.py")["row"]["verified"] is False  # type: ignore[index]
    capsys.readouterr()
    assert run(["why", "a.py"]) == 0
    assert "NOT what was written" in capsys.readouterr().out


def test_a_file_that_was_removed_is_told_by_its_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(project, 1, "a.py", "ours\n")
    written(project, 2, "a.py", None)
    assert call_of(why(capsys, "a.py")) == ("call", "c2")
    assert run(["why", "a.py:1"]) == 2
    assert run(["why", "nothing"]) == 1
    assert "no file" in capsys.readouterr().err


def test_the_prompt_of_a_deleted_session_is_gone_and_the_row_stays(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.py").write_text("theirs\n")
    written(project, 1, "a.py", "theirs\nours\n")
    assert why(capsys, "a.py:1")["source"] == "before_us"
    found = why(capsys, "a.py:2")
    row = found["row"]
    assert isinstance(row, dict)
    assert run(["session", "delete", str(row["session_id"])]) == 0
    assert why(capsys, "a.py:1")["source"] == "unknown", "the old content went too"
    found = why(capsys, "a.py")
    assert (*call_of(found), found["prompt"]) == ("call", "c1", "")


def test_names_with_a_colon_and_bad_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(project, 1, "a:7", "ours\n")
    assert call_of(why(capsys, "a:7")) == ("call", "c1")
    assert call_of(why(capsys, "a:7:1")) == ("call", "c1")
    for place in ("a:7:2", "a:7:0"):
        assert run(["why", place]) == 2
    assert run(["why", str(project)]) == 2
