"""Files and folders that only their owner sees."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.features.stored.stores import open_database


@pytest.fixture(params=[0, 0o022, 0o777], ids=oct)
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("any_umask")
def test_every_folder_that_is_made_is_private_under_any_umask(tmp_path: Path) -> None:
    make_private(tmp_path / "cache" / "modules" / "x")
    made = [tmp_path / "cache", tmp_path / "cache" / "modules", tmp_path / "cache" / "modules" / "x"]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3


def test_a_folder_that_is_there_keeps_its_mode_and_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    make_private(tmp_path / "shared")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file"):
        make_private(tmp_path / "file" / "below")


def left_behind(path: Path, age_secs: float) -> Path:
    """What a kill in the middle of `replace_file` leaves."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(handle)
    then = Path(name).stat().st_mtime - age_secs
    os.utime(name, (then, then))
    return Path(name)


def test_what_a_killed_program_left_is_swept_at_the_next_write_and_at_the_next_start(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path / "cache")
    old, other = left_behind(paths.grants_file, 3600), left_behind(tmp_path / "notes", 3600)
    replace_file(paths.grants_file, b"")
    young, older = left_behind(paths.grants_file, 0), left_behind(paths.history, 3600)
    with open_database(paths):
        pass
    assert [file.exists() for file in (old, other, young, older)] == [False, True, True, False]


def test_what_lies_beside_the_database_is_closed_to_tools_too(tmp_path: Path) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path / "cache")
    with open_database(paths):
        beside = {file for file in tmp_path.iterdir() if file.name.startswith("blufio.db")}
    assert {paths.database, tmp_path / "blufio.db-reserve"} <= beside <= set(paths.own_files)
    assert tmp_path / "blufio.db-journal" in paths.own_files
