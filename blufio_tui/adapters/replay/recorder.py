"""Keeps what calls got from outside, where that is wanted: a record in the database, and its row in the audit log."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.replay.store import Kept, LoadedCall, RecordStore
from blufio_tui.adapters.sandbox.compile.module_plan import read_verified
from blufio_tui.adapters.sandbox.program_side.taping import clocks_of, exchanges_of, request_of
from blufio_tui.adapters.sandbox.wire.protocol import ProtocolError
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import SandboxError, StorageError
from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.core.replay.compare import NOT_REPEATABLE
from blufio_tui.core.replay.record import Answer, CallRecord, Exchanged, Guest, Reply, digest, encode
from blufio_tui.core.replay.stored_call import KEPT, StoredCall
from blufio_tui.core.replay.tape import Tape
from blufio_tui.core.settings.schema import RecordSettings
from blufio_tui.core.skills.recording import Made
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.tools import CallContext

_NEXT = ""
"""In place of its id, the session that begins with the next prompt."""
MAX_WAITING = 48
"""Records on their way to the disk; the next call waits until there are fewer."""
ENOUGH = 24
"""Records that are written without waiting for others."""
_PATIENCE_SECS = 0.05
"""How long a record waits for others to go with."""


class CallRecorder:
    """Implements `core.skills.recording.Recorder`.

    Args:
        settings: read again for each call.
    """

    def __init__(self, store: RecordStore, clock: Clock, settings: Callable[[], RecordSettings]) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._sessions: dict[str, bool] = {}
        self._known_modules: set[str] = set()
        self._running: dict[str, Made] = {}
        self._waiting: list[Made] = []
        self._writing: asyncio.Task[None] | None = None
        self._being_written = 0
        self._settling = 0
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._tasks = Tasks()
        self._trouble = ""

    def is_on(self, session_id: str, skill: str = "") -> bool:
        """Whether calls are recorded: as the session says, else as the configuration does."""
        settings = self._settings()
        chosen = self._sessions.get(session_id, self._sessions.get(_NEXT))
        return (settings.calls if chosen is None else chosen) or skill in settings.skills

    @property
    def settings(self) -> RecordSettings:
        """What the configuration says now."""
        return self._settings()

    def set_session(self, session_id: str, on: bool) -> None:
        """Record the calls of one session, or do not; until the program ends. "" is the one that begins next."""
        self._sessions[session_id] = on

    def begin(self, skill: Skill, context: CallContext) -> Tape | None:
        if context.session_id not in self._sessions and _NEXT in self._sessions:
            self._sessions[context.session_id] = self._sessions.pop(_NEXT)
        if not self.is_on(context.session_id, skill.name):
            return None
        if self._trouble:
            text = f"a call could not be recorded: {self._trouble}"
            context.emit(NoticeRaised(context.turn_id, NoticeLevel.WARNING, text))
            self._trouble = ""
        return Tape()

    def follow(self, made: Made) -> None:
        self._running[made.call.call_id] = made

    def leave(self, made: Made) -> None:
        if self._running.get(made.call.call_id) is made:
            del self._running[made.call.call_id]

    async def so_far(self, call_id: str) -> LoadedCall | None:
        """A call that runs now, up to the request that waits; None if it is not recorded or none waits.

        Raises:
            SandboxError: its module cannot be read.
        """
        made = self._running.get(call_id)
        if made is None or made.tape.pending is None or made.tape.problem or not made.tape.program_sha256:
            return None
        record = await asyncio.to_thread(_record, made, self._clock.now())
        waiting = Exchanged(request_of(*made.tape.pending), Answer(Reply.DENIED, {"message": "not answered yet"}))
        record = replace(record, exchanges=(*record.exchanges, waiting))
        if record.guest.script:
            return LoadedCall(record, b"")
        return LoadedCall(record, await asyncio.to_thread(read_verified, made.call.module, record.guest.sha256))

    async def keep(self, made: Made) -> None:
        while len(self._waiting) + self._being_written >= MAX_WAITING:
            self._hurry.set()
            self._room.clear()
            await self._room.wait()
        self._waiting.append(made)
        if len(self._waiting) >= ENOUGH:
            self._hurry.set()
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.start(self._write_soon())

    async def settle(self) -> None:
        """Wait until every record is written; call it before the database is closed."""
        self._settling += 1
        try:
            while self._waiting or (self._writing is not None and not self._writing.done()):
                self._hurry.set()
                if self._writing is None or self._writing.done():
                    self._writing = self._tasks.start(self._write_soon())
                await asyncio.wait([self._writing])
        finally:
            self._settling -= 1

    async def _write_soon(self) -> None:
        """Records of calls that come one after the other share a commit; calls go on while it is made."""
        while self._waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), 0 if self._settling else _PATIENCE_SECS)
            self._hurry.clear()
            waiting, self._waiting = self._waiting, []
            self._being_written = len(waiting)
            try:
                await self._write(waiting)
            except Exception as error:  # noqa: BLE001 - nobody awaits this: whatever it is, the person is told
                self._trouble = str(error) or type(error).__name__
            finally:
                self._being_written = 0
                self._room.set()

    async def _write(self, waiting: Sequence[Made]) -> None:
        kept = list[Kept]()
        now = self._clock.now()
        for made, (body, problem) in zip(waiting, await asyncio.to_thread(_encoded, waiting, now), strict=True):
            if problem:
                kept.append(Kept(_row(made, outcome=f"error: not recorded, {problem}")))
                continue
            try:
                module = b"" if made.tape.script else await self._module(made.call.module, made.tape.program_sha256)
            except StorageError as error:
                self._trouble = str(error)
                continue
            requests = plural(len(made.tape.taken), "request")
            detail = f"{requests} recorded"
            row = _row(made, outcome="ok", rule=KEPT, sha256=digest(body), size=len(body), detail=detail)
            kept.append(Kept(row, _stored(made, body, now), module))
        try:
            await self._store.put_all(kept)
        except BaseException:
            self._known_modules.clear()
            raise

    async def _module(self, path: Path, sha256: str) -> bytes:
        """The module's bytes when they are not stored yet."""
        if sha256 in self._known_modules:
            return b""
        is_known = await self._store.has_module(sha256)
        self._known_modules.add(sha256)
        if is_known:
            return b""
        try:
            return await asyncio.to_thread(read_verified, path, sha256)
        except SandboxError as error:
            self._known_modules.discard(sha256)
            raise StorageError(f"the module of the call cannot be kept: {error}") from error


