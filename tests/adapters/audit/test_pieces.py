"""A log that is checked in pieces is judged as one that is looked at row by row."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.audit import pieces
from blufio_tui.adapters.audit.query import chained_rows, rows_besides
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, ChainCheck, Head, write_head
from blufio_tui.core.audit.rows import Verification
from tests.adapters.audit.test_store import Log, decision, insert_copy

EFFECTS = 6
ROWS = 2 * EFFECTS
HOUR = 3600


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Of four pieces."""
    monkeypatch.setattr(pieces, "PIECE_ROWS", 3)
    log = Log(tmp_path)
    log.fill(EFFECTS)
    yield log
    log.database.close()


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS_A_PROCESS", 5)


def row_by_row(log: Log) -> Verification:
    """The verdict of the one check that looks at each row."""
    key = log.key.key(log_is_empty=False)
    check = ChainCheck(key, log.key.head(key))
    for *columns, row_hash in log.database.read_sync(lambda connection: chained_rows(connection, -(2**63), 1000)):
        if (bad := check.feed(columns, row_hash)) is not None:
            return bad
    return check.finish(log.database.read_sync(lambda connection: rows_besides(connection, check.seq)))


def cut_and_written_on(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq > 7")
    log.fill(2)


def moved_up(log: Log, removed: int) -> None:
    log.tamper("DELETE FROM audit WHERE seq = ?", removed)
    for seq in range(removed + 1, ROWS + 1):
        log.tamper("UPDATE audit SET seq = ? WHERE seq = ?", seq - 1, seq)


def made_anew_with(log: Log, seq: str) -> None:
    log.tamper("CREATE TABLE copied AS SELECT * FROM audit")
    insert_copy(log, "copied", seq)
    log.tamper("DROP TABLE audit")
    log.tamper("ALTER TABLE copied RENAME TO audit")


def as_an_earlier_head(log: Log) -> None:
    """The head record lags behind, as after a crash."""
    record = log.key.head_path.read_bytes()
    log.fill(2)
    log.key.head_path.write_bytes(record)


def as_a_clock_set_back(log: Log, hours: float) -> None:
    log.clock.pass_seconds(-hours * HOUR)
    log.fill(2)


def as_another_log_of_the_same_key(log: Log) -> None:
    record = log.key.head_path.read_bytes()
    log.tamper("DELETE FROM audit WHERE seq > 8")
    log.clock.pass_seconds(7)
    row_hash = log.database.read_sync(lambda connection: chained_rows(connection, 8, 1))[0][-1]
    assert isinstance(row_hash, bytes)
    log.key.head_path.write_bytes(write_head(log.key.key(log_is_empty=False), Head(8, row_hash)))
    log.fill(2)
    log.key.head_path.write_bytes(record)


CASES: dict[str, Callable[[Log], object]] = {
    "as it was written": lambda log: None,
    "the first removed": lambda log: log.tamper("DELETE FROM audit WHERE seq = 1"),
    "the last of a piece removed": lambda log: log.tamper("DELETE FROM audit WHERE seq = 6"),
    "the first of a piece removed": lambda log: log.tamper("DELETE FROM audit WHERE seq = 7"),
    "a whole piece removed": lambda log: log.tamper("DELETE FROM audit WHERE seq BETWEEN 4 AND 6"),
    "the end cut off": lambda log: log.tamper("DELETE FROM audit WHERE seq > 8"),
    "all removed": lambda log: log.tamper("DELETE FROM audit"),
    "moved up": lambda log: moved_up(log, 6),
    "swapped over a border": lambda log: [
        log.tamper("UPDATE audit SET seq = 99 WHERE seq = 6"),
        log.tamper("UPDATE audit SET seq = 6 WHERE seq = 7"),
        log.tamper("UPDATE audit SET seq = 7 WHERE seq = 99"),
    ],
    "before the first": lambda log: insert_copy(log, "audit", "-9223372036854775808"),
    "number nought": lambda log: insert_copy(log, "audit", "0"),
    "behind the last": lambda log: insert_copy(log, "audit", str(ROWS + 1)),
    "far behind the last": lambda log: insert_copy(log, "audit", "9223372036854775807"),
    "a text for a number": lambda log: made_anew_with(log, "'x'"),
    "no number": lambda log: made_anew_with(log, "NULL"),
    "no text": lambda log: log.tamper("UPDATE audit SET rule = CAST(x'ff41' AS TEXT) WHERE seq = 7"),
    "a hash that is text": lambda log: log.tamper("UPDATE audit SET row_hash = CAST(x'ff41' AS TEXT) WHERE seq = 6"),
    "cut and written on": cut_and_written_on,
    "the head lags behind": as_an_earlier_head,
    "the head is gone": lambda log: log.key.head_path.unlink(),
    "another log of the same key": as_another_log_of_the_same_key,
    "the clock went back by days": lambda log: as_a_clock_set_back(log, 48),
    "the clock went back by half an hour": lambda log: as_a_clock_set_back(log, 0.5),
    "the clock went back twice": lambda log: [as_a_clock_set_back(log, 0.9), as_a_clock_set_back(log, 0.9)],
}


@pytest.mark.parametrize("case", CASES)
def test_pieces_are_judged_as_row_by_row(log: Log, case: str) -> None:
    CASES[case](log)
    assert log.verify() == row_by_row(log)


@pytest.mark.parametrize("seq", ["1", "3", "4", "6", "12", "6.5", "7.5"])
def test_a_row_without_a_number_of_its_own_is_found(log: Log, seq: str) -> None:
    made_anew_with(log, seq)
    assert not log.verify().ok


@pytest.mark.parametrize("case", ["as it was written", "swapped over a border", "cut and written on", "no text"])
@pytest.mark.usefixtures("side_by_side")
def test_so_are_they_in_several_processes(log: Log, case: str) -> None:
    CASES[case](log)
    assert log.verify() == row_by_row(log)


@pytest.mark.parametrize("column", [*CHAINED_COLUMNS[1:], "row_hash"])
@pytest.mark.parametrize("seq", [3, 4])
def test_a_change_beside_a_border_is_found_in_its_row(log: Log, column: str, seq: int) -> None:
    log.tamper(f"UPDATE audit SET {column} = CAST({column} AS TEXT) || '7' WHERE seq = ?", seq)
    assert log.verify().first_bad_seq == seq


@pytest.mark.parametrize("column", CHAINED_COLUMNS[1:])
def test_a_value_whose_bytes_are_the_same_is_not_the_value(log: Log, column: str) -> None:
    log.tamper(f"UPDATE audit SET {column} = CAST({column} AS BLOB) WHERE seq = 4")
    assert log.verify() == row_by_row(log)
    assert log.verify().first_bad_seq == 4


def test_whole_numbers_and_others_of_the_same_value_are_not_taken_for_each_other(log: Log) -> None:
    log.tamper(f"CREATE TABLE copied ({', '.join((*CHAINED_COLUMNS, 'row_hash'))})")
    log.tamper("INSERT INTO copied SELECT * FROM audit")
    assert log.verify().ok
    log.tamper("UPDATE copied SET body_bytes = CAST(body_bytes AS REAL) WHERE seq = 4")
    log.tamper("DROP TABLE audit")
    log.tamper("ALTER TABLE copied RENAME TO audit")
    assert log.verify().first_bad_seq == 4


@pytest.mark.usefixtures("side_by_side")
async def test_rows_that_are_written_meanwhile_are_checked_too(log: Log) -> None:
    told: list[int] = []

    def write_on(rows: int) -> None:
        told.append(rows)
        if len(told) == 1:
            log.store.append_sync(decision(99))

    assert await log.store.verify(write_on) == Verification(ok=True, rows=ROWS + 1)
    assert told == [3, 6, 9, 12]


@pytest.mark.usefixtures("side_by_side")
def test_what_a_process_does_not_check_is_checked_here(
    log: Log, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pieces, "_WORKER", "blufio_tui.there_is_no_such_module")
    with caplog.at_level(logging.WARNING):
        assert log.verify() == Verification(ok=True, rows=ROWS)
    assert "a process that checks the audit log ended" in caplog.text


@pytest.mark.usefixtures("side_by_side")
async def test_checking_that_is_broken_off_leaves_no_process(log: Log) -> None:
    key = log.key.key(log_is_empty=False)
    head = log.key.head(key)
    assert head is not None
    checked = pieces.checked_pieces(log.database, key, head)
    assert (await anext(checked))[0] == 3
    await checked.aclose()
    children = Path("/proc/self/task").glob("*/children")
    assert not any(b"piece_worker" in _command(pid) for file in children for pid in file.read_text().split())


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
