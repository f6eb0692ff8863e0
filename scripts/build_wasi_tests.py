"""Build the guest programs of the WASI tests: each `tests/wasi/*.c` to the `.wasm` beside it.

python scripts/build_wasi_tests.py [NAME …]   build all, or these
python scripts/build_wasi_tests.py --check    build all elsewhere and compare the bytes; write nothing

Needs the `toolchain` extra. The first run takes about half a minute, because it builds the C library too.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "wasi"
WARNINGS = ("-Wall", "-Wno-unused-function", "-Wno-unused-result")
# The linker's own stack of 16 MiB alone would fill the memory that a skill gets by default.
FLAGS = ("-target", "wasm32-wasi", "-Oz", "-s", *WARNINGS, "-Wl,-z,stack-size=131072")

OWN_FLAGS = {"reactor": ("-mexec-model=reactor",)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    parser.add_argument("names", nargs="*", help="only these programs")
    args = parser.parse_args()
    sources = [path for path in sorted(FOLDER.glob("*.c")) if not args.names or path.stem in args.names]
    if args.check:
        return check(sources)
    for source in sources:
        build(source, source.with_suffix(".wasm"))
        print(f"{source.stem}.wasm  {source.with_suffix('.wasm').stat().st_size:,} bytes")
    return 0


def check(sources: list[Path]) -> int:
    """Say which programs are not what their source builds to."""
    different = [source for source in sources if built(source) != source.with_suffix(".wasm").read_bytes()]
    for source in different:
        print(
            f"tests/wasi/{source.stem}.wasm is not what its source builds to; run: scripts/build_wasi_tests.py",
            file=sys.stderr,
        )
    return 1 if different else 0


def built(source: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "program.wasm"
        build(source, result)
        return result.read_bytes()


def build(source: Path, result: Path) -> None:
    flags = (*FLAGS, *OWN_FLAGS.get(source.stem, ()))
    subprocess.run([sys.executable, "-m", "ziglang", "cc", *flags, "-o", str(result), str(source)], check=True)


if __name__ == "__main__":
    sys.exit(main())