def _not_repeatable(made: Made) -> str:
    if not made.tape.program_sha256:
        return "its module could not be loaded"
    kind = made.ending.error[0]
    return f"it ended by {kind}" if kind in NOT_REPEATABLE else ""


def _encoded(waiting: Sequence[Made], now: float) -> list[tuple[bytes, str]]:
    """Each call as the bytes of its record, or why there is none. Takes a while; for a thread."""
    found = []
    for made in waiting:
        problem = made.tape.problem or _not_repeatable(made)
        try:
            found.append((b"" if problem else encode(_record(made, now)), problem))
        except ProtocolError as error:
            found.append((b"", str(error)))
    return found


def _record(made: Made, now: float) -> CallRecord:
    call, tape = made.call, made.tape
    return CallRecord(
        call_id=call.call_id,
        session_id=made.session_id,
        skill=call.name,
        version=made.skill.version,
        content_hash=made.skill.content_hash,
        created=now,
        guest=Guest(call.module.name, tape.program_sha256, tape.script),
        manifest=made.manifest,
        places=made.places,
        approved=made.approved,
        input_json=call.input_json,
        preopens=call.preopens,
        env_keys=call.env_keys,
        seed=tape.seed,
        clocks=clocks_of(tape),
        exchanges=exchanges_of(tape.taken),
        ending=made.ending,
    )


def _stored(made: Made, body: bytes, now: float) -> StoredCall:
    module = "" if made.tape.script else made.tape.program_sha256
    call, skill = made.call, made.skill
    return StoredCall(call.call_id, made.session_id, call.name, skill.content_hash, module, now, body, len(body))


def _row(made: Made, *, outcome: str, rule: str = "", sha256: str = "", size: int = 0, detail: str = "") -> AuditEntry:
    return AuditEntry(
        row_type=RowType.RECORD,
        kind="record",
        resource=made.skill.name,
        actor=made.skill.name,
        actor_version=made.skill.version,
        actor_hash=made.skill.content_hash,
        session_id=made.session_id,
        turn_id=made.turn_id,
        call_id=made.call.call_id,
        rule=rule,
        outcome=outcome,
        body_sha256=sha256,
        body_bytes=size,
        detail=detail,
    )
