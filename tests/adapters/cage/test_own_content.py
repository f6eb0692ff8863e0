"""Installed files with a second name elsewhere (pnpm, uv): a caged command changes them here, and nowhere else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from tests.adapters.cage.test_running import PYTHON, Place

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
_REMOVED, _REPLACED = 'os.remove("src/file")', 'open("x", "w"); os.rename("x", "src/file")'


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.pool.close()


async def nobody_is_asked(asked: Asked, _reply: Reply) -> None:
    raise AssertionError(f"{asked.operation} {asked.resource}: {asked.why}")


def _install(place: Place, name: str = "node_modules/p/file") -> Path:
    """A file of a store outside, and its second name in the project."""
    shared, installed = place.outside / "shared", place.project / name
    shared.write_text("installed")
    shared.chmod(0o754)
    os.utime(shared, ns=(1_000_000_000, 2_000_000_000))
    installed.parent.mkdir(parents=True)
    installed.hardlink_to(shared)
    return installed


@pytest.mark.parametrize(
    ("change", "content"),
    [
        ('open(F, "a").write("+")', "installed+"),
        ('open(F, "w").write("new")', "new"),
        ('open(F, "r+").write("I")', "Installed"),
        ("os.truncate(F, 3)", "ins"),
        ('held = os.open(F, os.O_RDONLY); open(f"/proc/self/fd/{held}", "w").write("new")', "new"),
        ('os.chdir("node_modules/p"); open("file", "w").write("new")', "new"),
        ('os.symlink("node_modules/p/file", "link"); open("link", "w").write("new")', "new"),
        ('open(F, "a").write("+"); open(F, "a").write("+")', "installed++"),
    ],
)
async def test_a_write_stays_in_the_project(place: Place, change: str, content: str) -> None:
    installed = _install(place)
    script = f"import os\nF = 'node_modules/p/file'\n{change}"
    ended, _, err = await place.run(PYTHON, "-Sc", script, decide=nobody_is_asked)
    assert (ended.exit_code, err) == (0, "")
    assert installed.read_text() == content
    assert (place.outside / "shared").read_text() == "installed"
    assert (place.outside / "shared").stat().st_mtime_ns == 2_000_000_000
    assert installed.stat().st_mode & 0o777 == 0o754
    assert sorted(os.listdir(installed.parent)) == ["file"]
    kept = [one for one in ended.changes if one["what"] == "removed" and one["path"] == str(installed)]
    assert [Path(one["before"]).read_text() for one in kept] == ["installed"]


async def test_reading_leaves_it_shared(place: Place) -> None:
    installed = _install(place)
    _, out, _ = await place.sh("cat node_modules/p/file", nobody_is_asked)
    assert out == "installed"
    assert installed.samefile(place.outside / "shared")


async def test_a_second_name_in_the_rest_of_the_project_is_asked_about(place: Place) -> None:
    installed, asked = _install(place, "src/file"), []

    async def refuse(question: Asked, reply: Reply) -> None:
        asked.append(question.why)
        await reply(Answered(False))

    await place.sh("echo new > src/file", refuse)
    assert asked == ["it has 2 names (hard links), and one may lie outside the project"]
    assert installed.read_text() == "installed"


@pytest.mark.parametrize(
    "change",
    [
        'open(f"/proc/self/fd/{held}", "w").write("new")',
        'os.truncate(f"/proc/self/fd/{held}", 1)',
        "os.chmod(held, 0o777)",
        'os.chmod(f"/proc/self/fd/{held}", 0o777)',
        "os.utime(held, (1, 1))",
    ],
)
@pytest.mark.parametrize(
    ("kind", "removal"),
    [
        ("O_RDONLY", _REMOVED),
        ("O_PATH", _REPLACED),
        pytest.param("O_RDONLY", _REPLACED, marks=pytest.mark.corpus),
        pytest.param("O_PATH", _REMOVED, marks=pytest.mark.corpus),
    ],
)
async def test_a_held_file_that_lost_its_name_here_is_asked_about(
    place: Place, change: str, removal: str, kind: str
) -> None:
    _install(place, "src/file")
    shared, asked = place.outside / "shared", list[str]()
    before = shared.stat()

    async def refuse(question: Asked, reply: Reply) -> None:
        asked.append(question.why)
        await reply(Answered(False))

    script = f'import os\nheld = os.open("src/file", os.{kind})\n{removal}\n{change}'
    await place.run(PYTHON, "-Sc", script, decide=refuse)
    now = shared.stat()
    assert shared.read_text() == "installed"
    assert (now.st_mode, now.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    if "held, " not in change or kind != "O_PATH":  # those the kernel refuses by itself
        assert asked == ["its name in the project is gone, and it has another one elsewhere"]
