"""The audit log in SQLite: one chain over all rows, written by any number of processes."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from blufio_tui.adapters.audit import query as audit_query
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.pieces import FIRST_POSSIBLE, checked_pieces
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.acting import Acting
from blufio_tui.core.audit.chain import (
    CHAINED_COLUMNS,
    EMPTY,
    GENESIS,
    ChainCheck,
    Column,
    Head,
    chain_hash,
    columns_of,
    encode_column,
    row_hash_of,
)
from blufio_tui.core.audit.leaf import leaf_of, salt_key
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, RowType, Verification
from blufio_tui.core.audit.written import WrittenRow
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.policy.back_test import PastQuestion, QuestionFilter
from blufio_tui.core.tasks import outlasting

if TYPE_CHECKING:
    from blufio_tui.adapters.audit.guardian import Guardian

T = TypeVar("T")
_VERIFY_CHUNK = 2000
_INSERT = (
    f"INSERT INTO audit ({', '.join(CHAINED_COLUMNS)}, row_hash) "  # noqa: S608 - names from this program
    f"VALUES ({', '.join('?' * (len(CHAINED_COLUMNS) + 1))})"
)
_LAST_POSSIBLE = 2**63 - 2**32
_ROWS_BEFORE = 1000
"""Rows before a session's first one that are looked at with it, about 10 ms."""
_NEAR = 5000
"""Rows from the first to the last of a page up to which those between them are looked at, too."""
Along = Callable[[sqlite3.Connection, list[int]], Sequence[AuditEntry]]


@dataclass(frozen=True, slots=True)
class _Appended:
    """Where the log extends to, and the head record that was found to be ahead of the log, if one was.

    Attributes:
        written: the rows with their leaves, if checkpoints are made of them.
    """

    seqs: list[int]
    head: Head
    stale: Head | None
    written: list[WrittenRow]


