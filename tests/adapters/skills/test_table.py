"""Rows of installed skills: homes that move, and rows that are damaged."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from blufio_tui.adapters.skills import table
from blufio_tui.cli.skill_list import listed
from blufio_tui.core.errors import SkillError
from blufio_tui.core.skills.skill import SkillStatus
from tests.fakes.loose_tables import loosen
from tests.fakes.skill_folders import Bench, make_bench, make_skill

ABSOLUTE = "UPDATE skill SET folder = ? WHERE name = 'greeter'"


async def installed_at(home: Path, source: Path) -> None:
    bench = make_bench(home)
    await bench.install(make_skill(source))
    bench.database.close()


@pytest.mark.parametrize("old_row", [False, True])
async def test_a_home_that_was_moved_still_trusts_its_skills(tmp_path: Path, old_row: bool) -> None:
    await installed_at(tmp_path / "before", tmp_path / "source")
    if old_row:
        _run(tmp_path / "before", ABSOLUTE, str(tmp_path / "before" / "skills" / "greeter"))
    (tmp_path / "before").rename(tmp_path / "after")
    bench = make_bench(tmp_path / "after")
    skill = next(skill for skill in bench.registry.refresh() if skill.name == "greeter")
    assert (skill.status, skill.folder) == (SkillStatus.UNSIGNED, tmp_path / "after" / "skills" / "greeter")
    await bench.registry.check(skill)


@pytest.mark.parametrize("old_row", [False, True])
async def test_removing_a_skill_in_a_copied_home_leaves_the_original_alone(tmp_path: Path, old_row: bool) -> None:
    await installed_at(tmp_path / "original", tmp_path / "source")
    if old_row:
        _run(tmp_path / "original", ABSOLUTE, str(tmp_path / "original" / "skills" / "greeter"))
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    bench = make_bench(tmp_path / "copy")
    await bench.installer.remove("greeter")
    assert not (tmp_path / "copy" / "skills" / "greeter").exists()
    original = make_bench(tmp_path / "original")
    await original.registry.check(original.registry.get("greeter"))


@pytest.mark.parametrize("written", ["/", "", "..", "../..", "/etc", "skills/../../..", "skills/", "x/.", "//", "."])
async def test_no_row_can_name_a_folder_that_is_not_below_skills(tmp_path: Path, written: str) -> None:
    await installed_at(tmp_path, tmp_path / "source")
    (tmp_path / "skills" / "other").mkdir()
    _run(tmp_path, ABSOLUTE, written)
    bench = make_bench(tmp_path)
    folder = bench.registry.get("greeter").folder
    assert folder.parent == tmp_path / "skills"
    assert [entry.folder for entry in bench.registry.listing() if entry.name == "greeter"] == [str(folder)]
    await bench.installer.remove("greeter")
    assert (tmp_path / "skills" / "other").is_dir()


DAMAGE = {
    "kind": "UPDATE skill SET kind = 'x' WHERE name = 'greeter'",
    "status": "UPDATE skill SET status = '' WHERE name = 'greeter'",
    "manifest": "UPDATE skill SET manifest = '{' WHERE name = 'greeter'",
    "manifest of another shape": "UPDATE skill SET manifest = '[1]' WHERE name = 'greeter'",
    "allowed tools": "UPDATE skill SET allowed_tools = 'no json' WHERE name = 'greeter'",
    "allowed tools of another shape": "UPDATE skill SET allowed_tools = '1' WHERE name = 'greeter'",
    "no UTF-8": "UPDATE skill SET description = CAST(x'ff' AS TEXT) WHERE name = 'greeter'",
    "no UTF-8 in the folder": "UPDATE skill SET folder = CAST(x'ff' AS TEXT) WHERE name = 'greeter'",
}


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    bench = make_bench(tmp_path / "home")
    await bench.install(make_skill(tmp_path / "source"))
    await bench.install(make_skill(tmp_path / "more", "welcomer"))
    return bench


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_row_costs_no_other_skill_and_can_be_removed(bench: Bench, damage: str) -> None:
    bench.database.write_sync(lambda connection: (connection.execute(damage), table.touch(connection)))
    bench.registry.refresh()
    statuses = {skill.name: skill.status for skill in bench.registry.skills()}
    assert statuses == {"greeter": SkillStatus.TAMPERED, "welcomer": SkillStatus.UNSIGNED}
    assert [skill.name for skill in bench.registry.runnable()] == ["welcomer"]
    assert {entry.name for entry in bench.registry.listing()} == {"greeter", "welcomer"}
    await bench.installer.remove("greeter")
    assert [skill.name for skill in bench.registry.skills()] == ["welcomer"]
    assert not (bench.home / "skills" / "greeter").exists()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_a_skill_whose_row_is_damaged_can_be_installed_again(bench: Bench, tmp_path: Path, damage: str) -> None:
    bench.database.write_sync(lambda connection: (connection.execute(damage), table.touch(connection)))
    await bench.install(tmp_path / "source" / "greeter")
    assert bench.registry.get("greeter").status is SkillStatus.UNSIGNED
    await bench.registry.check(bench.registry.get("greeter"))


async def test_a_row_whose_name_cannot_be_read_is_left_out(bench: Bench) -> None:
    damage = "UPDATE skill SET name = CAST(x'ff' AS TEXT) WHERE name = 'greeter'"
    bench.database.write_sync(lambda connection: (connection.execute(damage), table.touch(connection)))
    assert [skill.name for skill in bench.registry.skills()] == ["welcomer"]
    assert [entry.name for entry in bench.registry.listing()] == ["welcomer"]


@pytest.mark.parametrize("files", ["", "{", "1", "[1]", "[[]]", "[[1, 2, 3]]", '[["skill.wat", 1, null]]', "[" * 5000])
async def test_a_damaged_list_of_files_hides_no_skill_and_has_no_file_removed(
    bench: Bench, tmp_path: Path, files: str
) -> None:
    _run(bench.home, "UPDATE skill SET files = ?, stamp = '' WHERE name = 'greeter'", files)
    _run(bench.home, "UPDATE skill_generation SET number = number + 1")
    assert {entry.name: entry.status for entry in bench.registry.listing()}["greeter"] == SkillStatus.TAMPERED
    with pytest.raises(SkillError, match="install it again"):
        bench.installer.added_files("greeter")
    await bench.install(tmp_path / "source" / "greeter")
    assert bench.registry.get("greeter").status is SkillStatus.UNSIGNED


@pytest.mark.parametrize("written", ["9" * 5000, "[1]", '"x"', '{"a": ' + "9" * 5000 + "}"])
async def test_capabilities_that_are_none_are_listed_as_none(bench: Bench, written: str) -> None:
    _run(bench.home, "UPDATE skill SET capabilities = ? WHERE name = 'greeter'", written)
    assert next(listed(entry)["capabilities"] for entry in bench.registry.listing()) == {}


@pytest.mark.parametrize("column", ["folder", "stamp"])
async def test_a_path_that_is_none_hides_no_skill(bench: Bench, column: str) -> None:
    _run(bench.home, f"UPDATE skill SET {column} = ? WHERE name = 'greeter'", "a\0b")
    _run(bench.home, "UPDATE skill_generation SET number = number + 1")
    assert {entry.name for entry in bench.registry.listing()} == {"greeter", "welcomer"}
    await bench.installer.remove("greeter")


@pytest.mark.parametrize("value", ["NULL", "x'ff'", "x''"])
@pytest.mark.parametrize("column", ["version", "description", "folder", "stamp", "files", "source", "installed"])
async def test_a_row_with_a_value_of_another_type_is_damaged(bench: Bench, column: str, value: str) -> None:
    bench.database.write_sync(lambda connection: loosen(connection, "skill"))
    damage = f"UPDATE skill SET {column} = {value} WHERE name = 'greeter'"
    bench.database.write_sync(lambda connection: (connection.execute(damage), table.touch(connection)))
    assert {skill.name: skill.status for skill in bench.registry.skills()}["greeter"] is SkillStatus.TAMPERED
    assert all(isinstance(entry.version, str) for entry in bench.registry.listing())
    await bench.installer.remove("greeter")
    assert [entry.name for entry in bench.registry.listing()] == ["welcomer"]


@pytest.mark.parametrize("value", ["NULL", "x'ff'"])
async def test_a_row_whose_name_is_no_text_is_left_out(bench: Bench, value: str) -> None:
    bench.database.write_sync(lambda connection: loosen(connection, "skill"))
    damage = f"UPDATE skill SET name = {value} WHERE name = 'greeter'"
    bench.database.write_sync(lambda connection: (connection.execute(damage), table.touch(connection)))
    assert [skill.name for skill in bench.registry.skills()] == ["welcomer"]
    assert [entry.name for entry in bench.registry.listing()] == ["welcomer"]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM skill_generation",
        f"UPDATE skill_generation SET number = {2**63 - 1}",
        "UPDATE skill_generation SET number = -1",
    ],
)
async def test_a_change_is_seen_by_others_whatever_became_of_the_counter(bench: Bench, damage: str) -> None:
    other = make_bench(bench.home)
    other.registry.skills()
    _run(bench.home, damage)
    other.registry.skills()
    await bench.installer.remove("greeter")
    assert [skill.name for skill in other.registry.skills()] == ["welcomer"]
    other.database.close()


def _run(home: Path, statement: str, *values: str) -> None:
    connection = sqlite3.connect(home / "blufio.db")
    with connection:
        connection.execute(statement, values)
    connection.close()
