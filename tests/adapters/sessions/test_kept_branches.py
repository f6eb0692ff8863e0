"""A branch that is kept in memory is the one that is stored, whatever happens to the session."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions import kept_branches
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.sessions.records import MessageState, StoredMessage
from tests.fakes.session_clock import SettableClock


def said(text: str, role: Role = Role.USER) -> Message:
    return Message(role, (TextBlock(text),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "blufio.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    database.open()
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> SqliteSessions:
    return SqliteSessions(database, SettableClock())


@pytest.fixture
def other(path: Path, database: Database) -> Iterator[SqliteSessions]:
    """The store of another process: with connections of its own."""
    second = Database(path)
    second.open()
    yield SqliteSessions(second, SettableClock())
    second.close()


async def begun(store: SqliteSessions, count: int = 6) -> str:
    session_id = await store.create("/p")
    for number in range(count):
        await store.append(
            session_id, f"t{number // 2}", said(str(number), Role.ASSISTANT if number % 2 else Role.USER)
        )
    return session_id


async def same_as_stored(store: SqliteSessions, session_id: str) -> list[StoredMessage]:
    """What is kept, after comparing it with what a store that knows nothing reads from the same place."""
    kept = await store.messages(session_id)
    fresh = SqliteSessions(store._database, SettableClock())
    fresh._places = fresh._kept._places = store._places
    assert kept == await fresh.messages(session_id)
    return kept


async def test_of_a_branch_that_grew_only_the_end_is_read(store: SqliteSessions) -> None:
    session_id = await begun(store)
    before = await store.messages(session_id)
    calls = Message(Role.ASSISTANT, (ToolUseBlock("c", "tool", {"a": [1, 2.5, None], "b": "ä"}),))
    await store.append(session_id, "t9", calls)
    await store.append(session_id, "t9", Message(Role.USER, (ToolResultBlock("c", "done"),)))
    after = await same_as_stored(store, session_id)
    assert all(old is new for old, new in zip(before, after, strict=False)) and len(after) == 8
    assert after[6].message is calls


async def test_rewinding_and_another_branch(store: SqliteSessions) -> None:
    session_id = await begun(store)
    whole = await same_as_stored(store, session_id)
    await store.rewind(session_id, whole[1].message_id)
    assert len(await same_as_stored(store, session_id)) == 2
    await store.append(session_id, "u", said("instead"))
    assert [one.message.text for one in await same_as_stored(store, session_id)] == ["0", "1", "instead"]
    await store.switch_branch(session_id, whole[2].message_id)
    assert (await same_as_stored(store, session_id))[2].versions == 2
    await store.rewind(session_id, 0)
    assert await same_as_stored(store, session_id) == []
    await store.append(session_id, "v", said("anew"))
    assert len(await same_as_stored(store, session_id)) == 1


async def test_rewinding_and_going_on_without_a_reading_between(store: SqliteSessions) -> None:
    session_id = await begun(store)
    whole = await store.messages(session_id)
    await store.rewind(session_id, whole[3].message_id)
    await store.append(session_id, "u", said("x"))
    await store.switch_branch(session_id, whole[5].message_id)
    assert [one.versions for one in await same_as_stored(store, session_id)] == [1, 1, 1, 1, 2, 1]


async def test_a_summary_takes_the_place_of_what_it_stands_for(store: SqliteSessions) -> None:
    session_id = await begun(store)
    whole = await store.messages(session_id)
    await store.add_summary(session_id, "s", said("in short"), whole[3].message_id)
    assert [one.message.text for one in await same_as_stored(store, session_id)] == ["in short", "4", "5"]
    await store.append(session_id, "u", said("next"))
    short = await same_as_stored(store, session_id)
    assert [one.message.text for one in short] == ["in short", "4", "5", "next"]
    await store.append(session_id, "u", said("reply", Role.ASSISTANT))
    assert (await same_as_stored(store, session_id))[:4] == short


async def test_a_partial_message_that_is_made_whole(store: SqliteSessions) -> None:
    session_id = await begun(store)
    await store.append(session_id, "t", said("hal", Role.ASSISTANT), MessageState.PARTIAL, sequence=0)
    assert (await same_as_stored(store, session_id))[-1].state is MessageState.PARTIAL
    await store.append(session_id, "t", said("half", Role.ASSISTANT), sequence=0)
    assert (await same_as_stored(store, session_id))[-1].message.text == "half"
    await store.append(session_id, "t", said("other", Role.ASSISTANT), sequence=0)
    assert (await same_as_stored(store, session_id))[-1].message.text == "half"


async def test_what_another_process_changes_is_seen(
    store: SqliteSessions, other: SqliteSessions, database: Database
) -> None:
    session_id = await begun(store)
    whole = await store.messages(session_id)
    await other.rewind(session_id, whole[3].message_id)
    await other.append(session_id, "o", said("theirs"))
    assert (await same_as_stored(store, session_id))[4].versions == 2
    await store.resume(session_id)
    assert [one.message.text for one in await same_as_stored(store, session_id)][-1] == "theirs"
    await other._database.write(lambda conn: conn.execute("UPDATE messages SET body = '[]' WHERE parent_id = 0"))
    assert (await same_as_stored(store, session_id))[0].message.blocks == ()
    await other.delete(session_id)
    with pytest.raises(StorageError, match="deleted"):
        await store.messages(session_id)


async def test_a_message_that_was_rolled_back_is_not_kept(
    store: SqliteSessions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await begun(store)
    await store.messages(session_id)
    broken = asyncio.gather(
        store.append(session_id, "lost", said("lost")),
        database.write(lambda conn: conn.execute("ROLLBACK")),
        return_exceptions=True,
    )
    assert any(isinstance(one, StorageError) for one in await broken)
    await store.append(session_id, "t", said("kept"))
    texts = [one.message.text for one in await same_as_stored(store, session_id)]
    assert texts[-1] == "kept" and "lost" not in texts


async def test_reading_needs_no_writing(store: SqliteSessions, path: Path, database: Database) -> None:
    session_id = await begun(store)
    await store.messages(session_id)
    database.close()
    assert len(await store.messages(session_id)) == 6


async def test_reading_while_writing_never_shows_anything_twice(store: SqliteSessions) -> None:
    session_id = await begun(store, 2)
    for number in range(20):
        readings = [store.messages(session_id) for _ in range(3)]
        write = store.append(session_id, f"w{number}", said(f"w{number}"))
        found = await asyncio.gather(*readings, write, store.messages(session_id))
        for messages in (found[0], found[1], found[2], found[4]):
            assert isinstance(messages, list)
            ids = [one.message_id for one in messages]
            assert ids == sorted(set(ids)) and number + 2 <= len(ids) <= number + 3
    assert len(await same_as_stored(store, session_id)) == 22


async def test_what_is_kept_is_bounded(store: SqliteSessions, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = [await begun(store, 2) for _ in range(6)]
    for session_id in sessions:
        await store.messages(session_id)
    assert list(store._kept._branches) == sessions[2:]
    monkeypatch.setattr(kept_branches, "MOST_CHARS", 1)
    await store.append(sessions[5], "t", said("long"))
    assert len(await same_as_stored(store, sessions[5])) == 3
    assert sessions[5] not in store._kept._branches


async def test_all_that_is_kept_together_is_bounded_and_what_was_used_last_stays(
    store: SqliteSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_branches, "MOST_CHARS", 250)
    sessions = []
    for _ in range(3):
        sessions.append(await begun(store, 0))
        await store.append(sessions[-1], "t", said("x" * 100))
        assert len(await same_as_stored(store, sessions[-1])) == 1
    assert list(store._kept._branches) == sessions[1:]
    await store.append(sessions[1], "t", said("y" * 100))
    assert len(await same_as_stored(store, sessions[1])) == 2
    assert list(store._kept._branches) == sessions[1:2]
