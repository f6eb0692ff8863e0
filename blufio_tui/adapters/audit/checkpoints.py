"""Makes signed checkpoints of the audit log, and finds what proves one of its rows.

Each checkpoint extends the tree of the one before, from its signed peaks; the rows that are added are checked
against the keyed chain first, so that nothing is ever signed that was not written by this program.
"""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.query import any_text
from blufio_tui.adapters.audit.signing_key import KEY_LINE, PublicKey, SigningKey, read_public_key
from blufio_tui.adapters.storage.columns import blob, text, whole
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import (
    CHAINED_COLUMNS,
    EMPTY,
    NO_CHECKPOINT,
    CheckpointMark,
    Column,
    EncodedColumns,
    Head,
    encode_column,
    row_hash_of,
)
from blufio_tui.core.audit.checkpoint import (
    EVERY_ROWS,
    KEY_REPLACED,
    Checkpoint,
    StoredCheckpoint,
    first_unsealed,
    missing_newest,
    open_checkpoint,
    seal_key,
    seal_of,
    sign_checkpoint,
    unannounced_key,
)
from blufio_tui.core.audit.dsse import Unproved, key_id_of, strict_json
from blufio_tui.core.audit.leaf import leaf_of, salt_key
from blufio_tui.core.audit.merkle import BLOCK_LEVEL, Growing, Peaks, Tree, peaks_of, root_from
from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.audit.written import WrittenRow, WrittenRows
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.tasks import aside, outlasting
from blufio_tui.core.text.json_types import JsonObject

_ROWS = f"SELECT {', '.join(CHAINED_COLUMNS)}, row_hash FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"  # noqa: S608
STEP = 20_000
"""Rows after which what was done is kept: a long log that has no checkpoint yet is not begun again by each run."""
_LAST_POSSIBLE = 2**63 - 1
_PIECE = 512
"""Rows that are hashed at a time, about 15 ms, so that a long log holds nobody up."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with its envelope and what extends its tree."""

    checkpoint: Checkpoint
    envelope: JsonObject
    peaks: Peaks


