"""The `edit` tool on a gate that keeps files in memory."""

import errno
import hashlib

from blufio_tui.core.builtin.edit import EditTool
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, FindFiles, ListDir, ReadFile, WriteFile
from blufio_tui.core.errors import HostError
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.text.json_types import Json
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.core.tools import CallContext, ToolOutcome

CONTEXT = CallContext("s", "t", "c", lambda event: None)


class Disk:
    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.writes: list[WriteFile] = []

    async def __call__(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        match effect:
            case ReadFile(path=path):
                if path not in self.files:
                    raise HostError(f"{path}: no such file", errno.ENOENT)
                return EffectResult(0, self.files[path], path=path)
            case WriteFile(path=path, content=content):
                self.writes.append(effect)
                self.files[path] = content
                return EffectResult(0, path=path)
            case ListDir() | FindFiles():
                raise HostError("nothing is listed here")
        raise AssertionError(effect)


async def edit(disk: Disk, *edits: Json, seen: SeenFiles | None = None) -> ToolOutcome:
    return await EditTool(disk, seen or SeenFiles()).invoke({"path": "a", "edits": list(edits)}, CONTEXT)


async def test_an_edit_writes_only_if_the_file_is_still_the_one_it_was_worked_out_from() -> None:
    disk = Disk(a=b"\xef\xbb\xbfone\r\ntwo\r\n")
    outcome = await edit(disk, {"old": "two", "new": "three"})
    assert not outcome.is_error and outcome.content == "changed a (+1 −1)\n     1\tone\n     2\tthree"
    assert disk.files["a"] == b"\xef\xbb\xbfone\r\nthree\r\n"
    assert disk.writes[0].replaces == hashlib.sha256(b"\xef\xbb\xbfone\r\ntwo\r\n").hexdigest()


async def test_a_file_that_changed_since_it_was_read_is_refused_once_with_what_changed() -> None:
    disk, seen = Disk(a=b"one\ntwo\n"), SeenFiles()
    seen.note("s", "a", b"one\n")
    outcome = await edit(disk, {"old": "one", "new": "1"}, seen=seen)
    assert outcome.is_error and "changed since you read it" in outcome.content and "+two" in outcome.content
    assert not disk.writes
    assert not (await edit(disk, {"old": "one", "new": "1"}, seen=seen)).is_error


async def test_an_empty_old_makes_a_file_and_never_replaces_one() -> None:
    disk = Disk()
    assert not (await edit(disk, {"old": "", "new": "hello\n"})).is_error
    assert disk.files["a"] == b"hello\n" and disk.writes[0].replaces == ""
    assert "exists already" in (await edit(disk, {"old": "", "new": "x"})).content
    assert disk.files["a"] == b"hello\n"


async def test_nothing_is_written_when_one_edit_fails() -> None:
    disk = Disk(a=b"one\n")
    outcome = await edit(disk, {"old": "one", "new": "1"}, {"old": "absent", "new": "2"})
    assert outcome.is_error and "edit 2 of 2" in outcome.content and not disk.writes


async def test_a_binary_file_and_a_character_that_the_encoding_lacks_are_refused() -> None:
    assert "binary" in (await edit(Disk(a=b"\0\1"), {"old": "x", "new": "y"})).content
    assert "latin-1" in (await edit(Disk(a=b"caf\xe9"), {"old": "caf", "new": "日"})).content


async def test_a_file_that_is_not_there_is_named_with_the_way_to_make_it() -> None:
    assert "empty `old`" in (await edit(Disk(), {"old": "x", "new": "y"})).content


def test_the_oldest_contents_are_forgotten_when_there_are_too_many() -> None:
    seen = SeenFiles(max_bytes=10)
    seen.note("s", "a", b"12345678")
    seen.note("s", "b", b"12345678")
    assert seen.changed("s", "a", b"other") == "" and seen.changed("s", "b", b"other")


async def test_an_edit_around_a_masked_key_keeps_it_and_one_of_its_line_is_told_why_it_fails() -> None:
    key = "gh" + "p_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zAB"
    disk = Disk(a=f"a = 1\nT={key}\n".encode())
    tool = EditTool(disk, SeenFiles(), mask=mask_keys)

    async def change(old: str, new: str) -> ToolOutcome:
        return await tool.invoke({"path": "a", "edits": [{"old": old, "new": new}]}, CONTEXT)

    missed = await change("T=ghp_[masked]", "T=x")
    assert missed.is_error and "[masked] stands for a key" in missed.content
    destroying = await change("a = 1", "a = 1\nT=ghp_[masked]")
    assert destroying.is_error and "would destroy the key" in destroying.content and not disk.writes
    assert not (await change("a = 1", "a = 2")).is_error
    assert disk.files["a"] == f"a = 2\nT={key}\n".encode()
