"""Deleting what is stored: sessions with all that belongs to them, and what is older than `[keep]` says.

The rows of the audit log stay, so that its chain holds; a row says what was erased, when and why. It is written in
the same transaction as the deletion, before the files go.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.trust import trusted_settings
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.sessions import tree as session_tree
from blufio_tui.adapters.sessions.rows import required_session
from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.settings.schema import KeepSettings
from blufio_tui.core.text.amounts import plural, size
from blufio_tui.core.text.redaction import Redactor

_DAY_SECS = 86_400.0
_MERGE_PAGES = 500
_MOST_MERGES = 10_000
BY_PERSON = "deleted by you"


@dataclass(frozen=True, slots=True)
class Expired:
    """What was erased because it was old enough: sessions, stored outputs, calls whose changes can be undone."""

    sessions: tuple[str, ...] = ()
    outputs: int = 0
    undo_calls: int = 0


class ErasingSessions(SqliteSessions):
    """The stored conversations; `delete` takes along what lies outside their tables."""

    def __init__(
        self,
        database: Database,
        clock: SystemClock,
        audit: AuditStore,
        outputs: OutputFiles,
        undo: UndoStore,
        redactor: Redactor | None = None,
    ) -> None:
        super().__init__(database, clock, redactor)
        self._audit = audit
        self._outputs = outputs
        self._undo = undo

    async def delete(self, session_id: str, why: str = BY_PERSON) -> None:
        messages, calls = await self._database.read(lambda connection: _contents(connection, session_id))
        files, length = await asyncio.to_thread(self._outputs.extent, session_id)
        kept = await asyncio.to_thread(self._undo.known, calls)
        detail = ", ".join(
            (
                plural(messages, "message"),
                plural(len(calls), "tool call"),
                f"{plural(files, 'stored output')} ({size(length)})",
                f"the old content of files that {plural(len(kept), 'call')} changed",
            )
        )
        await self._audit.append_while(
            _entry(f"session {session_id}", why, detail, session_id), lambda connection: _delete(connection, session_id)
        )
        self._places.forget(session_id)
        await asyncio.to_thread(self._outputs.forget, session_id)
        await asyncio.to_thread(self._undo.forget, kept)
        await self._wipe()

    async def expire(self, keep: KeepSettings, *, besides: str = "", dry_run: bool = False) -> Expired:
        """Erase what is older than the settings say, and what a deletion that was cut off has left.

        Args:
            besides: a session that is kept however old it is, because a person has just opened it.

        Raises:
            StorageError: a row could not be written; what it is about stays.
        """
        now = self._clock.now()
        sessions = [session_id for session_id in await self._older(now, keep.sessions_days) if session_id != besides]
        sql = "SELECT session_id FROM sessions"
        known = await self._database.read(lambda connection: [str(row[0]) for row in connection.execute(sql)])
        strays = await asyncio.to_thread(self._outputs.strays, known, now - _DAY_SECS)
        outputs = await asyncio.to_thread(self._outputs.older, _limit(now, keep.outputs_days))
        calls = await asyncio.to_thread(self._undo.older, _limit(now, keep.undo_days))
        if not dry_run:
            for session_id in sessions:
                await self.delete(session_id, f"not used for {keep.sessions_days} days (keep.sessions_days)")
            if outputs:
                erased = plural(len(outputs), "stored output")
                await self._audit.append(_entry(erased, f"older than {keep.outputs_days} days (keep.outputs_days)"))
                await asyncio.to_thread(self._outputs.remove, outputs)
            await asyncio.to_thread(self._outputs.remove, strays)
            if calls:
                erased = f"the old content of files that {plural(len(calls), 'call')} changed"
                await self._audit.append(_entry(erased, f"older than {keep.undo_days} days (keep.undo_days)"))
                await asyncio.to_thread(self._undo.forget_files, calls)
        return Expired(tuple(sessions), len(outputs), len(calls))

    async def _older(self, now: float, days: int) -> list[str]:
        sql = "SELECT session_id FROM sessions WHERE updated < ? ORDER BY updated"
        limit = _limit(now, days)
        return await self._database.read(lambda conn: [str(row[0]) for row in conn.execute(sql, (limit,))])

    async def _wipe(self) -> None:
        """Take what was deleted out of the search index and out of the journal too, a little at a time."""
        pages = -_MERGE_PAGES  # the first call begins a merge of everything (see FTS5, the `merge` command)
        for _ in range(_MOST_MERGES):
            if not await self._database.write_to_free(partial(_merge, pages=pages)):
                break
            pages = _MERGE_PAGES
        await asyncio.to_thread(self._database.empty_journal)


def keep_settings() -> KeepSettings:
    """`[keep]` of the configuration, without what another program wrote and nobody confirmed.

    Raises:
        ConfigError: it cannot be read.
    """
    paths = Paths.from_environment()
    return trusted_settings(paths.config_file, paths.keys).keep


def _limit(now: float, days: int) -> float:
    """What was last changed before this is old enough; 0 days keep everything."""
    return now - days * _DAY_SECS if days else 0.0


def _contents(connection: sqlite3.Connection, session_id: str) -> tuple[int, Sequence[str]]:
    required_session(connection, session_id)
    messages = connection.execute("SELECT count(*) FROM messages WHERE session_id = ?", (session_id,)).fetchone()[0]
    calls = connection.execute("SELECT call_id FROM tool_calls WHERE session_id = ?", (session_id,))
    return int(messages), [str(row[0]) for row in calls]


def _delete(connection: sqlite3.Connection, session_id: str) -> None:
    """Deleted pages are overwritten: what was said is to be gone from the file, not only from the tables."""
    connection.execute("PRAGMA secure_delete = ON")
    session_tree.delete(connection, session_id)


def _merge(connection: sqlite3.Connection, pages: int) -> bool:
    """Whether anything was merged."""
    connection.execute("PRAGMA secure_delete = ON")
    before = connection.total_changes
    connection.execute("INSERT INTO messages_fts (messages_fts, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2  # so SQLite's manual says


def _entry(what: str, why: str, detail: str = "", session_id: str = "") -> AuditEntry:
    return AuditEntry(
        RowType.ERASE,
        "erase",
        what,
        actor="user",
        session_id=session_id,
        decided_by="user",
        rule=why,
        outcome="ok",
        detail=detail,
    )
