"""The audit log: durable, chained, and honest about whoever touched it."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from blufio_tui.adapters.audit import store as audit_store
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.query import chained_rows, count, parts
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit import egress
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, ChainCheck, Column, Head, write_head
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, RowType, Verification
from blufio_tui.core.errors import StorageError
from tests.fakes.session_clock import SettableClock

ALL = AuditFilter()


class Log:
    """A log in a folder that a test can open, close and tamper with."""

    def __init__(self, folder: Path) -> None:
        self.clock = SettableClock()
        self.key = AuditKey(folder / "keys" / "audit.key")
        self.database = Database(folder / "blufio.db")
        self.database.open()
        self.store = AuditStore(self.database, self.key, self.clock)

    def fill(self, effects: int = 4) -> None:
        for number in range(effects):
            self.clock.pass_seconds(1)
            seq = self.store.append_sync(decision(number))
            self.store.append_sync(outcome(seq))

    def verify(self) -> Verification:
        self.store = AuditStore(self.database, AuditKey(self.key.path), self.clock)
        return asyncio.run(self.store.verify())

    def tamper(self, sql: str, *values: object) -> None:
        with sqlite3.connect(self.database.path) as connection:
            connection.execute(sql, values)
        connection.close()

    def seqs(self) -> list[int]:
        return self.database.read_sync(lambda c: [row[0] for row in c.execute("SELECT seq FROM audit ORDER BY seq")])


def decision(number: int, **changes: object) -> AuditEntry:
    values: dict[str, object] = {
        "actor": "text-stats",
        "actor_version": "0.1.0",
        "actor_hash": "ab" * 32,
        "session_id": "s1",
        "turn_id": "t1",
        "call_id": f"c{number}",
        "host_call_id": f"h{number}",
        "decision": "allow",
        "decided_by": "manifest",
        "rule": "allowed by manifest: read ~/notes",
        **changes,
    }
    return AuditEntry(RowType.DECISION, "fs.read", f"/home/p/notes/{number}.txt", **values)  # type: ignore[arg-type]


def outcome(seq: int, text: str = "ok", **changes: object) -> AuditEntry:
    values = {
        "outcome": text,
        "about_seq": seq,
        "body_bytes": 12,
        "body_sha256": "cd" * 32,
        "duration_ms": 1.5,
        **changes,
    }
    return AuditEntry(RowType.OUTCOME, "fs.read", "", **values)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path)
    yield log
    log.database.close()


def test_an_untouched_log_verifies(log: Log) -> None:
    log.fill()
    assert log.verify() == Verification(ok=True, rows=8)


def test_an_empty_log_verifies(log: Log) -> None:
    assert log.verify() == Verification(ok=True, rows=0)


# ── tampering ──────────────────────────────────────────────────────────────────────────────────────


def other_values(value: Column) -> list[Column]:
    if isinstance(value, bytes):
        return [bytes([value[0] ^ 1]) + value[1:], b"", b"\0" * 32, value.hex()]
    if isinstance(value, int):
        return [value + 1, -value - 1]
    return [f"{value}x", f"x{value}", "" if value else " ", bytes(str(value), "utf-8") or b"\0"]


Row = tuple[Column, ...]


def judged(log: Log, rows: list[Row]) -> Verification:
    """As `verify`, over rows at hand."""
    key = log.key.key(log_is_empty=False)
    check = ChainCheck(key, log.key.head(key))
    return next((bad for row in rows if (bad := check.feed(row[:-1], row[-1]))), None) or check.finish()


def test_a_change_to_any_field_of_any_row_is_found_in_that_row(log: Log) -> None:
    log.fill(3)
    rows = log.database.read_sync(lambda connection: chained_rows(connection, 0, 100))
    assert judged(log, rows).ok
    missed = []
    for index, row in enumerate(rows):
        for column in range(1, len(row)):
            for value in other_values(row[column]):
                changed = (*row[:column], value, *row[column + 1 :])
                found = judged(log, [*rows[:index], changed, *rows[index + 1 :]])
                if found.ok or found.first_bad_seq != row[0]:
                    missed.append((row[0], column, value, found))
    assert missed == []


@pytest.mark.parametrize("column", [*CHAINED_COLUMNS[1:], "row_hash"])
def test_a_change_in_the_database_is_found(log: Log, column: str) -> None:
    log.fill(2)
    log.tamper(f"UPDATE audit SET {column} = CAST({column} AS TEXT) || '7' WHERE seq = 3")
    assert log.verify().first_bad_seq == 3


def test_bytes_that_are_no_text_are_found_and_keep_nobody_from_reading_and_writing(log: Log) -> None:
    log.fill(2)
    log.tamper("UPDATE audit SET rule = CAST(x'ff41' AS TEXT) WHERE seq = 3")
    log.tamper("UPDATE audit SET row_hash = CAST(x'ff41' AS TEXT) WHERE seq = 4")
    assert log.verify().first_bad_seq == 3
    log.fill(1)
    assert [row.entry.rule for row in asyncio.run(log.store.page(ALL))][1] == "\ufffdA"


def test_moving_text_from_one_field_to_the_next_is_found(log: Log) -> None:
    log.fill()
    log.tamper("UPDATE audit SET actor = 'text', actor_version = '-stats0.1.0' WHERE seq = 3")
    assert log.verify().first_bad_seq == 3


@pytest.mark.parametrize("seq", range(1, 8))
def test_a_removed_row_is_named(log: Log, seq: int) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq = ?", seq)
    found = log.verify()
    assert (found.ok, found.first_bad_seq) == (False, seq)
    assert "removed from the middle" in found.reason


@pytest.mark.parametrize("kept", range(8))
def test_a_cut_off_end_is_found(log: Log, kept: int) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq > ?", kept)
    found = log.verify()
    assert (found.ok, found.first_bad_seq) == (False, kept + 1)
    assert "cut off the end" in found.reason


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 5), (3, 7), (1, 8)])
def test_swapped_rows_are_found_at_the_first_of_them(log: Log, one: int, other: int) -> None:
    log.fill()
    log.tamper("UPDATE audit SET seq = 99 WHERE seq = ?", one)
    log.tamper("UPDATE audit SET seq = ? WHERE seq = ?", one, other)
    log.tamper("UPDATE audit SET seq = ? WHERE seq = 99", other)
    assert log.verify().first_bad_seq == one


@pytest.mark.parametrize("seq", [-3, 0, 4, 9])
def test_an_inserted_row_is_found(log: Log, seq: int) -> None:
    log.fill()
    columns = ", ".join((*CHAINED_COLUMNS[1:], "row_hash"))
    if seq == 4:
        log.tamper("UPDATE audit SET seq = -seq WHERE seq >= 4")
        log.tamper("UPDATE audit SET seq = -seq + 1 WHERE seq <= -4")
    log.tamper(f"INSERT INTO audit (seq, {columns}) SELECT ?, {columns} FROM audit WHERE seq = 2", seq)
    assert log.verify().first_bad_seq == seq


def insert_copy(log: Log, table: str, seq: str) -> None:
    names = ", ".join((*CHAINED_COLUMNS[1:], "row_hash"))
    log.tamper(f"INSERT INTO {table} (seq, {names}) SELECT {seq}, {names} FROM audit WHERE seq = 2")


@pytest.mark.parametrize("seq", ["-9223372036854775808", "-1", "0"])
def test_a_row_inserted_before_the_first_is_found_however_far_before(log: Log, seq: str) -> None:
    log.fill()
    insert_copy(log, "audit", seq)
    assert not log.verify().ok


@pytest.mark.parametrize("seq", ["2", "4", "8", "'x'", "2.5", "NULL"])
def test_rows_without_a_number_of_their_own_are_found_in_a_table_that_was_made_anew(
    log: Log, monkeypatch: pytest.MonkeyPatch, seq: str
) -> None:
    monkeypatch.setattr("blufio_tui.adapters.audit.store._VERIFY_CHUNK", 2)
    log.fill()
    log.tamper("CREATE TABLE copied AS SELECT * FROM audit")
    insert_copy(log, "copied", seq)
    log.tamper("DROP TABLE audit")
    log.tamper("ALTER TABLE copied RENAME TO audit")
    assert not log.verify().ok


def test_a_row_with_the_last_possible_number_stops_the_log_in_words(log: Log) -> None:
    log.fill()
    insert_copy(log, "audit", "9223372036854775807")
    with pytest.raises(StorageError, match="tampered with"):
        log.store.append_sync(decision(9))
    assert log.verify().first_bad_seq == 9


def test_another_log_of_the_same_key_in_the_place_of_this_one_is_found(log: Log) -> None:
    log.fill(1)
    earlier = log.key.head_path.read_bytes()
    log.fill(1)
    head = log.key.head_path.read_bytes()
    log.tamper("DELETE FROM audit WHERE seq > 2")
    log.key.head_path.write_bytes(earlier)
    log.clock.pass_seconds(7)
    log.fill(2)
    log.key.head_path.write_bytes(head)
    assert log.verify().first_bad_seq == 4


def test_a_pipe_or_a_link_in_the_place_of_the_head_record_stops_the_log_and_hangs_nobody(log: Log) -> None:
    log.fill()
    record = log.key.head_path.read_bytes()
    elsewhere = log.key.path.with_name("elsewhere")
    elsewhere.write_bytes(record)
    log.key.head_path.unlink()
    log.key.head_path.symlink_to(elsewhere)
    with pytest.raises(StorageError):
        log.verify()
    log.key.head_path.unlink()
    os.mkfifo(log.key.head_path)
    with pytest.raises(StorageError):
        log.verify()


async def test_a_row_cannot_be_hidden_from_the_search_behind_a_nul(log: Log) -> None:
    await log.store.append(decision(1, detail="a\0evil"))
    assert await log.store.count(AuditFilter(text="evil")) == 1


def test_a_removed_row_with_the_rest_moved_up_is_found(log: Log) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq = 4")
    for seq in range(5, 9):
        log.tamper("UPDATE audit SET seq = ? WHERE seq = ?", seq - 1, seq)
    assert log.verify().first_bad_seq == 4


def test_a_log_that_was_cut_and_written_on_still_tells(log: Log) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq > 3")
    log.fill(10)
    found = log.verify()
    assert (found.ok, found.first_bad_seq) == (False, 4)
    assert "row 8" in found.reason


def test_a_cut_is_noted_once(log: Log) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq > 3")

    async def append_many() -> None:
        await asyncio.gather(*(log.store.append(decision(number)) for number in range(20)))

    asyncio.run(append_many())
    rows = asyncio.run(log.store.page(ALL))
    assert [row.seq for row in rows if row.entry.row_type is RowType.BREAK] == [4]
    assert log.key.head(log.key.key(log_is_empty=False)) == Head(24, bytes.fromhex(rows[-1].row_hash))


def test_the_head_moves_on_for_a_row_whose_caller_is_gone(log: Log) -> None:
    async def begin() -> None:
        log.store.begin_append([decision(1), decision(2)]).cancel()

    asyncio.run(begin())
    log.database.write_sync(lambda connection: None)
    assert log.seqs() == [1, 2]
    head = log.key.head(log.key.key(log_is_empty=False))
    assert head is not None and head.seq == 2
    assert log.verify().ok


def test_a_removed_head_record_is_no_way_around(log: Log) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq > 3")
    log.key.head_path.unlink()
    assert not log.verify().ok
    log.fill()
    assert not log.verify().ok


def test_a_head_record_made_with_another_key_counts_as_forged(log: Log) -> None:
    log.fill()
    log.tamper("DELETE FROM audit WHERE seq > 3")
    log.key.head_path.write_bytes(write_head(b"\1" * 32, Head(3, b"\2" * 32)))
    assert "forged" in log.verify().reason


def test_a_row_chained_with_another_key_is_found(log: Log, tmp_path: Path) -> None:
    log.fill()
    stranger = AuditKey(tmp_path / "other" / "audit.key")
    stranger.key(log_is_empty=True)
    AuditStore(log.database, stranger, log.clock).append_sync(decision(9))
    assert log.verify().first_bad_seq == 9


# ── crashes and company ────────────────────────────────────────────────────────────────────────────


def test_a_crash_between_the_commit_and_the_head_record_is_no_alarm(log: Log) -> None:
    log.fill()
    record = log.key.head_path.read_bytes()
    log.fill()
    log.key.head_path.write_bytes(record)
    assert log.verify() == Verification(ok=True, rows=16)


def test_two_writers_make_one_chain(log: Log, tmp_path: Path) -> None:
    other = Log(tmp_path)

    async def both() -> None:
        await asyncio.gather(*((log if n % 2 else other).store.append(decision(n)) for n in range(60)))

    asyncio.run(both())
    other.database.close()
    assert log.verify() == Verification(ok=True, rows=60)


def test_a_lost_key_stops_the_log_rather_than_starting_a_new_chain(log: Log) -> None:
    log.fill()
    log.key.path.unlink()
    store = AuditStore(log.database, AuditKey(log.key.path), log.clock)
    with pytest.raises(StorageError, match="is missing although the log has rows"):
        store.append_sync(decision(1))


def test_a_key_that_others_can_read_is_refused(log: Log) -> None:
    log.fill()
    log.key.path.chmod(0o644)
    with pytest.raises(StorageError, match="chmod 600"):
        AuditKey(log.key.path).key(log_is_empty=False)


def test_the_key_and_the_head_are_for_their_owner_only(log: Log) -> None:
    log.fill()
    modes = [path.stat().st_mode & 0o777 for path in (log.key.path, log.key.head_path, log.key.path.parent)]
    assert modes == [0o600, 0o600, 0o700]


@contextmanager
def full_disk(log: Log) -> Iterator[None]:
    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def lift(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    log.database.write_sync(limit)
    yield
    log.database.write_sync(lift)


def test_a_full_disk_is_a_storage_error_and_the_log_goes_on_afterwards(log: Log) -> None:
    log.fill()
    with full_disk(log), pytest.raises(StorageError, match="disk is full"):
        for number in range(1000):
            log.store.append_sync(decision(number, rule="x" * 1000))
    log.fill()
    assert log.verify().ok


# ── reading ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_page_shows_a_decision_with_its_outcome(log: Log) -> None:
    seq = await log.store.append(decision(1, detail="in /tmp"))
    await log.store.append(outcome(seq, "error: no such file", detail="gone"))
    (row,) = await log.store.page(ALL)
    assert (row.seq, row.entry.outcome, row.entry.body_bytes) == (1, "error: no such file", 12)
    assert (row.entry.duration_ms, row.entry.detail, row.entry.rule) == (1.5, "in /tmp; gone", decision(1).rule)


async def test_pages_go_backwards_and_forwards_without_gaps(log: Log) -> None:
    for number in range(25):
        await log.store.append(decision(number))
    newest = await log.store.page(ALL, limit=10)
    older = await log.store.page(ALL, before_seq=newest[0].seq, limit=10)
    newer = await log.store.page(ALL, after_seq=older[-1].seq, limit=5)
    assert [row.seq for row in newest] == list(range(16, 26))
    assert [row.seq for row in older] == list(range(6, 16))
    assert [row.seq for row in newer] == list(range(16, 21))


FILTERS: list[tuple[AuditFilter, Callable[[int], bool]]] = [
    (AuditFilter(actor="odd"), lambda n: n % 2 == 1),
    (AuditFilter(decision="deny"), lambda n: n % 3 == 0),
    (AuditFilter(session_id="s2"), lambda n: n >= 10),
    (AuditFilter(call_id="c7"), lambda n: n == 7),
    (AuditFilter(kind="net"), lambda n: False),
    (AuditFilter(actor="odd", decision="deny", session_id="s2"), lambda n: n % 2 == 1 and n % 3 == 0 and n >= 10),
    (AuditFilter(text="NOTES/1"), lambda n: n == 1 or n >= 10),
    (AuditFilter(text="100%_"), lambda n: n == 5),
    (AuditFilter(text="broken pipe"), lambda n: n == 6),
    (AuditFilter(text="nowhere"), lambda n: False),
    (AuditFilter(since=1_790_000_005.0, until=1_790_000_008.0), lambda n: 5 <= n <= 8),
]


@pytest.mark.parametrize(("where", "wanted"), FILTERS)
async def test_filters_pass_what_they_say(log: Log, where: AuditFilter, wanted: Callable[[int], bool]) -> None:
    for number in range(20):
        entry = decision(
            number,
            actor="odd" if number % 2 else "even",
            decision="allow" if number % 3 else "deny",
            session_id="s1" if number < 10 else "s2",
            detail="100%_sure" if number == 5 else "100 sure",
        )
        seq = await log.store.append(entry)
        await log.store.append(outcome(seq, "error: Broken pipe" if number == 6 else "ok"))
        log.clock.pass_seconds(1)
    found = [row.entry.call_id for row in await log.store.page(where)]
    expected = [f"c{n}" for n in range(20) if wanted(n)]
    assert found == expected
    assert await log.store.count(where) == len(expected)
    pieces = await log.database.read(lambda connection: parts(connection, where, most=4, rows_each=7))
    assert len(pieces) == (4 if where.text else 1)
    counts = [await log.database.read(partial(count, where=where, part=piece)) for piece in pieces]
    assert sum(counts) == len(expected)


async def test_text_that_sqlite_cannot_hold_is_spelled_out(log: Log) -> None:
    await log.store.append(AuditEntry(RowType.DECISION, "fs.read", os.fsdecode(b"/tmp/\xff")))
    assert (await log.store.page(ALL))[0].entry.resource == "/tmp/\\udcff"
    assert (await log.store.verify()).ok


async def test_enormous_text_is_cut_and_says_so(log: Log) -> None:
    await log.store.append(AuditEntry(RowType.DECISION, "exec", "a" * 1_000_000))
    resource = (await log.store.page(ALL))[0].entry.resource
    assert len(resource) < 70_000
    assert "934464 more characters, sha256 of all" in resource


async def test_all_rows_can_be_walked_in_order(log: Log) -> None:
    for number in range(25):
        await log.store.append(decision(number))
    assert [row.seq async for row in log.store.rows(ALL, chunk=10)] == list(range(1, 26))


WRITER = """
import sys
from pathlib import Path
from tests.adapters.audit.test_store import Log, decision
log = Log(Path(sys.argv[1]))
while True:
    print(log.store.append_sync(decision(1)), flush=True)
