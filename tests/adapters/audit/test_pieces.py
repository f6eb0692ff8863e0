"""A log that is checked in pieces has the same result as one that is checked in order, whatever was done to it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blufio_tui.adapters.audit import pieces
from blufio_tui.core.audit.chain import ChainCheck
from blufio_tui.core.audit.rows import Verification
from tests.adapters.audit.test_store import Log, decision

ROWS = 40


class Threads(ThreadPoolExecutor):
    """In place of processes."""

    def __init__(self, workers: int, *_: object) -> None:
        super().__init__(workers)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    monkeypatch.setattr(pieces, "WORTH_IT", 1)
    monkeypatch.setattr(pieces, "_PIECE", 7)
    log = Log(tmp_path)
    for number in range(ROWS):
        log.store.append_sync(decision(number))
    yield log
    log.database.close()


def verified(log: Log) -> Verification:
    return asyncio.run(log.store.verify())


def change(log: Log, *statements: str) -> None:
    connection = sqlite3.connect(log.database.path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


TAMPERING = [
    [],
    *[[f"UPDATE audit SET resource = 'x' WHERE seq = {seq}"] for seq in (1, 7, 8, 14, 15, 40)],
    *[[f"DELETE FROM audit WHERE seq = {seq}"] for seq in (1, 7, 8, 40)],
    *[[f"UPDATE audit SET row_hash = zeroblob(32) WHERE seq = {seq}"] for seq in (7, 14, 40)],
    ["UPDATE audit SET row_hash = 'text' WHERE seq = 14"],
    ["UPDATE audit SET seq = -5 WHERE seq = 3"],
    ["UPDATE audit SET seq = 100 WHERE seq = 8", "UPDATE audit SET seq = 8 WHERE seq = 9"],
    ["UPDATE audit SET seq = 9000000000000000000 WHERE seq = 40"],
    ["DELETE FROM audit WHERE seq > 30"],
    ["DELETE FROM audit"],
]


@pytest.mark.parametrize("statements", TAMPERING)
def test_the_result_is_the_one_of_checking_in_order(
    log: Log, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "ProcessPoolExecutor", Threads)
    change(log, *statements)
    in_pieces = verified(log)
    monkeypatch.setattr(pieces, "WORTH_IT", 10**9)
    assert in_pieces == verified(log)
    assert in_pieces.ok is (not statements)


def test_a_clock_that_goes_back_between_two_pieces_is_pointed_out(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ProcessPoolExecutor", Threads)
    log.clock.time -= 3 * 86_400
    for number in range(20):
        log.store.append_sync(decision(number))
    in_pieces = verified(log)
    assert in_pieces.notes == ("at row 41 the clock went back by 3.0 days",)
    assert in_pieces.ok and in_pieces.rows == ROWS + 20


async def test_processes_check_all_of_it(log: Log) -> None:
    told: list[int] = []
    key = log.key.key(log_is_empty=False)
    check = await pieces.checked_ahead(log.database.path, key, log.key.head(key), ROWS, told.append)
    assert isinstance(check, ChainCheck)
    assert check.seq == check.rows == ROWS
    assert told == [7, 14, 21, 28, 35, 40]
    change(log, "UPDATE audit SET resource = 'x' WHERE seq = 21")
    assert await pieces.checked_ahead(log.database.path, key, log.key.head(key), ROWS, None) is None


def test_where_there_are_no_more_processes_it_is_checked_in_order(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(pieces, "ProcessPoolExecutor", refuse)
    assert verified(log).ok
