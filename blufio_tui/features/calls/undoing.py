"""Undo a call: plan, restore each file through the gate, and record it."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from blufio_tui.adapters.files.file_notes import difference
from blufio_tui.adapters.files.git_contents import Committed, committed
from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.adapters.files.restoring import Restorer
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Actor, ActorKind, DecidedBy, Kind, Verdict
from blufio_tui.core.effects import FileOperation, WriteFile
from blufio_tui.core.errors import CapabilityDenied, HostError, NeverRule, NotThere, StorageError
from blufio_tui.core.files.replay import Left, Recorder, last_paths, plan_replay
from blufio_tui.core.files.undo import (
    AgainstGit,
    FileChange,
    KeptChange,
    ShownStep,
    Step,
    changes_of_all,
    plan_undo,
    plan_undo_of_all,
)
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.tasks import outlasting
from blufio_tui.core.text.unicode import well_formed
from blufio_tui.core.tools import CallContext, unheard

_MANY = 100
"""Steps whose rows are written together."""

_PERSON = Actor(ActorKind.USER, "user")


@dataclass(frozen=True, slots=True)
class Undone:
    """
    Attributes:
        undo_id: the call id under which this undo can itself be undone; "" if nothing was restored.
        refused: paths that were left alone, each with the reason.
    """

    call_id: str
    restored: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    undo_id: str = ""


class Undoing:
    """Undoes the changes of calls to files."""

    def __init__(self, store: UndoStore, gate: Gate, audit: AuditLog, guard: FileGuard) -> None:
        self._store = store
        self._gate = gate
        self._audit = audit
        self._guard = guard
        self._restorer = Restorer(guard, store.content)

    def plan(self, call_id: str) -> tuple[Step, ...]:
        """
        Raises:
            NotThere, StorageError: nothing was kept for the call, or it cannot be read.
        """
        steps = [
            step
            for changes, left in self._store.commands(call_id)
            for step in plan_replay(changes, left, self._restorer.look)
        ]
        return (*steps, *plan_undo(self._store.changes(call_id), self._current))

    async def planned(self, call_id: str, project: str) -> tuple[str, tuple[Step, ...]]:
        """The call, or where none is named the one that last changed the project, and its plan. Raises as `plan`."""
        call = call_id or await asyncio.to_thread(self._store.last, project)
        return call, await asyncio.to_thread(self.plan, call)

    async def look(self, call_ids: Sequence[str]) -> tuple[ShownStep, ...]:
        """The steps of undoing these calls, the oldest first, together; () if none of them changed a file.

        Raises:
            StorageError: what was kept cannot be read.
        """
        return await asyncio.to_thread(self._look, tuple(call_ids))

    def _look(self, call_ids: tuple[str, ...]) -> tuple[ShownStep, ...]:
        return tuple(ShownStep(step, self._difference(step)) for step in self._plan_of_all(call_ids))

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        """The combined changes of these calls, the oldest first; () if none of them changed a file.

        Raises:
            StorageError: what was kept cannot be read.
        """
        return await asyncio.to_thread(self._changed, tuple(call_ids))

    def _changed(self, call_ids: tuple[str, ...]) -> tuple[FileChange, ...]:
        spans = changes_of_all(self._kept(call_ids))
        return tuple(FileChange(first.path, self._forward(first, last)) for first, last in spans)

    async def against_git(self, call_ids: Sequence[str], project: Path) -> AgainstGit | None:
        """The files that these calls changed, compared with the last commit; None without git.

        Raises:
            HostError: git cannot say.
            StorageError: what was kept cannot be read.
        """
        spans = await asyncio.to_thread(lambda: changes_of_all(self._kept(tuple(call_ids))))
        paths = [first.path for first, _ in spans]
        try:
            commit = await committed(project, paths)
        except OSError as error:
            raise HostError(f"the last commit cannot be compared: {error}") from error
        if commit is None:
            return None
        return await asyncio.to_thread(self._compared, paths, commit)

    def _compared(self, paths: list[str], commit: Committed) -> AgainstGit:
        changes: list[FileChange] = []
        for path in paths:
            if path not in commit.contents:
                continue
            before = commit.contents[path]
            exists = self._current(path) != ""
            try:
                now = self._read(path)[0] if exists else b""
                if before != (now if exists else None):
                    changes.append(FileChange(path, difference(before or b"", now)))
            except HostError as error:
                changes.append(FileChange(path, f"the difference cannot be shown: {error}"))
        outside = sum(path not in commit.contents for path in paths)
        return AgainstGit(commit.commit, tuple(changes), len(paths) - outside - len(changes), outside)

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
        if self._with_commands(call_ids):
            return self._plan_backwards(call_ids)
        return plan_undo_of_all(self._kept(call_ids), self._current)

    def _with_commands(self, call_ids: tuple[str, ...]) -> bool:
        """Whether a caged command is among them: what it did to names is played backwards, one call after the other."""
        for call_id in call_ids:
            with suppress(NotThere):
                if self._store.commands(call_id):
                    return True
        return False

    def _plan_backwards(self, call_ids: tuple[str, ...]) -> tuple[Step, ...]:
        """As it looks before anything is done: what a later one of these calls changed is back by then."""
        steps: list[Step] = []
        for call_id in reversed(call_ids):
            later = {step.path for step in steps}
            with suppress(NotThere):
                steps += [
                    replace(step, refused="") if step.refused and step.path in later else step
                    for step in self.plan(call_id)
                ]
        return tuple(steps)

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
        """Undo these calls together, the oldest first. Raises as `plan`."""
        undo_id = f"undo-{uuid4().hex[:16]}"
        context = CallContext(session_id, "", undo_id, unheard)
        restored: list[str] = []
        refused: list[tuple[str, str]] = []
        async for step, why in self._done_in_order(tuple(call_ids), context):
            if why:
                refused.append((step.path, why))
            else:
                restored.append(step.result)
        counts = f"{len(restored)} restored, {len(refused)} refused"
        if len(call_ids) > 1:
            counts += f"; {len(call_ids)} calls, the last {call_ids[-1]}"
        entry = AuditEntry(
            RowType.UNDO, "undo", call_ids[0], actor="user", session_id=session_id, call_id=undo_id,
            outcome="ok" if not refused else f"error: {len(refused)} refused", detail=counts,
        )  # fmt: skip
        await self._audit.append(entry)
        return Undone(call_ids[0], tuple(restored), tuple(refused), undo_id if restored else "")

    async def _done_in_order(self, call_ids: tuple[str, ...], context: CallContext) -> AsyncIterator[tuple[Step, str]]:
        """As `_done`, for calls together. With commands among them the newest goes first, each planned in its turn."""
        if len(call_ids) == 1 or not await asyncio.to_thread(self._with_commands, call_ids):
            async for pair in self._done(await asyncio.to_thread(self._plan_of_all, call_ids), context):
                yield pair
            return
        for call_id in reversed(call_ids):
            with suppress(NotThere):
                async for pair in self._done(await asyncio.to_thread(self.plan, call_id), context):
                    yield pair

    async def _done(self, steps: tuple[Step, ...], context: CallContext) -> AsyncIterator[tuple[Step, str]]:
        """Each step once it is done, and why it was not, "" if it was."""
        played = _Played(self._restorer, self._store, context.call_id)
        try:
            for some in _together(steps):
                if some[0].refused:
                    yield some[0], some[0].refused
                elif some[0].action:
                    for pair in await self._play(some, played, context):
                        yield pair
                else:
                    yield some[0], await self._restore(some[0], context)
        finally:
            await outlasting(asyncio.to_thread(played.end))

    async def _play(self, steps: tuple[Step, ...], played: "_Played", context: CallContext) -> list[tuple[Step, str]]:
        """Do steps of what a caged command did; their rows are written before they are done."""
        bases = [
            AuditEntry(
                RowType.DECISION, Kind.FS_WRITE, well_formed(step.path), actor=_PERSON.name,
                session_id=context.session_id, call_id=context.call_id,
            )
            for step in steps
        ]  # fmt: skip
        by = "allowed by you: undo"
        decisions = [
            replace(base, decision=Verdict.ALLOW, decided_by=DecidedBy.USER, rule=by, detail=well_formed(step.in_words))
            for step, base in zip(steps, bases, strict=True)
        ]
        numbers = await self._audit.append_many(decisions)
        reasons = await outlasting(asyncio.to_thread(played.do, steps))
        outcomes = [
            replace(base, row_type=RowType.OUTCOME, outcome=f"error: {why}" if why else "ok", about_seq=number)
            for base, why, number in zip(bases, reasons, numbers, strict=True)
        ]
        await self._audit.append_many(outcomes)
        return list(zip(steps, reasons, strict=True))

    async def _restore(self, step: Step, context: CallContext) -> str:
        """Why the file could not be restored, "" if it was."""
        try:
            if step.restore:
                content = await asyncio.to_thread(self._store.content, step.restore)
                effect = WriteFile(step.path, content, step.now, mode=step.mode, exact=True)
                await self._gate.perform(effect, _PERSON, context)
            else:
                await self._remove(step, context)
        except (CapabilityDenied, HostError, StorageError) as error:
            return str(error)
        return ""

    async def _remove(self, step: Step, context: CallContext) -> None:
        data, mode = await asyncio.to_thread(self._read, step.path)
        if hashlib.sha256(data).hexdigest() != step.now:
            raise HostError("it changed since")
        if self._guard.canonical(step.path, follow=False) != step.path:
            raise HostError("a link now stands in its path")
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


def _together(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """In their order; those of a caged command many at a time, any other alone."""
    for kind, some in groupby(steps, lambda step: bool(step.action and not step.refused)):
        size = _MANY if kind else 1
        group = tuple(some)
        yield from (group[at : at + size] for at in range(0, len(group), size))


class _Played:
    """Does steps and notes them, so that they can be undone in turn. Blocking; one thread at a time."""

    def __init__(self, restorer: Restorer, store: UndoStore, undo_id: str) -> None:
        self._restorer = restorer
        self._store = store
        self._undo_id = undo_id
        self._recorder = Recorder()
        self._stored = 0
        self._batch = uuid4().hex[:16]

    def do(self, steps: tuple[Step, ...]) -> list[str]:
        """Why each was not done, "" if it was."""
        reasons = [self._do(step) for step in steps]
        changes = self._recorder.changes
        self._store.add_command(self._undo_id, changes[self._stored :], (), self._batch)
        self._stored = len(changes)
        return reasons

    def _do(self, step: Step) -> str:
        try:
            before = self._restorer.current(step)
            sha256 = self._store.put(before.content) if before.content is not None else ""
            self._restorer.do(step)
        except (HostError, StorageError, OSError) as error:
            return str(error)
        self._recorder.note(step, sha256, before.mode, before.link)
        return ""

    def end(self) -> None:
        """Store what everything is like now."""
        changes = self._recorder.changes
        left = [Left(number, path, self._restorer.look(path)) for number, path in last_paths(changes).items()]
        if left:
            self._store.add_command(self._undo_id, (), left, self._batch)
