"""Effects and their results as frames, with caps on what a worker can ask for."""

from collections.abc import Callable, Mapping

from blufio_tui.adapters.sandbox.wire.protocol import (
    Frame,
    FrameKind,
    ProtocolError,
    checked_text,
    encode,
    encode_parts,
)
from blufio_tui.core.effects import (
    Effect,
    EffectResult,
    Fetch,
    FileOperation,
    GetEnv,
    ListDir,
    ReadFile,
    WriteFile,
)
from blufio_tui.core.text.json_types import Json, JsonObject

MAX_TEXT = 64 * 1024
"""Characters of a path, URL, key or header that can be asked about."""
MAX_HEADERS = 256
_WORKER_OPERATIONS = frozenset(
    ("stat", "open", "create", "mkdir", "rmdir", "unlink", "rename", "link", "symlink", "readlink", "utimes")
)


def effect_frame(effect: Effect, nonce: str, number: int) -> Frame:
    """The question of a worker. `number` counts the effects of one call from 1."""
    name, fields, blob = _fields(effect)
    return Frame(FrameKind.EFFECT, {"nonce": nonce, "n": number, "effect": name, **fields}, blob)


def _fields(effect: Effect) -> tuple[str, JsonObject, bytes]:
    match effect:
        case ReadFile(path=path):
            return "read", {"path": path}, b""
        case ListDir(path=path):
            return "list", {"path": path}, b""
        case WriteFile(path=path, content=content):
            return "write", {"path": path}, content
        case GetEnv(key=key):
            return "env", {"key": key}, b""
        case Fetch():
            headers: list[Json] = [[name, value] for name, value in effect.headers]
            return "fetch", {"method": effect.method, "url": effect.url, "headers": headers}, effect.body
        case FileOperation():
            options: JsonObject = dict(effect.options)
            paths: JsonObject = {"path": effect.path, "other": effect.other}
            roots: JsonObject = {"root": effect.root, "other_root": effect.other_root}
            return "file", {"op": effect.operation, "options": options, **paths, **roots}, b""
        case _:
            raise ProtocolError(f"{type(effect).__name__} is not an effect that a guest can ask for")


def parse_effect(frame: Frame) -> Effect:
    """The effect that a worker asks for. What it may not choose (secrets, size caps) is not read from it."""
    parse = _PARSERS.get(frame.text("effect"))
    if parse is None:
        raise ProtocolError("an unknown effect was asked for")
    return parse(frame)


def _text(frame: Frame, key: str) -> str:
    return _capped(frame.text(key))


def _capped(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ProtocolError(f"a text of {len(text)} characters is over the cap of {MAX_TEXT}")
    return checked_text(text)


def _parse_fetch(frame: Frame) -> Effect:
    pairs = frame.sequence("headers")
    if len(pairs) > MAX_HEADERS:
        raise ProtocolError(f"{len(pairs)} headers are over the cap of {MAX_HEADERS}")
    headers = tuple((_capped(name), _capped(value)) for name, value in map(_header, pairs))
    return Fetch(_text(frame, "method"), _text(frame, "url"), headers, frame.blob)


def _header(pair: Json) -> tuple[str, str]:
    match pair:
        case [str(name), str(value)]:
            return name, value
        case _:
            raise ProtocolError("a header is not a pair of texts")


def _parse_file(frame: Frame) -> Effect:
    operation = frame.text("op")
    if operation not in _WORKER_OPERATIONS:
        raise ProtocolError(f"unknown file operation {operation[:40]!r}")
    options = {key: _flag(value) for key, value in frame.mapping("options").items()}
    return FileOperation(
        operation,
        path=_text(frame, "path"),
        other=_text(frame, "other"),
        root=_text(frame, "root"),
        other_root=_text(frame, "other_root"),
        options=options,
    )


def _flag(value: Json) -> bool | int:
    if not isinstance(value, int) or not -(2**63) <= value < 2**64:
        raise ProtocolError("an option is not a 64-bit number")
    return value


_PARSERS: Mapping[str, Callable[[Frame], Effect]] = {
    "read": lambda frame: ReadFile(_text(frame, "path")),
    "list": lambda frame: ListDir(_text(frame, "path")),
    "write": lambda frame: WriteFile(_text(frame, "path"), frame.blob),
    "env": lambda frame: GetEnv(_text(frame, "key")),
    "fetch": _parse_fetch,
    "file": _parse_file,
}


def result_frame(result: EffectResult, handle: int = 0) -> Frame:
    """The answer to an effect. `handle` is the number of an opened file, 0 for none."""
    headers: list[Json] = [[name, value] for name, value in result.headers]
    fields: JsonObject = {"value": result.value, "headers": headers, "url": result.url, "handle": handle}
    return Frame(FrameKind.RESULT, fields, result.data)


def encode_result(result: EffectResult, handle: int = 0) -> bytes:
    """The same as bytes; most results have neither headers nor an address, and are put together by hand."""
    if result.headers or result.url:
        return encode(result_frame(result, handle))
    return encode_parts(FrameKind.RESULT, _PLAIN_RESULT % (result.value, handle), result.data)


_PLAIN_RESULT = b'{"value":%d,"headers":[],"url":"","handle":%d}'


def parse_result(frame: Frame) -> EffectResult:
    """In the worker; `handle` is then a number for `CallState.on_handle`."""
    headers = tuple(_header(pair) for pair in frame.sequence("headers"))
    handle = frame.integer("handle") or None
    return EffectResult(frame.integer("value"), frame.blob, headers, frame.text("url"), handle)