"""


def test_a_killed_writer_leaves_a_whole_log_with_every_row_it_was_told_about(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert writer.stdout is not None
    for _ in range(40):
        told = int(writer.stdout.readline())
    writer.kill()
    told = max([told, *(int(line) for line in writer.stdout.read().split("\n")[:-1])])
    writer.wait()
    log = Log(tmp_path)
    found = log.verify()
    log.database.close()
    assert found.ok
    assert found.rows >= told


def test_a_clock_that_goes_back_is_pointed_out_and_no_sign_of_tampering(log: Log) -> None:
    log.fill(2)
    log.clock.pass_seconds(-25 * 365 * 86_400)
    log.fill(2)
    log.clock.pass_seconds(-60)
    log.fill(1)
    found = log.verify()
    assert found.ok
    assert [note.partition(" the clock")[0] for note in found.notes] == ["at row 5"]


@pytest.mark.parametrize(("days", "noted"), [(25 * 365, True), (1, True), (0.01, False)])
def test_a_clock_that_went_back_far_is_pointed_out(log: Log, days: float, noted: bool) -> None:
    log.fill()
    log.clock.pass_seconds(-days * 86_400)
    log.fill()
    result = log.verify()
    assert result.ok
    assert any(f"at row 9 the clock went back by {days:.1f} days" in note for note in result.notes) is noted


# ── what is told of rows without checking the whole chain ──────────────────────────────────────────


def session_of(log: Log, name: str, effects: int) -> None:
    for number in range(effects):
        log.store.append_sync(outcome(log.store.append_sync(decision(number, session_id=name)), session_id=name))


def reseal(log: Log, sql: str) -> None:
    log.tamper(sql)
    log.store = AuditStore(log.database, AuditKey(log.key.path), log.clock)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET resource = '/home/p/work/x' WHERE seq = 5",
        "UPDATE audit SET outcome = 'denied' WHERE seq = 6",
        "DELETE FROM audit WHERE seq = 5",
        "DELETE FROM audit WHERE seq IN (5, 6)",
        "DELETE FROM audit WHERE seq >= 9",
        "UPDATE audit SET session_id = 's1' WHERE seq = 5",
        "UPDATE audit SET session_id = 's1' WHERE seq IN (5, 6)",
        "UPDATE audit SET row_hash = 'no hash' WHERE seq = 7",
        "UPDATE audit SET seq = seq + 100 WHERE seq >= 7",
        "DELETE FROM audit WHERE seq <= 4",
    ],
)
def test_a_session_is_not_vouched_for_where_a_row_of_it_was_changed_moved_or_removed(log: Log, sql: str) -> None:
    session_of(log, "s1", 2)
    session_of(log, "s2", 3)
    assert asyncio.run(log.store.vouches_for_session("s2"))
    reseal(log, sql)
    assert not asyncio.run(log.store.vouches_for_session("s2"))


def test_what_was_changed_long_before_a_session_is_left_to_verify(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.adapters.audit.store._ROWS_BEFORE", 1)
    session_of(log, "s1", 2)
    session_of(log, "s2", 2)
    reseal(log, "UPDATE audit SET detail = 'x' WHERE seq = 1")
    assert asyncio.run(log.store.vouches_for_session("s2"))
    assert asyncio.run(log.store.vouches_for_session("nobody"))
    assert not log.verify().ok


@pytest.mark.parametrize("column", ["resource", "decided_by", "actor_hash", "ts_us"])
def test_rows_that_something_is_made_of_are_checked_on_the_way(log: Log, column: str) -> None:
    async def read() -> list[int]:
        return [row.seq async for row in log.store.sealed_rows(AuditFilter(actor="text-stats"), chunk=2)]

    log.fill(4)
    assert asyncio.run(read()) == [1, 3, 5, 7]
    reseal(log, f"UPDATE audit SET {column} = 9 WHERE seq = 5")
    with pytest.raises(StorageError, match="row 5 of the audit log was changed"):
        asyncio.run(read())


@pytest.mark.parametrize("value", ["'text'", "x'ff00'", "-1", "9e999", "1.5"])
@pytest.mark.parametrize("column", [name for name in (*CHAINED_COLUMNS, "row_hash") if name != "seq"])
def test_a_row_of_values_that_were_never_written_is_listed_and_not_sealed(log: Log, column: str, value: str) -> None:
    log.fill(1)
    reseal(log, f"UPDATE audit SET {column} = {value}")
    rows = asyncio.run(log.store.page(ALL))
    assert all(row.entry.duration_ms >= -1 and row.entry.body_bytes >= -1 for row in rows)
    assert not asyncio.run(log.store.are_sealed([1, 2]))


def test_of_a_long_day_every_request_that_left_is_counted(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "_PAGE", 3)
    for number in range(8):
        log.store.append_sync(replace(decision(number), kind="net", resource=f"https://h{number}.example/"))
    found = asyncio.run(egress.egress_since(log.store, 0.0))
    assert sum(total.requests for total in found.net.values()) == 8


@pytest.mark.parametrize(
    ("sql", "doubt"),
    [
        ("UPDATE audit SET resource = 'x' WHERE seq = 3", "row 3 is not what was written"),
        ("UPDATE audit SET decision = 'deny' WHERE seq = 1", "row 1 is not what was written"),
        ("UPDATE audit SET outcome = 'denied' WHERE seq = 8", "row 8, or the one before it, is not what was written"),
        ("DELETE FROM audit WHERE seq IN (3, 4)", "rows 3 to 4 are missing"),
        ("DELETE FROM audit WHERE seq > 6", "the log had reached row 8"),
        ("DELETE FROM audit", "the log had reached row 8"),
        ("UPDATE audit SET seq = 9223372036854775807 WHERE seq = 8", "tampered with"),
    ],
)
def test_rows_that_are_shown_are_doubted_at_once(log: Log, sql: str, doubt: str) -> None:
    log.fill(4)
    assert asyncio.run(shown_doubt(log)) == ""
    log.tamper(sql)
    assert doubt in asyncio.run(shown_doubt(log))


async def shown_doubt(log: Log) -> str:
    store = AuditStore(log.database, AuditKey(log.key.path, (log.database.path.with_name("begun"),)), log.clock)
    return await store.doubt([row.seq for row in await store.page(ALL)])


def test_of_a_page_with_wide_gaps_the_rows_themselves_are_looked_at(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_store, "_NEAR", 2)
    log.fill(4)
    assert asyncio.run(log.store.doubt([1, 5])) == ""
    log.tamper("UPDATE audit SET outcome = 'denied' WHERE seq = 6")
    assert "row 6" in asyncio.run(log.store.doubt([1, 5]))


def test_a_log_that_begins_is_not_doubted_and_looking_makes_no_key(log: Log) -> None:
    assert asyncio.run(log.store.doubt([])) == ""
    assert not log.key.path.exists()


def test_without_the_key_nothing_is_vouched_for(log: Log) -> None:
    log.fill(1)
    log.key.path.unlink()
    assert "is missing although the log has rows" in asyncio.run(shown_doubt(log))
