"""What a worker is told about one call, as it crosses the socket."""

import functools
import json
from typing import NamedTuple

from blufio_tui.adapters.sandbox.wire.clock_readings import ReadingsPair, cut
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError, encode_parts
from blufio_tui.core.text.json_types import Json

RECORD, REPLAY = "record", "replay"


class CallSpec(NamedTuple):
    """One call as the worker sees it.

    Attributes:
        nonce: unguessable name of this call; every message about it carries it.
        skill: the skill's name, for messages.
        preopens: guest path to host path, for WASI.
        env_keys: environment variables a WASI guest sees; each is read through an effect.
        deadline_secs: guest time, host calls excluded.
        alone: no other call is under way, so that waiting for a message may keep a processor busy for a moment.
        tape: `record`: randomness comes from `seed`, and what the clocks said is sent along; `replay`: both are given;
            "" for a call that nobody records.
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
    tape: str = ""
    seed: bytes = b""
    clocks: ReadingsPair = (b"", b"")


def encode_call(spec: CallSpec) -> bytes:
    """The frame that begins a call. All but its name and input is mostly as it was in the call before."""
    header, common = b'{"nonce":"%b",' % spec.nonce.encode(), _common(spec[1:2] + spec[3:10])
    if not spec.tape:
        return encode_parts(FrameKind.CALL, header + common, spec.input)
    real, mono = spec.clocks
    taped = b'"tape":"%b","seed":"%b","real":%d,"mono":%d,' % (
        *(spec.tape.encode(), spec.seed.hex().encode()),
        *(len(real), len(mono)),
    )
    return encode_parts(FrameKind.CALL, header + taped + common, spec.input + real + mono)


@functools.lru_cache(maxsize=64)
def _common(values: tuple[object, ...]) -> bytes:
    return json.dumps(dict(zip(_COMMON_FIELDS, values, strict=True))).encode()[1:]


_COMMON_FIELDS = ("skill", "fuel", "memory", "deadline", "output", "preopens", "env", "alone")


def parse_call(frame: Frame) -> CallSpec:
    deadline = frame.header.get("deadline")
    if not isinstance(deadline, int | float):
        raise ProtocolError("field 'deadline' is not a number")
    tape = frame.header.get("tape", "")
    content, clocks = cut(frame) if tape else (frame.blob, (b"", b""))
    return CallSpec(
        nonce=frame.text("nonce"),
        skill=frame.text("skill"),
        input=content,
        fuel=frame.integer("fuel"),
        memory_bytes=frame.integer("memory"),
        deadline_secs=float(deadline),
        output_bytes=frame.integer("output"),
        preopens=tuple(_pair(item) for item in frame.sequence("preopens")),
        env_keys=tuple(str(key) for key in frame.sequence("env")),
        alone=frame.header.get("alone") is True,
        tape=frame.text("tape") if tape else "",
        seed=bytes.fromhex(frame.text("seed")) if tape else b"",
        clocks=clocks,
    )


def _pair(item: Json) -> tuple[str, str]:
    if not isinstance(item, list) or len(item) != 2:
        raise ProtocolError("a preopen is not a pair")
    return str(item[0]), str(item[1])
