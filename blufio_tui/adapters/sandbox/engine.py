"""The one engine configuration that compiler and worker share, and the name that tells its artifacts apart."""

import functools
import hashlib
import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmtime import Engine

STACK_BYTES = 1024 * 1024
TABLES = 8
TABLE_ELEMENTS = 20_000
_FEATURES = {
    "wasm_threads": False,
    "wasm_gc": False,
    "wasm_function_references": False,
    "wasm_exceptions": True,
    "wasm_memory64": False,
    "wasm_multi_memory": False,
    "wasm_component_model": False,
    "wasm_stack_switching": False,
    "wasm_custom_page_sizes": False,
    "wasm_tail_call": True,
    "wasm_simd": True,
    "wasm_bulk_memory": True,
    "wasm_multi_value": True,
    "wasm_reference_types": True,
    "wasm_relaxed_simd": True,
    "wasm_relaxed_simd_deterministic": True,
    "gc_support": True,
    "consume_fuel": True,
    "epoch_interruption": True,
    "parallel_compilation": False,
}


def build_engine() -> "Engine":
    """An engine with fuel, epochs and canonical NaNs, and without proposals that widen the attack surface."""
    from wasmtime import Config, Engine, _ffi

    config = Config()
    for name, value in _FEATURES.items():
        setattr(config, name, value)
    config.max_wasm_stack = STACK_BYTES
    _ffi.wasmtime_config_cranelift_nan_canonicalization_set(config.ptr(), True)
    return Engine(config)


@functools.cache
def artifact_id(module_sha256: str, wasmtime_version: str, recipe: str) -> str:
    """Hex name of a compiled module: everything that decides which native code is right for it.

    Args:
        recipe: version of the rewriting that happens before compilation.
    """
    parts = (module_sha256, wasmtime_version, recipe, repr(sorted(_FEATURES.items())), str(STACK_BYTES), _cpu())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@functools.cache
def _cpu() -> str:
    """Machine and instruction set extensions: native code for one CPU must not reach another."""
    return "\n".join((platform.system(), platform.machine(), platform.processor(), _cpu_flags()))


def _cpu_flags() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # macOS and others: the machine's name has to do, and wasmtime checks features at load
        return ""
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
