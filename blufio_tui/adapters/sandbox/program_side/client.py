"""The sandbox as the rest of the program sees it: runs a call, whatever the guest or its worker does."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from blufio_tui.adapters.sandbox.compile.compiled_cache import CompiledCache, CompiledModule
from blufio_tui.adapters.sandbox.compile.compiler import CompileLimits, Compiler
from blufio_tui.adapters.sandbox.compile.module_plan import ModulePlan
from blufio_tui.adapters.sandbox.compile.plan_for import plan_for
from blufio_tui.adapters.sandbox.program_side.exchange import Exchange, WorkerHung
from blufio_tui.adapters.sandbox.program_side.worker_pool import WorkerPool
from blufio_tui.adapters.sandbox.program_side.worker_process import (
    READY_FRAME_BYTES,
    WorkerGone,
    WorkerMisbehaved,
    WorkerProcess,
)
from blufio_tui.adapters.sandbox.wire.outcome import MAX_MESSAGE, Outcome
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, encode
from blufio_tui.core.effects import Perform
from blufio_tui.core.errors import ErrorKind, SandboxError
from blufio_tui.core.events import CallUsage, ErrorInfo, LogLine
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from blufio_tui.core.text.display import visible

OnIncident = Callable[[SandboxCall, str, str], Awaitable[None]]
"""Called when a worker crashed, hung or misbehaved: the call, the error kind, what happened."""
CACHE_BYTES = 512 * 1024 * 1024
CALLS_PER_SECOND = 1_000


class SandboxClient:
    """Implements `core.ports.Sandbox` with worker processes.

    Args:
        cache_dir: where compiled modules are kept; made 0700.
        python_executable: what runs the workers; "" for the one that runs this.
        max_workers: calls at once; more wait their turn.
        warm_workers: idle workers kept for the next call of the same module.
        spare: keep one fresh worker started for the next module; pointless for a single call.
        on_incident: awaited when a worker had to be given up; for the log and the audit.

    Make it anywhere; use it from one event loop.
    """

    def __init__(
        self,
        cache_dir: Path,
        *,
        python_executable: str = "",
        max_workers: int = 8,
        warm_workers: int = 2,
        spare: bool = True,
        compile_limits: CompileLimits | None = None,
        cache_bytes: int = CACHE_BYTES,
        calls_per_second: int = CALLS_PER_SECOND,
        on_incident: OnIncident | None = None,
    ) -> None:
        self._pool = WorkerPool(python_executable, max_workers, warm_workers, spare)
        cache = CompiledCache(cache_dir, cache_bytes)
        self._compiler = Compiler(python_executable, cache, compile_limits or CompileLimits())
        self._calls_per_second = calls_per_second
        self._on_incident = on_incident

    async def prepare(self) -> None:
        """Start the first worker in the background, so that the first call need not wait for it."""
        self._pool.prepare()

    async def run(self, call: SandboxCall, perform: Perform) -> SandboxResult:
        """Run one call in a fresh store. Cancelling ends the guest; other calls go on."""
        exchange = Exchange(call, perform, self._calls_per_second)
        try:
            plan = plan_for(call)
            if call.tape is not None:
                call.tape.program_sha256, call.tape.script = plan.sha256, plan.payload
            outcome = await self._attempt(exchange, plan, call)
            if outcome.stale_module:
                self._compiler.discard(plan)
                if call.tape is not None:
                    call.tape.restart()
                exchange = Exchange(call, perform, self._calls_per_second)
                outcome = await self._attempt(exchange, plan, call)
        except SandboxError as error:
            outcome = Outcome("", (error.kind, str(error)))
        return _result(outcome, exchange)

    async def hardening_report(self) -> Mapping[str, str]:
        """What a worker gave up on this machine, as it reports itself: measure to state, for `doctor`.

        Raises:
            SandboxError: no worker can be started.
        """
        try:
            worker = await self._pool.acquire("")
        except (WorkerGone, WorkerMisbehaved) as error:
            raise SandboxError(ErrorKind.WORKER_CRASHED, f"no sandbox worker: {error}") from error
        self._pool.release(worker, healthy=False)
        return {name: str(state)[:200] for name, state in worker.hardening.items()}

    async def close(self) -> None:
        """Kill all workers; calls under way end as crashed."""
        await self._pool.close()

    async def _attempt(self, exchange: Exchange, plan: ModulePlan, call: SandboxCall) -> Outcome:
        compiled = await self._compiler.compiled(plan)
        try:
            worker = await self._pool.acquire(plan.identity, exchange.begin)
        except (WorkerGone, WorkerMisbehaved) as error:
            raise await self._incident(call, ErrorKind.WORKER_CRASHED, f"no sandbox worker: {error}") from error
        healthy = False
        try:
            if not worker.calls:
                await _load(worker, plan, compiled)
            worker.calls += 1
            outcome = await exchange.run(worker, alone=self._pool.busy == 1)
            healthy = not outcome.stale_module
            if outcome.stale_module:
                await self._report(call, ErrorKind.INTEGRITY, "the cache of compiled modules was changed")
            return outcome
        except _PrunedError:  # by another process, since the cache was looked at
            return Outcome("", (ErrorKind.INTEGRITY, f"{compiled.path} was deleted"), stale_module=True)
        except (WorkerGone, WorkerHung) as error:
            raise await self._incident(call, ErrorKind.WORKER_CRASHED, str(error)) from error
        except WorkerMisbehaved as error:
            raise await self._incident(call, ErrorKind.INTEGRITY, str(error)) from error
        finally:
            self._pool.release(worker, healthy=healthy)

    async def _incident(self, call: SandboxCall, kind: ErrorKind, what: str) -> SandboxError:
        await self._report(call, kind, what)
        return SandboxError(kind, f"{what}; the call was ended and the next one gets a new worker")

    async def _report(self, call: SandboxCall, kind: ErrorKind, what: str) -> None:
        if self._on_incident is not None:
            await self._on_incident(call, kind.value, what)


class _PrunedError(Exception):
    pass


async def _load(worker: WorkerProcess, plan: ModulePlan, compiled: CompiledModule) -> None:
    """Hand the compiled module over as an open file: the worker itself can open none, and checks the hash.

    Raises:
        _PrunedError: it is not in the cache any more.
    """
    try:
        descriptor = os.open(compiled.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise _PrunedError from error
    except OSError:  # a link, or not readable: somebody else's doing
        descriptor = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)  # an empty module is a stale one
    try:
        header = {"sha256": compiled.sha256, "runtime": plan.runtime}
        frame = Frame(FrameKind.LOAD, dict(header), plan.payload)
        await worker.send(encode(frame), file=descriptor, max_reply_bytes=READY_FRAME_BYTES)
    finally:
        os.close(descriptor)


def _result(outcome: Outcome, exchange: Exchange) -> SandboxResult:
    logs = tuple(LogLine(level, message) for level, message in outcome.logs)
    usage = CallUsage(
        fuel=outcome.fuel,
        memory_peak_bytes=outcome.memory_bytes,
        wall_ms=exchange.wall_secs * 1000,
        host_ms=exchange.host_secs * 1000,
        host_calls=exchange.host_calls,
    )
    error = None
    if outcome.error:
        kind, message = outcome.error
        error = ErrorInfo(kind, visible(message[:MAX_MESSAGE]) + (" …" if len(message) > MAX_MESSAGE else ""))
    return SandboxResult(outcome.content, error, usage, logs, outcome.dropped_logs)
