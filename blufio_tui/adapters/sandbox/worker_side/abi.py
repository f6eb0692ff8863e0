"""The `blufio` imports of CONTRACT section 1, and `env.abort` for AssemblyScript."""

import base64
import json
from itertools import chain

from blufio_tui.adapters.sandbox.wire.call_log import LEVELS
from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker
from blufio_tui.core.effects import EffectResult, Fetch, GetEnv, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.text.json_types import Json, JsonObject

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
_INFO = 2
_NOT_SET = -1
_TOO_SMALL = -2
_MAX_ABORT_MESSAGE = 4096
_MAX_REQUEST = 2 * 1024 * 1024
"""Parsed JSON takes up to thirty times its size, and that is the worker's memory, not the guest's."""


def define(host: HostLinker) -> None:
    host.function("blufio", "log", "iii:", _log)
    host.function("blufio", "get_input_len", ":i", _get_input_len, needs_memory=False)
    host.function("blufio", "get_input", "i:", _get_input)
    host.function("blufio", "set_output", "ii:", _set_output)
    host.function("blufio", "http_request", "iiiii:i", _http_request)
    host.function("blufio", "read_file", "iiii:i", _read_file)
    host.function("blufio", "write_file", "iiii:i", _write_file)
    host.function("blufio", "get_env", "iiii:i", _get_env)
    host.function("blufio", "result_len", ":i", _result_len, needs_memory=False)
    host.function("blufio", "get_result", "i:", _get_result)
    host.function("blufio", "http_fetch", "ii:i", _http_fetch)
    host.function("blufio", "list_dir", "ii:i", _list_dir)
    host.function("env", "abort", "iiii:", _abort)


def _log(state: CallState, level: int, pointer: int, length: int) -> None:
    name = LEVELS[level] if level < len(LEVELS) else LEVELS[_INFO]
    state.memory.check(pointer, length, "log message")
    if state.log.full_for(length):
        state.log.dropped += 1
    else:
        state.log.add(name, state.memory.read(pointer, length, "log message"))


def _get_input_len(state: CallState) -> int:
    return len(state.spec.input)


def _get_input(state: CallState, pointer: int) -> None:
    state.memory.write(pointer, state.spec.input, "get_input buffer")


def _set_output(state: CallState, pointer: int, length: int) -> None:
    state.memory.check(pointer, length, "output")
    state.check_output(length)
    state.set_output(state.memory.read(pointer, length, "output"))


def _http_request(
    state: CallState, url_pointer: int, url_length: int, method: int, body_pointer: int, body_length: int
) -> int:
    if method >= len(_METHODS):
        raise GuestTrap(ErrorKind.TRAP, f"http_request: method {method} is not one of 0 to {len(_METHODS) - 1}")
    url = state.memory.read_text(url_pointer, url_length, "URL")
    body = state.memory.read(body_pointer, body_length, "request body")
    result = state.rpc(Fetch(_METHODS[method], url, (), body))
    state.set_host_result(result.data)
    return result.value


def _read_file(state: CallState, path_pointer: int, path_length: int, pointer: int, length: int) -> int:
    path = state.memory.read_text(path_pointer, path_length, "path")
    state.memory.check(pointer, length, "read_file buffer")
    data = state.rpc(ReadFile(path)).data
    state.set_host_result(data)
    if len(data) <= length:
        state.memory.write(pointer, data, "read_file buffer")
    return len(data)


def _write_file(state: CallState, path_pointer: int, path_length: int, pointer: int, length: int) -> int:
    path = state.memory.read_text(path_pointer, path_length, "path")
    state.rpc(WriteFile(path, state.memory.read(pointer, length, "file content")))
    return 0


def _get_env(state: CallState, key_pointer: int, key_length: int, pointer: int, length: int) -> int:
    key = state.memory.read_text(key_pointer, key_length, "environment key")
    state.memory.check(pointer, length, "get_env buffer")
    result = state.rpc(GetEnv(key))
    if result.value < 0:
        return _NOT_SET
    if len(result.data) > length:
        return _TOO_SMALL
    state.memory.write(pointer, result.data, "get_env buffer")
    return len(result.data)


def _result_len(state: CallState) -> int:
    return len(state.host_result)


def _get_result(state: CallState, pointer: int) -> None:
    state.memory.write(pointer, state.host_result, "get_result buffer")


def _http_fetch(state: CallState, pointer: int, length: int) -> int:
    request = parse_request(state.memory.read_text(pointer, length, "http_fetch request"))
    result = state.rpc(request)
    state.set_host_result(response_json(result))
    return result.value


def _list_dir(state: CallState, pointer: int, length: int) -> int:
    result = state.rpc(ListDir(state.memory.read_text(pointer, length, "path")))
    state.set_host_result(result.data)
    return result.value


def _abort(state: CallState, message: int, file: int, line: int, column: int) -> None:
    text = _assemblyscript_text(state, message) or "abort"
    where = _assemblyscript_text(state, file)
    raise GuestTrap(ErrorKind.TRAP, f"abort: {text} at {where}:{line}:{column}" if where else f"abort: {text}")


def _assemblyscript_text(state: CallState, pointer: int) -> str:
    """An AssemblyScript string: UTF-16, its length in bytes in the word before it; 0 is null."""
    if not pointer:
        return ""
    header = state.memory.read(pointer - 4, 4, "abort message")
    length = min(int.from_bytes(header, "little"), _MAX_ABORT_MESSAGE)
    return state.memory.read(pointer, length, "abort message").decode("utf-16-le", errors="replace")


def parse_request(text: str) -> Fetch:
    """A request of `http_fetch` or of a script: `{"method","url","headers","body"}`, only `url` required.

    Raises:
        GuestTrap: it is something else.
    """
    if len(text) > _MAX_REQUEST:
        raise _bad_request(f"it is longer than {_MAX_REQUEST:,} characters; http_request takes bodies of any size")
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad_request("not JSON") from error
    match request:
        case {"url": str(url)}:
            method, body, headers = (_given(request, *item) for item in _OPTIONAL)
        case _:
            raise _bad_request('an object with at least "url" is needed')
    if not isinstance(method, str) or not isinstance(body, str) or not isinstance(headers, dict):
        raise _bad_request('"method" and "body" must be strings, "headers" an object')
    pairs = tuple((name, value) for name, value in headers.items() if isinstance(value, str))
    if len(pairs) < len(headers):
        raise _bad_request("a header's value must be a string")
    try:
        for part in (method, url, *chain(*pairs)):
            part.encode()
        return Fetch(method.upper(), url, pairs, body.encode())
    except UnicodeEncodeError as error:
        raise _bad_request("a string in it contains half a character") from error


_OPTIONAL: tuple[tuple[str, Json], ...] = (("method", "GET"), ("body", ""), ("headers", {}))


def _given(request: JsonObject, key: str, default: Json) -> Json:
    """`null` is the same as not given."""
    value = request.get(key)
    return default if value is None else value


def _bad_request(why: str) -> GuestTrap:
    return GuestTrap(ErrorKind.TRAP, f"http_fetch: the request is not valid: {why}")


def response_json(result: EffectResult) -> bytes:
    """The host result of `http_fetch`; headers that come twice are joined with a comma."""
    headers: dict[str, str] = {}
    for name, value in result.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    try:
        body = {"body": result.data.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(result.data).decode()}
    return json.dumps({"status": result.value, "url": result.url, "headers": headers, **body}).encode()
