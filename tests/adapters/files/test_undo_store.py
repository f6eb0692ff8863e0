"""The store of old content, on a real disk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.files import undo_store
from blufio_tui.adapters.files.file_effects import prepare_write
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.core.effects import WriteFile
from blufio_tui.core.errors import HostError, NotThere, StorageError


async def test_a_write_keeps_content_and_mode_before_it_replaces_them(tmp_path: Path) -> None:
    project, store = tmp_path / "p", UndoStore(tmp_path / "undo")
    project.mkdir()
    (project / "a").write_bytes(b"old")
    (project / "a").chmod(0o750)
    guard = FileGuard(places(project))
    for name in ("a", "new"):
        await prepare_write(guard, WriteFile(name, b"new", call_id="c"), store).execute()
    kept, made = store.changes("c")
    assert store.content(kept.before) == b"old" and kept.mode == 0o750 and kept.path == str(project / "a")
    assert made.before == "" and made.after == kept.after
    assert store.last(str(project)) == "c"


async def test_what_cannot_be_kept_is_not_overwritten(tmp_path: Path) -> None:
    project = tmp_path / "p"
    project.mkdir()
    (project / "a").write_bytes(b"old")
    (tmp_path / "undo").write_text("a file where the folder should be")
    prepared = prepare_write(
        FileGuard(places(project)), WriteFile("a", b"new", call_id="c"), UndoStore(tmp_path / "undo")
    )
    with pytest.raises(HostError, match="cannot be kept, so nothing was changed"):
        await prepared.execute()
    assert (project / "a").read_bytes() == b"old"


async def test_a_write_that_was_worked_out_from_other_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"other")
    for replaces in ("0" * 64, ""):
        with pytest.raises(HostError, match="changed in the meantime"):
            await prepare_write(FileGuard(places(tmp_path)), WriteFile("a", b"new", replaces)).execute()
    assert (tmp_path / "a").read_bytes() == b"other"


def test_the_oldest_calls_are_forgotten_and_shared_content_stays(tmp_path: Path) -> None:
    store = UndoStore(tmp_path, max_total=250)
    store.keep_before("one", "/a", b"x" * 100, 0o644, b"")
    store.keep_before("two", "/b", b"x" * 100, 0o644, b"")
    store.keep_before("two", "/c", b"y" * 100, 0o644, b"")
    store.keep_before("three", "/d", b"z" * 100, 0o644, b"")
    with pytest.raises(NotThere):
        store.changes("one")
    assert store.content(store.changes("three")[0].before) == b"z" * 100


def test_a_file_that_is_too_large_is_said_to_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_store, "MAX_FILE", 10)
    store = UndoStore(tmp_path)
    store.keep_before("c", "/a", b"x" * 11, 0o644, b"")
    assert "not kept" in store.changes("c")[0].lost


def test_damaged_content_is_not_given_back(tmp_path: Path) -> None:
    store = UndoStore(tmp_path)
    store.keep_before("c", "/a", b"old", 0o644, b"")
    sha = store.changes("c")[0].before
    (tmp_path / "blobs" / sha).write_bytes(b"evil")
    with pytest.raises(StorageError, match="damaged"):
        store.content(sha)


def test_a_change_that_is_already_made_is_kept_with_what_is_there_now(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"now")
    store = UndoStore(tmp_path / "undo")
    store.keep("c", str(tmp_path / "f"), b"then", 0o600)
    store.keep("c", str(tmp_path / "gone"), b"then", 0o600)
    there, gone = store.changes("c")
    assert there.after and gone.after == ""


def call_file(store: UndoStore, call_id: str) -> Path:
    return store._file(call_id)


@pytest.mark.parametrize(
    "content",
    [
        b"5",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"call_id": "c", "change": 5}',
        b'{"call_id": "c", "change": {"path": 5, "before": "", "after": ""}}',
        b'{"call_id": "c", "change": {"path": "/p/a", "before": [], "after": ""}}',
        b'{"call_id": "c", "change": {"path": "/p/a"}}',
        b'{"call_id": "c", "command": {"what": "changed"}}',
        b'{"call_id": "c", "command": {"what": "changed", "path": [], "object": 1}}',
        b'{"call_id": "c", "command": {"what": "changed", "path": "/p/a", "object": "1"}}',
        b'{"call_id": "c", "command": {"what": "changed", "path": "/p/a", "object": 1, "more": 1}}',
        b'{"call_id": "c", "left": {"object": 1, "path": "/p/a", "found": 5}}',
        b'{"call_id": "c", "left": 5}',
    ],
)
def test_a_damaged_note_of_a_call_is_said_to_be_that_and_harms_no_other(tmp_path: Path, content: bytes) -> None:
    store = UndoStore(tmp_path / "undo")
    store.keep_before("good", "/p/a", b"old", 0o644, b"new")
    call_file(store, "c").write_bytes(content + b"\n")
    with pytest.raises(StorageError, match="what was kept for the call c cannot be read"):
        (store.commands("c"), store.changes("c"))
    os.utime(call_file(store, "c"), (1, 1))
    assert store.last("/p") == "good"
    assert [change.path for change in store.changes("good")] == ["/p/a"]


@pytest.mark.parametrize("spoil", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_among_the_notes_holds_nothing_up(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    store = UndoStore(tmp_path / "undo", max_total=10)
    store.keep_before("good", "/p/a", b"old", 0o644, b"new")
    spoil(call_file(store, "c"))
    call_file(store, "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError):
        store.changes("c")
    assert store.last("/p") == "good"


def test_a_note_that_is_no_text_does_not_stop_the_oldest_from_being_forgotten(tmp_path: Path) -> None:
    store = UndoStore(tmp_path / "undo", max_total=10)
    store.keep_before("old", "/p/a", b"12345678", 0o644, b"")
    call_file(store, "c").write_bytes(b"\xff\xfe")
    store.keep_before("new", "/p/a", b"87654321", 0o644, b"")
    assert [change.path for change in store.changes("new")] == ["/p/a"]
    with pytest.raises(NotThere):
        store.changes("old")
