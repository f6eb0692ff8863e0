"""Everything one call may touch, in one object: what host functions work on and what `wasi` and `script` extend."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.sandbox.wire.call_log import CallLog
from blufio_tui.adapters.sandbox.wire.call_spec import CallSpec
from blufio_tui.adapters.sandbox.wire.clock_readings import attached
from blufio_tui.adapters.sandbox.wire.effect_frames import MAX_HEADERS, MAX_TEXT, effect_frame, parse_result
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError
from blufio_tui.adapters.sandbox.worker_side.channel import Channel
from blufio_tui.adapters.sandbox.worker_side.guest_errors import EffectDenied, EffectFailed, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.guest_memory import GuestMemory
from blufio_tui.adapters.sandbox.worker_side.sources import RecordedSources, ReplayedSources, Sources, sources_of
from blufio_tui.adapters.sandbox.worker_side.watchdog import Watchdog
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.json_types import JsonObject

if TYPE_CHECKING:
    from wasmtime import Memory, Store

    from blufio_tui.adapters.sandbox.worker_side.module import LoadedModule

_SLEEP_SLICE = 0.05


class CallState:
    """One call of a guest inside the worker.

    Attributes:
        spec: input, limits, preopens, environment keys.
        runtime, payload: from the `ModulePlan`: which kind of guest, and what belongs to it (a script's source).
        memory: the guest's exported memory; set before any host function body runs.
        host_result: the last host result (`result_len`, `get_result`).
        output: what `set_output` gave, None before that.
        stdout: what a WASI guest wrote to its standard output (through `write_stdout`).
        interruption: what a host function raised last, until the runner looks at it.
        failure: why the run was ended from the host's side; wins over what the engine says.
        memory_refused: pages that the guest was refused, once it runs.
        exit_code: of `proc_exit`, None if it was not called.
        extensions: free space for `wasi` and `script`, by their module's name.
    """

    def __init__(
        self, spec: CallSpec, loaded: "LoadedModule", channel: Channel, watchdog: Watchdog, store: "Store"
    ) -> None:
        self.spec = spec
        self.runtime = loaded.runtime
        self.payload = loaded.payload
        self.store = store
        self.memory: GuestMemory = _NO_MEMORY
        self.log = CallLog()
        self.host_result = b""
        self.has_host_result = False
        self.output: str | None = None
        self.stdout = bytearray()
        self.failure: GuestTrap | None = None
        self.interruption: BaseException | None = None
        self.exit_code: int | None = None
        self.memory_refused: Callable[[], int] = lambda: 0
        self.extensions: dict[str, object] = {}
        self.sources: Sources = sources_of(spec)
        self._channel = channel
        self._watchdog = watchdog
        self._requests = 0

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────

    def rpc(self, effect: Effect) -> EffectResult:
        """Have the UI process decide on an effect and do it; the deadline clock stands still meanwhile.

        Raises:
            EffectDenied: the policy said no.
            EffectFailed: it was allowed and failed.
            GuestTrap: the deadline has passed already.
        """
        _check_sizes(effect)
        if self._watchdog.pause() <= 0:
            raise self.deadline_trap()
        self._requests += 1
        reply = self._ask(effect_frame(effect, self.spec.nonce, self._requests))
        self._watchdog.resume()
        return parse_result(_accepted(reply))

    def on_handle(self, operation: str, handle: int, fields: JsonObject, blob: bytes = b"") -> Frame:
        """Ask for something on an open file (the number in `EffectResult.handle`); the answer's frame.

        Fast and not audited (the open was), so that the deadline clock runs on.

        Raises:
            EffectFailed, GuestTrap: as for `rpc`.
        """
        self.check_deadline()
        self._requests += 1
        header: JsonObject = {"nonce": self.spec.nonce, "n": self._requests, "effect": "handle"}
        question = Frame(FrameKind.EFFECT, {**fields, **header, "op": operation, "handle": handle}, blob)
        return _accepted(self._ask(question))

    def _ask(self, question: Frame) -> Frame:
        if isinstance(self.sources, RecordedSources):
            question = attached(question, self.sources.take())
        return self._channel.ask(question)

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────

    def check_deadline(self) -> None:
        """For host functions that loop: traps once the call's time is used up."""
        if self._watchdog.fired or self._watchdog.remaining() <= 0:
            raise self.deadline_trap()

    def sleep(self, seconds: float) -> None:
        """Sleep on the guest's own time; traps when the deadline comes first. A replayed call has slept already."""
        self.check_deadline()
        if isinstance(self.sources, ReplayedSources):
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, self._watchdog.remaining(), _SLEEP_SLICE))
            self.check_deadline()

    def deadline_trap(self) -> GuestTrap:
        limit = self.spec.deadline_secs
        return GuestTrap(
            ErrorKind.TIMEOUT,
            f"ran longer than its {limit:g} s of its own time; "
            "raise resources.epoch_timeout_secs in skill.toml if it needs more",
        )

    # ── output ───────────────────────────────────────────────────────────────────────────────────────

    def set_output(self, data: bytes) -> None:
        """Replace the output.

        Raises:
            GuestTrap: it is over `output_kb`, or not UTF-8.
        """
        self.check_output(len(data))
        try:
            self.output = data.decode()
        except UnicodeDecodeError as error:
            raise GuestTrap(ErrorKind.TRAP, f"set_output: not valid UTF-8: {error.reason}") from error

    def write_stdout(self, data: bytes) -> None:
        self.check_output(len(self.stdout) + len(data))
        self.stdout += data

    def check_output(self, size: int) -> None:
        if size > self.spec.output_bytes:
            raise GuestTrap(
                ErrorKind.OUTPUT_LIMIT,
                f"an output of {size:,} bytes is over the limit of {self.spec.output_bytes // 1024:,} KiB; "
                "raise resources.output_kb in skill.toml if it needs more",
            )

    def set_host_result(self, data: bytes) -> None:
        self.host_result = data
        self.has_host_result = True

    def content(self) -> str:
        """The output by the contract's rule: output, stdout, last host result, log, a fixed sentence."""
        if self.output is not None:
            return self.output
        if self.stdout:
            return self._shown(self.stdout)
        if self.has_host_result:
            return self._shown(self.host_result)
        return self._rendered_log() or "Skill completed successfully (no output)"

    def _shown(self, data: bytes | bytearray) -> str:
        """Bytes as text; what is not UTF-8 is replaced, which takes up to three times as much."""
        text = data.decode(errors="replace")
        self.check_output(len(text.encode()))
        return text

    def _rendered_log(self) -> str:
        """The log cut at `output_kb`: it has a limit of its own, so that being longer is no failure."""
        return self.log.render().encode()[: self.spec.output_bytes].decode(errors="ignore")

    # ── memory ───────────────────────────────────────────────────────────────────────────────────────

    def see_memory(self, caller: Any) -> None:
        """Make the memory ready for one host function; `caller` finds it while a start function runs."""
        if self.memory is _NO_MEMORY:
            self.memory = GuestMemory(_exported_memory(caller), self.store)
        self.memory.look_again()


