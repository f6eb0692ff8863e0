"""Two homes with one git remote as their witness: in turn, behind, at once, out of reach, rewritten by a stranger."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.witnesses import append, ask
from blufio_tui.core.audit.witness import WitnessKind, WitnessSpec
from blufio_tui.core.errors import StorageError
from tests.adapters.audit.test_guardian import Watched, git
from tests.fakes.corpus import sampled

BRANCH = "blufio-audit"


class Room:
    """A bare repository, and two homes that push to it, each from a repository of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = folder / "remote"
        git(folder, "init", "-q", "--bare", str(self.remote))
        self.specs = [self.repository("one"), self.repository("two")]
        self.homes = [Watched(folder / f"home-{number}", [spec]) for number, spec in enumerate(self.specs)]
        for number, home in enumerate(self.homes):
            home.clock.pass_seconds(number)  # else the first rows, and so the logs, would have the same time

    def repository(self, name: str) -> WitnessSpec:
        git(self.folder, "init", "-q", str(self.folder / name))
        git(self.folder / name, "remote", "add", "origin", str(self.remote))
        return WitnessSpec(WitnessKind.GIT, str(self.folder / name))

    def at_remote(self) -> list[str]:
        return git(self.remote, "cat-file", "blob", f"{BRANCH}:heads.jsonl").splitlines()

    def push_as_a_stranger(self, lines: str | None, *, force: bool) -> None:
        """What an attacker who may push does: another content of the branch, behind it or in its place."""
        place = self.folder / "stranger"
        git(self.folder, "clone", "-q", "--branch", BRANCH, str(self.remote), str(place))
        git(place, "config", "user.email", "x@localhost")
        git(place, "config", "user.name", "x")
        if force:
            git(place, "checkout", "-q", "--orphan", "other")
        if lines is None:
            git(place, "rm", "-qf", "heads.jsonl")
        else:
            (place / "heads.jsonl").write_text(lines)
            git(place, "add", "heads.jsonl")
        git(place, "commit", "-qm", "x", "--allow-empty")
        git(place, "push", "-q", *(["--force"] if force else []), "origin", f"HEAD:{BRANCH}")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    for home in room.homes:
        home.database.close()


def test_two_homes_push_in_turn_and_nothing_of_either_is_lost(room: Room) -> None:
    first, second = room.homes
    for _ in range(3):
        first.run(2)
        second.run(3)
    assert (first.said, second.said) == ([], [])
    assert len(room.at_remote()) == 6
    for home, rows in ((first, 6), (second, 9)):
        found = home.verified()
        assert found.ok and found.rows == rows
        assert len(found.notes) == 1 and "also has checkpoints of another log" in found.notes[0]


def test_a_home_that_is_behind_learns_of_the_other_and_its_own_are_kept(room: Room) -> None:
    first, second = room.homes
    for _ in range(4):
        first.run(1)
    second.run(1)
    assert len(room.at_remote()) == 5
    first.run(1)
    assert len(room.at_remote()) == 6
    assert (first.said, second.said) == ([], [])


def test_a_copy_put_back_in_both_places_of_one_home_is_known_to_the_remote(room: Room) -> None:
    first, second = room.homes
    first.run(3)
    copy = first.keep_copy()
    shutil.copytree(room.folder / "one", room.folder / "one-before")
    second.run(1)
    first.run(4)
    second.run(1)
    first.put_back(copy)
    shutil.rmtree(room.folder / "one")
    shutil.copytree(room.folder / "one-before", room.folder / "one")
    assert "this log was longer" in first.verified().reason
    assert second.verified().ok


def test_many_at_once_lose_nothing(room: Room) -> None:
    problems: list[BaseException] = []

    def work(spec: WitnessSpec, name: str) -> None:
        try:
            for number in range(2):
                append(spec, f"{name} {number}")
        except BaseException as error:
            problems.append(error)

    names = [(spec, f"{which}-{number}") for which, spec in enumerate(room.specs) for number in range(2)]
    threads = [threading.Thread(target=work, args=pair) for pair in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(room.at_remote()) == sorted(f"{name} {number}" for _, name in names for number in range(2))


def test_a_remote_out_of_reach_is_told_and_what_was_missed_follows(room: Room) -> None:
    first, _ = room.homes
    first.run(2)
    away = room.remote.with_name("away")
    room.remote.rename(away)
    copy = first.keep_copy()
    first.run(2)
    assert len(first.said) == 1
    assert "it is in the repository, but its remote does not answer" in first.said[0]
    found = first.verified()
    assert found.ok and "could not be read as a whole: its remote does not answer" in found.notes[0]
    first.put_back(copy)
    assert "this log was longer" in first.verified().reason, "the repository itself knows"
    away.rename(room.remote)
    append(room.specs[0], "next")
    assert len(room.at_remote()) == 3


def test_a_remote_that_takes_nothing_is_told(room: Room) -> None:
    hook = room.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(StorageError, match="it is in the repository, but could not be pushed"):
        append(room.specs[0], "one")
    assert ask(room.specs[0]).lines == ["one"]


@pytest.mark.parametrize(
    ("lines", "force"),
    sampled([(None, True), ("", True), ("forged\n", True), ("forged\n", False), ("", False), (None, False)]),
)
def test_what_a_stranger_rewrites_is_told_and_put_back(room: Room, lines: str | None, force: bool) -> None:
    first, second = room.homes
    first.run(3)
    second.run(2)
    first.run(4)
    before = room.at_remote()
    room.push_as_a_stranger(lines, force=force)
    for _ in range(2):
        notes = first.verified().notes
        assert any("its remote no longer had 3 checkpoints that were seen there" in note for note in notes), notes
    second.run(2)
    assert len(second.said) == 1 and "somebody rewrote the branch, and were put back" in second.said[0]
    first.run(1)
    assert {*before} < {*room.at_remote()}
    assert not any("rewrote" in note for note in first.verified().notes + second.verified().notes)


def test_a_branch_that_a_stranger_removed_is_told_and_made_again(room: Room) -> None:
    first, _ = room.homes
    first.run(3)
    git(room.remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
    assert any("somebody rewrote the branch" in note for note in first.verified().notes)
    first.run(1)
    assert len(first.said) == 1 and len(room.at_remote()) == 2
