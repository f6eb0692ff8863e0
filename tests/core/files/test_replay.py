"""Where things are after a command, and what its taking back would do, without a disk."""

from blufio_tui.core.files.replay import CommandChange, Found, Left, Recorder, last_paths, plan_replay
from blufio_tui.core.files.undo import Step


def test_names_follow_what_is_moved_above_and_around_them() -> None:
    changes = [
        CommandChange("created", "/p/a", 1),
        CommandChange("mode", "/p/d", 2, "folder", mode=0o700),
        CommandChange("renamed", "/p/d/a", 1, origin="/p/a"),
        CommandChange("renamed", "/p/e", 2, "folder", origin="/p/d"),
        CommandChange("linked", "/p/l", 3),
        CommandChange("created", "/p/gone", 4),
        CommandChange("removed", "/p/gone", 4, "made"),
        CommandChange("created", "/p/x/y", 5),
        CommandChange("exchanged", "/p/e", 6, "folder", origin="/p/x"),
    ]
    assert last_paths(changes) == {1: "/p/x/a", 2: "/p/x", 3: "/p/l", 5: "/p/e/y", 6: "/p/e"}


def test_putting_a_file_in_the_place_of_another_is_one_step_back() -> None:
    changes = [
        CommandChange("created", "/p/.tmp", 1),
        CommandChange("removed", "/p/a", 2, before="old", mode=0o640),
        CommandChange("renamed", "/p/a", 1, origin="/p/.tmp"),
    ]
    left = [Left(1, "/p/a", Found("file", "new"))]
    assert plan_replay(changes, left, lambda _path: Found("file", "new")) == (
        Step("/p/a", "old", "new", 0o640, action="write"),
    )


def test_each_thing_that_changed_since_is_refused_once_and_the_rest_goes_on() -> None:
    changes = [
        CommandChange("changed", "/p/a", 1, before="a"),
        CommandChange("mode", "/p/a", 1, mode=0o600),
        CommandChange("changed", "/p/b", 2, before="b", mode=0o644),
        CommandChange("changed", "/p/c", 3, lost="it was too large"),
    ]
    left = [Left(number, f"/p/{name}", Found("file", "new")) for number, name in ((1, "a"), (2, "b"), (3, "c"))]
    now = {"/p/a": Found("file", "mine"), "/p/b": Found("file", "new"), "/p/c": Found("file", "new")}
    assert plan_replay(changes, left, now.__getitem__) == (
        Step("/p/c", refused="it was too large"),
        Step("/p/b", "b", "new", 0o644, action="write"),
        Step("/p/a", refused="it changed since"),
    )


def test_what_came_and_went_needs_no_step_however_it_was_called() -> None:
    changes = [
        CommandChange("created", "/p/a", 1),
        CommandChange("renamed", "/p/b", 1, origin="/p/a"),
        CommandChange("linked", "/p/c", 2),
        CommandChange("removed", "/p/c", 2, before="x"),
        CommandChange("removed", "/p/b", 1, "made"),
    ]
    assert plan_replay(changes, [], lambda _path: Found()) == ()


def test_taking_back_is_noted_so_that_it_can_be_taken_back() -> None:
    recorder = Recorder()
    recorder.note(Step("/p/b", action="rename", other="/p/a"), "", 0o644)
    recorder.note(Step("/p/a", "old", "new", action="write"), "new", 0o600)
    recorder.note(Step("/p/d", action="make folder", mode=0o700), "", 0)
    assert [(one.what, one.path, one.origin, one.before) for one in recorder.changes] == [
        ("renamed", "/p/a", "/p/b", ""),
        ("changed", "/p/a", "", "new"),
        ("created", "/p/d", "", ""),
    ]
    assert recorder.changes[0].object == recorder.changes[1].object != recorder.changes[2].object
