"""A home in which a pipe, an endless device or a damaged note stands where a file should be holds nothing up."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.cage.profiles.build import toolchains
from blufio_tui.adapters.cage.program_side.interrupted import CALL_FILE, CHANGES_FILE, take_up_all
from blufio_tui.adapters.cage.program_side.listings import Listings
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.desktop.prompt_history import PromptHistory
from blufio_tui.adapters.files.undo_store import UndoStore
from blufio_tui.adapters.mcp.store import Pins
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.mcp.server import ServerConfig
from blufio_tui.features.screen.files import Memory

DIGEST = "ab" * 32
SPOILED: dict[str, Callable[[Path], object]] = {
    "a pipe": lambda path: os.mkfifo(path, 0o600),
    "a folder": Path.mkdir,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}


def key(paths: Paths) -> object:
    return AuditKey(paths.audit_key).key(log_is_empty=False)


def mark(paths: Paths) -> object:
    return AuditKey(paths.audit_key, paths.audit_marks).earlier_log()


READERS: dict[str, tuple[Callable[[Paths], Path], Callable[[Paths], object]]] = {
    "key": (lambda paths: paths.audit_key, key),
    "mark": (lambda paths: paths.audit_marks[0], mark),
    "history": (lambda paths: paths.history, lambda paths: PromptHistory(paths.history).load()),
    "screen": (lambda paths: paths.screen_memory, lambda paths: Memory(paths.screen_memory).load()),
    "pins": (
        lambda paths: paths.server_pins,
        lambda paths: Pins(paths.server_pins).of(ServerConfig("x", command="true")),
    ),
    "effects": (
        lambda paths: paths.effects / f"{DIGEST}.jsonl.z",
        lambda paths: Listings(paths.effects).load(DIGEST),
    ),
    "toolchains": (lambda paths: paths.toolchains_file, lambda paths: toolchains(paths.toolchains_file)),
}


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, reader: str, spoil: str) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path / "cache")
    place, read = READERS[reader]
    file = place(paths)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    SPOILED[spoil](file)
    try:
        read(paths)
    except BlufioError as error:
        assert str(file) in str(error) or "cannot be read" in str(error)
        assert "None" not in str(error)


@pytest.mark.parametrize("note", ["", "5", "[]", "{}", '{"call_id": 5}', "[" * 100_000, "CALL"])
@pytest.mark.parametrize("changes", ["", "5", "null", '{"what": 5}', '{"what": "changed", "path": []}', '{"left": 5}'])
def test_a_damaged_note_of_an_interrupted_command_does_not_keep_the_program_from_starting(
    tmp_path: Path, note: str, changes: str
) -> None:
    whole = {"call_id": "c", "session_id": "s", "turn_id": "t", "actor": "bash", "command": "make"}
    folder = tmp_path / "kept" / "call-x"
    folder.mkdir(parents=True)
    (folder / CALL_FILE).write_text(json.dumps(whole) if note == "CALL" else note)
    (folder / CHANGES_FILE).write_text(changes + "\n")
    taken = take_up_all(tmp_path / "kept", UndoStore(tmp_path / "undo"))
    assert [one.changes for one in taken] == ([0] if note == "CALL" and not changes else [])
