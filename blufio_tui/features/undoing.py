"""Undo a call: plan, restore each file through the gate, and record it."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from blufio_tui.adapters.files.file_notes import difference
from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import FileOperation, WriteFile
from blufio_tui.core.errors import CapabilityDenied, HostError, NeverRule, NotThere, StorageError
from blufio_tui.core.files.undo import (
    FileChange,
    KeptChange,
    ShownStep,
    Step,
    changes_of_all,
    plan_undo,
    plan_undo_of_all,
)
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.tools import CallContext

_PERSON = Actor(ActorKind.USER, "user")


@dataclass(frozen=True, slots=True)
class Undone:
    """
    Attributes:
        undo_id: the call id under which this undo can itself be undone; "" when nothing was restored.
        refused: paths that were left alone, each with the reason.
    """

    call_id: str
    restored: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    undo_id: str = ""


class Undoing:
    """Takes back what calls did to files."""

    def __init__(self, store: UndoStore, gate: Gate, audit: AuditLog, guard: FileGuard) -> None:
        self._store = store
        self._gate = gate
        self._audit = audit
        self._guard = guard

    def plan(self, call_id: str) -> tuple[Step, ...]:
        """
        Raises:
            NotThere, StorageError: nothing was kept for the call, or it cannot be read.
        """
        return plan_undo(self._store.changes(call_id), self._current)

    async def planned(self, call_id: str, project: str) -> tuple[str, tuple[Step, ...]]:
        """The call, or where none is named the one that last changed the project, and its plan. Raises as `plan`."""
        call = call_id or await asyncio.to_thread(self._store.last, project)
        return call, await asyncio.to_thread(self.plan, call)

    async def look(self, call_ids: Sequence[str]) -> tuple[ShownStep, ...]:
        """What undoing these calls together, the oldest first, would do; () where none of them changed a file.

        Raises:
            StorageError: what was kept cannot be read.
        """
        return await asyncio.to_thread(self._look, tuple(call_ids))

    def _look(self, call_ids: tuple[str, ...]) -> tuple[ShownStep, ...]:
        return tuple(ShownStep(step, self._difference(step)) for step in self._plan_of_all(call_ids))

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        """What these calls together changed, the oldest first; () where none of them changed a file.

        Raises:
            StorageError: what was kept cannot be read.
        """
        return await asyncio.to_thread(self._changed, tuple(call_ids))

    def _changed(self, call_ids: tuple[str, ...]) -> tuple[FileChange, ...]:
        spans = changes_of_all(self._kept(call_ids))
        return tuple(FileChange(first.path, self._forward(first, last)) for first, last in spans)

    def _forward(self, first: KeptChange, last: KeptChange) -> str:
        if first.lost:
            return first.lost
        try:
            before = self._store.content(first.before) if first.before else b""
            return difference(before, self._after(last))
        except (HostError, StorageError) as error:
            return f"the difference cannot be shown: {error}"

    def _after(self, change: KeptChange) -> bytes:
        """What a call left: it is still there, or was kept when something else changed it."""
        if not change.after:
            return b""
        if self._current(change.path) == change.after:
            return self._read(change.path)[0]
        return self._store.content(change.after)

    def _kept(self, call_ids: tuple[str, ...]) -> list[tuple[KeptChange, ...]]:
        kept = []
        for call_id in call_ids:
            with suppress(NotThere):
                kept.append(self._store.changes(call_id))
        return kept

    def _plan_of_all(self, call_ids: tuple[str, ...]) -> tuple[Step, ...]:
        if len(call_ids) == 1:
            return self.plan(call_ids[0])
        return plan_undo_of_all(self._kept(call_ids), self._current)

    def _difference(self, step: Step) -> str:
        if step.refused:
            return ""
        try:
            now = self._read(step.path)[0] if step.now else b""
            return difference(now, self._store.content(step.restore) if step.restore else b"")
        except (HostError, StorageError) as error:
            return f"the difference cannot be shown: {error}"

    async def undo(self, call_id: str, session_id: str = "") -> Undone:
        """Restore every file that is still as the call left it. Raises as `plan`."""
        return await self.undo_all((call_id,), session_id)

    async def undo_all(self, call_ids: Sequence[str], session_id: str = "") -> Undone:
        """Take these calls back together, the oldest first. Raises as `plan`."""
        undo_id = f"undo-{uuid4().hex[:16]}"
        context = CallContext(session_id, "", undo_id, lambda _: None)
        restored: list[str] = []
        refused: list[tuple[str, str]] = []
        for step in await asyncio.to_thread(self._plan_of_all, tuple(call_ids)):
            why = step.refused or await self._restore(step, context)
            if why:
                refused.append((step.path, why))
            else:
                restored.append(step.path)
        counts = f"{len(restored)} restored, {len(refused)} refused"
        if len(call_ids) > 1:
            counts += f"; {len(call_ids)} calls, the last {call_ids[-1]}"
        entry = AuditEntry(
            RowType.UNDO, "undo", call_ids[0], actor="user", session_id=session_id, call_id=undo_id,
            outcome="ok" if not refused else f"error: {len(refused)} refused", detail=counts,
        )  # fmt: skip
        await self._audit.append(entry)
        return Undone(call_ids[0], tuple(restored), tuple(refused), undo_id if restored else "")

    async def _restore(self, step: Step, context: CallContext) -> str:
        """Why the file could not be restored, "" when it was."""
        try:
            if step.restore:
                content = await asyncio.to_thread(self._store.content, step.restore)
                await self._gate.perform(WriteFile(step.path, content, step.now, mode=step.mode), _PERSON, context)
            else:
                await self._remove(step, context)
        except (CapabilityDenied, HostError, StorageError) as error:
            return str(error)
        return ""

    async def _remove(self, step: Step, context: CallContext) -> None:
        data, mode = await asyncio.to_thread(self._read, step.path)
        if hashlib.sha256(data).hexdigest() != step.now:
            raise HostError("it changed since")
        self._store.keep_removal(context.call_id, step.path, data, mode)
        await self._gate.perform(FileOperation("unlink", step.path), _PERSON, context)

    def _read(self, path: str) -> tuple[bytes, int]:
        try:
            with os.fdopen(self._guard.open_file(path, os.O_RDONLY), "rb") as file:
                return file.read(), os.fstat(file.fileno()).st_mode & 0o777
        except (OSError, NeverRule) as error:
            raise HostError(f"{path} cannot be read: {error}") from error

    def _current(self, path: str) -> str:
        try:
            with os.fdopen(self._guard.open_file(path, os.O_RDONLY), "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return ""
        except (OSError, NeverRule):
            return "unreadable"
