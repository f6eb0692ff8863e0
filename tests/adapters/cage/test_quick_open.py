"""Opens that take the quick way: paths as they are spelled, and folders that need no second look."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, read_text
from blufio_tui.adapters.cage.supervisor_side.resolving import look_up_spelled
from tests.adapters.cage.test_running import PYTHON, Place

caged = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.pool.close()


@pytest.fixture
def call() -> Iterator[Call]:
    """Of this very process."""
    one = Call(1, os.getpid(), 257, (0,) * 6)
    yield one
    one.close()


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("a.txt", "{cwd}/a.txt"),
        ("./a.txt", "{cwd}/a.txt"),
        ("d/b", "{cwd}/d/b"),
        (".env", "{cwd}/.env"),
        ("a.b/..c/...", "{cwd}/a.b/..c/..."),
        ("/usr/bin/env", "/usr/bin/env"),
        *(
            (path, "")
            for path in ("", ".", "..", "/", "a/", "../a", "a/../b", "a/./b", "a//b", "a/..", "././a", ".//a")
        ),
        *((path, "") for path in ("/proc", "/proc/self/mem", "/dev/fd/0", "/dev/../etc/shadow", "/usr/..", "//usr/x")),
    ],
)
def test_a_path_is_spelled_only_where_its_letters_say_it_all(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, spelled: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call.spelled(AT_FDCWD, path) == spelled.format(cwd=os.path.realpath(tmp_path))


def test_a_folder_that_is_gone_spells_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    folder = call.keep(os.open(tmp_path / "d", os.O_PATH))
    assert call.spelled(folder, "a") == f"{os.path.realpath(tmp_path)}/d/a"
    (tmp_path / "d").rmdir()
    assert call.spelled(folder, "a") == ""
    assert call.spelled(call.keep(os.pipe()[0]), "a") == ""
    assert call.spelled(9999, "a") == ""


def test_a_link_anywhere_on_the_way_is_left_to_the_long_way(call: Call, tmp_path: Path) -> None:
    root = os.path.realpath(tmp_path)
    os.makedirs(f"{root}/d/e")
    Path(root, "d/e/a").touch()
    os.symlink("d", f"{root}/to-folder")
    os.symlink("d/e/a", f"{root}/to-file")
    found = look_up_spelled(call, f"{root}/d/e/a")
    assert found is not None
    assert found.path == f"{root}/d/e/a"
    assert look_up_spelled(call, f"{root}/to-folder/e/a") is None
    assert look_up_spelled(call, f"{root}/to-file") is None
    link = look_up_spelled(call, f"{root}/to-file", follow=False)
    assert link is not None
    assert os.path.islink(link.path)
    with pytest.raises(FileNotFoundError):
        look_up_spelled(call, f"{root}/d/none")
    with pytest.raises(NotADirectoryError):
        look_up_spelled(call, f"{root}/d/e/a/b")


def test_text_is_read_up_to_its_end_and_never_what_was_read_before(call: Call) -> None:
    long, short = ctypes.create_string_buffer(b"x" * 600), ctypes.create_string_buffer(b"ab\0cd", 600)
    assert call.text(ctypes.addressof(long)) == "x" * 600
    assert call.text(ctypes.addressof(short)) == "ab"
    assert read_text(os.getpid(), ctypes.addressof(long), 10) == b"x" * 10
    with pytest.raises(OSError, match="Bad address"):
        call.text(8)


_READ_AGAIN = """
import os, shutil
def read(path):
    try: print(open(path).read())
    except OSError as error: print(error.strerror)
os.mkdir("d")
for name in ("a", "b"):
    with open("d/" + name, "w") as file: file.write("inside")
read("d/a"); read("d/a"); read("d/b")
{change}
read("d/a")
"""


@caged
@pytest.mark.parametrize(
    "change",
    [
        'shutil.rmtree("d"); os.symlink("{outside}", "d")',
        'os.rename("d", "e"); os.symlink("{outside}", "d")',
        'os.remove("d/a"); os.symlink("{outside}/a", "d/a")',
    ],
)
async def test_a_link_that_comes_in_the_way_of_what_was_read_is_asked_about(place: Place, change: str) -> None:
    (place.outside / "a").write_text("outside")
    asked = []

    async def decide(question: Asked, reply: Reply) -> None:
        asked.append((question.operation, question.resource))
        await reply(Answered(True))

    script = _READ_AGAIN.format(change=change.format(outside=place.outside))
    ended, out, err = await place.run(PYTHON, "-c", script, decide=decide)
    assert (out.split(), err) == (["inside"] * 3 + ["outside"], "")
    assert asked == [("read", f"{place.outside}/a")]
    assert ended.files_read >= 3


@caged
async def test_the_same_file_counts_each_time_it_is_read(place: Place) -> None:
    (place.project / "a").write_text("a")
    script = 'import os\nfor _ in range({times}): os.close(os.open("a", os.O_RDONLY))'
    counts = [(await place.run(PYTHON, "-Sc", script.format(times=times)))[0].files_read for times in (1, 11)]
    assert counts[1] - counts[0] == 10