class AuditStore:
    """Implements `core.ports.AuditLog`.

    Attributes:
        guardian: makes checkpoints and knows the witnesses; None if nobody watches.
    """

    def __init__(self, database: Database, key: AuditKey, clock: Clock, guardian: "Guardian | None" = None) -> None:
        self.guardian = guardian
        self._database = database
        self._key = key
        self._clock = clock
        self._writing: set[asyncio.Future[list[int]]] = set()
        self._noted_break: tuple[Head | None, int] | None = None
        self._salts: bytes | None = None

    async def append(self, entry: AuditEntry) -> int:
        return (await self.append_many([entry]))[0]

    async def append_many(self, entries: Sequence[AuditEntry]) -> list[int]:
        return await outlasting(self.begin_append(entries))

    def begin_append(self, entries: Sequence[AuditEntry]) -> asyncio.Future[list[int]]:
        return self._begin(entries, _nothing_else)

    def begin_acting(self, entries: Sequence[AuditEntry], work: Callable[[], T]) -> Acting[list[int], T]:
        written: list[WrittenRow] = []

        acting = self._database.begin_acting(partial(self._insert, entries=entries), self._advancing(written), work)
        self._watch(acting.durable, written)
        return acting

    async def append_along(self, entries: Sequence[AuditEntry], job: Along) -> list[int]:
        """Write rows and what is stored about them, all or nothing. `job` gets the numbers of the rows, and gives
        further rows about what else it did."""
        return await outlasting(self._begin(entries, job))

    def _begin(self, entries: Sequence[AuditEntry], job: Along) -> asyncio.Future[list[int]]:
        written: list[WrittenRow] = []

        def both(connection: sqlite3.Connection) -> _Appended:
            done = self._insert(connection, entries)
            if further := job(connection, done.seqs):
                more = self._insert(connection, further)
                return replace(done, head=more.head, written=[*done.written, *more.written])
            return done

        writing = self._database.begin_write(both, self._advancing(written))
        self._watch(writing, written)
        return writing

    def _advancing(self, written: list[WrittenRow]) -> Callable[[_Appended], list[int]]:
        """What follows on a commit, on the writer's thread."""

        def advance(done: _Appended) -> list[int]:
            written.extend(done.written)
            return self._advance(done)

        return advance

    def _watch(self, writing: asyncio.Future[list[int]], written: list[WrittenRow]) -> None:
        self._writing.add(writing)
        writing.add_done_callback(partial(self._appended, written=written))

    def _appended(self, writing: asyncio.Future[list[int]], written: list[WrittenRow]) -> None:
        """What follows on a commit, on the event loop."""
        self._writing.discard(writing)
        self._tell_guardian(written)

    def _tell_guardian(self, written: list[WrittenRow]) -> None:
        if self.guardian is not None and written:
            self.guardian.appended(written)

    async def append_while(self, entry: AuditEntry, job: Callable[[sqlite3.Connection], None]) -> int:
        """Write a row and delete what it is about, both or neither; on a full disk with what was set aside for that."""

        def both(connection: sqlite3.Connection) -> _Appended:
            done = self._insert(connection, [entry])
            job(connection)
            return done

        done = await self._database.write_to_free(both)
        seqs = self._advance(done)
        self._tell_guardian(done.written)
        return seqs[-1]

    def append_sync(self, entry: AuditEntry) -> int:
        """As `append`, for code that runs without an event loop."""
        return self._database.write_then_sync(lambda connection: self._insert(connection, [entry]), self._advance)[0]

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        await self._written()
        return await self._database.read(
            lambda connection: audit_query.page(
                connection, where, before_seq=before_seq, after_seq=after_seq, limit=limit
            )
        )

    async def count(self, where: AuditFilter) -> int:
        await self._written()
        most = os.cpu_count() or 1
        parts = await self._database.read(lambda connection: audit_query.parts(connection, where, most))
        counting = (self._database.read(partial(audit_query.count, where=where, part=part)) for part in parts)
        return sum(await asyncio.gather(*counting))

    async def denials_by_actor(self) -> dict[str, int]:
        await self._written()
        return await self._database.read(audit_query.denials_by_actor)

    async def past_questions(self, where: QuestionFilter) -> list[PastQuestion]:
        """What a person was asked about and answered, newest first."""
        await self._written()
        return await self._database.read(partial(audit_query.past_questions, where=where))

    async def rule_counts(self) -> dict[str, int]:
        """How many decisions each user rule made, by the rule in words as the rows have it."""
        await self._written()
        return await self._database.read(audit_query.rule_counts)

    async def writes_to(self, path: str) -> list[AuditRow]:
        """What was allowed to change a file, oldest first."""
        await self._written()
        return await self._database.read(partial(audit_query.writes_to, path=path))

    async def rows(self, where: AuditFilter, *, chunk: int = 1000) -> AsyncIterator[AuditRow]:
        """All rows that the filter passes, oldest first, for exports."""
        after = -1
        while page := await self.page(where, after_seq=after, limit=chunk):
            for row in page:
                yield row
            after = page[-1].seq

    async def sealed_rows(self, where: AuditFilter, *, chunk: int = 1000) -> AsyncIterator[AuditRow]:
        """As `rows`, each row and its outcome checked as `sealed` checks them.

        Raises:
            StorageError: one of them is not what was written.
        """
        after = -1
        while True:
            await self._written()
            page, pairs = await self._database.read(
                partial(audit_query.sealed_page, where=where, after_seq=after, limit=chunk)
            )
            await asyncio.to_thread(self._refuse_unsealed, pairs)
            for row in page:
                yield row
            if not page:
                return
            after = page[-1].seq

    async def sealed(self, call_id: str, kind: str) -> list[AuditRow]:
        """The rows of a call of one kind, each checked against the key and the row before it; the chain is not walked.

        Raises:
            StorageError: one of them is not what was written.
        """
        await self._written()
        pairs = await self._database.read(partial(audit_query.with_previous, call_id=call_id, kind=kind))
        if not pairs:
            return []
        self._refuse_unsealed(pairs)
        return [audit_query.as_row((*columns, row_hash)) for columns, row_hash, _ in pairs]

    async def are_sealed(self, seqs: Sequence[int]) -> bool:
        """Whether these decisions and their outcomes are what was written, as `sealed` checks it."""
        await self._written()
        pairs = await self._database.read(partial(audit_query.decisions_with_previous, seqs=seqs))
        return await asyncio.to_thread(self._first_unsealed, pairs) is None

    async def doubt(self, seqs: Sequence[int]) -> str:
        """As `AuditLog` has it. The head is read before the end of the log, which may grow meanwhile."""
        await self._written()
        try:
            if await self._database.read(_is_empty) and not self._key.path.exists():  # `key` would make one
                return f"{earlier}; its rows are gone" if (earlier := self._key.earlier_log()) else ""
            key = self._key.key(log_is_empty=False)
            head = self._key.head(key)
            if lost := _lost_rows(head, await self._database.read(_last)):
                return lost
            return await self._doubt(key, head, seqs) if seqs else ""
        except StorageError as error:
            return str(error)

    async def _doubt(self, key: bytes, head: Head | None, seqs: Sequence[int]) -> str:
        first, last = min(seqs), max(seqs)
        if last - first < _NEAR:
            if (before := await self._database.read(partial(_head_at, seq=max(0, first - 1)))) is None:
                return f"row {first - 1} is missing"
            check = ChainCheck(key, head, before)
            await self._feed(check, last)
            if check.bad is not None:
                return check.bad.reason
        pairs = await self._database.read(partial(audit_query.decisions_with_previous, seqs=seqs))
        changed = await asyncio.to_thread(self._first_unsealed, pairs)
        return f"row {changed!r}, or the one before it, is not what was written" if changed is not None else ""

    def _refuse_unsealed(self, pairs: Sequence[audit_query.Sealed]) -> None:
        if (changed := self._first_unsealed(pairs)) is not None:
            raise StorageError(f"row {changed!r} of the audit log was changed; see `audit verify`")

    def _first_unsealed(self, pairs: Sequence[audit_query.Sealed]) -> Column:
        if not pairs:
            return None
        key = self._key.key(log_is_empty=False)
        for columns, row_hash, previous in pairs:
            if row_hash != chain_hash(key, GENESIS if columns[0] == 1 else previous, columns):
                return columns[0]
        return None

    async def vouches_for_session(self, session_id: str) -> bool:
        """As `AuditLog` has it. It begins some rows earlier: rows that were given to another session, or taken out,
        stood right before those that are left."""
        await self._written()
        first = await self._database.read(partial(audit_query.first_of_session, session_id=session_id))
        if not first:
            return True
        key = self._key.key(log_is_empty=False)
        head = self._key.head(key)
        start = max(1, first - _ROWS_BEFORE)
        before = await self._database.read(partial(_head_at, seq=start - 1))
        if head is None or before is None:
            return False
        check = ChainCheck(key, head, before)
        await self._walk(check, key, head)
        return check.bad is None and check.seq >= head.seq

    async def verify(self, told: Callable[[int], None] | None = None) -> Verification:
        """Check the whole chain, a piece at a time on a thread, while others go on writing; then ask the witnesses."""
        result = await self._verify_chain(told)
        return result if self.guardian is None else await self.guardian.verified(result)

    async def _verify_chain(self, told: Callable[[int], None] | None) -> Verification:
        is_empty = await self._database.read(_is_empty)
        if is_empty and (earlier := self._key.earlier_log()):
            return Verification(ok=False, rows=0, first_bad_seq=1, reason=f"{earlier}; its rows are gone")
        key = self._key.key(log_is_empty=is_empty)
        head = self._key.head(key)
        check = ChainCheck(key, head)
        await self._walk(check, key, head or EMPTY, told)
        if check.bad is not None:
            return check.bad
        there = await self._database.read(lambda connection: audit_query.rows_besides(connection, check.seq))
        return check.finish(there)

    async def _walk(self, check: ChainCheck, key: bytes, head: Head, told: Callable[[int], None] | None = None) -> None:
        """Look at the rows from where `check` begins to the end of the log, or to where it breaks."""
        async with aclosing(checked_pieces(self._database, key, head, first=check.seq + 1)) as pieces:
            async for last, piece in pieces:
                if piece is None or not check.take(piece):
                    await self._feed(check, last)
                if check.bad is not None:
                    return
                if told is not None:
                    told(check.rows)
        await self._feed(check, _LAST_POSSIBLE)

    async def _feed(self, check: ChainCheck, last: int) -> None:
        """Look at the rows up to number `last` one by one."""
        while await self._database.read(partial(_check_next, check=check, last=last)):
            pass

    async def _written(self) -> None:
        """Let the rows that are on their way arrive, so that a reader finds what it was told about."""
        if pending := {writing for writing in self._writing if not writing.done()}:
            await asyncio.wait(pending)

    def _insert(self, connection: sqlite3.Connection, entries: Sequence[AuditEntry]) -> _Appended:
        """Runs inside the write transaction, so that no other process can come between two rows."""
        self._database.check_in_place()
        self._key.check_in_place()
        last = _last(connection)
        earlier = self._key.earlier_log() if last == EMPTY else ""
        key = self._key.key(log_is_empty=last == EMPTY)
        head = self._key.head(key)
        written = list[WrittenRow]()
        lost = _lost_rows(head, last) or (f"{earlier}; its rows and its key are gone" if earlier else "")
        if lost and not self._is_noted(head, last):
            entry = AuditEntry(RowType.BREAK, "audit", "audit log", rule=lost)
            last = self._insert_one(connection, key, last, entry, written)
            self._noted_break = (head, last.seq)
        seqs = []
        for entry in entries:
            last = self._insert_one(connection, key, last, entry, written)
            seqs.append(last.seq)
        return _Appended(seqs, last, head if lost else None, written)

    def _is_noted(self, head: Head | None, last: Head) -> bool:
        """Whether a row about this head is there already: the head is only set right after the commit."""
        if self._noted_break is None or self._noted_break[1] > last.seq:
            return False
        noted = self._noted_break[0]
        return noted is head if noted is None else noted.is_at(head)

    def _insert_one(
        self, connection: sqlite3.Connection, key: bytes, last: Head, entry: AuditEntry, written: list[WrittenRow]
    ) -> Head:
        columns = (last.seq + 1, round(self._clock.now() * 1_000_000), *columns_of(entry))
        encoded = list(map(encode_column, columns))
        row_hash = row_hash_of(key, last.row_hash, encoded)
        row = (*columns, row_hash)
        connection.execute(_INSERT, row)
        head = Head(last.seq + 1, row_hash)
        if self.guardian is not None:
            if self._salts is None:
                self._salts = salt_key(key)
            leaf = leaf_of(self._salts, head.seq, encoded, row_hash)
            written.append(WrittenRow(head.seq, last.row_hash, row, leaf, sum(map(len, encoded))))
        return head

    def _advance(self, done: _Appended) -> list[int]:
        if done.seqs:
            self._key.mark_begun(datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat())
            self._key.advance(self._key.key(log_is_empty=False), done.head, replacing=done.stale)
        return done.seqs


