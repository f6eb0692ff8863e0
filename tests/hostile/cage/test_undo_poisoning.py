"""What a command does so that it cannot be taken back, or so that something else comes back: none of it works.

Each way has a folder of its own, with a file of one kind, and runs in one command; then that one is undone.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from tests.fakes import piped

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")

WAYS = {
    "write after removal, by a descriptor for reading": """
held = os.open("file", os.O_RDONLY)
os.unlink("file")
with open(f"/proc/self/fd/{held}", "w") as file: file.write("POISON")
""",
    "append after removal, by a descriptor for the path": """
held = os.open("file", os.O_PATH)
os.unlink("file")
with open(f"/proc/self/fd/{held}", "a") as file: file.write("POISON")
""",
    "cut off after removal": """
held = os.open("file", os.O_RDONLY)
os.unlink("file")
os.truncate(f"/proc/self/fd/{held}", 0)
""",
    "write after a move out": """
os.rename("file", TMP + "/out")
with open(TMP + "/out", "w") as file: file.write("POISON")
""",
    "write after a move out and back under another name": """
os.rename("file", TMP + "/back")
with open(TMP + "/back", "w") as file: file.write("POISON")
os.rename(TMP + "/back", "other")
""",
    "write by a second name outside": """
os.link("file", TMP + "/second")
with open(TMP + "/second", "w") as file: file.write("POISON")
""",
    "change the mode by a second name outside": """
os.link("file", TMP + "/mode")
os.chmod(TMP + "/mode", 0o777)
""",
    "a second name of what was removed": """
held = os.open("file", os.O_RDONLY)
os.unlink("file")
os.link(f"/proc/self/fd/{held}", TMP + "/again", follow_symlinks=True)
with open(TMP + "/again", "w") as file: file.write("POISON")
""",
    "what was removed comes back elsewhere and is changed": """
held = os.open("file", os.O_RDONLY)
os.unlink("file")
os.link(f"/proc/self/fd/{held}", "again", follow_symlinks=True)
with open("again", "w") as file: file.write("POISON")
os.chmod("again", 0)
""",
    "exchange with something outside": """
with open(TMP + "/x", "w") as file: file.write("POISON")
libc = ctypes.CDLL(None)
if libc.renameat2(-100, b"file", -100, (TMP + "/x").encode(), 2):
    os.rename("file", TMP + "/y"); os.rename(TMP + "/x", "file")
""",
    "exchange from the other side": """
with open(TMP + "/x2", "w") as file: file.write("POISON")
ctypes.CDLL(None).renameat2(-100, (TMP + "/x2").encode(), -100, b"file", 2)
""",
    "a mode that lets nobody read": """
os.chmod("file", 0)
os.unlink("file")
""",
    "written by a mapping that outlives the name": """
held = os.open("file", os.O_RDWR)
memory = mmap.mmap(held, 0)
os.unlink("file")
memory[:6] = b"POISON"
""",
    "a descriptor opened before for writing": """
held = os.open("file", os.O_RDWR)
os.rename("file", "moved")
os.unlink("moved")
os.write(held, b"POISON")
""",
    "the inode of a file that was made and removed": """
for _ in range(50):
    os.close(os.open("made", os.O_CREAT | os.O_WRONLY)); os.link("made", TMP + "/m")
    os.unlink("made"); os.unlink(TMP + "/m")
with open("file", "w") as file: file.write("POISON")
""",
    "a file without a name takes its place": """
held = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(held, b"POISON")
os.unlink("file")
os.link(f"/proc/self/fd/{held}", "file", follow_symlinks=True)
os.fchmod(held, 0o777)
""",
    "a link takes its place": """
os.unlink("file")
os.symlink("/etc/hostname", "file")
""",
    "a folder takes its place": """
os.unlink("file")
os.makedirs("file/deep/er")
""",
    "a pipe takes its place": """
os.unlink("file")
os.mkfifo("file")
""",
    "many changes of one file": """
for number in range(300):
    with open("file", "w") as file: file.write(str(number))
    os.rename("file", "other"); os.rename("other", "file")
""",
    "copied over by the kernel": """
target = os.open("file", os.O_WRONLY)
source = os.open("/usr/bin/env", os.O_RDONLY)
os.copy_file_range(source, target, 100); os.sendfile(target, source, 0, 100)
""",
    "emptied by a hole": """
held = os.open("file", os.O_RDWR)
ctypes.CDLL(None).fallocate(held, 3, ctypes.c_long(0), ctypes.c_long(4))
""",
    "the folder is moved around it": """
os.makedirs("a/b"); os.rename("file", "a/b/file"); os.rename("a", "c")
with open("c/b/file", "a") as file: file.write("POISON")
""",
}


def _script() -> str:
    steps = "\n".join(
        f"""
os.chdir(ROOT + "/{number}")
try:
    exec({way!r}, dict(globals()))
except Exception as error:
    print({name!r}, repr(error), flush=True)
"""
        for number, (name, way) in enumerate(WAYS.items())
    )
    return f"import ctypes, mmap, os\nROOT, TMP = os.getcwd(), os.environ['TMPDIR']\n{steps}"


def _look(folder: Path) -> list[tuple[str, int, str]]:
    def content(path: Path) -> str:
        return os.readlink(path) if path.is_symlink() else path.read_text(errors="replace") if path.is_file() else ""

    return sorted((path.name, path.lstat().st_mode, content(path)) for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def undone(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], list[Any], dict[str, Any]]:
    root = Path(os.path.realpath(tmp_path_factory.mktemp("undo")))
    project = root / "project"
    for number in range(len(WAYS)):
        (project / str(number)).mkdir(parents=True)
        (project / str(number) / "file").write_text(f"the old content of {number}")
        (project / str(number) / "file").chmod(0o640)
    before = [_look(project / str(number)) for number in range(len(WAYS))]
    environment = {**os.environ, "BLUFIO_HOME": str(root / "home"), "TMPDIR": str(root)}

    def run(*words: str) -> str:
        return piped.run(*words, env=environment, cwd=project).stdout

    run("cage", "--", os.path.realpath(sys.executable), "-c", _script())
    changed = [_look(project / str(number)) for number in range(len(WAYS))]
    report = json.loads(run("undo", "--last", "--json"))
    after = [_look(project / str(number)) for number in range(len(WAYS))]
    assert sum(one != other for one, other in zip(before, changed, strict=True)) >= len(WAYS) - 3
    return before, after, report


@pytest.mark.parametrize("number", range(len(WAYS)), ids=[*WAYS])
def test_the_old_content_comes_back(undone: tuple[list[Any], list[Any], dict[str, Any]], number: int) -> None:
    before, after, _ = undone
    assert after[number] == before[number]


def test_nothing_is_refused(undone: tuple[list[Any], list[Any], dict[str, Any]]) -> None:
    assert undone[2]["refused"] == []
