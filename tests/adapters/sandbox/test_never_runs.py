"""What can never run is refused at once, before anything is compiled."""

import pytest
import wasmtime

from blufio_tui.core.wasm.image import never_runs, prepare

RUN = '(func (export "run"))'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"(module {RUN})", ""),
        ('(module (func (export "_start")))', ""),
        (f'(module (import "blufio" "log" (func (param i32 i32 i32))) (memory (export "memory") 1) {RUN})', ""),
        (f'(module (import "env" "abort" (func (param i32 i32 i32 i32))) {RUN})', ""),
        (f'(module (import "env" "now" (func)) {RUN})', "env.now"),
        (f'(module (import "wasi" "thread-spawn" (func)) (import "a" "m" (memory 1)) {RUN})', "wasi.thread-spawn, a.m"),
        ("(module (func))", 'does not export "run"'),
        ("(component)", "it is a component"),
    ],
)
def test_a_module_is_told_by_its_sections(text: str, said: str) -> None:
    problem = never_runs(bytes(wasmtime.wat2wasm(text)))
    assert (said in problem) if said else problem == ""


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh", b"\0asm\1\0\0\0\2\xff", b"\0asm\1\0\0\0\7\4\1\2\xff\xff"])
def test_what_is_no_module_is_said_to_be_none(data: bytes) -> None:
    assert never_runs(data)


@pytest.mark.parametrize(
    "parts",
    [
        "(global i32 (i32.const 1))",
        "(memory 1)",
        '(import "blufio" "get_input_len" (func (result i32)))',
        '(import "blufio" "result_len" (func (result i32))) (memory 1)',
        '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))',
    ],
)
def test_a_module_whose_imports_take_no_pointer_needs_no_exported_memory(parts: str) -> None:
    module = wasmtime.Module(wasmtime.Engine(), prepare(bytes(wasmtime.wat2wasm(f"(module {parts} {RUN})"))))
    assert {export.name for export in module.exports} >= {"run", "memory"}


def test_a_module_whose_import_takes_a_pointer_is_given_none() -> None:
    text = f'(module (import "blufio" "get_input" (func (param i32))) (memory 1) {RUN})'
    module = wasmtime.Module(wasmtime.Engine(), prepare(bytes(wasmtime.wat2wasm(text))))
    assert "memory" not in {export.name for export in module.exports}
