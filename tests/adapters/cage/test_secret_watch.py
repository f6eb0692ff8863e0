"""A secret that comes into a project while a command runs: noticed wherever it comes, whoever brings it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import look_at
from blufio_tui.adapters.cage.program_side.cage import Output
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.cage.supervisor_side import secret_watch
from blufio_tui.adapters.cage.supervisor_side.secret_watch import SecretWatch
from tests.adapters.cage.test_running import PYTHON, Place, refuse


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path), "project")
    for name in ("src/deep", "node_modules/a", ".git"):
        (folder / name).mkdir(parents=True)
    (folder / "a.txt").touch()
    return folder


def _watch(project: Path, *, later: int = 10**12) -> SecretWatch:
    """
    Args:
        later: nanoseconds by which it was looked through after the last change.
    """
    return SecretWatch(str(project), look_at(str(project)).folders, time.time_ns() + later)


def _move_in(project: Path) -> None:
    (project.parent / "elsewhere").mkdir()
    (project.parent / "elsewhere/.env").touch()
    (project.parent / "elsewhere").rename(project / "src/elsewhere")


def _rename_folder(project: Path) -> None:
    (project / "src").rename(project / "lib")
    (project / "lib/deep/id_rsa").touch()


@pytest.mark.parametrize(
    ("change", "is_secret"),
    [
        (lambda project: (project / ".env").touch(), True),
        (lambda project: (project / "src/deep/id_rsa").touch(), True),
        (lambda project: (project / "a.txt").rename(project / ".env"), True),
        (lambda project: (project / ".env").symlink_to("a.txt"), True),
        (lambda project: (project / ".env").hardlink_to(project / "a.txt"), True),
        (lambda project: (project / ".ssh").mkdir(), True),
        (_move_in, True),
        (_rename_folder, True),
        (lambda project: (project / "x/y/z").mkdir(parents=True) or (project / "x/y/z/.env").touch(), True),
        (lambda project: (project / "b.txt").touch(), False),
        (lambda project: (project / ".env.example").touch(), False),
        (lambda project: (project / "node_modules/a/.env").touch(), False),
        (lambda project: (project / "sub/node_modules").mkdir(parents=True), False),
        (lambda project: (project / "a.txt").write_text("changed"), False),
    ],
)
def test_what_arrives_is_noticed(project: Path, change: Callable[[Path], object], is_secret: bool) -> None:
    watch = _watch(project)
    assert not watch.has_secret
    change(project)
    watch.read()
    assert watch.has_secret is is_secret
    watch.close()


def test_what_came_between_the_look_and_the_watch_is_noticed(project: Path) -> None:
    looked = look_at(str(project))
    (project / "new/deeper").mkdir(parents=True)
    (project / "new/deeper/.env").touch()
    assert SecretWatch(str(project), looked.folders, looked.begun).has_secret
    assert not looked.has_secret


def test_what_cannot_be_watched_counts_as_a_secret(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SecretWatch(str(project), (), 0).has_secret
    monkeypatch.setattr(secret_watch, "MAX_FOLDERS", 3)
    watch = _watch(project)  # the project, src and src/deep
    assert not watch.has_secret
    (project / "one-more").mkdir()
    watch.read()
    assert watch.has_secret
    monkeypatch.setattr(secret_watch, "MAX_FOLDERS", 2)
    assert _watch(project).has_secret
    monkeypatch.setattr(secret_watch, "MAX_FOLDERS", 2000)
    monkeypatch.setattr(secret_watch.LIBC, "inotify_add_watch", lambda *_: -1)
    assert _watch(project).has_secret


def test_lost_news_count_as_a_secret(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = _watch(project)
    monkeypatch.setattr(os, "read", lambda *_: secret_watch._EVENT.pack(-1, 0x4000, 0, 0))
    watch.read()
    assert watch.has_secret


_RACE = """
import ctypes, os, threading
libc = ctypes.CDLL(None)
path, going, taken = ctypes.create_string_buffer(b"a.txt", 16), True, 0
def flip():
    while going:
        path.raw = b".env\\0"
        path.raw = b"a.txt\\0"
os.close(os.open("a.txt", os.O_RDONLY))
print("ready", flush=True)
while not os.path.lexists("there"): pass
threading.Thread(target=flip, daemon=True).start()
for _ in range(ROUNDS):
    opened = libc.open(path, 0)
    if opened >= 0:
        taken += b"CANARY" in os.read(opened, 100)
        os.close(opened)
going = False
print("taken", taken)
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.pool.close()


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
@pytest.mark.parametrize("rounds", [500, pytest.param(2000, marks=pytest.mark.corpus)])
async def test_a_secret_made_while_a_command_runs_is_not_read_by_playing_with_the_path(
    place: Place, rounds: int
) -> None:
    (place.project / "a.txt").write_text("plain")
    out = b""
    async with aclosing(
        place.pool.run(place.command(PYTHON, "-Sc", _RACE.replace("ROUNDS", str(rounds))), refuse)
    ) as events:
        async for event in events:
            if isinstance(event, Output):
                out += event.data
                if out == b"ready\n":
                    (place.project / ".env").write_text("CANARY")
                    (place.project / "there").touch()
    assert out == b"ready\ntaken 0\n"
