"""A byte order mark, and the encoding that it stands for, survive what the tools write."""

import codecs
from pathlib import Path

import pytest

from blufio_tui.core.builtin.edit import EditTool
from blufio_tui.core.builtin.file import FileTool
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.files.seen import SeenFiles
from blufio_tui.core.tools import CallContext
from tests.fakes.file_policy import FilePolicy

CONTEXT = CallContext("s", "t", "c", lambda event: None)
MARKED = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]


class Tools:
    def __init__(self, folder: Path) -> None:
        policy, seen = FilePolicy((folder,), (folder,)), SeenFiles()

        async def perform(effect: Effect, _actor: Actor, _context: CallContext) -> EffectResult:
            return await policy(effect)

        self.file, self.edit = FileTool(perform, seen), EditTool(perform, seen)

    async def read(self, path: Path) -> None:
        assert not (await self.file.invoke({"action": "read", "path": str(path)}, CONTEXT)).is_error

    async def write(self, path: Path, content: str) -> str:
        return (await self.file.invoke({"action": "write", "path": str(path), "content": content}, CONTEXT)).content


@pytest.mark.parametrize(("mark", "encoding"), MARKED)
@pytest.mark.parametrize("linked", [False, True])
async def test_a_written_file_keeps_its_mark(tmp_path: Path, mark: bytes, encoding: str, linked: bool) -> None:
    tools, file = Tools(tmp_path), tmp_path / "a.txt"
    file.write_bytes(mark + "eins\r\n".encode(encoding))
    named = file
    if linked:
        (tmp_path / "link").symlink_to(file)
        named = tmp_path / "link"
    await tools.read(named)
    await tools.write(named, "zwei ü\r\n")
    assert file.read_bytes() == mark + "zwei ü\r\n".encode(encoding)
    await tools.write(named, "\ufeffdrei\r\n")
    assert file.read_bytes() == mark + "drei\r\n".encode(encoding)


@pytest.mark.parametrize(("mark", "encoding"), MARKED)
async def test_an_edited_file_keeps_its_mark(tmp_path: Path, mark: bytes, encoding: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(mark + "eins\r\n".encode(encoding))
    await Tools(tmp_path).edit.invoke({"path": str(file), "edits": [{"old": "eins", "new": "zwei"}]}, CONTEXT)
    assert file.read_bytes() == mark + "zwei\r\n".encode(encoding)


@pytest.mark.parametrize(("mark", "encoding"), MARKED)
async def test_a_file_that_was_not_read_does_not_lose_its_mark_unnoticed(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    tools, file = Tools(tmp_path), tmp_path / "a.txt"
    before = mark + "eins".encode(encoding)
    file.write_bytes(before)
    assert "begins with a byte order mark, which would be lost; read it" in await tools.write(file, "zwei")
    assert file.read_bytes() == before


async def test_no_file_gains_a_mark(tmp_path: Path) -> None:
    tools, file = Tools(tmp_path), tmp_path / "a.txt"
    await tools.write(file, "eins")
    await tools.write(file, "zwei")
    assert file.read_bytes() == b"zwei"