class Checkpoints:
    """
    Raises:
        StorageError: from every method, when the log or a key cannot be used, or rows are not what was written.
    """

    def __init__(self, database: Database, key: AuditKey, signing: SigningKey, clock: Clock) -> None:
        self._database = database
        self._key = key
        self.signing = signing
        self._clock = clock
        self._busy = asyncio.Lock()
        self._written = WrittenRows()
        self.covered = 0
        """How many rows the last checkpoint covers, as far as is known here."""

    def appended(self, rows: Sequence[WrittenRow]) -> None:
        """Rows that this program has committed; on the event loop."""
        self._written.keep(rows)

    async def is_due(self, last_seq: int) -> bool:
        """Whether so many rows were added since the last checkpoint that another one is to be made."""
        if last_seq - self.covered >= EVERY_ROWS:
            self.covered = await self._database.read(_last_rows)
        return last_seq - self.covered >= EVERY_ROWS

    async def make(self, *, anew: bool = False) -> Signed | None:
        """Sign the log as it is now; None for a log without rows. The last one is given again when nothing was added.

        Args:
            anew: begin with the first row, because what is stored of the tree cannot be relied on.
        """
        async with self._busy:
            public = await aside(self.signing.public)
            last = None if anew else await self._database.read(partial(self._extendable, public=public))
            tree, further = _grown(last), partial(_extend, secrets=self._secrets(), written=self._written)
            while await self._database.read(partial(further, tree=tree)):
                if tree.head.seq - (last.checkpoint.rows if last else 0) >= STEP:
                    last = await self._sign(tree, public)
                    tree.growing = Growing(last.peaks)
            if last is None or tree.head.seq != last.checkpoint.rows:
                last = await self._sign(tree, public) if tree.log else None
            return last

    async def last(self) -> Signed | None:
        """The newest checkpoint that is signed with the key of now; None if there is none."""
        public = await aside(self.signing.public) if self.signing.exists() else None
        return await self._database.read(partial(_newest, public=public)) if public else None

    async def tree(self, signed: Signed) -> Tree:
        """The tree of a checkpoint, for paths. Its leaves are made of the rows when they are asked for."""
        blocks = await self._database.read(_blocks)
        secret, _ = self._secrets()

        def leaves(first: int, end: int) -> list[bytes]:
            rows = self._database.read_sync(partial(_rows, first=first + 1, limit=end - first))
            return [_leaf(secret, row) for row in rows]

        return Tree(signed.checkpoint.rows, blocks, leaves)

    async def vouches_for(self, seq: int) -> str:
        """What says that a row is what was written, in words; "" if it is not."""
        signed = await self.last()
        if signed is None or signed.checkpoint.rows < seq:
            return await self._chained(seq, signed)
        tree = await self.tree(signed)
        return await asyncio.to_thread(self._in_tree, seq, signed.checkpoint, tree)

    def _in_tree(self, seq: int, checkpoint: Checkpoint, tree: Tree) -> str:
        secret, _ = self._secrets()
        rows = self._database.read_sync(partial(_rows, first=seq, limit=1))
        try:
            found = root_from(_leaf(secret, rows[0]), seq - 1, checkpoint.rows, tree.path(seq - 1)) if rows else None
        except IndexError:  # blocks are missing
            found = None
        is_in = found is not None and found.hex() == checkpoint.root
        return f"in the signed checkpoint of {checkpoint.rows} rows" if is_in else ""

    async def _chained(self, seq: int, signed: Signed | None) -> str:
        """By the keyed chain, from the last checkpoint on."""
        tree, further = _grown(signed), partial(_extend, secrets=self._secrets(), written=self._written)
        try:
            while tree.head.seq < seq:
                if not await self._database.read(partial(further, tree=tree)):
                    return ""
        except StorageError:
            return ""
        return "in the keyed chain, newer than the last checkpoint"

    async def unsound(self) -> tuple[int, str] | None:
        """What of the stored checkpoints and of their tree is not what was stored: the row from which on it counts,
        and what is wrong in words. The rows themselves are taken for what was written: check the chain first."""
        secret, key = self._secrets()
        head = await aside(partial(self._key.head, key))  # read first: it never is ahead of what is stored
        mark = head.checkpoint if head is not None else NO_CHECKPOINT
        public = await aside(self.signing.public) if self.signing.exists() else None
        return await self._database.read(
            partial(_unsound, secret=secret, seals=seal_key(key), mark=mark, key_id=public.key_id if public else "")
        )

    def salt_key(self) -> bytes:
        return self._secrets()[0]

    def _secrets(self) -> tuple[bytes, bytes]:
        key = self._key.key(log_is_empty=False)
        return salt_key(key), key

    def _extendable(self, connection: sqlite3.Connection, public: PublicKey) -> Signed | None:
        """The newest checkpoint, if it is one of this log as it is now; else all is done from the first row on."""
        last = _newest(connection, public)
        if last is None:
            return None
        row_hash = _row_hash(connection, last.checkpoint.rows)
        return last if row_hash is not None and row_hash.hex() == last.checkpoint.row_hash else None

    async def _sign(self, tree: "_Grown", public: PublicKey) -> Signed:
        peaks, head = tree.growing.peaks(), tree.head
        checkpoint = Checkpoint(tree.log, head.seq, peaks.root().hex(), head.row_hash.hex(), round(self._clock.now()))
        envelope = await aside(lambda: sign_checkpoint(checkpoint, public.key_id, self.signing.sign))
        signed = Signed(checkpoint, envelope, peaks)
        key = self._secrets()[1]
        store = partial(_store, signed=signed, blocks=tree.growing.blocks, secret=seal_key(key))
        await outlasting(self._database.begin_write(store, partial(self._key.mark_checkpoint, key)))
        self.covered = head.seq
        self._written.forget(head.seq)
        return signed


