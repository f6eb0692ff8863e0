"""The store of conversations: what is appended is there, once, on the branch where it belongs."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.branch_positions import START, Places
from blufio_tui.adapters.sessions.branches import end_before
from blufio_tui.adapters.sessions.rows import whole_branch
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.sessions.tree import NewMessage, insert
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.agent.own_calls import told
from blufio_tui.core.conversation import (
    ImageBlock,
    Message,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)
from blufio_tui.core.errors import NotThere, StorageError
from blufio_tui.core.sessions.records import MessageState, StoredMessage, ToolCallRecord
from tests.fakes.loose_tables import ODD_VALUES, loosen
from tests.fakes.session_clock import SettableClock


def user(text: str) -> Message:
    return Message(Role.USER, (TextBlock(text),))


def reply(text: str) -> Message:
    return Message(Role.ASSISTANT, (TextBlock(text),))


def texts(messages: list[StoredMessage]) -> list[str]:
    return [stored.message.text for stored in messages]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "blufio.db")
    database.open()
    yield database
    database.close()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def store(database: Database, clock: SettableClock) -> SqliteSessions:
    return SqliteSessions(database, clock)


async def talk(store: SqliteSessions, *said: str, session_id: str = "") -> str:
    """A session in which the person and the model take turns saying `said`."""
    session_id = session_id or await store.create("/project")
    for index, text in enumerate(said):
        message = reply(text) if index % 2 else user(text)
        await store.append(session_id, f"turn-{index // 2}-{text}", message)
    return session_id


async def test_messages_come_back_as_they_were_with_every_kind_of_block(store: SqliteSessions) -> None:
    session_id = await store.create("/project")
    sent = [
        Message(Role.USER, (TextBlock("look"), ImageBlock("image/png", "aGk="))),
        Message(
            Role.ASSISTANT,
            (ThinkingBlock("hm", "sig", "m1"), TextBlock("ok \ud800 \0"), ToolUseBlock("t1", "file", {"a": [1, None]})),
        ),
        Message(Role.USER, (ToolResultBlock("t1", "gone", is_error=True),)),
    ]
    for message in sent:
        await store.append(session_id, "t", message)
    assert [stored.message for stored in await store.messages(session_id)] == sent


async def test_another_process_goes_on_where_the_session_was_left(
    store: SqliteSessions, database: Database, clock: SettableClock
) -> None:
    session_id = await talk(store, "one", "two")
    later = SqliteSessions(database, clock)
    await later.resume(session_id)
    await later.append(session_id, "t9", user("three"))
    assert texts(await later.messages(session_id)) == ["one", "two", "three"]


async def test_the_same_step_appended_twice_is_stored_once(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    first = await store.append(session_id, "t1", user("hello"), sequence=0)
    again = await store.append(session_id, "t1", user("hello"), sequence=0)
    assert first == again
    assert texts(await store.messages(session_id)) == ["hello"]


async def test_a_complete_reply_takes_the_place_of_its_partial_one_but_not_the_reverse(store: SqliteSessions) -> None:
    session_id = await talk(store, "ask")
    await store.append(session_id, "t1", reply("It is"), MessageState.PARTIAL, sequence=1)
    [_, partial] = await store.messages(session_id)
    assert partial.state is MessageState.PARTIAL
    await store.append(session_id, "t1", reply("It is so"), sequence=1)
    await store.append(session_id, "t1", reply("It"), MessageState.PARTIAL, sequence=1)
    [_, whole] = await store.messages(session_id)
    assert (whole.message.text, whole.state) == ("It is so", MessageState.COMPLETE)
    assert [hit.session.session_id for hit in await store.search("so")] == [session_id]


async def test_two_instances_in_one_session_grow_two_branches_and_lose_nothing(
    database: Database, clock: SettableClock
) -> None:
    left, right = SqliteSessions(database, clock), SqliteSessions(database, clock)
    session_id = await talk(left, "start", "begun")
    await right.resume(session_id)
    await right.messages(session_id)
    await left.append(session_id, "L", user("left asks"))
    await right.append(session_id, "R", user("right asks"))
    await left.append(session_id, "L", reply("left answer"))
    await right.append(session_id, "R", reply("right answer"))
    assert texts(await left.messages(session_id)) == ["start", "begun", "left asks", "left answer"]
    assert texts(await right.messages(session_id)) == ["start", "begun", "right asks", "right answer"]
    assert [end.snippet for end in await left.branch_ends(session_id)] == ["right asks", "left asks"]
    await left.resume(session_id)
    assert texts(await left.messages(session_id))[-1] == "right answer"


async def test_after_a_write_that_failed_we_go_on_where_we_were_and_not_where_another_went(
    database: Database, clock: SettableClock
) -> None:
    left, right = SqliteSessions(database, clock), SqliteSessions(database, clock)
    session_id = await talk(left, "start")
    await right.messages(session_id)
    await left.append(session_id, "L", user("left asks"))
    await right.append(session_id, "R", user("right asks"))
    database.write_sync(lambda conn: conn.execute("PRAGMA max_page_count = 1").fetchone())
    with pytest.raises(StorageError):
        await left.append(session_id, "L", reply("x" * 500_000))
    database.write_sync(lambda conn: conn.execute("PRAGMA max_page_count = 1000000").fetchone())
    await left.append(session_id, "L", reply("short answer"))
    assert texts(await left.messages(session_id)) == ["start", "left asks", "short answer"]


async def test_an_edited_message_begins_a_branch_and_the_old_one_stays(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two", "three", "four")
    third = (await store.messages(session_id))[2]
    await store.rewind(session_id, third.parent_id)
    await store.append(session_id, "e", user("three, better"))
    shown = await store.all_messages(session_id)
    assert texts(shown) == ["one", "two", "three, better"]
    assert [stored.versions for stored in shown] == [1, 1, 2]
    assert texts(await store.branches(session_id, third.message_id)) == ["three", "three, better"]


async def test_switching_to_a_branch_goes_to_its_newest_end(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two", "three", "four")
    third = (await store.messages(session_id))[2]
    await store.rewind(session_id, third.parent_id)
    await store.append(session_id, "e", user("other"))
    await store.switch_branch(session_id, third.message_id)
    assert texts(await store.messages(session_id)) == ["one", "two", "three", "four"]


async def test_a_session_can_be_rewound_to_before_its_first_message(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two")
    await store.rewind(session_id, 0)
    assert await store.messages(session_id) == []
    await store.append(session_id, "n", user("afresh"))
    assert texts(await store.messages(session_id)) == ["afresh"]


async def test_a_rewind_cannot_leave_the_session(store: SqliteSessions) -> None:
    session_id = await talk(store, "mine")
    other = (await store.messages(await talk(store, "not mine")))[0]
    with pytest.raises(StorageError, match="no message"):
        await store.rewind(session_id, other.message_id)


async def test_a_summary_stands_for_what_it_covers_and_the_original_can_be_looked_at(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two", "three", "four")
    second = (await store.messages(session_id))[1]
    await store.add_summary(session_id, "c", user("[summary]"), second.message_id)
    await talk(store, "five", session_id=session_id)
    assert texts(await store.messages(session_id)) == ["[summary]", "three", "four", "five"]
    assert texts(await store.all_messages(session_id)) == ["one", "two", "three", "four", "[summary]", "five"]


async def test_only_the_newest_summary_counts_and_rewinding_past_it_brings_the_original_back(
    store: SqliteSessions,
) -> None:
    session_id = await talk(store, "one", "two", "three", "four")
    ids = [stored.message_id for stored in await store.messages(session_id)]
    await store.add_summary(session_id, "c1", user("[first]"), ids[1])
    await talk(store, "five", "six", session_id=session_id)
    await store.add_summary(session_id, "c2", user("[second]"), ids[3])
    assert texts(await store.messages(session_id)) == ["[second]", "five", "six"]
    await store.rewind(session_id, ids[2])
    assert texts(await store.messages(session_id)) == ["one", "two", "three"]


async def test_a_summary_may_stand_for_everything(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two")
    last = (await store.messages(session_id))[-1]
    await store.add_summary(session_id, "c", user("[all]"), last.message_id)
    assert texts(await store.messages(session_id)) == ["[all]"]


async def test_a_summary_of_another_branch_is_refused(store: SqliteSessions) -> None:
    session_id = await talk(store, "one", "two")
    first, second = await store.messages(session_id)
    await store.rewind(session_id, first.message_id)
    with pytest.raises(StorageError, match="not on the active branch"):
        await store.add_summary(session_id, "c", user("[x]"), second.message_id)


async def test_pages_of_a_long_session_fit_together(store: SqliteSessions) -> None:
    session_id = await talk(store, *[str(number) for number in range(25)])
    newest = await store.all_messages(session_id, limit=10)
    older = await store.all_messages(session_id, before_id=newest[0].message_id, limit=10)
    oldest = await store.all_messages(session_id, before_id=older[0].message_id, limit=10)
    assert texts(oldest + older + newest) == [str(number) for number in range(25)]
    assert [stored.position for stored in newest] == list(range(16, 26))


async def test_the_first_exchange_names_the_session_and_a_person_names_it_better(store: SqliteSessions) -> None:
    session_id = await talk(store, "hello", "# Parsing of dates\nLet us begin")
    assert (await store.resume(session_id)).title == "Parsing of dates"
    await store.rename(session_id, "  Mine\nforever ")
    await talk(store, "more", "text", session_id=session_id)
    assert (await store.resume(session_id)).title == "Mine forever"


async def test_what_is_attached_to_the_first_prompt_does_not_name_the_session(store: SqliteSessions) -> None:
    session_id = await store.create("/project")
    blocks = (TextBlock("\n\nAttached: notes.md\n```\n# Notes\n```\n"), TextBlock("what is in it?"))
    await store.append(session_id, "t", Message(Role.USER, blocks))
    await store.append(session_id, "t", reply("Some notes."))
    (session,) = await store.recent()
    assert (session.title, session.snippet) == ("what is in it?", "what is in it?")


async def test_a_call_that_a_person_made_is_told_in_the_list_as_it_was_typed(store: SqliteSessions) -> None:
    await talk(store, "hello", "hi", told("/run calc {}", "```\n1\n```", failed=False))
    (session,) = await store.recent()
    assert session.snippet == "/run calc {}"


async def test_the_list_shows_the_newest_first_and_no_empty_sessions(
    store: SqliteSessions, clock: SettableClock
) -> None:
    old = await talk(store, "old")
    clock.pass_seconds(5)
    new = await talk(store, "new", "answer")
    await store.create("/project")
    assert [(one.session_id, one.messages, one.snippet) for one in await store.recent()] == [
        (new, 2, "new"),
        (old, 1, "old"),
    ]
    assert await store.recent(project="/elsewhere") == []


async def test_a_unique_beginning_of_an_id_is_enough(store: SqliteSessions) -> None:
    session_id = await talk(store, "x")
    assert await store.find(session_id[:6]) == session_id
    with pytest.raises(NotThere, match="no session"):
        await store.find("zz")
    with pytest.raises(NotThere):
        await store.find("")


async def test_an_ambiguous_beginning_names_the_candidates(store: SqliteSessions, database: Database) -> None:
    database.write_sync(
        lambda conn: conn.executemany(
            "INSERT INTO sessions (session_id, project, created, updated) VALUES (?, '', 0, 0)", [("ab1",), ("ab2",)]
        )
    )
    with pytest.raises(NotThere, match=r"2 sessions .*ab1.*ab2|2 sessions .*ab2.*ab1"):
        await store.find("ab")


async def test_a_deleted_session_is_gone_from_search_and_its_costs_are_not(store: SqliteSessions) -> None:
    session_id = await talk(store, "quokka")
    await store.delete(session_id)
    assert await store.search("quokka") == []
    assert await store.info(session_id) is None
    with pytest.raises(StorageError, match="deleted"):
        await store.append(session_id, "t", user("still there?"))


@pytest.mark.parametrize("spoiled", ["{}", "-1", "[]", "null", '"{}"', "[" * 100_000])
async def test_a_damaged_message_is_shown_as_such_among_the_good_ones(
    store: SqliteSessions, database: Database, spoiled: str
) -> None:
    session_id = await talk(store, "one", "two")
    await store.record_tool_call(ToolCallRecord(session_id, "t", "c", "file", {}, created=0.0))
    damage = f"{spoiled}{{" if spoiled == "[]" else spoiled
    database.write_sync(lambda conn: conn.execute("UPDATE messages SET body = ? WHERE text = 'one'", (damage,)))
    database.write_sync(lambda conn: conn.execute("UPDATE tool_calls SET body = ?", (spoiled,)))
    damaged, good = texts(await store.messages(session_id))
    assert (damaged.startswith("[This message is damaged"), good) == (True, "two")
    [call] = await store.tool_calls(session_id)
    assert "damaged" in call.content


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE messages SET parent_id = id",
        "UPDATE messages SET parent_id = (SELECT max(id) FROM messages)",
        "UPDATE messages SET id = 0 WHERE text = 'one'",
        "UPDATE messages SET position = 9223372036854775807",
        "UPDATE messages SET position = -9223372036854775808",
        "UPDATE messages SET stands_for = 9223372036854775807",
        "UPDATE sessions SET leaf_id = 77",
    ],
)
async def test_a_damaged_branch_can_be_read_and_continued(
    store: SqliteSessions, database: Database, clock: SettableClock, damage: str
) -> None:
    """Each is a number that the columns take."""
    session_id = await talk(store, "one", "two")
    database.write_sync(lambda conn: conn.execute(damage))
    again = SqliteSessions(database, clock)
    await again.resume(session_id)
    await again.branch_ends(session_id)
    [*_, last] = await again.messages(session_id)
    await again.append(session_id, "t9", user("three"))
    assert texts(await again.all_messages(session_id))[-1] == "three"
    await again.rewind(session_id, last.message_id)
    await again.export_json(session_id)


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("column", ["title", "created", "updated", "snippet", "project"])
async def test_a_session_with_a_value_of_another_type_is_listed(
    store: SqliteSessions, database: Database, column: str, value: str
) -> None:
    session_id = await talk(store, "one")
    database.write_sync(lambda conn: loosen(conn, "sessions"))
    database.write_sync(lambda conn: conn.execute(f"UPDATE sessions SET {column} = {value}"))
    [info] = await store.recent()
    assert (info.session_id, type(info.title), type(info.updated)) == (session_id, str, float)


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("column", ["turn_id", "role", "state", "created", "stands_for", "position", "body"])
async def test_a_message_with_a_value_of_another_type_is_shown(
    store: SqliteSessions, database: Database, column: str, value: str
) -> None:
    session_id = await talk(store, "one", "two")
    database.write_sync(lambda conn: loosen(conn, "messages"))
    database.write_sync(lambda conn: conn.execute(f"UPDATE messages SET {column} = {value} WHERE text = 'two'"))
    assert texts(await store.messages(session_id))[0] in ("one", "two")
    [info] = await store.recent()
    assert isinstance(info.messages, int)


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("column", ["turn_id", "call_id", "created", "body"])
async def test_a_tool_call_with_a_value_of_another_type_is_exported(
    store: SqliteSessions, database: Database, column: str, value: str
) -> None:
    session_id = await talk(store, "one")
    await store.record_tool_call(ToolCallRecord(session_id, "t", "c", "file", {}, created=1.0))
    database.write_sync(lambda conn: loosen(conn, "tool_calls"))
    database.write_sync(lambda conn: conn.execute(f"UPDATE tool_calls SET {column} = {value}"))
    assert len(await store.tool_calls(session_id)) == 1
    await store.export_json(session_id)


async def test_a_tool_call_that_was_begun_is_replaced_by_the_same_call_finished(store: SqliteSessions) -> None:
    session_id = await talk(store, "one")
    for number in range(3):
        begun = ToolCallRecord(session_id, "t", f"c{number}", "file", {"n": number}, created=1.0)
        await store.record_tool_call(begun)
    await store.record_tool_call(replace(begun, finished=True, content="done"))
    assert [(call.call_id, call.finished) for call in await store.tool_calls(session_id, limit=2)] == [
        ("c1", False),
        ("c2", True),
    ]
    assert await store.tool_calls(session_id, turn_id="other") == []
    assert await store.known_calls(session_id, ["c1", "c2", "c9", "\ud800", '"']) == {"c1", "c2"}
    assert await store.known_calls(await talk(store, "other"), ["c1"]) == set()


def steps_to_open(database: Database, session_id: str, places: Places) -> int:
    """Steps of SQLite's machine, in tens, for the last ten messages: a measure that no busy machine disturbs."""
    ticks = []

    def read(conn: sqlite3.Connection) -> None:
        conn.set_progress_handler(lambda: ticks.append(1), 10)
        end = end_before(conn, places, session_id, 0)
        assert len(whole_branch(conn, session_id, end, 10)) == 10
        conn.set_progress_handler(None, 0)

    database.read_sync(read)
    return len(ticks)


