"""`why`: from a file or one of its lines to the effect that wrote it."""

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blufio_tui.adapters.audit.checkpoints import Checkpoints
from blufio_tui.adapters.audit.query import command_of, last_writing
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.sessions.prompts import prompt_of, title_of, tool_of
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, AuditRow
from blufio_tui.core.errors import NotThere, StorageError, UsageError
from blufio_tui.core.proof.line_history import Change, Origin, origin_of_file, origin_of_line
from blufio_tui.core.proof.why import Why, WhyCall, why_lines
from blufio_tui.features.stored.stores import audit_on, checkpoints_on, open_database

MAX_FILE = 64 * 1024 * 1024
_TELLING_BYTES = 24
"""Smaller files have the same content by chance."""
_MOST_NAMES = 10
_EVER = 2**63 - 1
_LINE = re.compile(r"(?P<path>.+):(?P<line>[0-9]{1,9})", re.DOTALL)
_BEFORE = re.compile(r"\bbefore ([0-9a-f]{64})\b")
_NEW = re.compile(r"(\A|; )new\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Explaining:
    """
    Args:
        project: relative paths are below it.
    """

    def __init__(
        self, database: Database, audit: AuditStore, checkpoints: Checkpoints, undo: UndoStore, project: Path
    ) -> None:
        self._database = database
        self._audit = audit
        self._checkpoints = checkpoints
        self._undo = undo
        self._project = project

    async def why(self, written: str) -> Why:
        """
        Args:
            written: `PATH` or `PATH:LINE`.

        Raises:
            NotThere: there is no such file, and the log knows of none.
            UsageError: the file has no such line, or is too large to be looked at.
            StorageError: the log cannot be read.
        """
        path, line = await asyncio.to_thread(self._place, written)
        data = await asyncio.to_thread(_content, path)
        now = "" if data is None else hashlib.sha256(data).hexdigest()
        rows, changes = await self._history(str(path), now, 0 if data is None else len(data))
        if data is None and not rows:
            raise NotThere(f"there is no file {path}, and no effect in the log changed one")
        origin = await asyncio.to_thread(self._origin, path, line, now, data, changes)
        row = next((row for row in rows if origin.change and row.seq == origin.change.seq), None)
        commands, call = await self._call(row)
        text = data.splitlines()[line - 1].decode("utf-8", "replace") if data is not None and line else ""
        return Why(
            path=str(path),
            line=line,
            text=text,
            source=origin.source,
            row=row,
            call=call,
            verified=await self._verified(row, [*(one.seq for one in rows), *commands]) if row else "",
            changes=len(changes),
            before=(origin.change.before or "") if origin.change else "",
            after=(origin.change.after or "") if origin.change else "",
        )

    async def _verified(self, row: AuditRow, told_by: Sequence[int]) -> str:
        """What vouches for a row; "" also where another row that the answer follows from, or an outcome, was changed:
        one of the file's history, or the one about the command."""
        if not await self._audit.are_sealed(told_by):
            return ""
        return await self._checkpoints.vouches_for(row.seq)

    async def explain(self, written: str) -> str:
        """`why` in words."""
        return "\n".join(why_lines(await self.why(written)))

    def _place(self, written: str) -> tuple[Path, int]:
        """The file's canonical path and the line, 0 for none. A file whose name ends in `:7` is that file."""
        whole = self._project / Path(written).expanduser()
        match = _LINE.fullmatch(written)
        if match is None or whole.exists():
            return whole.resolve(), 0
        if not int(match["line"]):
            raise UsageError("lines are counted from 1")
        return (self._project / Path(match["path"]).expanduser()).resolve(), int(match["line"])

    async def _history(self, path: str, now: str, size: int) -> tuple[list[AuditRow], list[Change]]:
        """What changed a file, the oldest first, also under the names that it had before: a file that has exactly the
        content that an effect left in another one was renamed, linked or copied."""
        rows = await self._audit.writes_to(path)
        changes = await asyncio.to_thread(self._changes, rows, now)
        if changes and changes[-1].after not in (None, now) and (moved := await self._elsewhere(now, size, _EVER)):
            rows, changes = moved
        for _ in range(_MOST_NAMES):
            first = changes[0].before if changes else now
            earlier = await self._elsewhere(first or "", size, changes[0].seq if changes else _EVER)
            if earlier is None:
                break
            rows, changes = [*earlier[0], *rows], [*earlier[1], *changes]
        return rows, changes

    async def _elsewhere(self, sha256: str, size: int, before: int) -> tuple[list[AuditRow], list[Change]] | None:
        """The history of another file up to the effect, before a row, that left it with this content."""
        if not sha256 or size < _TELLING_BYTES:
            return None
        found = await self._database.read(partial(last_writing, sha256=sha256, before_seq=before))
        if found is None:
            return None
        rows = [row for row in await self._audit.writes_to(found[1]) if row.seq <= found[0]]
        changes = await asyncio.to_thread(self._changes, rows, sha256)
        return (rows, changes) if changes and changes[-1].after == sha256 else None

    def _changes(self, rows: Sequence[AuditRow], now: str) -> list[Change]:
        """What changed the file. Of an effect without an outcome only if the file was seen as it would have left it."""
        changes = {row.seq: self._change(row) for row in rows if row.entry.outcome in ("ok", "")}
        seen = {now, *(change.before for change in changes.values())}
        unsure = {row.seq for row in rows if not row.entry.outcome}
        return [change for seq, change in changes.items() if seq not in unsure or change.after in seen]

    def _change(self, row: AuditRow) -> Change:
        """Hashes as the row has them; of effects that have none, what was kept for undo."""
        entry = row.entry
        before = found[1] if (found := _BEFORE.search(entry.detail)) else "" if _NEW.search(entry.detail) else None
        if entry.body_sha256:
            return Change(row.seq, entry.call_id, before, entry.body_sha256)
        try:
            kept = [change for change in self._undo.changes(entry.call_id) if change.path == entry.resource]
        except (NotThere, StorageError):
            kept = []
        if before is not None:  # a caged command removed it
            return Change(row.seq, entry.call_id, before, "")
        return Change(row.seq, entry.call_id, kept[0].before if kept and not kept[0].lost else None, None)

    def _origin(self, path: Path, line: int, now: str, data: bytes | None, changes: list[Change]) -> Origin:
        if not line:
            return origin_of_file(now, changes)
        if data is None:
            raise UsageError(f"{path} no longer exists; ask without a line")

        def content(sha256: str) -> bytes | None:
            if sha256 in ("", now):
                return data if sha256 else b""
            try:
                return self._undo.content(sha256) if _SHA256.fullmatch(sha256) else None
            except StorageError:
                return None

        try:
            return origin_of_line(line, now, changes, content)
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None

    async def _call(self, row: AuditRow | None) -> tuple[Sequence[int], WhyCall]:
        """The row about the command that the call ran, if it ran one, and what is known about the call."""
        if row is None:
            return (), WhyCall()
        return await self._database.read(partial(_call_of, entry=row.entry))


def _call_of(connection: sqlite3.Connection, entry: AuditEntry) -> tuple[Sequence[int], WhyCall]:
    seq, command, allowed = command_of(connection, entry.call_id)
    call = WhyCall(
        tool_of(connection, entry.session_id, entry.call_id),
        command,
        allowed,
        title_of(connection, entry.session_id),
        prompt_of(connection, entry.session_id, entry.turn_id),
    )
    return (seq,) if seq else (), call


async def why(written: str) -> Why:
    """As `Explaining.why`, below the folder that we are in."""
    paths = Paths.from_environment()
    with open_database(paths) as database:
        checkpoints = checkpoints_on(database, paths)
        explaining = Explaining(database, audit_on(database, paths), checkpoints, UndoStore(paths.undo), Path.cwd())
        return await explaining.why(written)


def _content(path: Path) -> bytes | None:
    """None if there is no file.

    Raises:
        UsageError: it is not a regular file, too large, or cannot be read.
    """
    try:
        if not path.is_file():
            if path.exists():
                raise UsageError(f"{path} is not a regular file")
            return None
        if path.stat().st_size > MAX_FILE:
            raise UsageError(f"{path} is larger than {MAX_FILE // 2**20} MB")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
