"""What is kept of one call of a skill so that it can run again: all that came in from outside, and what came of it.

A record is one text header and the bytes it speaks of. `encode` and `decode` turn it into bytes and back; that
the bytes are the ones that were written is the audit log's business (see `adapters.replay.store`).
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from blufio_tui.core.errors import StorageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.as_json import manifest_from_json, manifest_to_json
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.text.json_types import Json, JsonObject

_MAGIC = b"blufio-record-1\n"
_LENGTH = struct.Struct("!I")
_as_json = json.JSONEncoder(separators=(",", ":")).encode
_SCRIPT = 2
"""Where the script is among the blobs."""
_LEVEL = 1
"""Of compression: records are written while somebody waits for the next call."""


class Reply(StrEnum):
    """How a request of a guest was answered."""

    RESULT = "result"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True)
class Request:
    """What a guest asked for. `fields` are those of the frame without the names of the call and of the request."""

    effect: str
    fields: Mapping[str, Json]
    blob: bytes = b""

    @cached_property
    def key(self) -> str:
        """The same for requests that ask for the same."""
        fields = json.dumps([self.effect, dict(self.fields)], sort_keys=True)
        return f"{fields} {hashlib.sha256(self.blob).hexdigest()}"

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Answer:
    reply: Reply
    fields: Mapping[str, Json]
    blob: bytes = b""


@dataclass(frozen=True, slots=True)
class Touched:
    """One decision that a request led to, as the gate made it: a redirect or a rename leads to more than one.

    Attributes:
        kind, resource, decision, decided_by, rule: as in the audit row `seq`; secrets taken out.
    """

    kind: str
    resource: str
    decision: str
    decided_by: str
    rule: str = ""
    seq: int = 0

    @property
    def allowed(self) -> bool:
        return self.decision == "allow"


@dataclass(frozen=True, slots=True)
class Exchanged:
    request: Request
    answer: Answer
    touched: tuple[Touched, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended. `error` is kind and message; both "" if it succeeded."""

    content: str
    error: tuple[str, str] = ("", "")
    fuel: int = 0
    memory_bytes: int = 0
    logs: tuple[tuple[str, str], ...] = ()
    logs_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clock readings of a call in nanoseconds, in their order: wall clock, and time since the call began."""

    real: tuple[int, ...] = ()
    monotonic: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """What ran.

    Attributes:
        entry: file name of the module.
        sha256: of the module's bytes, hex; of a script, of the runtime that ran it.
        script: a script with its modules, as it went to the worker; b"" for a module.
    """

    entry: str
    sha256: str
    script: bytes = b""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """
    Attributes:
        created: seconds since the epoch.
        places: what `~` and `${PROJECT}` stood for.
        approved: whether the manifest counted as approved.
        seed: what all randomness of the call was drawn from.
        preopens, env_keys: as the guest saw them.
    """

    call_id: str
    session_id: str
    skill: str
    version: str
    content_hash: str
    created: float
    guest: Guest
    manifest: Manifest
    places: Places
    approved: bool
    input_json: bytes
    preopens: tuple[tuple[str, str], ...]
    env_keys: tuple[str, ...]
    seed: bytes
    clocks: Clocks
    exchanges: tuple[Exchanged, ...]
    ending: Ending

    def answered_with(self, answers: Mapping[int, Answer]) -> "CallRecord":
        """The same call, had the requests at these positions been answered otherwise."""
        exchanges = list(self.exchanges)
        for position, answer in answers.items():
            exchanges[position] = replace(exchanges[position], answer=answer)
        return replace(self, exchanges=tuple(exchanges))


def digest(data: bytes) -> str:
    """Hex SHA-256: the name under which a record stands in the audit log."""
    return hashlib.sha256(data).hexdigest()


def encode(record: CallRecord) -> bytes:
    """The record as compressed bytes."""
    blobs = list(_blobs(record))
    header = _as_json({**_header(record), "blobs": [len(blob) for blob in blobs]})
    text = f'{{"manifest":{_manifest_json(record.manifest)},{header[1:]}'.encode()
    return _MAGIC + zlib.compress(b"".join((_LENGTH.pack(len(text)), text, *blobs)), _LEVEL)


def decode(data: bytes) -> CallRecord:
    """The reverse of `encode`. The bytes come from our own store, and their digest was compared.

    Raises:
        StorageError: they are no record, or one of another version.
    """
    if not data.startswith(_MAGIC):
        raise StorageError("the record is not one that this version of blufio-tui can read")
    try:
        content = zlib.decompress(data[len(_MAGIC) :])
        (length,) = _LENGTH.unpack_from(content)
        start = _LENGTH.size + length
        header = json.loads(content[_LENGTH.size : start])
        return _record(header, _cut(content[start:], header["blobs"]))
    except (ValueError, KeyError, TypeError, zlib.error, struct.error, StopIteration, AssertionError) as error:
        raise StorageError(f"the record is damaged: {type(error).__name__}") from error


def outline(data: bytes) -> tuple[str, str, str, str, float, str]:
    """Of a record: the ids of call and session, name and content hash of the skill, when it was made, and the hash of
    the module ("" for a script). Only its beginning is unpacked.

    Raises:
        StorageError: the bytes are no record.
    """
    unpack = zlib.decompressobj()
    try:
        start = unpack.decompress(data[len(_MAGIC) :], _LENGTH.size)
        (length,) = _LENGTH.unpack(start)
        header = json.loads(unpack.decompress(unpack.unconsumed_tail, length))
        module = "" if header["blobs"][_SCRIPT] else header["sha256"]
        names = (header["call_id"], header["session_id"], header["skill"], header["content_hash"])
    except (ValueError, KeyError, IndexError, TypeError, zlib.error, struct.error) as error:
        raise StorageError(f"the record is damaged: {type(error).__name__}") from error
    return (*names, header["created"], module)


def _blobs(record: CallRecord) -> Iterator[bytes]:
    yield record.input_json
    yield record.seed
    yield record.guest.script
    yield b"".join(value.to_bytes(8, "big", signed=True) for value in record.clocks.real)
    yield b"".join(value.to_bytes(8, "big", signed=True) for value in record.clocks.monotonic)
    for exchange in record.exchanges:
        yield exchange.request.blob
        yield exchange.answer.blob


def _header(record: CallRecord) -> JsonObject:
    """All that is text, without the manifest."""
    plain = ("call_id", "session_id", "skill", "version", "content_hash", "created", "approved")
    ending = record.ending
    return {
        **{name: getattr(record, name) for name in plain},
        "entry": record.guest.entry,
        "sha256": record.guest.sha256,
        "home": record.places.home,
        "project": record.places.project,
        "preopens": [list(pair) for pair in record.preopens],
        "env_keys": list(record.env_keys),
        "exchanges": [_exchange_header(exchange) for exchange in record.exchanges],
        "ending": {
            "content": ending.content,
            "error": list(ending.error),
            "fuel": ending.fuel,
            "memory_bytes": ending.memory_bytes,
            "logs": [list(line) for line in ending.logs],
            "logs_dropped": ending.logs_dropped,
        },
    }


_MOST_TEXTS = 64
_texts: dict[int, tuple[Manifest, str]] = {}
"""Of the manifests that were recorded last, by identity: each is held, so that no other can have its place."""


def _manifest_json(manifest: Manifest) -> str:
    """Its text, as a string in JSON. The same manifest is recorded with every call, and making text of it takes longer
    than all the rest."""
    held = _texts.get(id(manifest))
    if held is None:
        if len(_texts) >= _MOST_TEXTS:
            _texts.clear()
        held = _texts[id(manifest)] = (manifest, _as_json(manifest_to_json(manifest)))
    return held[1]


def _exchange_header(exchange: Exchanged) -> Json:
    touched: list[Json] = [
        [one.kind, one.resource, one.decision, one.decided_by, one.rule, one.seq] for one in exchange.touched
    ]
    answer = exchange.answer
    return [exchange.request.effect, dict(exchange.request.fields), str(answer.reply), dict(answer.fields), touched]


def _cut(content: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield content[start : start + length]
        start += length


def _record(header: Mapping[str, object], blobs: Iterator[bytes]) -> CallRecord:
    values = dict(header)
    values.pop("blobs")
    places = Places(str(values.pop("home")), str(values.pop("project")))
    entry, sha256 = str(values.pop("entry")), str(values.pop("sha256"))
    input_json, seed, script = next(blobs), next(blobs), next(blobs)
    clocks = Clocks(_numbers(next(blobs)), _numbers(next(blobs)))
    exchanges = tuple(_exchange(one, blobs) for one in _listed(values.pop("exchanges")))
    ending = values.pop("ending")
    assert isinstance(ending, dict)
    return CallRecord(
        guest=Guest(entry, sha256, script),
        manifest=manifest_from_json(str(values.pop("manifest"))),
        places=places,
        input_json=input_json,
        seed=seed,
        clocks=clocks,
        preopens=tuple((guest, host) for guest, host in _listed(values.pop("preopens"))),
        env_keys=tuple(str(key) for key in _listed(values.pop("env_keys"))),
        exchanges=exchanges,
        ending=_ending(ending),
        **values,  # type: ignore[arg-type]
    )


def _exchange(listed: list[Any], blobs: Iterator[bytes]) -> Exchanged:
    effect, fields, reply, answer_fields, touched = listed
    assert isinstance(fields, dict) and isinstance(answer_fields, dict)
    request = Request(str(effect), fields, next(blobs))
    answer = Answer(Reply(str(reply)), answer_fields, next(blobs))
    return Exchanged(request, answer, tuple(Touched(*one) for one in _listed(touched)))


def _ending(values: dict[str, object]) -> Ending:
    kind, message = _listed(values.pop("error"))
    logs = tuple((level, text) for level, text in _listed(values.pop("logs")))
    return Ending(error=(kind, message), logs=logs, **values)  # type: ignore[arg-type]


def _listed(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 8], "big", signed=True) for at in range(0, len(data), 8))
