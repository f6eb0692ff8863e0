"""`poll_oneoff`: waiting for clocks, which the deadline cuts short, and for descriptors, which are always ready."""

from blufio_tui.adapters.sandbox.worker_side.wasi.context import WasiContext
from blufio_tui.adapters.sandbox.worker_side.wasi.descriptors import InputStream, OpenFile, OutputStream
from blufio_tui.adapters.sandbox.worker_side.wasi.process import read_clock
from blufio_tui.adapters.sandbox.worker_side.wasi.rights import Rights
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import (
    EVENT_BYTES,
    SUBSCRIPTION_BYTES,
    EventType,
    Subscription,
    event,
    read_subscription,
    size_of_filestat,
)

MAX_SUBSCRIPTIONS = 1024
_WRITE_ROOM = 65536
_NANOSECONDS = 1_000_000_000


def poll_oneoff(ctx: WasiContext, subscriptions: int, events: int, count: int, result: int) -> None:
    """Waits until one subscription or more has something to say, and writes those events."""
    if not 0 < count <= MAX_SUBSCRIPTIONS:
        raise WasiError(Errno.INVAL)
    ctx.memory.check(events, count * EVENT_BYTES, "events")
    data = ctx.memory.read(subscriptions, count * SUBSCRIPTION_BYTES, "subscriptions")
    asked = [
        read_subscription(data[start : start + SUBSCRIPTION_BYTES]) for start in range(0, len(data), SUBSCRIPTION_BYTES)
    ]
    found = _wait(ctx, asked)
    ctx.memory.write(events, b"".join(found), "events")
    ctx.put_u32(result, len(found))


def _wait(ctx: WasiContext, asked: list[Subscription]) -> list[bytes]:
    waits = [(_time_left(ctx, one), one) for one in asked if one.tag == EventType.CLOCK]
    ready = [_descriptor_event(ctx, one) for one in asked if one.tag != EventType.CLOCK]
    shortest = min((left for left, _ in waits), default=0)
    if not ready and shortest > 0:
        ctx.host.sleep(shortest / _NANOSECONDS)
    passed = 0 if ready else max(shortest, 0)
    return ready + [_clock_event(one) for left, one in waits if left <= passed]


def _time_left(ctx: WasiContext, asked: Subscription) -> int:
    """Nanoseconds from now on; an unknown clock is an event at once."""
    if asked.subject > 3:
        return 0
    if not asked.absolute:
        return asked.timeout
    return asked.timeout - read_clock(ctx, asked.subject)


def _clock_event(asked: Subscription) -> bytes:
    error = Errno.INVAL if asked.subject > 3 else Errno.SUCCESS
    return event(asked.userdata, error, EventType.CLOCK)


def _descriptor_event(ctx: WasiContext, asked: Subscription) -> bytes:
    if asked.tag > EventType.FD_WRITE:
        raise WasiError(Errno.INVAL)
    try:
        ready, hangup = _ready_bytes(ctx, asked)
    except WasiError as error:
        return event(asked.userdata, error.errno, asked.tag)
    return event(asked.userdata, Errno.SUCCESS, asked.tag, ready, hangup=hangup)


def _ready_bytes(ctx: WasiContext, asked: Subscription) -> tuple[int, bool]:
    descriptor = ctx.table.get(asked.subject)
    reading = asked.tag == EventType.FD_READ
    descriptor.require(Rights.POLL_FD_READWRITE | (Rights.FD_READ if reading else Rights.FD_WRITE))
    match descriptor:
        case InputStream(data=data, offset=offset):
            return len(data) - offset, offset >= len(data)
        case OpenFile() if reading:
            size = size_of_filestat(ctx.host.on_handle(descriptor.handle, "stat").data)
            return max(size - descriptor.offset, 0), False
        case OpenFile() | OutputStream():
            return _WRITE_ROOM, False
        case _:
            raise WasiError(Errno.BADF)
