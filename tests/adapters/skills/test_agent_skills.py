"""Agent Skills from elsewhere: hidden ones, and ones whose scripts wrote into their own folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blufio_tui.core.errors import SkillError
from tests.fakes.skill_folders import Bench, make_bench, make_instructions

HIDDEN = "disable-model-invocation: true\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = make_bench(tmp_path / "home", folders=(tmp_path / "folder",))
    yield one
    one.database.close()


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        (HIDDEN, True),
        ("disable-model-invocation: True\n", True),
        ("disable-model-invocation: false\n", False),
        ("disable-model-invocation:\n", False),
        ("", False),
    ],
)
async def test_a_skill_can_keep_itself_from_the_model(bench: Bench, tmp_path: Path, fields: str, hidden: bool) -> None:
    make_instructions(tmp_path / "folder", "beside", fields=fields)
    installed = await bench.install(make_instructions(tmp_path / "source", fields=fields))
    assert installed.is_hidden is hidden
    assert {skill.name: skill.is_hidden for skill in bench.registry.skills()} == {"beside": hidden, "guide": hidden}
    assert [entry.name for entry in bench.registry.listing()] == ["beside", "guide"]


def _script_wrote(folder: Path) -> None:
    (folder / "cache" / "deep").mkdir(parents=True)
    (folder / "cache" / "deep" / "state.json").write_text("{}")
    (folder / "log.txt").write_text("ran")


async def test_what_a_script_left_in_its_skills_folder_can_be_removed(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_instructions(tmp_path / "source"))
    _script_wrote(skill.folder)
    with pytest.raises(SkillError, match="Remove what was added: blufio-tui skill repair guide"):
        await bench.registry.check(skill)
    added = bench.installer.added_files("guide")
    assert added == ("log.txt", "cache/deep/state.json")
    repaired = await bench.installer.repair("guide", added)
    await bench.registry.check(repaired)
    assert repaired.status == "unsigned"
    assert sorted(one.name for one in skill.folder.iterdir()) == ["SKILL.md"]
    assert [(row.kind, row.outcome) for row in bench.audit.entries[-2:]] == [("update", ""), ("update", "ok")]


async def test_links_are_removed_and_not_followed(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_instructions(tmp_path / "source"))
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (skill.folder / "folder-link").symlink_to(precious)
    (skill.folder / "file-link").symlink_to(precious / "file")
    added = bench.installer.added_files("guide")
    assert set(added) == {"file-link", "folder-link"}
    await bench.installer.repair("guide", added)
    assert (precious / "file").exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "SKILL.md").write_text("---\nname: guide\ndescription: Other.\n---\n"),
        lambda folder: (folder / "SKILL.md").unlink(),
        lambda folder: ((folder / "SKILL.md").unlink(), (folder / "SKILL.md").symlink_to("/etc/passwd")),
    ],
)
async def test_a_changed_file_is_no_matter_of_removing(
    bench: Bench, tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    source = make_instructions(tmp_path / "source")
    skill = await bench.install(source)
    harm(skill.folder)
    with pytest.raises(SkillError, match="install it again from .*: blufio-tui skill update guide"):
        bench.installer.added_files("guide")
    assert (await bench.install(source)).content_hash == skill.content_hash
    await bench.registry.check(bench.registry.get("guide"))


async def test_what_was_added_after_the_question_stays(bench: Bench, tmp_path: Path) -> None:
    skill = await bench.install(make_instructions(tmp_path / "source"))
    (skill.folder / "a").touch()
    added = bench.installer.added_files("guide")
    (skill.folder / "b").touch()
    with pytest.raises(SkillError, match="changed in the meantime"):
        await bench.installer.repair("guide", added)
    assert (skill.folder / "a").exists()
