"""What a worker is told about one call, as it crosses the socket."""

import functools
import json
from typing import NamedTuple

from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError, encode_parts
from blufio_tui.core.text.json_types import Json


class CallSpec(NamedTuple):
    """One call as the worker sees it.

    Attributes:
        nonce: unguessable name of this call; every message about it carries it.
        skill: the skill's name, for messages.
        preopens: guest path to host path, for WASI.
        env_keys: environment variables a WASI guest sees; each is read through an effect.
        deadline_secs: guest time, host calls excluded.
        alone: no other call is under way, so that waiting for a message may keep a processor busy for a moment.
    """

    nonce: str
    skill: str
    input: bytes
    fuel: int
    memory_bytes: int
    deadline_secs: float
    output_bytes: int
    preopens: tuple[tuple[str, str], ...] = ()
    env_keys: tuple[str, ...] = ()
    alone: bool = False


def encode_call(spec: CallSpec) -> bytes:
    """The frame that begins a call. All but its name and input is mostly as it was in the call before."""
    return encode_parts(
        FrameKind.CALL, b'{"nonce":"%b",%b' % (spec.nonce.encode(), _common(spec[1:2] + spec[3:])), spec.input
    )


@functools.lru_cache(maxsize=64)
def _common(values: tuple[object, ...]) -> bytes:
    return json.dumps(dict(zip(_COMMON_FIELDS, values, strict=True))).encode()[1:]


_COMMON_FIELDS = ("skill", "fuel", "memory", "deadline", "output", "preopens", "env", "alone")


def parse_call(frame: Frame) -> CallSpec:
    deadline = frame.header.get("deadline")
    if not isinstance(deadline, int | float):
        raise ProtocolError("field 'deadline' is not a number")
    return CallSpec(
        nonce=frame.text("nonce"),
        skill=frame.text("skill"),
        input=frame.blob,
        fuel=frame.integer("fuel"),
        memory_bytes=frame.integer("memory"),
        deadline_secs=float(deadline),
        output_bytes=frame.integer("output"),
        preopens=tuple(_pair(item) for item in frame.sequence("preopens")),
        env_keys=tuple(str(key) for key in frame.sequence("env")),
        alone=frame.header.get("alone") is True,
    )


def _pair(item: Json) -> tuple[str, str]:
    if not isinstance(item, list) or len(item) != 2:
        raise ProtocolError("a preopen is not a pair")
    return str(item[0]), str(item[1])