def _exported_memory(caller: Any) -> "Memory":
    from wasmtime import Caller, Memory

    memory = Caller(caller).get("memory")
    if not isinstance(memory, Memory):
        raise GuestTrap(ErrorKind.INVALID_MODULE, "the module calls the host but exports no memory")
    return memory


def _check_sizes(effect: Effect) -> None:
    for name in ("path", "other", "root", "other_root", "key", "url", "method"):
        text = getattr(effect, name, "")
        if len(text) > MAX_TEXT:
            raise EffectFailed(f"{name} of {len(text):,} characters is over the limit of {MAX_TEXT:,}", "ENAMETOOLONG")
    headers = getattr(effect, "headers", ())
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_TEXT:
        raise EffectFailed(f"more than {MAX_HEADERS} request headers, or more than {MAX_TEXT:,} characters of them")


def _accepted(reply: Frame) -> Frame:
    match reply.kind:
        case FrameKind.RESULT:
            return reply
        case FrameKind.DENIED:
            raise EffectDenied(reply.text("message"))
        case FrameKind.FAILED:
            raise EffectFailed(reply.text("message"), reply.text("code"))
        case _:
            raise ProtocolError(f"{reply.kind.name} is not an answer to an effect")


class _NoMemory(GuestMemory):
    """Stands in until the guest's memory is known, so that every access is a clear trap."""

    def __init__(self) -> None:
        pass

    @property
    def size(self) -> int:
        return 0


_NO_MEMORY = _NoMemory()
