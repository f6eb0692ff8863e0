"""What undo has after a loss of power: whatever was not put on the disk before the change is gone."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.cage.program_side.interrupted import CallNote, begin, make_store, take_up
from blufio_tui.adapters.cage.supervisor_side import journal as journal_module
from blufio_tui.adapters.cage.supervisor_side.journal import Journal
from blufio_tui.core.cage.keeper import CALL_FILE, CHANGES_FILE
from blufio_tui.core.files.replay import Left


class Disk:
    """What was synced of each file, and which folders were: all that is there afterwards."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
        self.old = {os.stat(project / "file").st_ino}
        self.content: dict[int, bytes] = {}
        self.names: dict[str, set[str]] = {}
        self.syncs = 0
        monkeypatch.setattr(os, "fsync", self._sync)
        monkeypatch.setattr(os, "fdatasync", self._sync)

    def _sync(self, descriptor: int) -> None:
        self.syncs += 1
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isdir(path):
            self.names[path] = set(os.listdir(path))
        else:
            self.content[os.stat(path).st_ino] = Path(path).read_bytes()

    def lose_power(self, store: str) -> None:
        """Leave of the store what was synced, and what is a second name of a file that was there before."""
        if os.path.basename(store) not in self.names.get(os.path.dirname(store), ()):
            raise AssertionError("the store itself is not on the disk")
        for name in os.listdir(store):
            path = f"{store}/{name}"
            if name not in self.names.get(store, ()):
                os.unlink(path)
            elif os.stat(path).st_ino not in self.old:
                Path(path).write_bytes(self.content.get(os.stat(path).st_ino, b""))


class Keeper:
    """Restores what was changed or removed, in the simplest way."""

    def keep_command(
        self, call_id: str, changes: Sequence[Mapping[str, Any]], batch: str = "", left: Sequence[Left] = ()
    ) -> None:
        for change in reversed(changes):
            path = Path(change["path"])
            if change["link"]:
                path.unlink(missing_ok=True)
                path.symlink_to(change["link"])
            elif change["what"] in ("changed", "removed"):
                path.write_bytes(Path(change["before"]).read_bytes())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path), "project")
    folder.mkdir()
    (folder / "file").write_text("old")
    (folder / "link").symlink_to("old-target")
    return folder


@pytest.fixture
def store(project: Path) -> Iterator[str]:
    one = make_store(project.parent / "kept")
    os.close(begin(one, CallNote("c", "s", "t", "bash", "true")))
    yield one


def _overwrite(journal: Journal, project: Path) -> None:
    descriptor = os.open(project / "file", os.O_PATH)
    journal.changes_content(str(project / "file"), descriptor)
    os.close(descriptor)
    (project / "file").write_text("new")


def _remove(journal: Journal, project: Path, name: str = "file") -> None:
    folder = os.open(project, os.O_PATH)
    assert journal.about_to_remove(str(project / name), folder, name)
    os.close(folder)
    (project / name).unlink()  # and the power is lost before it is noted


def _move_away(journal: Journal, project: Path) -> None:
    folder = os.open(project, os.O_PATH)
    journal.about_to_remove(str(project / "file"), folder, "file", lives_on=True)
    os.close(folder)
    (project / "file").rename(project.parent / "outside")


def _write_after_removal(journal: Journal, project: Path) -> None:
    held = os.open(project / "file", os.O_PATH)
    _remove(journal, project)
    journal.changes_content(str(project / "file"), held)
    Path(f"/proc/self/fd/{held}").write_text("new")
    os.close(held)


def _replace(journal: Journal, project: Path) -> None:
    _remove(journal, project)
    (project / "file").write_text("put in its place")


@pytest.mark.parametrize("change", [_overwrite, _remove, _move_away, _write_after_removal, _replace])
def test_what_a_command_destroyed_can_be_restored(
    change: Callable[[Journal, Path], None], project: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, project)
    change(Journal(store), project)
    disk.lose_power(store)
    taken = take_up(store, Keeper())
    assert (taken.note.call_id, taken.changes, taken.problem) == ("c", 1, "")
    assert (project / "file").read_text() == "old"


def test_a_link_that_a_command_removed_can_be_restored(
    project: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, project)
    _remove(Journal(store), project, "link")
    disk.lose_power(store)
    take_up(store, Keeper())
    assert os.readlink(project / "link") == "old-target"


@pytest.mark.parametrize("name", ["file", "link"])
def test_a_removal_that_did_not_come_about_is_not_taken_back(project: Path, store: str, name: str) -> None:
    journal, folder = Journal(store), os.open(project, os.O_PATH)
    journal.about_to_remove(str(project / name), folder, name)
    os.close(folder)
    assert take_up(store, Keeper()).changes == 0


def test_a_removal_that_was_noted_counts_once(project: Path, store: str) -> None:
    journal, folder = Journal(store), os.open(project, os.O_PATH)
    change = journal.about_to_remove(str(project / "file"), folder, "file")
    os.close(folder)
    (project / "file").unlink()
    journal.note(change)
    assert take_up(store, Keeper()).changes == 1


def test_waiting_for_the_disk_ends_when_it_has_taken_long(
    project: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch, project)
    monkeypatch.setattr(journal_module, "MAX_SYNC_SECS", 0.0)
    _overwrite(Journal(store), project)
    assert disk.syncs == 0
    assert take_up(store, Keeper()).changes == 1  # for when this program is killed, it is there all the same


def test_what_is_new_is_not_waited_for(project: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, journal = Disk(monkeypatch, project), Journal(store)
    (project / "new").write_text("a")
    journal.created(str(project / "new"), os.stat(project / "new"))
    descriptor = os.open(project / "new", os.O_PATH)
    journal.changes_content(str(project / "new"), descriptor)
    os.close(descriptor)
    assert disk.syncs == 0
    assert {CALL_FILE, CHANGES_FILE} <= set(os.listdir(store))
    assert [json.loads(line)["what"] for line in Path(store, CHANGES_FILE).read_text().splitlines()] == ["created"]
