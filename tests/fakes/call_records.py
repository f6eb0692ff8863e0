"""Records of calls that never were."""

from collections.abc import Sequence
from dataclasses import replace

from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, Manifest
from blufio_tui.core.replay.record import Answer, CallRecord, Clocks, Ending, Exchanged, Guest, Reply, Request, Touched

PLACES = Places("/home/p", "/home/p/work")
NOTHING = Capabilities()


def record_of(
    exchanges: Sequence[Exchanged] = (), capabilities: Capabilities = NOTHING, **fields: object
) -> CallRecord:
    """A call that did this."""
    record = CallRecord(
        call_id="c1",
        session_id="s1",
        skill="probe",
        version="1.0.0",
        content_hash="aa" * 32,
        created=1.0,
        guest=Guest("skill.wasm", "bb" * 32),
        manifest=Manifest("probe", "1.0.0", "A probe.", capabilities=capabilities),
        places=PLACES,
        approved=True,
        input_json=b"{}",
        preopens=(),
        env_keys=(),
        seed=b"s" * 32,
        clocks=Clocks((1, 2), (3,)),
        exchanges=tuple(exchanges),
        ending=Ending("out", fuel=7),
    )
    return replace(record, **fields)  # type: ignore[arg-type]


def touched(kind: str, resource: str, decided_by: str = "manifest", decision: str = "allow") -> Touched:
    return Touched(kind, resource, decision, decided_by, "a rule", 1)


def read(path: str, data: bytes = b"data", *, decided_by: str = "manifest", decision: str = "allow") -> Exchanged:
    """A file that was read, or was not allowed to be."""
    answer = Answer(Reply.RESULT, {"value": len(data), "headers": [], "url": "", "handle": 0}, data)
    if decision != "allow":
        answer = Answer(Reply.DENIED, {"message": f"capability not permitted: fs.read {path}"})
    return Exchanged(Request("read", {"path": path}), answer, (touched("fs.read", path, decided_by, decision),))


def fetched(url: str, body: bytes = b"", method: str = "GET", data: bytes = b"page", **more: str) -> Exchanged:
    request = Request("fetch", {"method": method, "url": url, "headers": []}, body)
    answer = Answer(Reply.RESULT, {"value": 200, "headers": [], "url": url, "handle": 0}, data)
    return Exchanged(request, answer, (touched("net", url, **more),))
