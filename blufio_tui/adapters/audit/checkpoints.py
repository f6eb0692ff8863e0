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
from blufio_tui.adapters.audit.signing_key import PublicKey, SigningKey
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, EMPTY, Column, EncodedColumns, Head, encode_column, row_hash_of
from blufio_tui.core.audit.checkpoint import EVERY_ROWS, Checkpoint, open_checkpoint, sign_checkpoint
from blufio_tui.core.audit.dsse import Unproved, key_id_of, strict_json
from blufio_tui.core.audit.leaf import leaf_of, salt_key
from blufio_tui.core.audit.merkle import Growing, Peaks, Tree, peaks_of, root_from
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import StorageError
from blufio_tui.core.tasks import aside
from blufio_tui.core.text.json_types import JsonObject

_ROWS = f"SELECT {', '.join(CHAINED_COLUMNS)}, row_hash FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?"  # noqa: S608
STEP = 20_000
"""Rows after which what was done is kept: a long log that has no checkpoint yet is not begun again by each run."""
_PIECE = 500
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
        self.covered = 0
        """How many rows the last checkpoint covers, as far as is known here."""

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
            log, growing, head = _start(last)
            secret, key = self._secrets()
            while rows := await self._database.read(partial(_rows, first=head.seq + 1)):
                head = await asyncio.to_thread(_add, growing, rows, head, secret, key)
                log = log or head_of_first(rows)
                if head.seq - (last.checkpoint.rows if last else 0) >= STEP:
                    last = await self._sign(log, growing, head, public)
                    growing = Growing(last.peaks)
            if last is not None and head.seq == last.checkpoint.rows:
                return last
            if head == EMPTY:
                return None
            return await self._sign(log, growing, head, public)

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
        _, growing, head = _start(signed)
        secret, key = self._secrets()
        try:
            while head.seq < seq:
                rows = await self._database.read(partial(_rows, first=head.seq + 1))
                if not rows:
                    return ""
                head = await asyncio.to_thread(_add, growing, rows, head, secret, key)
        except StorageError:
            return ""
        return "in the keyed chain, newer than the last checkpoint"

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

    async def _sign(self, log: str, growing: Growing, head: Head, public: PublicKey) -> Signed:
        peaks = growing.peaks()
        checkpoint = Checkpoint(log, head.seq, peaks.root().hex(), head.row_hash.hex(), round(self._clock.now()))
        envelope = await aside(lambda: sign_checkpoint(checkpoint, public.key_id, self.signing.sign))
        signed = Signed(checkpoint, envelope, peaks)
        await self._database.write(partial(_store, signed=signed, blocks=growing.blocks))
        self.covered = head.seq
        return signed


def stored_checkpoints(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """How many rows each covers, and its envelope; oldest first."""
    return [
        (int(rows), str(text))
        for rows, text in connection.execute("SELECT rows, envelope FROM audit_checkpoint ORDER BY id")
    ]


def head_of_first(rows: Sequence[tuple[Column, ...]]) -> str:
    """The hash of the first of these rows, as hex."""
    row_hash = rows[0][-1]
    return row_hash.hex() if isinstance(row_hash, bytes) else ""


def _start(last: Signed | None) -> tuple[str, Growing, Head]:
    if last is None:
        return "", Growing(Peaks()), EMPTY
    checkpoint = last.checkpoint
    return checkpoint.log, Growing(last.peaks), Head(checkpoint.rows, bytes.fromhex(checkpoint.row_hash))


def _add(growing: Growing, rows: Sequence[tuple[Column, ...]], head: Head, secret: bytes, key: bytes) -> Head:
    """Add rows to the tree, each after a look at whether it is what was written."""
    encode = EncodedColumns().__getitem__
    for *columns, row_hash in rows:
        seq = columns[0]
        encoded = list(map(encode, columns))
        expected = row_hash_of(key, head.row_hash, encoded)
        if seq != head.seq + 1 or row_hash != expected:
            raise StorageError(
                f"the audit log was changed at row {head.seq + 1} or after it, so it is not signed; "
                "see `blufio-tui audit verify`"
            )
        growing.add(leaf_of(secret, head.seq + 1, encoded, expected))
        head = Head(head.seq + 1, expected)
    return head


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
    return int(found[0]) if found else 0


def _blocks(connection: sqlite3.Connection) -> list[bytes]:
    return [bytes(row[0]) for row in connection.execute("SELECT hash FROM audit_block ORDER BY number")]


def _newest(connection: sqlite3.Connection, public: PublicKey) -> Signed | None:
    """The newest checkpoint of this key whose signature and peaks fit."""
    for rows, peaks, text in connection.execute("SELECT rows, peaks, envelope FROM audit_checkpoint ORDER BY id DESC"):
        try:
            envelope = strict_json(text)
            if key_id_of(envelope) != public.key_id:
                continue
            checkpoint = open_checkpoint(envelope, public.key_id, public.verify)
        except Unproved:
            continue
        known = peaks_of(checkpoint.rows, bytes(peaks))
        if rows == checkpoint.rows and known is not None and known.root().hex() == checkpoint.root:
            return Signed(checkpoint, envelope, known)
    return None


def _store(connection: sqlite3.Connection, signed: Signed, blocks: dict[int, bytes]) -> None:
    connection.executemany("INSERT OR REPLACE INTO audit_block VALUES (?, ?)", blocks.items())
    connection.execute(
        "INSERT INTO audit_checkpoint (rows, peaks, envelope) VALUES (?, ?, ?)",
        (signed.checkpoint.rows, signed.peaks.as_bytes(), json.dumps(signed.envelope)),
    )
