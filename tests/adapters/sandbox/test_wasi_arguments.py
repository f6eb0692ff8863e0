"""Ten everyday programs run as they are: arguments and standard input come from the manifest's templates."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.parser import parse_manifest
from blufio_tui.core.skills.sandbox import SandboxResult
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.skills.tool import sandbox_call
from tests.fakes.file_policy import FilePolicy

TOOLS = Path(__file__).resolve().parents[2] / "wasi"
HEAD = '[skill]\nname = "{name}"\nversion = "1.0.0"\ndescription = "d"\n[wasm]\nentry = "tools.wasm"\n'
WORDS = "pear\napple\napple\nfig\n"


@pytest.fixture
async def sandbox(module_cache: Path, quick_workers: None) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(module_cache, spare=False)
    yield client
    await client.close()


async def run(sandbox: SandboxClient, folder: Path, name: str, wasm: str, given: dict[str, Any]) -> SandboxResult:
    parameters = "".join(f"[parameters.properties.{key}]\n" for key in (*given, "absent"))
    access = f'[capabilities.filesystem]\nread = ["{folder}"]\nwrite = ["{folder}"]\n'
    manifest = parse_manifest(HEAD.format(name=name) + wasm + "\n" + access + parameters)
    sha256 = hashlib.sha256((TOOLS / "tools.wasm").read_bytes()).hexdigest()
    skill = Skill(
        name, "1.0.0", "d", SkillKind.WASM, SkillStatus.UNSIGNED, TOOLS, "", manifest=manifest, module_sha256=sha256
    )
    call = sandbox_call(skill, manifest, given, "1", Places("/home/p", "/home/p/work"))
    return await sandbox.run(call, FilePolicy((folder,), (folder,)))


@pytest.mark.parametrize(
    ("name", "wasm", "given", "output"),
    [
        ("echo", 'args = ["{words}", "{absent}", "end"]', {"words": ["a b", "-n", "c"]}, "a b -n c end\n"),
        ("cat", 'args = ["-"]\nstdin = "{text}"', {"text": "ü\n"}, "ü\n"),
        ("cat", 'args = ["{file}"]', {"file": "@/words"}, WORDS),
        ("wc", 'args = ["-w"]\nstdin = "{text}"', {"text": "one two\nthree"}, "3\n"),
        ("wc", 'args = []\nstdin = ""', {"text": "one"}, "0 0 0\n"),
        ("head", 'args = [["-n", "{count}"], "{file}"]', {"count": 2, "file": "@/words"}, "pear\napple\n"),
        ("head", 'args = [["-n", "{absent}"], "{file}"]', {"file": "@/words"}, WORDS),
        ("sort", 'args = ["-nr"]\nstdin = "{text}"', {"text": "2\n10\n1\n"}, "10\n2\n1\n"),
        ("uniq", 'args = ["-c", "{file}"]', {"file": "@/words"}, "1 pear\n2 apple\n1 fig\n"),
        ("tr", 'args = ["{from}", "{to}"]\nstdin = "{text}"', {"from": "ab", "to": "xy", "text": "abc"}, "xyc"),
        ("grep", 'args = ["-v", "--", "{for}", "{file}"]', {"for": "apple", "file": "@/words"}, "pear\nfig\n"),
        ("seq", 'args = ["{first}", "{last}"]', {"first": 8, "last": 10}, "8\n9\n10\n"),
        ("cksum", 'stdin = "{text}"', {"text": "Wikipedia"}, "11e60398\n"),
    ],
)
async def test_an_everyday_program_runs_as_it_is(
    sandbox: SandboxClient, tmp_path: Path, name: str, wasm: str, given: dict[str, Any], output: str
) -> None:
    (tmp_path / "words").write_text(WORDS)
    here = {key: value.replace("@", str(tmp_path)) if isinstance(value, str) else value for key, value in given.items()}
    result = await run(sandbox, tmp_path, name, wasm, here)
    assert (result.error, result.content) == (None, output)


async def test_a_program_writes_the_file_that_an_argument_names(sandbox: SandboxClient, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wasm = 'args = ["-o", "{out}"]\nstdin = "{text}"'
    result = await run(sandbox, tmp_path, "cat", wasm, {"out": str(out), "text": "kept"})
    assert result.error is None
    assert out.read_text() == "kept"


async def test_an_argument_gives_no_right(sandbox: SandboxClient, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("secret")
    (tmp_path / "in").mkdir()
    result = await run(sandbox, tmp_path / "in", "cat", 'args = ["{file}"]', {"file": str(outside)})
    assert result.error is not None
    assert "secret" not in result.content


async def test_a_large_input_reaches_the_program_whole(sandbox: SandboxClient, tmp_path: Path) -> None:
    result = await run(sandbox, tmp_path, "wc", 'args = ["-c"]\nstdin = "{text}"', {"text": "x" * 3_000_000})
    assert result.content == "3000000\n"
