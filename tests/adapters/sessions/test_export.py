"""Sessions leave as JSON or Markdown without secrets, and come back from JSON as they were."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock, ThinkingBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import ErrorKind, UsageError
from blufio_tui.core.events import CallUsage, ErrorInfo, HostCallFinished, LogLine
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.text.redaction import Redactor
from tests.fakes.session_clock import SettableClock

KEY = "sk-ant-api03-" + "a1B2" * 10


def open_store(path: Path, redactor: Redactor | None = None) -> tuple[Database, SqliteSessions]:
    database = Database(path)
    database.open()
    return database, SqliteSessions(database, SettableClock(), redactor)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteSessions]:
    database, store = open_store(tmp_path / "one.db", Redactor({"DB_PASSWORD": "hunter2-hunter2"}))
    yield store
    database.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[SqliteSessions]:
    database, store = open_store(tmp_path / "two.db")
    yield store
    database.close()


def tool_call(session_id: str) -> ToolCallRecord:
    host_call = HostCallFinished(
        "t1", "c1", "h1", Kind.FS_READ, "/etc/hosts", Verdict.DENY, DecidedBy.MANIFEST, "not declared", "denied", 1.5, 7
    )
    return ToolCallRecord(
        session_id,
        "t1",
        "c1",
        "file",
        {"path": "/etc/hosts"},
        created=1.0,
        finished=True,
        content="denied",
        is_error=True,
        error=ErrorInfo(ErrorKind.CAPABILITY_DENIED, "no"),
        usage=CallUsage(fuel=5),
        logs=(LogLine("info", "hi"),),
        duration_ms=3.0,
        host_calls=(host_call,),
    )


async def conversation(store: SqliteSessions) -> str:
    session_id = await store.create("/project")
    first = await store.append(session_id, "t1", Message(Role.USER, (TextBlock("read the hosts file"),)))
    call = ToolUseBlock("c1", "file", {"path": "/etc/hosts"})
    await store.append(
        session_id, "t1", Message(Role.ASSISTANT, (ThinkingBlock("hm", "sig"), TextBlock("Let me"), call))
    )
    await store.append(session_id, "t1", Message(Role.USER, (ToolResultBlock("c1", "denied", is_error=True),)))
    await store.record_tool_call(tool_call(session_id))
    await store.add_summary(session_id, "t2", Message(Role.USER, (TextBlock("[so far]"),)), first)
    await store.rewind(session_id, first)
    await store.append(session_id, "t3", Message(Role.ASSISTANT, (TextBlock("another way"),)))
    return session_id


async def test_an_imported_session_has_all_branches_summaries_and_tool_calls(
    store: SqliteSessions, elsewhere: SqliteSessions
) -> None:
    session_id = await conversation(store)
    imported = await elsewhere.import_json(await store.export_json(session_id))
    assert imported == session_id
    assert await elsewhere.tool_calls(imported) == [tool_call(session_id)]
    assert [end.messages for end in await elsewhere.branch_ends(imported)] == [2, 4]
    before, after = await store.all_messages(session_id), await elsewhere.all_messages(imported)
    assert [one.message for one in before] == [one.message for one in after]
    [_, longer] = await elsewhere.branch_ends(imported)
    await elsewhere.switch_branch(imported, longer.leaf_id)
    assert [one.message.text for one in await elsewhere.messages(imported)] == ["[so far]", "Let me", ""]
    info = await elsewhere.resume(imported)
    assert (info.title, info.project, info.messages) == ("read the hosts file", "/project", 4)


async def test_an_import_of_what_is_there_becomes_a_second_session(store: SqliteSessions) -> None:
    session_id = await conversation(store)
    copy = await store.import_json(await store.export_json(session_id))
    assert copy != session_id
    assert len(await store.recent()) == 2


async def test_an_export_holds_no_secrets_and_no_thinking_that_was_signed_with_one(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    blocks = (
        ThinkingBlock(f"the key is {KEY}", "sig"),
        TextBlock(f"use {KEY}"),
        ToolUseBlock("c", "bash", {"command": "psql hunter2-hunter2"}),
    )
    await store.append(session_id, "t", Message(Role.ASSISTANT, blocks))
    as_json, as_markdown = await store.export_json(session_id), await store.export_markdown(session_id)
    for text in (as_json, as_markdown):
        assert KEY not in text
        assert "hunter2" not in text
    kinds = [block["type"] for block in json.loads(as_json)["messages"][0]["content"]]
    assert kinds == ["text", "tool_use"]


async def test_an_export_cannot_command_a_terminal(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    evil = "\x1b]0;title\x07 \x9b2J \u202egnp.exe"
    await store.append(session_id, "t", Message(Role.USER, (TextBlock(evil),)))
    for text in (await store.export_json(session_id), await store.export_markdown(session_id)):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(text)
    assert json.loads(await store.export_json(session_id))["messages"][0]["content"][0]["text"] == evil


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "other"}, "not an exported session"),
        ({"version": 99}, "version 99"),
        ({"session": 3}, "session: expected an object"),
        ({"messages": {}}, "messages: expected a list"),
        ({"active": 77}, "no message 77"),
        ({"active": True}, "active: expected a whole number"),
        ({"tool_calls": [{"tool": 1}]}, "tool_calls"),
    ],
)
async def test_a_damaged_document_is_refused_and_nothing_is_stored(
    store: SqliteSessions, elsewhere: SqliteSessions, change: dict[str, object], says: str
) -> None:
    document = {**json.loads(await store.export_json(await conversation(store))), **change}
    with pytest.raises(UsageError, match=says):
        await elsewhere.import_json(json.dumps(document))
    assert await elsewhere.recent() == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("parent_id", 999, "no message 999"),
        ("parent_id", 2, "parent_id"),
        ("id", 1, "must be higher"),
        ("id", 2**70, "id"),
        ("role", "system", "role"),
        ("state", "odd", "complete, partial"),
        ("stands_for", 4, "not on its branch"),
        ("content", [{"type": "video"}], "not a known kind"),
        ("content", "text", "expected a list"),
        ("created", "now", "expected a number"),
        ("created", 1e20, "is not a time"),
        ("created", float("nan"), "expected a number"),
    ],
)
async def test_a_damaged_message_is_named(
    store: SqliteSessions, elsewhere: SqliteSessions, field: str, value: object, says: str
) -> None:
    document = json.loads(await store.export_json(await conversation(store)))
    document["messages"][1][field] = value
    with pytest.raises(UsageError, match=rf"messages\[[12]\].*{says}"):
        await elsewhere.import_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '{"format": "blufio-session", "version": 1}'])
async def test_what_is_no_document_is_refused(elsewhere: SqliteSessions, text: str) -> None:
    with pytest.raises(UsageError, match="cannot be imported"):
        await elsewhere.import_json(text)
