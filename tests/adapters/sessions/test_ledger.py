"""What requests cost, by session, day, month and model; unknown prices are never zero in disguise."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.sessions.records import RequestRecord
from tests.fakes.session_clock import SettableClock

NOON = datetime(2026, 3, 15, 12).timestamp()
DAY = 86_400.0


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NOON)


@pytest.fixture
def store(tmp_path: Path, clock: SettableClock) -> Iterator[SqliteSessions]:
    database = Database(tmp_path / "blufio.db")
    database.open()
    yield SqliteSessions(database, clock)
    database.close()


async def spend(
    store: SqliteSessions, cost: float | None, *, at: float = NOON, session: str = "s", model: str = "m"
) -> None:
    usage = TokenUsage(100, 20, 1000, 5)
    await store.record_request(RequestRecord(session, f"turn-{session}", model, usage, cost, at, "end_turn"))


async def test_spending_is_summed_for_session_day_and_month(store: SqliteSessions) -> None:
    await spend(store, 1.0)
    await spend(store, 2.0, session="other")
    await spend(store, 4.0, at=NOON - DAY)
    await spend(store, 8.0, at=NOON - 20 * DAY)
    spending = await store.spending("s")
    assert (spending.session_usd, spending.day_usd, spending.month_usd) == (13.0, 3.0, 7.0)


async def test_a_request_of_unknown_price_is_counted_apart(store: SqliteSessions) -> None:
    await spend(store, None)
    await spend(store, 0.5)
    spending = await store.spending("s")
    assert (spending.session_usd, spending.unknown_requests) == (0.5, 1)


async def test_nothing_spent_is_zero(store: SqliteSessions) -> None:
    assert (await store.spending("s")).month_usd == 0.0
    assert (await store.totals()).usage == TokenUsage()


async def test_a_new_day_starts_at_local_midnight(store: SqliteSessions, clock: SettableClock) -> None:
    await spend(store, 1.0)
    clock.pass_seconds(DAY / 2 + 1)
    spending = await store.spending("s")
    assert (spending.day_usd, spending.month_usd) == (0.0, 1.0)


async def test_days_without_requests_are_in_the_plot(store: SqliteSessions) -> None:
    await spend(store, 1.0)
    await spend(store, 2.0, at=NOON - 2 * DAY)
    days = await store.spending_by_day(3)
    assert [(day.day, day.totals.usd) for day in days] == [
        ("2026-03-13", 2.0),
        ("2026-03-14", 0.0),
        ("2026-03-15", 1.0),
    ]


async def test_the_dearest_model_comes_first(store: SqliteSessions) -> None:
    await spend(store, 1.0, model="small")
    await spend(store, 3.0, model="large")
    await spend(store, None, model="local")
    models = await store.spending_by_model()
    assert [(one.model, one.totals.usd, one.totals.unknown_requests) for one in models] == [
        ("large", 3.0, 0),
        ("small", 1.0, 0),
        ("local", 0.0, 1),
    ]


async def test_totals_of_a_turn_add_up_tokens_by_kind(store: SqliteSessions) -> None:
    await spend(store, 1.0)
    await spend(store, 1.0)
    await spend(store, 1.0, session="other")
    totals = await store.totals(session_id="s", turn_id="turn-s")
    assert (totals.requests, totals.usd, totals.usage) == (2, 2.0, TokenUsage(200, 40, 2000, 10))


async def test_deleting_a_session_does_not_give_the_money_back(store: SqliteSessions) -> None:
    session_id = await store.create("/p")
    await spend(store, 1.0, session=session_id)
    await store.delete(session_id)
    assert (await store.spending("x")).day_usd == 1.0


async def test_the_requests_of_a_session_come_back_as_they_were_recorded(store: SqliteSessions) -> None:
    usage = TokenUsage(100, 20, 1000, 5)
    records = [RequestRecord("s", f"t{n}", "m", usage, None, NOON + n, "end_turn", 12.5 * n) for n in range(3)]
    for record in records:
        await store.record_request(record)
    await spend(store, 1.0, session="other")
    assert await store.requests("s") == records
    assert await store.requests("s", limit=2) == records[1:]


async def test_a_damaged_row_keeps_nothing_from_being_summed(store: SqliteSessions, tmp_path: Path) -> None:
    await spend(store, 1.0)
    await spend(store, 1.0)
    database = sqlite3.connect(tmp_path / "blufio.db")
    largest = 2**63 - 1
    columns = "input_tokens = ?1, output_tokens = ?1, cache_read_tokens = ?1, cache_write_tokens = ?1"
    with database:
        database.execute(
            f"UPDATE model_requests SET {columns}, cost_usd = 1e308, created = 9e307, duration_ms = -9e307", (largest,)
        )
    database.close()
    assert (await store.totals()).requests == 2
    await store.spending_by_model()
    await store.spending_by_day()
    assert (await store.spending("s")).session_usd == 1e15
    assert [(one.created, one.duration_ms) for one in await store.requests("s")] == [(0.0, 0.0)] * 2


async def test_a_damaged_row_makes_no_other_cheaper(store: SqliteSessions) -> None:
    await spend(store, 5.0)
    await spend(store, -100.0)
    assert (await store.spending("s")).month_usd == (await store.totals()).usd == 5.0
