"""Arguments, environment, clocks, randomness and the end of the process."""

from collections.abc import Sequence

from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.core.wasi.errno import Errno, WasiError

_REALTIME = 0
_LAST_CLOCK = 3
_SIGNALS_WITHOUT_EFFECT = frozenset({0, 13, 16, 17, 22, 27})
"""None, PIPE, CHLD, CONT, URG and WINCH: their default action is to be ignored."""
_LAST_SIGNAL = 30
_RANDOM_CHUNK = 1024 * 1024


def args_sizes_get(ctx: WasiContext, count: int, size: int) -> None:
    _put_sizes(ctx, _arguments(ctx), count, size)


def args_get(ctx: WasiContext, array: int, buffer: int) -> None:
    ctx.put_strings(_arguments(ctx), array, buffer)


def environ_sizes_get(ctx: WasiContext, count: int, size: int) -> None:
    _put_sizes(ctx, ctx.environment, count, size)


def environ_get(ctx: WasiContext, array: int, buffer: int) -> None:
    ctx.put_strings(ctx.environment, array, buffer)


def clock_res_get(ctx: WasiContext, clock: int, result: int) -> None:
    _check_clock(clock)
    ctx.put_u64(result, 1)


def clock_time_get(ctx: WasiContext, clock: int, _precision: int, result: int) -> None:
    ctx.put_u64(result, read_clock(ctx, clock))


def read_clock(ctx: WasiContext, clock: int) -> int:
    """Nanoseconds. The CPU-time clocks run with the monotonic one: a guest is alone on its thread."""
    _check_clock(clock)
    return ctx.sources.realtime_ns() if clock == _REALTIME else ctx.sources.monotonic_ns()


def random_get(ctx: WasiContext, buffer: int, length: int) -> None:
    """In steps, each of which the deadline can end: gigabytes take a while."""
    ctx.memory.check(buffer, length, "buffer")
    for start in range(0, length, _RANDOM_CHUNK):
        ctx.host.sleep(0)
        ctx.memory.write(buffer + start, ctx.sources.random_bytes(min(_RANDOM_CHUNK, length - start)), "buffer")


def sched_yield(_ctx: WasiContext) -> None:
    """Nothing else waits for the thread."""


def proc_exit(ctx: WasiContext, code: int) -> None:
    ctx.host.exit(code)


def proc_raise(ctx: WasiContext, signal: int) -> None:
    if signal > _LAST_SIGNAL:
        raise WasiError(Errno.INVAL)
    if signal not in _SIGNALS_WITHOUT_EFFECT:
        ctx.host.trap(f"the module raised signal {signal}")


def no_sockets(_ctx: WasiContext, *_arguments: int) -> None:
    """Sockets do not exist here: the network is reached through `http_fetch`."""
    raise WasiError(Errno.NOSYS)


def _arguments(ctx: WasiContext) -> list[bytes]:
    return [argument.encode() for argument in ctx.host.arguments]


def _put_sizes(ctx: WasiContext, strings: Sequence[bytes], count: int, size: int) -> None:
    ctx.put_u32(count, len(strings))
    ctx.put_u32(size, sum(len(text) + 1 for text in strings))


def _check_clock(clock: int) -> None:
    if clock > _LAST_CLOCK:
        raise WasiError(Errno.INVAL)
