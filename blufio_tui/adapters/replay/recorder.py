"""Keeps what calls got from outside, where that is wanted: a record in the database, and its row in the audit log."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from blufio_tui.adapters.replay.store import RecordStore, StoredCall
from blufio_tui.adapters.sandbox.compile.module_plan import read_verified
from blufio_tui.adapters.sandbox.program_side.taping import clocks_of, exchanges_of
from blufio_tui.adapters.sandbox.wire.protocol import ProtocolError
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import BlufioError, SandboxError, StorageError
from blufio_tui.core.events import NoticeLevel, NoticeRaised
from blufio_tui.core.replay.compare import NOT_REPEATABLE
from blufio_tui.core.replay.record import CallRecord, Guest, digest, encode
from blufio_tui.core.replay.tape import Tape
from blufio_tui.core.settings.schema import RecordSettings
from blufio_tui.core.skills.recording import Made
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.tasks import Tasks
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.tools import CallContext

_NEXT = ""
"""In place of its id, the session that begins with the next prompt."""
MAX_WAITING = 32
"""Records on their way to the disk; the next call waits until there are fewer."""


class CallRecorder:
    """Implements `core.skills.recording.Recorder`.

    Args:
        settings: read anew for each call.
    """

    def __init__(
        self, store: RecordStore, audit: AuditLog, clock: Clock, settings: Callable[[], RecordSettings]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._settings = settings
        self._sessions: dict[str, bool] = {}
        self._known_modules: set[str] = set()
        self._writing: set[asyncio.Task[None]] = set()
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

    async def keep(self, made: Made) -> None:
        while len(self._writing) >= MAX_WAITING:
            await asyncio.wait(self._writing, return_when=asyncio.FIRST_COMPLETED)
        task = self._tasks.start(self._keep(made))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait until every record is written; call it before the database is closed."""
        while self._writing:
            await asyncio.gather(*self._writing, return_exceptions=True)

    async def _keep(self, made: Made) -> None:
        try:
            problem = made.tape.problem or _not_repeatable(made)
            if problem:
                await self._audit.append(_row(made, outcome=f"error: not recorded, {problem}"))
            else:
                await self._store_record(made)
        except (BlufioError, ProtocolError) as error:
            self._trouble = str(error)

    async def _store_record(self, made: Made) -> None:
        record, body = await asyncio.to_thread(_encoded, made, self._clock.now())
        module = b"" if record.guest.script else await self._module(made.call.module, record.guest.sha256)
        stored = StoredCall(
            record.call_id,
            record.session_id,
            record.skill,
            record.content_hash,
            "" if record.guest.script else record.guest.sha256,
            record.created,
            body,
        )
        requests = plural(len(record.exchanges), "request")
        row = _row(made, outcome="ok", sha256=digest(body), size=len(body), detail=f"{requests} recorded")
        # handed over together, they mostly share one commit; whichever is missing after a crash, nothing is replayed
        done = await asyncio.gather(self._store.put(stored, module), self._audit.append(row), return_exceptions=True)
        for failure in done:
            if isinstance(failure, BaseException):
                self._known_modules.discard(record.guest.sha256)
                raise failure

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


def _encoded(made: Made, now: float) -> tuple[CallRecord, bytes]:
    call, tape = made.call, made.tape
    record = CallRecord(
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
    return record, encode(record)


def _row(made: Made, *, outcome: str, sha256: str = "", size: int = 0, detail: str = "") -> AuditEntry:
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
        outcome=outcome,
        body_sha256=sha256,
        body_bytes=size,
        detail=detail,
    )
