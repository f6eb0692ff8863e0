"""What is deleted is gone from the disk, the chain holds, and a row says what, when and why."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.cli import run
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, RowType
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.settings.schema import KeepSettings
from blufio_tui.features.stored import stores

SECRET = "zanzibarmarker"
DAY = 86_400


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    return Paths.from_environment()


def session(paths: Paths, secret: str, call_id: str) -> str:
    """A session with a message, a call, its output and the old content of a file it changed."""

    async def work() -> str:
        with stores.open_sessions() as library:
            session_id = await library.create("/p")
            for number in range(2):
                text = f"{secret} and {secret}{number}"
                await library.append(session_id, f"t{number}", Message(Role.USER, (TextBlock(text),)))
            record = ToolCallRecord(session_id, "t1", call_id, "bash", {"command": f"echo {secret}"}, 1.0, True, secret)
            await library.record_tool_call(record)
            return session_id

    session_id = asyncio.run(work())
    output = OutputFiles(paths.outputs).create(session_id, call_id)
    output.add(secret * 100)
    output.close()
    UndoStore(paths.undo).keep_before(call_id, f"/p/{call_id}", secret.encode(), 0o644, b"new")
    return session_id


def rows() -> list[AuditRow]:
    with stores.open_audit() as log:
        assert asyncio.run(log.verify()).ok
        return asyncio.run(log.page(AuditFilter(kind="erase")))


def files_with(home: Path, text: str) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_deleted_session_is_gone_from_every_file_and_a_row_says_so(paths: Paths) -> None:
    session_id = session(paths, SECRET, "c1")
    other = session(paths, "otherwords", "c2")
    assert len(files_with(paths.data, SECRET)) >= 3
    assert run(["session", "delete", session_id]) == 0
    assert files_with(paths.data, SECRET) == []
    assert len(files_with(paths.data, "otherwords")) >= 3
    (row,) = rows()
    assert (row.entry.resource, row.entry.session_id) == (f"session {session_id}", session_id)
    assert row.entry.rule == "deleted by you"
    assert row.entry.detail.startswith("2 messages, 1 tool call, 1 stored output (1.4 KiB), the old content")
    assert UndoStore(paths.undo).changes("c2")
    with pytest.raises(NotThere):
        UndoStore(paths.undo).changes("c1")
    with stores.open_sessions() as library:
        assert [hit.session.session_id for hit in asyncio.run(library.search("otherwords"))] == [other]


def test_content_that_another_call_needs_stays(paths: Paths) -> None:
    session_id = session(paths, SECRET, "c1")
    undo = UndoStore(paths.undo)
    undo.keep_before("elsewhere", "/p/x", SECRET.encode(), 0o644, b"new")
    assert run(["session", "delete", session_id]) == 0
    (change,) = undo.changes("elsewhere")
    assert undo.content(change.before) == SECRET.encode()


def test_nothing_is_deleted_where_the_row_cannot_be_written(paths: Paths) -> None:
    session_id = session(paths, SECRET, "c1")
    with stores.open_audit() as log:
        log.append_sync(AuditEntry(RowType.MODE, "mode", "ask"))
    paths.audit_key.unlink()
    assert run(["session", "delete", session_id]) == 1
    with stores.open_sessions() as library:
        assert asyncio.run(library.info(session_id)) is not None
    assert len(files_with(paths.data, SECRET)) >= 3


def test_a_session_that_is_not_there_leaves_no_row(paths: Paths) -> None:
    with stores.open_sessions() as library, pytest.raises(StorageError):
        asyncio.run(library.delete("nope"))
    assert rows() == []


def aged(folder: Path, days: int) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            stat = path.stat()
            os.utime(path, (stat.st_atime - days * DAY, stat.st_mtime - days * DAY))


def test_what_is_older_than_keep_says_expires(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    old, kept = session(paths, SECRET, "c1"), session(paths, "otherwords", "c2")
    with stores.open_sessions() as library:
        sql = "UPDATE sessions SET updated = updated - ? WHERE session_id = ?"
        library._database.write_sync(lambda connection: connection.execute(sql, (40 * DAY, old)).rowcount)
    assert run(["session", "expire", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sessions": [], "outputs": 0, "undo_calls": 0}, "all is kept"
    paths.config_file.write_text("[keep]\nsessions_days = 30\noutputs_days = 7\nundo_days = 7\n")
    assert run(["session", "expire", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"] == [old]
    with stores.open_sessions() as library:
        done = asyncio.run(library.expire(KeepSettings(sessions_days=30), besides=old))
        assert done.sessions == (), "whoever has just opened it wants it"
    aged(paths.outputs, 8)
    aged(paths.undo, 8)
    assert run(["session", "expire"]) == 0
    assert files_with(paths.data, SECRET) == []
    assert [row.entry.rule for row in rows()] == [
        "not used for 30 days (keep.sessions_days)",
        "older than 7 days (keep.outputs_days)",
        "older than 7 days (keep.undo_days)",
    ]
    with stores.open_sessions() as library:
        assert [one.session_id for one in asyncio.run(library.recent())] == [kept]
    with pytest.raises(NotThere):
        UndoStore(paths.undo).changes("c2")


def test_outputs_that_a_deletion_left_when_it_was_cut_off_are_removed(paths: Paths) -> None:
    kept = session(paths, "otherwords", "c2")
    output = OutputFiles(paths.outputs).create("gone", "c9")
    output.add(SECRET)
    output.close()
    aged(paths.outputs, 2)
    assert run(["session", "expire"]) == 0
    assert files_with(paths.outputs, SECRET) == []
    assert OutputFiles(paths.outputs).extent(kept)[0] == 1
