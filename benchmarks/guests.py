"""Modules to run, and calls of them."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxCall

EMPTY = '(module (memory (export "memory") 1) (func (export "run")))'
EMPTY_FOR_EXTISM = '(module (memory (export "memory") 1) (func (export "run") (result i32) (i32.const 0)))'
SCRIPT = 'from blufio import input, output\noutput({"sum": input()["a"] + input()["b"]})\n'
HOST_CALLS = 500
_REPEATED = """(module
  (import "blufio" "{name}" (func $ask (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "{argument}")
  (func (export "run") (local $i i32)
    (loop $again
      (drop (call $ask (i32.const 0) (i32.const {length}) (i32.const 1024) (i32.const 4096)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {times}))))))"""


def asking(name: str, argument: str, times: int = HOST_CALLS) -> str:
    """A module that calls one host function again and again."""
    return _REPEATED.format(name=name, argument=argument, length=len(argument.encode()), times=times)


def large_module(functions: int = 1_300) -> str:
    """About a megabyte of WebAssembly."""
    step = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 1103515245)) (i32.const 12345)))" * 60
    all_ = "".join(f"(func $f{number} (param i32) (result i32) {step} (local.get 0))" for number in range(functions))
    return f'(module (memory (export "memory") 1) {all_} (func (export "run") (drop (call $f7 (i32.const 1)))))'


def binary(text: str) -> bytes:
    from wasmtime import wat2wasm

    return bytes(wat2wasm(text))


def call_of(folder: Path, name: str, data: bytes, *, kind: str = "wasm", input_json: bytes = b"{}") -> SandboxCall:
    path = folder / f"{name}.{kind}"
    path.write_bytes(data)
    return SandboxCall("call", name, path, hashlib.sha256(data).hexdigest(), input_json, Limits())


async def answer(_effect: Effect) -> EffectResult:
    """A host that has done every effect before it is asked."""
    return EffectResult(5, b"value")


class Loop:
    """An event loop to run single coroutines on, so that their times can be taken between others."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, action: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(action)

    def __call__(self, action: Callable[[], Coroutine[Any, Any, object]]) -> Callable[[], object]:
        return lambda: self._loop.run_until_complete(action())

    def close(self) -> None:
        self._loop.close()
