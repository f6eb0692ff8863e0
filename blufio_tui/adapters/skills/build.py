"""Building a skill's module from its source with the compiler that its language needs."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment
from blufio_tui.core.errors import SkillError

INCLUDE = Path(__file__).parent / "templates" / "include"
TIMEOUT_SECS = 600
_RUST_TARGET = "wasm32-unknown-unknown"
_FREESTANDING = ("-target", "wasm32-freestanding")


@dataclass(frozen=True, slots=True)
class Built:
    """What building did. `command` is "" if there was nothing to compile."""

    module: Path
    command: str
    note: str = ""


def build(folder: Path, entry: str) -> Built:
    """Bring `entry` up to date with its source.

    The source is recognised by its place: `src/skill.c`, `src/skill.zig` or `Cargo.toml`. A `.py` or `.wat`
    entry is its own source.

    Raises:
        SkillError: the compiler is missing (the message says how to install it), or it failed.
    """
    module = folder / entry
    if entry.endswith((".py", ".wat")):
        if not module.is_file():
            raise SkillError(f"there is no {module}")
        return Built(module, "", f"{entry} needs no building")
    if (folder / "Cargo.toml").is_file():
        return _build_rust(folder, module)
    for source, compile_with in (("src/skill.c", _c_command), ("src/skill.zig", _zig_command)):
        if (folder / source).is_file():
            return Built(module, _run(compile_with(source, entry), folder))
    raise SkillError(f"{folder} has neither src/skill.c, src/skill.zig nor Cargo.toml to build {entry} from")


def zig() -> list[str]:
    """The command of the Zig compiler, which also compiles C.

    Raises:
        SkillError: there is none.
    """
    if find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang"]
    if found := find_program("zig"):
        return [found]
    raise SkillError(f"no Zig compiler was found; install it with: {sys.executable} -m pip install ziglang==0.17.1")


def _c_command(source: str, entry: str) -> list[str]:
    flags = ["-nostdlib", "-Os", "-g0", "-Wall", "-Wextra", "-Wl,--no-entry", "-Wl,--strip-all"]
    return [*zig(), "cc", *_FREESTANDING, *flags, "-I", str(INCLUDE), "-o", entry, source]


def _zig_command(source: str, entry: str) -> list[str]:
    flags = ["-fno-entry", "-rdynamic", "-fstrip", "-O", "ReleaseSmall"]
    return [*zig(), "build-exe", source, *_FREESTANDING, *flags, f"-femit-bin={entry}"]


def _build_rust(folder: Path, module: Path) -> Built:
    cargo = find_program("cargo", project=folder)
    if not cargo:
        raise SkillError("no Rust compiler was found; https://rustup.rs says how to install it")
    command = _run([cargo, "build", "--release", "--target", _RUST_TARGET], folder)
    products = sorted((folder / "target" / _RUST_TARGET / "release").glob("*.wasm"))
    if len(products) != 1:
        raise SkillError(
            f"cargo made {len(products)} modules in {folder / 'target'}; a skill's crate makes one (cdylib)"
        )
    shutil.copyfile(products[0], module)
    return Built(module, command)


def _run(command: list[str], folder: Path) -> str:
    """Run a compiler; the command line as a person would type it."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=own_environment(folder),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SkillError(f"{command[0]} took longer than {TIMEOUT_SECS} s and was stopped") from None
    except OSError as error:
        raise SkillError(f"{command[0]} cannot be started: {error.strerror}") from None
    if done.returncode != 0:
        raise SkillError(_explain(done.stderr or done.stdout))
    return " ".join([Path(command[0]).name, *command[1:]])


def _explain(output: str) -> str:
    lines = output.strip().splitlines()
    shown = "\n".join(lines[:60]) + (f"\n… {len(lines) - 60} more lines" if len(lines) > 60 else "")
    if "target may not be installed" in output or "can't find crate for `core`" in output:
        return f"Rust has no {_RUST_TARGET} target here; install it with: rustup target add {_RUST_TARGET}"
    return f"the compiler refused the source:\n{shown}"
