"""What the guest module `blufio` asks of its host: each name with its payload, and the reply as text.

A reply starts with `=` (done), `!` (a permitted call failed; the rest says why) or `+` (done, and the rest is
fetched with `more`, because the guest sets its buffer's size before it knows the reply's). Sources come as they are.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from blufio_tui.adapters.sandbox.wire.call_log import LEVELS
from blufio_tui.adapters.sandbox.worker_side.abi import parse_request, response_json
from blufio_tui.adapters.sandbox.worker_side.call_state import CallState
from blufio_tui.adapters.sandbox.worker_side.guest_errors import EffectFailed, GuestTrap
from blufio_tui.adapters.sandbox.worker_side.script.guest_module import BOOT, PARTS
from blufio_tui.core.effects import GetEnv, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import ErrorKind

INLINE_BYTES = 4096
_BOOTING, _LOAD, _PART, _MORE = "boot", "load", "part", "more"


@dataclass(slots=True)
class ScriptCalls:
    """The replies of one call's script.

    Attributes:
        sources: text of the modules by file name; MicroPython itself would read them 20 bytes at a time.
        pending: a reply that waits to be fetched.
    """

    sources: Mapping[str, bytes]
    pending: bytes = b""

    @property
    def room(self) -> int:
        """Bytes that the guest should have ready for the next reply."""
        return max(INLINE_BYTES, len(self.pending))

    def answer(self, state: CallState, name: str, payload: bytes) -> bytes:
        """The reply to one call.

        Raises:
            GuestTrap: it was denied, is over a limit or makes no sense; this ends the script.
        """
        if name == _MORE:
            reply, self.pending = self.pending, b""
            return reply
        if name == _LOAD:
            self.pending = self.sources.get(payload.decode(errors="replace"), b"")
            return b"+"
        if name == _BOOTING:
            return BOOT
        if name == _PART:
            return _part(payload.decode(errors="replace"))
        function = _CALLS.get(name)
        if function is None:
            raise GuestTrap(ErrorKind.TRAP, f"the script called the host function {name[:40]!r}, which does not exist")
        try:
            reply = function(state, payload)
        except EffectFailed as failed:
            return f"!{failed.reason}".encode()[:INLINE_BYTES]
        if len(reply) >= INLINE_BYTES:
            self.pending = reply
            return b"+"
        return b"=" + reply


def _part(name: str) -> bytes:
    """The source of a name in `blufio`; for one that is not there, what raises the error that Python has for it."""
    if name in PARTS:
        return PARTS[name]
    problem = f"module 'blufio' has no attribute '{name[:80]}'"
    return f"raise AttributeError({problem!a})".encode()


def _input(state: CallState, _payload: bytes) -> bytes:
    return _for_guest(state.spec.input)


def _output(state: CallState, payload: bytes) -> bytes:
    state.set_output(_text(payload).encode())
    return b""


def _log(state: CallState, payload: bytes) -> bytes:
    level, _, message = payload.partition(b"\0")
    name = level.decode(errors="replace").lower()
    state.log.add(name if name in LEVELS else "info", _text(message).encode())
    return b""


def _http(state: CallState, payload: bytes) -> bytes:
    request, _, body = payload.partition(b"\0")
    result = state.rpc(replace(parse_request(_text(request)), body=body))
    return _for_guest(response_json(result))


def _read(state: CallState, payload: bytes) -> bytes:
    """`t` and the text, or `b` and base64 of what is not text: only text can cross into MicroPython."""
    data = state.rpc(ReadFile(_text(payload))).data
    return b"t" + data if _is_text(data) else b"b" + base64.b64encode(data)


def _write(state: CallState, payload: bytes) -> bytes:
    path, _, data = payload.partition(b"\0")
    state.rpc(WriteFile(_text(path), data))
    return b""


def _list(state: CallState, payload: bytes) -> bytes:
    return state.rpc(ListDir(_text(payload))).data


def _env(state: CallState, payload: bytes) -> bytes:
    result = state.rpc(GetEnv(_text(payload)))
    return b"-" if result.value < 0 else b"=" + result.data


_CALLS: Mapping[str, Callable[[CallState, bytes], bytes]] = {
    "input": _input,
    "output": _output,
    "log": _log,
    "http": _http,
    "read": _read,
    "write": _write,
    "list": _list,
    "env": _env,
}


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _for_guest(data: bytes) -> bytes:
    """JSON without escapes: MicroPython makes two broken characters of a pair of them."""
    try:
        return json.dumps(json.loads(data), ensure_ascii=False).encode(errors="replace")
    except (ValueError, RecursionError):
        return data


def _text(data: bytes) -> str:
    """Text from the guest, such pairs put together again; what is not text at all is replaced."""
    halves = data.decode(errors="surrogatepass") if _has_surrogates(data) else data.decode(errors="replace")
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _has_surrogates(data: bytes) -> bool:
    try:
        data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
