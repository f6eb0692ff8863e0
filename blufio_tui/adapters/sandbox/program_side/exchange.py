"""One call as a conversation with its worker: effects are carried out, everything the worker says is checked."""

import errno
import secrets
import time
from collections import deque
from typing import Any, Protocol

from blufio_tui.adapters.sandbox.program_side.taping import KINDS, request_of
from blufio_tui.adapters.sandbox.program_side.worker_process import WorkerMisbehaved, WorkerProcess
from blufio_tui.adapters.sandbox.wire.call_spec import RECORD, REPLAY, CallSpec, encode_call
from blufio_tui.adapters.sandbox.wire.clock_readings import MAX_READINGS_BYTES, ReadingsPair, cut
from blufio_tui.adapters.sandbox.wire.effect_frames import encode_result, parse_effect
from blufio_tui.adapters.sandbox.wire.outcome import Outcome, parse_outcome
from blufio_tui.adapters.sandbox.wire.protocol import (
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    Frame,
    FrameKind,
    ProtocolError,
    encode,
)
from blufio_tui.core.effects import Effect, EffectResult, Fetch, Perform, ReadFile
from blufio_tui.core.errors import BlufioError, CapabilityDenied, HostError
from blufio_tui.core.replay.playback import Playback
from blufio_tui.core.replay.tape import Tape
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.core.text.display import visible_line

GRACE_SECS = 3.0
"""How long after its deadline a worker may stay silent before it counts as hung."""
_ROUND_TRIP_SECS = 0.02
"""Of each wait this much is the machine's, not the guest's: many quick host calls on a busy machine are no hang."""
_MAX_FUEL = 2**63
_MAX_DEADLINE_SECS = 365 * 24 * 3600
_MAX_MESSAGE = 4000
_KIB = 1024
_MIB = 1024 * 1024


HANDLE = "handle"
"""Name of the requests on open files of WASI guests; they are no effects of their own, the open was."""
MAX_HOST_CALLS = 10_000
"""Host calls in one call: their time does not count for the deadline, so their number must end."""


class HandleService(Protocol):
    """Open files of one call, kept on this side of the border."""

    def adopt(self, handle: object) -> int:
        """Keep an opened file; the number by which the worker asks for it."""
        ...

    async def answer(self, frame: Frame) -> Frame:
        """Do what a worker asks on an open file: a RESULT or FAILED frame. `ProtocolError` for what makes no sense."""
        ...

    def close(self) -> None:
        """The call is over."""
        ...


class WorkerHung(Exception):
    """The worker did not end its call in time and was killed."""


