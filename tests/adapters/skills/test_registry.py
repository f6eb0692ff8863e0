"""The registry: what is listed, and what is noticed when files change behind its back."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.skills import table as skill_table
from blufio_tui.adapters.skills.bundled import INDEX_FILE, bundled_folder, bundled_skills
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.adapters.skills.registry import listed
from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.files import content_hash
from blufio_tui.core.skills.skill import SkillKind, SkillStatus
from tests.fakes.skill_folders import Bench, make_bench, make_instructions, make_skill, put_in_place


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = make_bench(tmp_path / "home", bundled=bundled_folder(), folders=(tmp_path / "more",))
    yield made
    made.database.close()


async def test_a_module_swapped_after_install_does_not_run_and_is_listed_as_tampered(
    bench: Bench, tmp_path: Path
) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    (skill.folder / "skill.wasm").write_bytes(b"\0asm\1\0\0\1")
    with pytest.raises(SkillError, match=r"changed: skill\.wasm.*will not run"):
        await bench.registry.check(skill)
    assert bench.registry.get("greeter").status is SkillStatus.TAMPERED
    assert "greeter" not in [found.name for found in bench.registry.runnable()]


async def test_a_list_says_of_each_bundled_skill_what_the_skill_itself_says(bench: Bench) -> None:
    await bench.registry.set_enabled("calc", enabled=False)
    skills = {skill.name: skill for skill in bench.registry.skills()}
    shown = {one.name: one for one in bench.registry.listing()}
    assert shown.keys() == skills.keys() > {"calc", "weather"}
    assert [shown[name] for name in skills] == [listed(skill) for skill in skills.values()]
    assert not shown["calc"].enabled


@pytest.mark.parametrize("change", ["skill.toml", "SKILL.md", "extra.txt", "sub/extra.txt"])
async def test_every_file_counts_and_an_added_one_too(bench: Bench, tmp_path: Path, change: str) -> None:
    skill = await bench.install(make_skill(tmp_path / "source", files={"SKILL.md": b"# x"}))
    (skill.folder / change).parent.mkdir(exist_ok=True)
    with (skill.folder / change).open("ab") as stream:
        stream.write(b"#")
    with pytest.raises(SkillError, match=change):
        await bench.registry.check(skill)


async def test_a_swap_that_keeps_size_and_times_is_found_by_the_check_before_a_call(
    bench: Bench, tmp_path: Path
) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    module = skill.folder / "skill.wasm"
    before = module.stat()
    module.write_bytes(b"\0asm\1\0\0\1")
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(SkillError, match=r"changed: skill\.wasm"):
        await bench.registry.check(skill)


async def test_a_module_that_became_a_link_does_not_run(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    module = skill.folder / "skill.wasm"
    copy = module.rename(tmp_path / "same.wasm")
    module.symlink_to(copy)
    with pytest.raises(SkillError, match="a link or a special file"):
        await bench.registry.check(skill)


async def test_listing_notices_a_touched_file_and_a_repaired_one(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    module = skill.folder / "skill.wasm"
    good = module.read_bytes()

    def status() -> SkillStatus:
        return next(found.status for found in bench.registry.refresh() if found.name == "greeter")

    assert status() is SkillStatus.UNSIGNED
    module.write_bytes(b"other")
    assert status() is SkillStatus.TAMPERED
    module.write_bytes(good)
    assert status() is SkillStatus.UNSIGNED


async def test_a_skill_whose_folder_is_gone_is_tampered(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    skill.folder.rename(tmp_path / "away")
    with pytest.raises(SkillError, match="cannot be read"):
        await bench.registry.check(skill)
    assert bench.registry.get("greeter").status is SkillStatus.TAMPERED


async def test_the_approved_manifest_is_the_one_in_the_database(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_skill(tmp_path / "source"))
    with (skill.folder / "skill.toml").open("a") as stream:
        stream.write('[capabilities.network]\ndomains = ["evil.example"]\n')
    manifest = bench.registry.get("greeter").manifest
    assert manifest is not None
    assert manifest.capabilities.network is None


async def test_a_file_of_a_skill_is_read_only_as_it_was_installed(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_skill(tmp_path / "source", files={"a.md": b"good"}))
    assert await bench.registry.read(skill, "a.md") == b"good"
    (skill.folder / "a.md").write_bytes(b"evil")
    with pytest.raises(SkillError, match=r"changed: a\.md"):
        await bench.registry.read(skill, "a.md")


@pytest.mark.parametrize("file", ["../../blufio.db", "/etc/passwd", "a.md/../a.md", "", ".", "A.md"])
async def test_only_names_from_the_list_can_be_read(bench: Bench, tmp_path: Path, file: str) -> None:
    skill = await bench.install(make_skill(tmp_path / "source", files={"a.md": b"x"}))
    with pytest.raises(SkillError, match="has no file"):
        await bench.registry.read(skill, file)


async def test_installed_and_bundled_skills_can_be_switched_off_and_on(bench: Bench, tmp_path: Path) -> None:
    await bench.install(make_skill(tmp_path / "source"))
    for name in ("greeter", "text-stats"):
        assert not (await bench.registry.set_enabled(name, False)).enabled
        assert name not in [skill.name for skill in bench.registry.runnable()]
        assert (await bench.registry.set_enabled(name, True)).enabled


@pytest.mark.parametrize("name", ["bash", "load-skill", "Read_Result"])
async def test_a_skill_with_the_name_of_a_built_in_tool_is_not_installed(
    bench: Bench, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SkillError, match=f'"{name}" is the name of a built-in tool'):
        await bench.install(make_skill(tmp_path / "source", name))
    assert bench.registry.find(name) is None


@pytest.mark.parametrize("name", ["bash", "load-skill", "Read_Result"])
async def test_one_that_is_there_already_is_listed_and_never_offered(bench: Bench, tmp_path: Path, name: str) -> None:
    put_in_place(bench.database, bench.home, make_skill(tmp_path / "source", name))
    make_instructions(tmp_path / "more", "http")
    assert {name, "http"} <= {skill.name for skill in bench.registry.skills()}
    assert not {name, "http"} & {skill.name for skill in bench.registry.runnable()}


async def test_another_registry_on_the_same_database_sees_the_change(bench: Bench, tmp_path: Path) -> None:
    other = make_bench(bench.home)
    try:
        assert other.registry.find("greeter") is None
        await bench.install(make_skill(tmp_path / "source"))
        assert other.registry.find("greeter") is not None
    finally:
        other.database.close()


async def test_instruction_skills_of_configured_folders_are_listed_and_code_is_not(
    bench: Bench, tmp_path: Path
) -> None:
    make_instructions(tmp_path / "more", "guide")
    make_instructions(tmp_path / "more", "broken").joinpath("SKILL.md").write_text("no frontmatter")
    make_skill(tmp_path / "more", "code", files={"SKILL.md": b"---\nname: code\ndescription: d\n---\n"})
    names = {skill.name for skill in bench.registry.skills() if skill.status is not SkillStatus.BUNDLED}
    assert names == {"guide"}
    with pytest.raises(SkillError, match=r"skills\.folders"):
        await bench.registry.set_enabled("guide", False)


async def test_a_changed_skill_of_a_configured_folder_is_read_again(bench: Bench, tmp_path: Path) -> None:
    folder = make_instructions(tmp_path / "more", "guide")
    os.utime(folder, (1, 1))  # long ago, where a file system's clock has coarse steps
    before = bench.registry.get("guide")
    (folder / "notes.md").write_text("new")
    after = bench.registry.get("guide")
    assert before.content_hash != after.content_hash
    await bench.registry.check(after)
    with pytest.raises(SkillError):
        await bench.registry.check(before)


async def test_a_misspelt_name_gets_the_nearest_one(bench: Bench) -> None:
    with pytest.raises(SkillError, match='did you mean "text-stats"'):
        bench.registry.get("text-stat")


async def test_a_skill_is_found_by_the_name_of_its_tool(bench: Bench) -> None:
    assert bench.registry.get("text_stats").name == "text-stats"


async def test_a_thousand_installed_skills_are_taken_apart_once(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.install(make_skill(tmp_path / "source"))
    one = bench.registry.installed("greeter")
    assert one is not None
    copies = [replace(one, skill=replace(one.skill, name=f"copy-{number}")) for number in range(1_000)]
    bench.database.write_sync(lambda connection: [skill_table.put(connection, copy) for copy in copies])
    names: list[str] = []
    take_apart = skill_table._installed
    monkeypatch.setattr(skill_table, "_installed", lambda row, home: names.append(row["name"]) or take_apart(row, home))
    for _ in range(3):
        assert len(bench.registry.skills()) > 1_000
    assert sorted(names) == sorted(["greeter", *(f"copy-{number}" for number in range(1_000))])


# ── the bundled skills ─────────────────────────────────────────────────────────────────────────────


def test_the_index_fits_the_files_beside_it() -> None:
    for name, skill in bundled_skills(bundled_folder()).items():
        assert content_hash(scan(skill.folder)) == skill.content_hash, name


def test_there_are_ten_bundled_skills_in_every_kind_of_language() -> None:
    skills = bundled_skills(bundled_folder())
    entries = [skill.manifest.entry for skill in skills.values() if skill.manifest]
    assert len(skills) >= 10
    assert sum(entry.endswith(".py") for entry in entries) >= 3
    assert sum(entry.endswith(".wat") for entry in entries) >= 1
    compiled = [skill for skill in skills.values() if skill.kind is SkillKind.WASM]
    assert any((skill.folder / "src" / "skill.c").exists() for skill in compiled)
    assert any((skill.folder / "src" / "skill.zig").exists() for skill in compiled)
    capabilities = [skill.manifest.capabilities for skill in skills.values() if skill.manifest]
    assert any(each.network for each in capabilities)
    assert any(each.filesystem.write for each in capabilities)
    assert any(each.env for each in capabilities)
    assert any(each.secrets for each in capabilities)


def test_every_bundled_skill_has_instructions_and_examples() -> None:
    for name, skill in bundled_skills(bundled_folder()).items():
        assert (skill.folder / "SKILL.md").read_text().startswith(f"---\nname: {name}\n")
        assert skill.manifest is not None
        assert skill.manifest.examples


def test_every_placeholder_of_an_example_is_a_field_of_its_input() -> None:
    for name, skill in bundled_skills(bundled_folder()).items():
        for example in skill.manifest.examples if skill.manifest else ():
            for placeholder in re.findall(r"\{(\w+)\}", example.say):
                assert placeholder in example.input, (name, example.say)


def test_a_missing_index_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / INDEX_FILE).write_text('{"x": {}}')
    with pytest.raises(SkillError, match="install blufio-tui again"):
        bundled_skills(tmp_path)


async def test_a_skill_of_a_configured_folder_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, bench: Bench
) -> None:
    broken = tmp_path / "more" / "broken"
    broken.mkdir(parents=True)
    (broken / "SKILL.md").write_text("no front matter")
    assert "broken" not in {skill.name for skill in bench.registry.refresh()}
    (why,) = bench.registry.unreadable()
    assert why.startswith(f"{broken}: ")
    (broken / "SKILL.md").write_text("---\nname: broken\ndescription: mended\n---\nDo.")
    assert "broken" in {skill.name for skill in bench.registry.refresh()}
    assert bench.registry.unreadable() == ()
