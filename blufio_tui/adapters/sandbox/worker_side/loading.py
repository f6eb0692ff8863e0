"""Loading a module: native code, checked for what it imports and exports."""

from wasmtime import Engine, FuncType, MemoryType, Module

from blufio_tui.adapters.sandbox.worker_side.guest_errors import GuestTrap
from blufio_tui.adapters.sandbox.worker_side.host import HostLinker
from blufio_tui.adapters.sandbox.worker_side.module import LoadedModule
from blufio_tui.adapters.sandbox.worker_side.native_code import module_from
from blufio_tui.core.errors import ErrorKind

WASI = "wasi_snapshot_preview1"
_PAGE = 64 * 1024
_SHOWN = 8
_LETTERS = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}


def load(engine: Engine, host: HostLinker, descriptor: int, sha256: str, runtime: str, payload: bytes) -> LoadedModule:
    """Native code from the compiler's cache, made ready.

    Raises:
        StaleModule: the file must not be used.
        GuestTrap: kind `invalid_module`: the module does not fit this host.
    """
    module = module_from(engine, descriptor, sha256)
    _check_imports(module, host)
    entry, initialize = _entry(module)
    memory_bytes = _memory_bytes(module)
    names = frozenset(item.module for item in module.imports)
    return LoadedModule(host.instantiate_pre(module), entry.encode(), initialize, memory_bytes, names, runtime, payload)


def _check_imports(module: Module, host: HostLinker) -> None:
    unknown, wrong = [], []
    for item in module.imports:
        key = (item.module, item.name or "")
        signature = host.names.get(key)
        if signature is None or not isinstance(item.type, FuncType):
            unknown.append(f"{key[0]}.{key[1]}")
        elif (actual := _signature(item.type)) != signature:
            wrong.append(f"{key[0]}.{key[1]} as {_in_words(actual)} where the host has {_in_words(signature)}")
    if unknown:
        raise _invalid(f"the module imports functions that this host does not have: {_some(unknown)}")
    if wrong:
        raise _invalid(f"the module imports {_some(wrong)}")


def _entry(module: Module) -> tuple[str, bool]:
    exports = {item.name: item.type for item in module.exports}
    uses_wasi = any(item.module == WASI for item in module.imports)
    entry = "_start" if "run" not in exports and uses_wasi else "run"
    kind = exports.get(entry)
    if kind is None:
        raise _invalid('the module does not export "run"' + (' or "_start"' if uses_wasi else ""))
    if not isinstance(kind, FuncType):
        raise _invalid(f'the module exports "{entry}" as something other than a function')
    if _signature(kind) != ":":
        raise _invalid(f'the module exports "{entry}" as {_in_words(_signature(kind))}, it must be () -> ()')
    initialize = exports.get("_initialize")
    return entry, isinstance(initialize, FuncType) and _signature(initialize) == ":"


def _memory_bytes(module: Module) -> int:
    kind = next((item.type for item in module.exports if item.name == "memory"), None)
    if kind is None:
        raise _invalid('the module does not export "memory"')
    if not isinstance(kind, MemoryType):
        raise _invalid('the module exports "memory" as something other than a memory')
    return int(kind.limits.min) * _PAGE


def _signature(kind: FuncType) -> str:
    parameters = "".join(_LETTERS.get(str(item), "?") for item in kind.params)
    return f"{parameters}:{''.join(_LETTERS.get(str(item), '?') for item in kind.results)}"


def _in_words(signature: str) -> str:
    names = {letter: name for name, letter in _LETTERS.items()}
    parameters, _, results = signature.partition(":")
    words = ["(" + ", ".join(names.get(letter, "?") for letter in part) + ")" for part in (parameters, results)]
    return " -> ".join(words)


def _some(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else ""
    return ", ".join(item[:200] for item in items[:_SHOWN]) + more


def _invalid(message: str) -> GuestTrap:
    return GuestTrap(ErrorKind.INVALID_MODULE, message)
