"""What a caged command did to the project is taken back exactly, and so is the taking back."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.capability import Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion
from blufio_tui.core.tools import CallContext, ToolOutcome
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import Backend, open_backend

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")

Tree = dict[str, tuple[str, int, str]]


def tree(root: Path) -> Tree:
    """Kind, mode and content of everything."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode & 0o777
        if path.is_symlink():
            found[str(path.relative_to(root))] = ("link", 0, os.readlink(path))
        elif path.is_dir():
            found[str(path.relative_to(root))] = ("folder", mode, "")
        else:
            found[str(path.relative_to(root))] = ("file", mode, path.read_bytes().hex())
    return found


class Refusing:
    """Refuses everything, and remembers why it was asked."""

    def __init__(self) -> None:
        self.previews: list[str] = []

    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        self.previews.append(question.preview)
        return ApprovalAnswer(Verdict.DENY)


@dataclass
class Room:
    backend: Backend
    person: Refusing
    project: Path
    outside: Path
    calls: int = 0

    async def bash(self, command: str) -> ToolOutcome:
        self.calls += 1
        tool = self.backend.equipment.tools.get("bash")
        assert tool is not None
        return await tool.invoke({"command": command}, CallContext("s", "t", f"c{self.calls}", lambda _event: None))


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    root = Path(os.path.realpath(tmp_path))
    project = root / "project"
    for folder in ("project/src/deep", "home", "outside", "project/empty"):
        (root / folder).mkdir(parents=True)
    for name in ("a.txt", "b.txt", "src/one.py", "src/deep/two.py"):
        (project / name).write_text(f"content of {name} 1\n")
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "src").chmod(0o750)
    (project / "old-link").symlink_to("a.txt")
    monkeypatch.setenv("BLUFIO_HOME", str(root / "home"))
    args = StartOptions(project=project, mode="ask", offline=True)
    person = Refusing()
    async with open_backend(args, interactive=True, approver=person) as backend:
        yield Room(backend, person, project, root / "outside")


EXCHANGE = (
    f"{os.path.realpath(sys.executable)} -c 'import ctypes; "
    'print(ctypes.CDLL(None).syscall(316, -100, b"{0}", -100, b"{1}", 2))\''
)
COMMANDS = [
    "mv a.txt moved.txt",
    "mv a.txt t; mv b.txt a.txt; mv t b.txt",
    "mv a.txt b.txt",
    "mv src lib; echo new > lib/three.py; rm lib/one.py; echo more >> lib/deep/two.py",
    "mv src lib; mv lib/deep deep; mv lib deep/lib; rm deep/two.py",
    "mkdir d; mv a.txt d; mv d e; echo more >> e/a.txt; mv e/a.txt c.txt",
    "rm -r src empty",
    "mkdir -p x/y/z; cp -rp src x/y/z; ln -s y x/link",
    "ln -s a.txt link; rm old-link; ln -s b.txt old-link",
    "chmod 600 a.txt; chmod 700 src; chmod 644 run.sh; echo exit >> run.sh; chmod 777 run.sh",
    "sed -i s/1/2/ a.txt src/one.py run.sh; sed -i s/2/3/ a.txt",
    "ln a.txt hard; echo more >> hard; rm a.txt",
    "echo gone > gone; rm gone; mkdir gone; rmdir gone",
    "echo 1 > made; mkdir in; mv made in; mv in out; ln out/made out/again",
    "rm a.txt; mkdir a.txt; echo x > a.txt/x",
    "rm -r src; echo x > src",
    "mkdir $TMPDIR/d; echo x > $TMPDIR/d/x; mv $TMPDIR/d d; mv d/x y",
    "tar cf all.tar src a.txt; rm -r src a.txt; tar xf all.tar; rm all.tar",
    EXCHANGE.format("a.txt", "b.txt"),
    EXCHANGE.format("src", "empty") + "; echo x > empty/x; rm empty/one.py",
    "git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm first && git mv a.txt z.txt",
]


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_a_command_did_is_taken_back_and_that_too(room: Room, command: str) -> None:
    if command.startswith("git") and shutil.which("git") is None:
        pytest.skip("git is not here")
    before = tree(room.project)
    outcome = await room.bash(command)
    assert not outcome.is_error, outcome.content
    after = tree(room.project)
    undone = await room.backend.undoing.undo("c1")
    assert undone.refused == ()
    assert tree(room.project) == before
    if undone.undo_id:
        again = await room.backend.undoing.undo(undone.undo_id)
        assert again.refused == ()
        assert tree(room.project) == after


async def test_two_commands_are_taken_back_one_after_the_other(room: Room) -> None:
    before = tree(room.project)
    await room.bash("mv src lib; echo 2 > a.txt")
    between = tree(room.project)
    await room.bash("rm lib/one.py; echo 3 > a.txt")
    assert (await room.backend.undoing.undo("c2")).refused == ()
    assert tree(room.project) == between
    assert (await room.backend.undoing.undo("c1")).refused == ()
    assert tree(room.project) == before


async def test_what_has_changed_since_is_left_alone_file_by_file(room: Room) -> None:
    await room.bash("echo 2 > a.txt; echo 2 > b.txt; rm run.sh; mkdir made; mv old-link new-link")
    (room.project / "a.txt").write_text("mine")
    (room.project / "run.sh").write_text("mine too")
    (room.project / "made/mine").write_text("mine as well")
    undone = await room.backend.undoing.undo("c1")
    refused = {Path(path).name: why for path, why in undone.refused}
    assert refused["a.txt"] == "it changed since"
    assert refused["run.sh"] == "something else is there now"
    assert "not empty" in refused["made"]
    assert (room.project / "a.txt").read_text() == "mine"
    assert (room.project / "run.sh").read_text() == "mine too"
    assert (room.project / "b.txt").read_text() == "content of b.txt 1\n"
    assert os.readlink(room.project / "old-link") == "a.txt"


@pytest.mark.parametrize(
    "command", ["echo evil > src/one.py; rm src/deep/two.py", "rm src/one.py", "mv src/one.py src/x"]
)
async def test_an_undo_is_not_led_through_a_link_that_has_come_since(room: Room, command: str) -> None:
    await room.bash(command)
    (room.project / "src").rename(room.project / "elsewhere")
    (room.project / "src").symlink_to(room.outside)
    (room.outside / "x").write_text("content of src/one.py 1\n")
    (room.outside / "one.py").write_text("evil\n")
    before = tree(room.outside)
    undone = await room.backend.undoing.undo("c1")
    assert undone.restored == ()
    assert undone.refused != ()
    assert tree(room.outside) == before


async def test_what_could_not_be_taken_back_is_asked_about(room: Room) -> None:
    os.mkfifo(room.project / "pipe")
    await room.bash("rm pipe; mv src $TMPDIR/src; ls")
    assert len(room.person.previews) == 2
    assert all("could not be undone" in preview for preview in room.person.previews)
    assert (room.project / "pipe").exists()
    assert (room.project / "src/one.py").exists()


async def test_the_plan_says_in_words_what_would_be_done(room: Room) -> None:
    await room.bash("mv src lib; chmod 600 a.txt; mkdir made; rm old-link; rmdir empty; rm b.txt")
    _, steps = await room.backend.undoing.planned("", str(room.project))
    shown = [step.in_words.replace(f"{room.project}/", "") for step in steps]
    assert shown == [
        "restore b.txt",
        "recreate the folder empty",
        "recreate the link old-link",
        "remove the folder made",
        "give a.txt its mode 0644 back",
        "move lib back to src",
    ]
