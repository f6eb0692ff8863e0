"""Making sandbox calls in tests: modules from text, and performers that answer as told."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxCall

IMPORTS: Mapping[str, str] = {
    "log": "(param i32 i32 i32)",
    "get_input_len": "(result i32)",
    "get_input": "(param i32)",
    "set_output": "(param i32 i32)",
    "http_request": "(param i32 i32 i32 i32 i32) (result i32)",
    "read_file": "(param i32 i32 i32 i32) (result i32)",
    "write_file": "(param i32 i32 i32 i32) (result i32)",
    "get_env": "(param i32 i32 i32 i32) (result i32)",
    "result_len": "(result i32)",
    "get_result": "(param i32)",
    "http_fetch": "(param i32 i32) (result i32)",
    "list_dir": "(param i32 i32) (result i32)",
}
SPIN = "(loop $again (br $again))"
DEFAULTS = Limits()
ECHO = "(call $get_input (i32.const 0)) (call $set_output (i32.const 0) (call $get_input_len))"


def module_text(body: str, data: str = "", more: str = "") -> str:
    """A module with all host functions imported by their names, one page of memory, `data` at 0, `body` as `run`."""
    imports = "\n".join(f'(import "blufio" "{name}" (func ${name} {kind}))' for name, kind in IMPORTS.items())
    segment = f'(data (i32.const 0) "{_escaped(data)}")' if data else ""
    return f'(module {imports} (memory (export "memory") 1) {segment} {more} (func (export "run") {body}))'


def _escaped(text: str) -> str:
    return "".join(f"\\{byte:02x}" for byte in text.encode())


def call_of(path: Path, limits: Limits = DEFAULTS, **fields: object) -> SandboxCall:
    """A call of the module at `path`, as its bytes are now."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    wanted = {"input_json": b"{}", "call_id": path.stem, "name": path.stem, **fields}
    return SandboxCall(module=path, module_sha256=sha256, limits=limits, **wanted)  # type: ignore[arg-type]


OK = EffectResult(2, b"ok")


class Performer:
    """Answers effects with one result, denies paths that start with `/denied`, fails those with `/missing`."""

    def __init__(self, result: EffectResult | Callable[[Effect], EffectResult] = OK) -> None:
        self._result = result
        self.effects: list[Effect] = []

    async def __call__(self, effect: Effect) -> EffectResult:
        return self.answer(effect)

    def answer(self, effect: Effect) -> EffectResult:
        self.effects.append(effect)
        path = getattr(effect, "path", "")
        if path.startswith("/denied"):
            raise CapabilityDenied("fs.read", path, "not declared in the manifest")
        if path.startswith("/missing"):
            raise HostError(f"no such file: {path}", 2)
        return self._result(effect) if callable(self._result) else self._result
