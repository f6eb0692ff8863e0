"""Compiled modules: only what this program compiled itself, from the bytes that were installed, is ever loaded."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from blufio_tui.adapters.sandbox import children
from blufio_tui.adapters.sandbox.compile.compile_child import CANNOT_WRITE
from blufio_tui.adapters.sandbox.compile.compiled_cache import CompiledCache
from blufio_tui.adapters.sandbox.compile.compiler import CompileLimits, Compiler
from blufio_tui.adapters.sandbox.compile.module_plan import MAX_MODULE_BYTES, read_verified
from blufio_tui.adapters.sandbox.compile.plan_for import plan_for
from blufio_tui.adapters.sandbox.lockdown import seccomp
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.errors import SandboxError
from blufio_tui.core.skills.sandbox import SandboxCall
from tests.fakes.sandbox_calls import ECHO, Performer, call_of, module_text


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "echo.wat"
    path.write_text(module_text(ECHO))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def _compiler(folder: Path, max_bytes: int = 10**9) -> Compiler:
    return Compiler("", CompiledCache(folder, max_bytes), CompileLimits())


async def test_a_module_that_changed_after_it_was_installed_is_refused(module: Path, folder: Path) -> None:
    call = call_of(module)
    compiler = _compiler(folder)
    await compiler.compiled(plan_for(call))
    module.write_text(module_text("unreachable"))
    with pytest.raises(SandboxError, match="has changed since it was installed") as caught:
        await compiler.compiled(plan_for(call))
    assert caught.value.kind == "integrity"


async def test_a_missing_module_is_named(tmp_path: Path, module: Path, folder: Path) -> None:
    call = call_of(module)
    module.unlink()
    with pytest.raises(SandboxError, match=r"cannot read .*echo\.wat"):
        await _compiler(folder).compiled(plan_for(call))


async def test_a_second_program_finds_what_the_first_compiled(module: Path, folder: Path) -> None:
    first = await _compiler(folder).compiled(plan_for(call_of(module)))
    stamp = first.path.stat().st_ino
    second = await _compiler(folder).compiled(plan_for(call_of(module)))
    assert second == first
    assert second.path.stat().st_ino == stamp


async def test_the_same_module_asked_for_at_once_is_compiled_once(module: Path, folder: Path) -> None:
    compiler = _compiler(folder)
    found = await asyncio.gather(*(compiler.compiled(plan_for(call_of(module))) for _ in range(5)))
    assert len(set(found)) == 1
    assert len(list(folder.glob("*.cwasm"))) == 1


async def test_the_cache_is_private_to_its_user(module: Path, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    await _compiler(folder).compiled(plan_for(call_of(module)))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "damage",
    [
        *("bytes", "seal", "seal of another", "no seal", "link"),
        *(pytest.param(damage, marks=pytest.mark.corpus) for damage in ("cut", "seal is nothing")),
    ],
)
async def test_a_damaged_or_foreign_artifact_is_never_loaded_but_compiled_anew(
    damage: str, module: Path, folder: Path, tmp_path: Path
) -> None:
    await _compiler(folder).compiled(plan_for(call_of(module)))
    (artifact,) = folder.glob("*.cwasm")
    seal, good = artifact.with_suffix(".seal"), artifact.read_bytes()
    match damage:
        case "bytes":
            artifact.write_bytes(good[:-1000] + bytes(1000))
        case "cut":
            artifact.write_bytes(good[:1000])
        case "seal":
            seal.write_text("0" * 64 + seal.read_text()[64:])
        case "seal of another":
            other = tmp_path / "other"
            await _compiler(other).compiled(plan_for(call_of(module)))
            seal.write_bytes(next(other.glob("*.seal")).read_bytes())
        case "no seal":
            seal.unlink()
        case "seal is nothing":
            seal.write_bytes(b"\xff")
        case "link":
            artifact.unlink()
            (tmp_path / "evil").write_bytes(good)
            artifact.symlink_to(tmp_path / "evil")
    incidents: list[str] = []

    async def note(call: SandboxCall, kind: str, message: str) -> None:
        incidents.append(kind)

    client = SandboxClient(folder, spare=False, on_incident=note)
    result = await client.run(call_of(module, input_json=b'"fine"'), Performer())
    await client.close()
    assert result.content == '"fine"', result.error
    assert artifact.read_bytes() == good and not artifact.is_symlink()
    assert incidents == (["integrity"] if damage in ("bytes", "link") else [])


async def test_what_was_used_longest_ago_is_deleted_when_the_cache_is_full(tmp_path: Path, folder: Path) -> None:
    names = []
    for number in range(3):
        path = tmp_path / f"m{number}.wat"
        path.write_text(module_text(f"(drop (i32.const {number}))"))
        compiled = await _compiler(folder, max_bytes=1).compiled(plan_for(call_of(path)))
        names.append(compiled.path.name)
        os.utime(compiled.path, (number, number))
    assert [path.name for path in folder.glob("*.cwasm")] == names[-1:]
    assert len(list(folder.glob("*.seal"))) == 1


async def test_an_artifact_that_another_process_deleted_is_compiled_anew_without_a_word(
    module: Path, folder: Path
) -> None:
    incidents: list[str] = []

    async def note(call: SandboxCall, kind: str, message: str) -> None:
        incidents.append(kind)

    client = SandboxClient(folder, spare=False, warm_workers=0, on_incident=note)
    await client.run(call_of(module), Performer())
    for path in folder.glob("*.cwasm"):
        path.unlink()
    result = await client.run(call_of(module, input_json=b'"fine"'), Performer())
    await client.close()
    assert result.content == '"fine"'
    assert incidents == []


async def test_what_a_killed_program_left_half_done_goes_with_the_next_module(module: Path, folder: Path) -> None:
    folder.mkdir()
    old, new = folder / ".compiling-old", folder / ".compiling-new"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    await _compiler(folder).compiled(plan_for(call_of(module)))
    assert (old.exists(), new.exists()) == (False, True)


async def test_a_cache_that_cannot_be_written_is_an_error_of_the_call_and_is_tried_again(
    module: Path, folder: Path
) -> None:
    folder.write_text("a file where the folder should be")
    compiler = _compiler(folder / "modules")
    with pytest.raises(SandboxError, match="cannot be kept in .*/modules: Not a directory") as caught:
        await compiler.compiled(plan_for(call_of(module)))
    assert caught.value.kind == "host_error"
    folder.unlink()
    assert (await compiler.compiled(plan_for(call_of(module)))).path.is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
async def test_a_full_disk_is_told_as_what_it_is(module: Path) -> None:
    limits = {"text": True, "cpu_secs": 10, "memory_bytes": 2**30, "output_bytes": 2**30}
    command = children.command("", children.COMPILER, json.dumps(limits))
    with Path("/dev/full").open("wb") as full:
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=full, stderr=PIPE)
        _, words = await child.communicate(module.read_bytes())
    assert (child.returncode, words) == (CANNOT_WRITE, b"No space left on device\n")


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
async def test_a_compiler_is_locked_down_before_it_reads_the_module() -> None:
    if not seccomp.supported():
        pytest.skip("no table of system calls for this machine")
    limits = {"text": True, "cpu_secs": 10, "memory_bytes": 2**30, "output_bytes": 2**20}
    command = children.command("", children.COMPILER, json.dumps(limits))
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    status = Path(f"/proc/{child.pid}/status")
    async with asyncio.timeout(20):
        while "Seccomp_filters:\t2" not in status.read_text():
            await asyncio.sleep(0.01)
    assert "NoNewPrivs:\t1" in status.read_text()
    code, _ = await child.communicate(b"(module)")
    assert child.returncode == 0 and code


async def test_a_cache_folder_that_is_a_link_is_refused(module: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SandboxError, match="not a folder of this user"):
        await _compiler(folder).compiled(plan_for(call_of(module)))


async def test_a_compiler_that_was_killed_from_outside_is_tried_again(
    module: Path, folder: Path, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nmkdir {tmp_path}/once 2>/dev/null && kill -9 $$\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    compiler = Compiler(str(python), CompiledCache(folder, 10**9), CompileLimits())
    with pytest.raises(SandboxError, match="killed from outside") as caught:
        await compiler.compiled(plan_for(call_of(module)))
    assert caught.value.kind == "host_error"
    assert (await compiler.compiled(plan_for(call_of(module)))).path.exists()


def test_a_pipe_in_the_place_of_a_module_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "skill.wasm")
    with pytest.raises(SandboxError, match="not a regular file"):
        read_verified(tmp_path / "skill.wasm", "ab" * 32)


def test_a_module_over_the_limit_is_said_to_be_that(tmp_path: Path) -> None:
    with (tmp_path / "skill.wasm").open("wb") as file:
        file.truncate(MAX_MODULE_BYTES + 1)
    with pytest.raises(SandboxError, match="over the limit of 32 MiB for a module"):
        read_verified(tmp_path / "skill.wasm", "ab" * 32)