class Exchange:
    """One call with one worker.

    Attributes:
        wall_secs: how long the guest ran, host calls included, compiling and starting a worker not.
        host_secs, host_calls: time spent in effects, and how many there were; known here, not told by the worker.
    """

    def __init__(self, call: SandboxCall, perform: Perform, calls_per_second: int) -> None:
        self._call = call
        self._perform = perform
        self._calls_per_second = calls_per_second
        self._recent: deque[float] = deque(maxlen=calls_per_second)
        self.spec = _spec(call)
        self._requests = 0
        self._handles: HandleService | None = None
        self._begun_at = 0.0
        self.wall_secs = 0.0
        self.host_secs = 0.0
        self.host_calls = 0

    @property
    def max_frame_bytes(self) -> int:
        """The largest frame an honest worker can send in this call."""
        readings = 2 * MAX_READINGS_BYTES if self.spec.tape else 0
        return MAX_HEADER_BYTES + max(self.spec.memory_bytes, self.spec.output_bytes) + readings + 64 * _KIB

    def begin(self, worker: WorkerProcess, alone: bool) -> bool:
        """Send the call to a worker that has loaded its module, before `run`; False if it is too long for that."""
        self._begun_at = time.monotonic()
        begun = worker.begin(encode_call(self.spec._replace(alone=alone)), max_reply_bytes=self.max_frame_bytes)
        if not begun:
            self._begun_at = 0.0
        return begun

    async def run(self, worker: WorkerProcess, *, alone: bool = False) -> Outcome:
        """
        Args:
            alone: no other call is going on, so that waiting may hold up the event loop for a moment.

        Raises:
            WorkerGone, WorkerMisbehaved, WorkerHung: the worker must not be used again.
        """
        started = self._begun_at or time.monotonic()
        try:
            return await self._converse(worker, alone)
        except ProtocolError as error:
            raise WorkerMisbehaved(str(error)) from error
        finally:
            self.wall_secs = time.monotonic() - started
            if self._handles is not None:
                self._handles.close()

    async def _converse(self, worker: WorkerProcess, alone: bool) -> Outcome:
        budget = self.spec.deadline_secs + GRACE_SECS
        reply = b"" if self._begun_at else encode_call(self.spec._replace(alone=alone))
        while True:
            if reply:
                await worker.send(reply, max_reply_bytes=self.max_frame_bytes)
            started = time.monotonic()
            frame = await self._next(worker, budget, alone)
            budget -= max(time.monotonic() - started - self._leniency(frame), 0.0)
            if frame.text("nonce") != self.spec.nonce:
                raise WorkerMisbehaved("the worker spoke of another call")
            if frame.kind is FrameKind.DONE:
                return self._outcome(frame)
            reply = await self._answer(frame)

    def _outcome(self, frame: Frame) -> Outcome:
        outcome = parse_outcome(frame, self.spec.output_bytes, tape=self.spec.tape)
        if (tape := self._call.tape) is not None and outcome.clocks is not None:
            self._keep_clocks(tape, outcome.clocks)
            if outcome.over:
                tape.spoil("it read the clock too often")
        if self._call.playback is not None:
            self._call.playback.clock_reads = outcome.reads
        if outcome.stale_module and self._requests:
            raise WorkerMisbehaved("the worker asked for another start after it had begun")
        return outcome

    def _leniency(self, frame: Frame) -> float:
        """Only for what is limited in number, or a worker that floods would never run out of time."""
        counts = frame.kind is FrameKind.EFFECT and frame.header.get("effect") != HANDLE
        return _ROUND_TRIP_SECS if counts and self.host_calls < MAX_HOST_CALLS else 0.0

    async def _next(self, worker: WorkerProcess, budget: float, alone: bool) -> Frame:
        try:
            if budget <= 0:
                raise TimeoutError
            return await worker.receive(budget, spin=alone)
        except TimeoutError as error:
            raise WorkerHung(
                f"the worker did not end its call within {self.spec.deadline_secs + GRACE_SECS:g} s"
            ) from error

    async def _answer(self, frame: Frame) -> bytes:
        if frame.kind is not FrameKind.EFFECT:
            raise WorkerMisbehaved(f"the worker said {frame.kind.name} inside a call")
        self._requests += 1
        if frame.integer("n") != self._requests:
            raise WorkerMisbehaved("the worker repeated or skipped the number of a request")
        if self._call.playback is not None:
            self.host_calls += 1  # or a guest that only asks would have all the time there is
            return _played(frame, self._call.playback)
        if (tape := self._call.tape) is None:
            return await self._carry_out(frame)
        blob, readings = cut(frame)
        self._keep_clocks(tape, readings)
        frame = frame._replace(blob=blob)
        tape.pending = frame.header, blob
        reply = await self._carry_out(frame)
        tape.take(frame.header, blob, reply)
        return reply

    def _keep_clocks(self, tape: Tape, readings: ReadingsPair) -> None:
        for name, data in zip(("real", "mono"), readings, strict=True):
            tape.read_clocks(name, data, MAX_READINGS_BYTES)

    async def _carry_out(self, frame: Frame) -> bytes:
        if frame.text("effect") == HANDLE:
            return encode(await self._open_files().answer(frame))
        effect = self._bounded(parse_effect(frame))
        self.host_calls += 1
        if problem := self._too_many():
            return _failed(problem)
        started = time.monotonic()
        try:
            return self._result(await self._perform(effect))
        except CapabilityDenied as denied:
            return encode(Frame(FrameKind.DENIED, {"message": _clean(str(denied))}))
        except BlufioError as error:
            return _failed(str(error), _errno_name(error))
        finally:
            self.host_secs += time.monotonic() - started

    def _bounded(self, effect: Effect) -> Effect:
        """Add what the worker has no say in: size caps, and which secrets go where."""
        max_bytes = self._call.limits.response_kb * _KIB
        match effect:
            case Fetch(method=method, url=url, headers=headers, body=body):
                return Fetch(method, url, headers, body, max_bytes, dict(self._call.secrets))
            case ReadFile(path=path):
                return ReadFile(path, max_bytes)
            case _:
                return effect

    def _result(self, result: EffectResult) -> bytes:
        limit = min(self._call.limits.response_kb, MAX_BLOB_BYTES // _KIB)
        if len(result.data) > limit * _KIB:
            return _failed(
                f"a host result of {len(result.data):,} bytes is over the limit of {limit:,} KiB; "
                "raise resources.response_kb in skill.toml if it needs more"
            )
        if result.handle is not None:
            return encode_result(result, self._open_files().adopt(result.handle))
        return encode_result(result)

    def _open_files(self) -> HandleService:
        if self._handles is None:
            self._handles = _handles()
        return self._handles

    def _too_many(self) -> str:
        """Which limit on host calls this one is over, in words; "" for none."""
        now = time.monotonic()
        full = len(self._recent) == self._calls_per_second and now - self._recent[0] < 1.0
        self._recent.append(now)
        if full:
            return (
                f"more than {self._calls_per_second:,} host calls in one second; this limit is the same for every skill"
            )
        if self.host_calls > MAX_HOST_CALLS:
            return f"more than {MAX_HOST_CALLS:,} host calls in one call; this limit is the same for every skill"
        return ""


def _handles() -> HandleService:
    from blufio_tui.adapters.sandbox.program_side.open_files import Handles

    return Handles()


def _spec(call: SandboxCall) -> CallSpec:
    limits = call.limits
    return CallSpec(
        nonce=secrets.token_hex(8),
        skill=call.name,
        input=call.input_json,
        fuel=min(limits.fuel, _MAX_FUEL),
        memory_bytes=limits.memory_mb * _MIB,
        deadline_secs=float(min(limits.epoch_timeout_secs, _MAX_DEADLINE_SECS)),
        output_bytes=limits.output_kb * _KIB,
        preopens=call.preopens,
        env_keys=call.env_keys,
        arguments=call.arguments,
        stdin=call.stdin,
        **_taped(call),
    )


def _taped(call: SandboxCall) -> dict[str, Any]:
    """What the worker is told about where clock and randomness come from."""
    if call.playback is not None:
        clocks = call.playback.record.clocks
        return {
            "tape": REPLAY,
            "seed": call.playback.record.seed,
            "clocks": (_readings(clocks.real), _readings(clocks.monotonic)),
        }
    return {"tape": RECORD, "seed": call.tape.seed} if call.tape is not None else {}


def _readings(values: tuple[int, ...]) -> bytes:
    return b"".join(value.to_bytes(8, "big", signed=True) for value in values)


def _played(frame: Frame, playback: Playback) -> bytes:
    """The recorded answer; nothing is done for it."""
    answer = playback.answer(request_of(frame.header, frame.blob))
    return encode(Frame(KINDS[answer.reply], answer.fields, answer.blob))


def _failed(message: str, code: str = "") -> bytes:
    return encode(Frame(FrameKind.FAILED, {"message": _clean(message), "code": code}))


def _errno_name(error: BlufioError) -> str:
    """The error's own number as a name, or that of the system error behind it."""
    cause = error.__cause__
    number = error.errno if isinstance(error, HostError) else 0
    if not number and isinstance(cause, OSError):
        number = cause.errno or 0
    return errno.errorcode.get(number, "")


def _clean(message: str) -> str:
    """One line: what a guest put into a path or a URL must not look like further lines of the message."""
    return visible_line(message[:_MAX_MESSAGE]).encode(errors="replace").decode()
