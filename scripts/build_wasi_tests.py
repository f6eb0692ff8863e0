"""Build the guest programs of the WASI tests: each `tests/wasi/*.c` to the `.wasm` beside it.

Needs the `toolchain` extra. The first run takes about half a minute, because it builds the C library too.
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "wasi"
WARNINGS = ("-Wall", "-Wno-unused-function", "-Wno-unused-result")
# The linker's own stack of 16 MiB alone would fill the memory that a skill gets by default.
FLAGS = ("-target", "wasm32-wasi", "-Oz", "-s", *WARNINGS, "-Wl,-z,stack-size=131072")

OWN_FLAGS = {"reactor": ("-mexec-model=reactor",)}


def build(source: Path) -> None:
    flags = (*FLAGS, *OWN_FLAGS.get(source.stem, ()))
    command = [sys.executable, "-m", "ziglang", "cc", *flags, "-o", str(source.with_suffix(".wasm")), str(source)]
    subprocess.run(command, check=True)


def main(names: list[str]) -> None:
    for source in sorted(FOLDER.glob("*.c")):
        if not names or source.stem in names:
            build(source)
            print(f"{source.stem}.wasm  {source.with_suffix('.wasm').stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
