"""`skill build`: the right compiler, and the one command that brings it when it is missing."""

import subprocess
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from blufio_tui.adapters.commands import own_programs
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.skills import build as skill_build
from blufio_tui.adapters.skills.build import build
from blufio_tui.adapters.skills.folder import read_skill
from blufio_tui.adapters.skills.init import create
from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.testing import Result
from blufio_tui.features.skills.examples import run_examples

needs_zig = pytest.mark.skipif(find_spec("ziglang") is None, reason="the toolchain extra is not installed")


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(tmp_path / "modules", spare=False)
    yield client
    await client.close()


@needs_zig
@pytest.mark.parametrize("language", ["c", pytest.param("zig", marks=pytest.mark.corpus)])
async def test_a_new_skill_builds_and_passes_its_test_at_once(
    tmp_path: Path, sandbox: SandboxClient, language: str
) -> None:
    folder = create("my-skill", language, tmp_path)
    built = build(folder, "skill.wasm")
    assert built.module.read_bytes().startswith(b"\0asm")
    assert [run.judgement.result async for run in run_examples(read_skill(folder).skill, sandbox)] == [Result.PASSED]


@needs_zig
def test_what_the_compiler_says_is_shown(tmp_path: Path) -> None:
    folder = create("my-skill", "c", tmp_path)
    (folder / "src" / "skill.c").write_text("int x = ;")
    with pytest.raises(SkillError, match=r"the compiler refused the source:\n.*skill\.c:1"):
        build(folder, "skill.wasm")


@pytest.mark.parametrize("language", ["python", "wat"])
def test_scripts_and_text_modules_need_no_compiler(tmp_path: Path, language: str) -> None:
    folder = create("my-skill", language, tmp_path)
    entry = "skill.py" if language == "python" else "skill.wat"
    assert build(folder, entry).command == ""


@pytest.mark.parametrize(
    ("language", "advice"), [("c", "-m pip install ziglang"), ("zig", "-m pip install ziglang"), ("rust", "rustup.rs")]
)
def test_a_missing_compiler_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, advice: str
) -> None:
    monkeypatch.setattr(skill_build, "find_spec", lambda _name: None)
    monkeypatch.setattr(own_programs.shutil, "which", lambda _name, path=None: None)
    with pytest.raises(SkillError, match=advice):
        build(create("my-skill", language, tmp_path), "skill.wasm")


def test_a_missing_rust_target_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "error[E0463]: can't find crate for `core`\n  = note: the `wasm32-unknown-unknown` target may not be installed"
    )

    def cargo(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, 101, "", said)

    monkeypatch.setattr(own_programs.shutil, "which", lambda _name, path=None: "/usr/bin/cargo")
    monkeypatch.setattr(skill_build.subprocess, "run", cargo)
    with pytest.raises(SkillError, match="rustup target add wasm32-unknown-unknown"):
        build(create("my-skill", "rust", tmp_path), "skill.wasm")


def test_the_module_that_cargo_makes_becomes_the_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = create("my-skill", "rust", tmp_path)

    def cargo(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        product = folder / "target" / "wasm32-unknown-unknown" / "release" / "skill.wasm"
        product.parent.mkdir(parents=True)
        product.write_bytes(b"\0asm")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(own_programs.shutil, "which", lambda _name, path=None: "/usr/bin/cargo")
    monkeypatch.setattr(skill_build.subprocess, "run", cargo)
    assert build(folder, "skill.wasm").module.read_bytes() == b"\0asm"


def test_a_folder_without_source_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SkillError, match=r"neither src/skill\.c, src/skill\.zig nor Cargo\.toml"):
        build(tmp_path, "skill.wasm")
    with pytest.raises(SkillError, match="there is no"):
        build(tmp_path, "skill.py")
