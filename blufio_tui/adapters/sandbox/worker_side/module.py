"""A module that is ready to be instantiated."""

from dataclasses import dataclass

from wasmtime import InstancePre


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """
    Attributes:
        entry: name of the export that is called, `run` or `_start`.
        initialize: a WASI reactor's `_initialize` has to be called first.
        memory_bytes: what its memory starts with.
        import_modules: names of the import modules it uses.
        runtime, payload: as the UI process gave them (`script` and the script's source, for instance).
    """

    pre: InstancePre
    entry: bytes
    initialize: bool
    memory_bytes: int
    import_modules: frozenset[str]
    runtime: str
    payload: bytes
