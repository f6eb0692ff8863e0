"""The short-lived compiler: `python -I -m blufio_tui.adapters.sandbox.compile.compile_child LIMITS`.

Module bytes come on stdin, native code goes to stdout (a file that the parent opened), a problem goes to
stderr as one line. It has resource limits and is locked down as a worker is: a compile bomb ends here, and so
does a module that finds a hole in the compiler.
"""

import json
import os
import resource
import sys

from blufio_tui.adapters.sandbox.engine import build_engine
from blufio_tui.adapters.sandbox.lockdown import hardening, lifeline
from blufio_tui.core.wasm import image as wasm_image

BAD_MODULE = 3
"""Exit status: the module is not valid, and stderr says why."""
CANNOT_WRITE = 4
"""Exit status: the native code does not fit where it should go, and stderr says why."""


def main() -> int:
    lifeline.die_with_parent()
    limits = json.loads(sys.argv[1])
    hardening.lower(resource.RLIMIT_CPU, limits["cpu_secs"], grace=1)
    import wasmtime

    engine = build_engine()
    hardening.apply(file_bytes=limits["output_bytes"])
    hardening.no_more_processes()
    source = sys.stdin.buffer.read()
    _limit_memory(limits["memory_bytes"])
    try:
        data = bytes(wasmtime.wat2wasm(source)) if limits["text"] else source
        code = wasmtime.Module(engine, wasm_image.prepare(data)).serialize()
    except (wasmtime.WasmtimeError, wasm_image.Refused, ValueError) as error:
        print(str(error)[:2000], file=sys.stderr)  # noqa: T201
        return BAD_MODULE
    try:
        with os.fdopen(1, "wb", closefd=False) as output:
            output.write(code)
    except OSError as error:
        print(error.strerror, file=sys.stderr)  # noqa: T201
        return CANNOT_WRITE
    return 0


def _limit_memory(size: int) -> None:
    try:
        hardening.lower(resource.RLIMIT_AS, size)
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS has no such limit; the one on time holds
            raise


if __name__ == "__main__":
    sys.exit(main())