def _nothing_else(_connection: sqlite3.Connection, _seqs: list[int]) -> Sequence[AuditEntry]:
    return ()


def _head_at(connection: sqlite3.Connection, seq: int) -> Head | None:
    """The row as the next one follows it; None if it is gone."""
    if not seq:
        return EMPTY
    found = connection.execute("SELECT CAST(row_hash AS BLOB) FROM audit WHERE seq = ?", (seq,)).fetchone()
    return Head(seq, bytes(found[0] or b"")) if found else None


def _check_next(connection: sqlite3.Connection, check: ChainCheck, last: int) -> bool:
    """Look at the next rows; False at row `last`, at the end of the log, and where it breaks."""
    start = check.seq + 1 if check.rows or check.seq else FIRST_POSSIBLE
    rows = audit_query.chained_rows(connection, start, max(0, min(_VERIFY_CHUNK, last - check.seq)))
    return bool(rows) and all(check.feed(columns, row_hash) is None for *columns, row_hash in rows)


def _last(connection: sqlite3.Connection) -> Head:
    record = connection.execute("SELECT seq, CAST(row_hash AS BLOB) FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    if record is None:
        return EMPTY
    if not isinstance(record[0], int) or record[0] >= _LAST_POSSIBLE:
        raise StorageError(f"the audit log was tampered with: it ends in a row {record[0]!r}; see `audit verify`")
    return Head(record[0], bytes(record[1] or b""))


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM audit LIMIT 1").fetchone() is None


def _lost_rows(head: Head | None, last: Head) -> str:
    """What is missing from the end of the log, in words; "" if nothing is."""
    if head is None:
        return "the head record was missing or forged, so that rows may have been cut off"
    if head.seq > last.seq:
        return f"the log had reached row {head.seq}"
    return ""
