"""Modules compiled in this process: a compiler's process for each takes longer than a small module does.

For tests of how modules run. That a compiler has a process of its own, and its limits, `tests/adapters/sandbox/compile`
says.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache

import pytest
import wasmtime

from blufio_tui.adapters.sandbox.compile.compile_child import BAD_MODULE
from blufio_tui.adapters.sandbox.compile.compiler import Compiler
from blufio_tui.adapters.sandbox.compile.module_plan import ModulePlan
from blufio_tui.adapters.sandbox.engine import build_engine
from blufio_tui.core.wasm import image

_engine = cache(build_engine)
_KEPT_BYTES = 1024 * 1024
"""The native code of modules up to this size is kept: MicroPython, and what many tests run."""


@contextmanager
def compiled_here() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Compiler, "_run_child", _compile)
        yield


async def _compile(_compiler: Compiler, plan: ModulePlan, data: bytes, output: int) -> tuple[int, str]:
    """As the compiler's process: its exit status, and what it said."""
    work = _kept if len(data) <= _KEPT_BYTES else _native_code
    try:
        code = await asyncio.to_thread(work, data, is_text=plan.source.suffix == ".wat")
    except (wasmtime.WasmtimeError, image.Refused, ValueError) as error:
        return BAD_MODULE, " ".join(str(error)[:2000].split())
    with os.fdopen(output, "wb", closefd=False) as file:
        file.write(code)
    return 0, ""


def _native_code(data: bytes, *, is_text: bool) -> bytearray:
    module = bytes(wasmtime.wat2wasm(data)) if is_text else data
    return wasmtime.Module(_engine(), image.prepare(module)).serialize()


_kept = lru_cache(maxsize=100)(_native_code)
