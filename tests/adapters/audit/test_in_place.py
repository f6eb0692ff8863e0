"""A log that was removed or replaced is never "whole", and nothing is done that it could not keep."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, RowType, Verification
from blufio_tui.core.errors import StorageError
from tests.fakes.session_clock import SettableClock

ROW = AuditEntry(RowType.DECISION, "exec", "make", decision="allow")


class Home:
    """A folder with database, keys and marks, opened as one run of the program does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder / "blufio.db")
        self.marks = (folder / "audit-begun", folder / "cache" / "audit-begun")
        self.start()

    def start(self) -> None:
        self.database.close()
        self.database.open()
        key = AuditKey(self.folder / "keys" / "audit.key", self.marks)
        self.log = AuditStore(self.database, key, SettableClock())

    async def verify(self) -> Verification:
        self.start()
        return await self.log.verify()

    def lose_database(self) -> None:
        for file in self.folder.glob("blufio.db*"):
            file.unlink()

    def lose_newest_rows(self) -> None:
        (self.folder / "blufio.db-wal").unlink()

    def replace_newest_rows(self) -> None:
        copy = self.folder / "copy"
        shutil.copy(self.folder / "blufio.db-wal", copy)
        copy.replace(self.folder / "blufio.db-wal")

    def lose_index_of_newest_rows(self) -> None:
        (self.folder / "blufio.db-shm").unlink()

    def lose_keys(self) -> None:
        shutil.rmtree(self.folder / "keys")

    def replace_database(self) -> None:
        copy = self.folder / "copy"
        shutil.copy(self.folder / "blufio.db", copy)
        copy.replace(self.folder / "blufio.db")

    def replace_key(self) -> None:
        copy = self.folder / "copy"
        copy.write_text("ab" * 32)
        copy.chmod(0o600)
        copy.replace(self.folder / "keys" / "audit.key")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.database.close()


@pytest.mark.parametrize(
    "attack",
    [
        Home.lose_database,
        Home.replace_database,
        Home.lose_keys,
        Home.replace_key,
        Home.lose_newest_rows,
        Home.replace_newest_rows,
        Home.lose_index_of_newest_rows,
    ],
)
async def test_nothing_is_appended_to_a_log_that_is_no_longer_in_its_place(
    home: Home, attack: Callable[[Home], None]
) -> None:
    await home.log.append(ROW)
    attack(home)
    with pytest.raises(StorageError, match="removed or replaced"):
        await home.log.append(ROW)


@pytest.mark.parametrize("attack", [Home.lose_newest_rows, Home.lose_database])
async def test_what_can_no_longer_be_read_is_said_to_have_been_removed(
    home: Home, attack: Callable[[Home], None]
) -> None:
    await home.log.append(ROW)
    attack(home)
    with pytest.raises(StorageError, match="removed or replaced"):
        await home.log.page(AuditFilter())


async def test_a_log_that_went_together_with_its_key_is_missed(home: Home) -> None:
    assert (await home.verify()).ok
    await home.log.append(ROW)
    home.lose_database()
    home.lose_keys()
    home.marks[0].unlink()
    for _ in range(2):
        found = await home.verify()
        assert (found.ok, found.first_bad_seq) == (False, 1)
        assert "its rows are gone" in found.reason
    await home.log.append(ROW)
    found = await home.verify()
    assert not found.ok
    assert "started here on" in found.reason


async def test_a_log_that_was_moved_away_with_everything_that_speaks_of_it_begins_anew(home: Home) -> None:
    await home.log.append(ROW)
    home.lose_database()
    home.lose_keys()
    for mark in home.marks:
        mark.unlink()
    assert (await home.verify()).ok
    await home.log.append(ROW)
    assert (await home.verify()).ok


async def test_other_programs_that_open_close_and_empty_the_journal_replace_nothing(home: Home) -> None:
    for _ in range(3):
        await home.log.append(ROW)
        other = Database(home.folder / "blufio.db")
        other.open()
        other.write_sync(lambda connection: connection.execute("DELETE FROM drafts"))
        other.empty_journal()
        other.close()
        home.database.empty_journal()
        await home.log.append(ROW)
