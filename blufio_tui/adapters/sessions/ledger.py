"""The ledger: one row for each request to the model, and sums over the rows.

Days and months are those of the local calendar. A request whose price is not known counts as a request
of unknown cost, never as free.
"""

import sqlite3
from datetime import date, datetime, timedelta

from blufio_tui.adapters.storage.columns import real, text
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.clock import Clock
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.sessions.records import DaySpending, ModelSpending, RequestRecord, Spending, Totals

_INSERT = """INSERT INTO model_requests (session_id, turn_id, model, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, cost_usd, created, stop_reason, duration_ms, parent_call_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_USD = "min(total(max(cost_usd, 0.0)), 1e15)"
_SUMS = f"""{_USD} AS usd, count(*) AS requests, count(*) - count(cost_usd) AS unknown,
    CAST(total(input_tokens) AS INTEGER) AS input,
    CAST(total(output_tokens) AS INTEGER) AS output,
    CAST(total(cache_read_tokens) AS INTEGER) AS cache_read,
    CAST(total(cache_write_tokens) AS INTEGER) AS cache_write"""
"""One damaged row keeps no session from being opened: `sum` refuses numbers that are too large together. And it makes
no other row cheaper."""

_SPENDING = f"""
    SELECT (SELECT {_USD} FROM model_requests WHERE session_id = :session) AS session,
        (SELECT {_USD} FROM model_requests WHERE created >= :day) AS day,
        (SELECT {_USD} FROM model_requests WHERE created >= :month) AS month,
        (SELECT count(*) - count(cost_usd) FROM model_requests
         WHERE session_id = :session OR created >= :month) AS unknown"""  # noqa: S608 - made of constants


class Ledger:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record_request(self, record: RequestRecord) -> None:
        usage = record.usage
        values = (
            record.session_id,
            record.turn_id,
            record.model,
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            record.cost_usd,
            record.created,
            record.stop_reason,
            record.duration_ms,
            record.parent_call_id,
        )
        await self._database.write(lambda conn: _execute(conn, _INSERT, values))

    async def requests(self, session_id: str, limit: int) -> list[RequestRecord]:
        """The last of a session, oldest first."""
        query = "SELECT * FROM model_requests WHERE session_id = ? ORDER BY id DESC LIMIT ?"
        rows = await self._database.read(lambda conn: conn.execute(query, (session_id, limit)).fetchall())
        return [_request(row) for row in reversed(rows)]

    async def spending(self, session_id: str) -> Spending:
        """Of a session, today and this month. `unknown_requests` are those of any of the three."""
        midnight = _midnight(self._clock.now())
        bounds = {
            "session": session_id,
            "day": midnight.timestamp(),
            "month": midnight.replace(day=1).timestamp(),
        }
        row = await self._database.read(lambda conn: conn.execute(_SPENDING, bounds).fetchone())
        return Spending(row["session"], row["day"], row["month"], row["unknown"])

    async def by_day(self, days: int) -> list[DaySpending]:
        """The last `days` days of the calendar, today last, empty ones included."""
        today = _midnight(self._clock.now()).date()
        calendar = [today - timedelta(days=back) for back in reversed(range(days))]
        query = f"""SELECT date(created, 'unixepoch', 'localtime') AS day, {_SUMS} FROM model_requests
            WHERE created >= ? GROUP BY day"""  # noqa: S608 - made of constants
        since = _start_of(calendar[0]) if calendar else 0.0
        rows = await self._database.read(lambda conn: conn.execute(query, (since,)).fetchall())
        found = {row["day"]: _totals(row) for row in rows}
        return [DaySpending(day.isoformat(), found.get(day.isoformat(), Totals())) for day in calendar]

    async def by_model(self, since: float) -> list[ModelSpending]:
        query = f"""SELECT model, {_SUMS} FROM model_requests WHERE created >= ?
            GROUP BY model ORDER BY usd DESC, requests DESC, model"""  # noqa: S608
        rows = await self._database.read(lambda conn: conn.execute(query, (since,)).fetchall())
        return [ModelSpending(row["model"], _totals(row)) for row in rows]

    async def totals(self, session_id: str, turn_id: str, since: float) -> Totals:
        query = f"""SELECT {_SUMS} FROM model_requests WHERE created >= :since
            AND (:session = '' OR session_id = :session) AND (:turn = '' OR turn_id = :turn)"""  # noqa: S608
        values = {"session": session_id, "turn": turn_id, "since": since}
        return _totals(await self._database.read(lambda conn: conn.execute(query, values).fetchone()))


def _execute(conn: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> None:
    conn.execute(statement, values)


def _totals(row: sqlite3.Row) -> Totals:
    usage = TokenUsage(row["input"], row["output"], row["cache_read"], row["cache_write"])
    return Totals(row["usd"], row["requests"], row["unknown"], usage)


def _request(row: sqlite3.Row) -> RequestRecord:
    usage = TokenUsage(row["input_tokens"], row["output_tokens"], row["cache_read_tokens"], row["cache_write_tokens"])
    return RequestRecord(
        session_id=text(row["session_id"]),
        turn_id=text(row["turn_id"]),
        model=text(row["model"]),
        usage=usage,
        cost_usd=row["cost_usd"],
        created=real(row["created"]),
        stop_reason=text(row["stop_reason"]),
        duration_ms=real(row["duration_ms"]),
        parent_call_id=text(row["parent_call_id"]),
    )


def _midnight(now: float) -> datetime:
    return datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _start_of(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()
