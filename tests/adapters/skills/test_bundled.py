"""Every example of every bundled skill, in the real sandbox behind the real gate."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.skills.bundled import bundled_folder, bundled_skills
from blufio_tui.adapters.skills.folder import read_skill
from blufio_tui.adapters.skills.init import TEMPLATES, create
from blufio_tui.core.errors import SkillError
from blufio_tui.core.manifest.problems import InvalidManifest
from blufio_tui.core.skills.testing import Result
from blufio_tui.features.skills.examples import recorded_responses, run_examples
from tests.fakes.skill_folders import make_skill

SKILLS = bundled_skills(bundled_folder())


@pytest.fixture
async def sandbox(module_cache: Path, quick_workers: None) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(module_cache, spare=False)
    yield client
    await client.close()


async def test_every_example_of_every_bundled_skill_passes_without_a_network(sandbox: SandboxClient) -> None:
    failures = []
    for name, skill in SKILLS.items():
        async for run in run_examples(skill, sandbox):
            if run.judgement.result is not Result.PASSED:
                failures.append((name, run.example.say, run.judgement.why))
    assert failures == []


@pytest.mark.parametrize("language", ["python", "wat"])
async def test_a_new_skill_passes_its_test_at_once(sandbox: SandboxClient, tmp_path: Path, language: str) -> None:
    skill = read_skill(create("my-skill", language, tmp_path), "my-skill").skill
    assert [run.judgement.result async for run in run_examples(skill, sandbox)] == [Result.PASSED]


@pytest.mark.parametrize("language", ["c", "zig", "rust"])
def test_a_new_skill_in_a_compiled_language_says_that_it_must_be_built(tmp_path: Path, language: str) -> None:
    from blufio_tui.core.errors import ManifestError

    with pytest.raises(ManifestError, match="build the skill first"):
        read_skill(create("my-skill", language, tmp_path), "my-skill")


def test_a_new_skill_does_not_overwrite_and_needs_a_proper_name(tmp_path: Path) -> None:
    create("a", "python", tmp_path)
    for name in ("a", "a b", "../x", ""):
        with pytest.raises(SkillError):
            create(name, "python", tmp_path)


async def test_an_example_that_goes_beyond_the_manifest_fails(sandbox: SandboxClient, tmp_path: Path) -> None:
    more = '[wasm]\nentry = "skill.py"\n[[examples]]\nsay = "read"\ninput = {}\n'
    code = b'import blufio\nblufio.output(blufio.read_file("/etc/hostname", text=True))\n'
    skill = read_skill(make_skill(tmp_path, more=more, files={"skill.py": code})).skill
    (run,) = [run async for run in run_examples(skill, sandbox)]
    assert run.judgement.result is Result.FAILED
    assert "capability not permitted: fs.read /etc/hostname" in run.judgement.why


async def test_a_request_that_is_not_recorded_skips_the_example(sandbox: SandboxClient, tmp_path: Path) -> None:
    more = (
        '[capabilities.network]\ndomains = ["example.com"]\n[wasm]\nentry = "skill.py"\n'
        '[[examples]]\nsay = "get"\ninput = {}\n'
    )
    code = b'import blufio\nblufio.output(blufio.http("GET", "https://example.com/x").body)\n'
    skill = read_skill(make_skill(tmp_path, more=more, files={"skill.py": code})).skill
    (run,) = [run async for run in run_examples(skill, sandbox)]
    assert run.judgement.result is Result.SKIPPED


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"status": 200}]', '[{"url": "x", "headers": 3}]'])
def test_recorded_responses_that_cannot_be_read_say_so(tmp_path: Path, text: str) -> None:
    folder = make_skill(tmp_path, files={"tests/responses.json": text.encode()})
    if text == "{}":
        assert recorded_responses(folder) == []
        return
    with pytest.raises(SkillError, match=r"responses\.json"):
        recorded_responses(folder)


def test_what_python_compiled_beside_a_template_is_not_part_of_the_new_skill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pip install` compiles every .py file of the package, the templates' too."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES / "python", templates / "python", ignore=shutil.ignore_patterns("__pycache__"))
    compiled = templates / "python" / "__pycache__" / "skill.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"\xa7\r\r\n")
    monkeypatch.setattr("blufio_tui.adapters.skills.init.TEMPLATES", templates)
    folder = create("fresh", "python", tmp_path)
    assert not (folder / "__pycache__").exists()
    assert (folder / "skill.toml").is_file()


def test_the_templates_are_valid_manifests(tmp_path: Path) -> None:
    from blufio_tui.core.manifest.parser import parse_manifest

    for language in ("python", "c", "zig", "rust", "wat"):
        folder = create(f"x-{language}", language, tmp_path)
        try:
            assert parse_manifest((folder / "skill.toml").read_text()).examples
        except InvalidManifest as error:
            pytest.fail(f"{language}: {error}")
