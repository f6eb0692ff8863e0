"""What a worker is told about one call, as it crosses the socket."""

from dataclasses import dataclass

from blufio_tui.adapters.sandbox.protocol import Frame, FrameKind, ProtocolError
from blufio_tui.core.json_types import Json


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One call as the worker sees it.

    Attributes:
        nonce: unguessable name of this call; every message about it carries it.
        skill: the skill's name, for messages.
        preopens: guest path to host path, for WASI.
        env_keys: environment variables a WASI guest sees; each is read through an effect.
        deadline_secs: guest time, host calls excluded.
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


def call_frame(spec: CallSpec) -> Frame:
    header: dict[str, Json] = {
        "nonce": spec.nonce,
        "skill": spec.skill,
        "fuel": spec.fuel,
        "memory": spec.memory_bytes,
        "deadline": spec.deadline_secs,
        "output": spec.output_bytes,
        "preopens": [[guest, host] for guest, host in spec.preopens],
        "env": list(spec.env_keys),
    }
    return Frame(FrameKind.CALL, header, spec.input)


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
    )


def _pair(item: Json) -> tuple[str, str]:
    if not isinstance(item, list) or len(item) != 2:
        raise ProtocolError("a preopen is not a pair")
    return str(item[0]), str(item[1])