def stored_checkpoints(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """How many rows each covers, and its envelope; oldest first."""
    return [
        (whole(rows), text(envelope))
        for rows, envelope in connection.execute("SELECT rows, envelope FROM audit_checkpoint ORDER BY id")
    ]


@dataclass(slots=True)
class _Grown:
    """The tree on its way to the next checkpoint.

    Attributes:
        log: as in a checkpoint; "" as long as there is no row.
        head: the last row that is in the tree.
    """

    log: str
    growing: Growing
    head: Head


def _grown(last: Signed | None) -> _Grown:
    if last is None:
        return _Grown("", Growing(Peaks()), EMPTY)
    checkpoint = last.checkpoint
    return _Grown(checkpoint.log, Growing(last.peaks), Head(checkpoint.rows, bytes.fromhex(checkpoint.row_hash)))


def _extend(
    connection: sqlite3.Connection, *, tree: _Grown, secrets: tuple[bytes, bytes], written: WrittenRows
) -> bool:
    """Add the next rows to the tree, each after a look at whether it is what was written; False when there are none."""
    rows = _rows(connection, tree.head.seq + 1)
    leaves = written.leaves(tree.head.seq + 1, tree.head.row_hash, rows)
    if leaves is None:
        leaves = _checked_leaves(rows, tree.head, secrets, written)
    if rows:
        last = rows[-1][-1]
        assert isinstance(last, bytes), "it is a hash that this program made"
        tree.log = tree.log or _hex(rows[0][-1])
        tree.head = Head(tree.head.seq + len(rows), last)
    tree.growing.extend(leaves)
    return bool(rows)


def _hex(row_hash: Column) -> str:
    assert isinstance(row_hash, bytes), "it is a hash that this program made"
    return row_hash.hex()


def _checked_leaves(
    rows: Sequence[tuple[Column, ...]], head: Head, secrets: tuple[bytes, bytes], written: WrittenRows
) -> list[bytes]:
    """The leaves of the rows behind `head`.

    Raises:
        StorageError: one of them is not what was written.
    """
    secret, key = secrets
    encode = EncodedColumns().__getitem__
    seq, row_hash = head.seq, head.row_hash
    leaves = list[bytes]()
    for row in rows:
        leaf = written.leaf(seq + 1, row_hash, row)
        if leaf is None:
            encoded = list(map(encode, row[:-1]))
            expected = row_hash_of(key, row_hash, encoded)
            if row[0] != seq + 1 or row[-1] != expected:
                raise StorageError(
                    f"the audit log was changed at row {seq + 1} or after it, so it is not signed; "
                    "see `blufio-tui audit verify`"
                )
            leaf = leaf_of(secret, seq + 1, encoded, expected)
        leaves.append(leaf)
        assert isinstance(row[-1], bytes), "it is a hash that this program made"
        seq, row_hash = seq + 1, row[-1]
    return leaves


def _leaf(secret: bytes, row: tuple[Column, ...]) -> bytes:
    *columns, row_hash = row
    seq = columns[0]
    return leaf_of(
        secret,
        seq if isinstance(seq, int) and seq >= 0 else 0,
        [encode_column(value) for value in columns],
        row_hash if isinstance(row_hash, bytes) else b"",
    )


def _rows(connection: sqlite3.Connection, first: int, limit: int = _PIECE) -> list[tuple[Column, ...]]:
    """As `chained_rows`, twice as fast: text that is not UTF-8 was not written by this program, and is not signed."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(_ROWS, (first, limit)).fetchall()


def _row_hash(connection: sqlite3.Connection, seq: int) -> bytes | None:
    found = connection.execute("SELECT row_hash FROM audit WHERE seq = ?", (seq,)).fetchone()
    return bytes(found[0]) if found and isinstance(found[0], bytes) else None


def _last_rows(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT rows FROM audit_checkpoint ORDER BY id DESC LIMIT 1").fetchone()
    return max(0, whole(found[0])) if found else 0


def _blocks(connection: sqlite3.Connection) -> list[bytes]:
    return [blob(row[0]) for row in connection.execute("SELECT hash FROM audit_block ORDER BY number")]


def _newest(connection: sqlite3.Connection, public: PublicKey) -> Signed | None:
    """The newest checkpoint of this key whose signature and peaks fit."""
    for rows, peaks, written in connection.execute(
        "SELECT rows, peaks, envelope FROM audit_checkpoint ORDER BY id DESC"
    ):
        try:
            envelope = strict_json(text(written))
            if key_id_of(envelope) != public.key_id:
                continue
            checkpoint = open_checkpoint(envelope, public.key_id, public.verify)
        except Unproved:
            continue
        known = peaks_of(checkpoint.rows, blob(peaks))
        if rows == checkpoint.rows and known is not None and known.root().hex() == checkpoint.root:
            return Signed(checkpoint, envelope, known)
    return None


def _store(connection: sqlite3.Connection, signed: Signed, blocks: dict[int, bytes], secret: bytes) -> CheckpointMark:
    rows = signed.checkpoint.rows
    connection.executemany("INSERT OR REPLACE INTO audit_block VALUES (?, ?)", blocks.items())
    connection.execute("DELETE FROM audit_block WHERE number >= ?", (rows >> BLOCK_LEVEL,))
    last = connection.execute("SELECT id, seal FROM audit_checkpoint ORDER BY id DESC LIMIT 1").fetchone()
    number, before = (last[0] + 1, blob(last[1])) if last else (1, b"")
    if number > _LAST_POSSIBLE:
        raise StorageError("the checkpoints of the audit log were tampered with; see `audit verify`")
    stored = StoredCheckpoint(number, rows, signed.peaks.as_bytes(), json.dumps(signed.envelope), b"")
    seal = seal_of(secret, before, stored)
    columns = (stored.id, stored.rows, stored.peaks, stored.envelope, seal)
    connection.execute("INSERT INTO audit_checkpoint (id, rows, peaks, envelope, seal) VALUES (?, ?, ?, ?, ?)", columns)
    return CheckpointMark(number, seal)


def _exchanged_key(
    connection: sqlite3.Connection, stored: Sequence[StoredCheckpoint], now: str
) -> tuple[int, str] | None:
    """The row from which on a signing key is used, or would be, of which no row speaks.

    Args:
        now: the id of the key that signs now; "" if there is none.
    """
    used = [(one.rows, key_id_of(strict_json(one.envelope))) for one in stored]
    if used and now:
        used.append((used[-1][0] + 1, now))
    if len({key_id for _, key_id in used}) < 2:
        return None
    sql = "SELECT detail FROM audit NOT INDEXED WHERE row_type = ? AND rule = ?"
    details = [str(row[0]) for row in connection.execute(sql, (RowType.CHANGE, KEY_REPLACED))]
    announced = {read_public_key(line).key_id for text in details for line in KEY_LINE.findall(text)}
    if (first := unannounced_key(used, announced)) is None:
        return None
    return first[0], (
        "the key that signs checkpoints and proofs was exchanged, and no row says so; if you did it, "
        "`audit key --replace` makes another one and says so"
    )


def _unsound(
    connection: sqlite3.Connection, secret: bytes, seals: bytes, mark: CheckpointMark, key_id: str
) -> tuple[int, str] | None:
    """As `Checkpoints.unsound`, all from one moment of the database."""
    connection.execute("BEGIN")
    try:
        sql = "SELECT id, rows, peaks, envelope, seal FROM audit_checkpoint ORDER BY id"
        with any_text(connection, "surrogateescape"):
            stored = [
                StoredCheckpoint(number, whole(rows), blob(peaks), text(envelope), blob(seal))
                for number, rows, peaks, envelope, seal in connection.execute(sql)
            ]
        if (one := first_unsealed(seals, stored)) is not None:
            return max(1, one.rows), f"checkpoint {one.id} is not what was stored, or one before it is gone"
        if problem := missing_newest(stored, mark):
            return (stored[-1].rows if stored else 0) + 1, problem
        if (exchanged := _exchanged_key(connection, stored, key_id)) is not None:
            return exchanged
        last = peaks_of(stored[-1].rows, stored[-1].peaks) if stored else Peaks()
        numbers = [row[0] for row in connection.execute("SELECT number FROM audit_block ORDER BY number")]
        assert last is not None, "it is sealed"
        if numbers != list(range(last.size >> BLOCK_LEVEL)):
            return 1, "hashes of the stored tree are gone or in excess"

        def leaves(first: int, end: int) -> list[bytes]:
            return [_leaf(secret, row) for row in _rows(connection, first + 1, end - first)]

        if Tree(last.size, _blocks(connection), leaves).root() != last.root():
            return 1, "a hash of the stored tree was changed"
        return None
    finally:
        connection.execute("ROLLBACK")