async def test_a_session_of_ten_thousand_messages_opens_in_as_many_steps_as_one_of_ten(
    store: SqliteSessions, database: Database
) -> None:
    steps = []
    for length in (10, 10_000):
        session_id = await store.create("/p")

        def fill(conn: sqlite3.Connection, session_id: str = session_id, length: int = length) -> None:
            place = START
            for _ in range(length):
                new = NewMessage(session_id, "t", user("word"), MessageState.COMPLETE, 0.0)
                place = insert(conn, place, new)
            conn.execute("UPDATE sessions SET leaf_id = ? WHERE session_id = ?", (place.message_id, session_id))

        await database.write(fill)
        steps.append(steps_to_open(database, session_id, Places()))
    assert steps[1] <= steps[0] * 1.2


async def test_a_full_disk_is_a_sentence_and_what_was_stored_stays(store: SqliteSessions, database: Database) -> None:
    session_id = await talk(store, "before")
    database.write_sync(lambda conn: conn.execute("PRAGMA max_page_count = 1").fetchone())
    with pytest.raises(StorageError, match="disk is full"):
        await store.append(session_id, "t", user("x" * 500_000))
    database.write_sync(lambda conn: conn.execute("PRAGMA max_page_count = 1000000").fetchone())
    await store.append(session_id, "t", reply("after"))
    assert texts(await store.messages(session_id)) == ["before", "after"]
