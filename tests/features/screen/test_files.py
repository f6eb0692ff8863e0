"""The small files that the screen reads and writes itself."""

from pathlib import Path

import pytest

from blufio_tui.features.screen.files import Memory


def test_what_the_screen_remembers_is_there_again_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "data" / "screen.json"
    Memory(file).save({"left": 30})
    Memory(file).save({"left": 40})
    assert Memory(file).load() == {"left": 40}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"left": ', "\x00"])
def test_a_file_that_cannot_be_used_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "screen.json"
    file.write_text(text)
    assert Memory(file).load() == {}


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    memory = Memory(tmp_path / "data" / "screen.json")
    memory.save({"left": 30})
    assert memory.load() == {}
