"""Search over all sessions: any text a person types is a query, and finds what was said."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blufio_tui.adapters.sessions.search import search
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import Message, Role, TextBlock, ToolResultBlock, ToolUseBlock
from tests.fakes.session_clock import SettableClock


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(Path(tmp_path_factory.mktemp("search")) / "blufio.db")
    database.open()
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> SqliteSessions:
    return SqliteSessions(database, SettableClock())


async def session_saying(store: SqliteSessions, *texts: str) -> str:
    session_id = await store.create("/p")
    for text in texts:
        await store.append(session_id, "t", Message(Role.USER, (TextBlock(text),)))
    return session_id


async def found(store: SqliteSessions, text: str) -> list[str]:
    return [hit.session.session_id for hit in await store.search(text)]


async def test_all_words_must_occur_as_beginnings_ignoring_case_and_accents(store: SqliteSessions) -> None:
    cafe = await session_saying(store, "The café near the Zürich station")
    assert await found(store, "cafe zuri") == [cafe]
    assert await found(store, "cafe basel") == []


async def test_words_in_quotes_are_a_phrase(store: SqliteSessions) -> None:
    await session_saying(store, "alpha then beta")
    near = await session_saying(store, "beta then alpha")
    assert await found(store, '"beta then"') == [near]


async def test_text_that_holds_no_word_is_found_letter_by_letter(store: SqliteSessions) -> None:
    arrow = await session_saying(store, "what does ~>> mean? 100%_")
    assert await found(store, "~>>") == [arrow]
    assert await found(store, "%_") == [arrow]


async def test_the_middle_of_a_word_and_chinese_are_found(store: SqliteSessions) -> None:
    one = await session_saying(store, "supercalifragilistic 我们的数据库很快")
    assert await found(store, "fragil") == [one]
    assert await found(store, "数据") == [one]


async def test_tool_calls_and_results_are_searched_too(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    await store.append(
        session_id, "t", Message(Role.ASSISTANT, (ToolUseBlock("1", "bash", {"command": "frobnicate"}),))
    )
    await store.append(session_id, "t", Message(Role.USER, (ToolResultBlock("1", "ENOSUCHGADGET"),)))
    assert await found(store, "frobnicate") == [session_id]
    assert await found(store, "enosuchgadget") == [session_id]


async def test_a_session_found_by_its_title_only_comes_after_those_that_say_it(store: SqliteSessions) -> None:
    titled = await session_saying(store, "first words")
    await store.rename(titled, "About marsupials")
    said = await session_saying(store, "marsupials are lovely")
    assert await found(store, "marsupials") == [said, titled]


async def test_a_hit_shows_where_the_words_are(store: SqliteSessions) -> None:
    await session_saying(store, "so much before it " * 20 + "\n\nthe narwhal swims " + "and after " * 30)
    [hit] = await store.search("narwhal")
    [(start, end)] = hit.spans
    assert hit.session.snippet[start:end] == "narwhal"
    assert len(hit.session.snippet) < 250


async def test_a_session_with_many_matches_is_one_hit(store: SqliteSessions) -> None:
    session_id = await session_saying(store, *["wombat again"] * 5)
    assert await found(store, "wombat") == [session_id]


async def test_messages_of_branches_left_behind_are_found(store: SqliteSessions) -> None:
    session_id = await session_saying(store, "the axolotl question")
    await store.rewind(session_id, 0)
    await store.append(session_id, "n", Message(Role.USER, (TextBlock("something else"),)))
    [hit] = await store.search("axolotl")
    await store.switch_branch(session_id, hit.message_id)
    assert [stored.message.text for stored in await store.messages(session_id)] == ["the axolotl question"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(text=st.one_of(st.text(max_size=40), st.text(alphabet='"*():^{}-+ANDORNEAR% _\\ab', max_size=30)))
def test_no_text_is_a_syntax_error(database: Database, text: str) -> None:
    assert isinstance(database.read_sync(lambda conn: search(conn, text, 10)), list)


async def test_messages_of_no_session_are_passed_over(store: SqliteSessions, database: Database) -> None:
    lost, kept = await session_saying(store, "x", "a hoopoe"), await session_saying(store, "y", "hoopoe -> nest")
    other = sqlite3.connect(database.path)
    other.execute("UPDATE messages SET session_id = 'nobody' WHERE session_id = ?", (lost,))
    other.commit()
    other.close()
    assert await found(store, "hoopoe") == [kept]
    assert await found(store, "oopo") == [kept]
