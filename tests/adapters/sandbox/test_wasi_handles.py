"""The service that answers a worker's requests on open files, and distrusts them."""

import asyncio
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.files.wasi import OpenHandle
from blufio_tui.adapters.files.wasi.handles import MAX_HANDLES
from blufio_tui.adapters.sandbox.program_side.open_files import Handles
from blufio_tui.adapters.sandbox.wire.protocol import Frame, FrameKind, ProtocolError
from blufio_tui.core.errors import HostError
from blufio_tui.core.text.json_types import Json


@pytest.fixture
def handles() -> Iterator[Handles]:
    service = Handles()
    yield service
    service.close()


def open_file(path: Path) -> OpenHandle:
    return OpenHandle(os.open(path, os.O_RDWR | os.O_CREAT), str(path), readable=True, writable=True)


def request(number: Json, operation: Json, *arguments: Json, blob: bytes = b"") -> Frame:
    return Frame(FrameKind.EFFECT, {"op": operation, "handle": number, "args": list(arguments)}, blob)


async def test_writing_reading_and_flushing(handles: Handles, tmp_path: Path) -> None:
    number = handles.adopt(open_file(tmp_path / "file"))
    for mode in (0, 1, 2):
        written = await handles.answer(request(number, "append", mode, blob=b"abc"))
        assert (written.kind, written.integer("value")) == (FrameKind.RESULT, 3 * (mode + 1))
    assert (await handles.answer(request(number, "read", 2, 4))).blob == b"cabc"
    assert (await handles.answer(request(number, "read", 0, 1 << 20))).blob == b"abcabcabc"
    assert (await handles.answer(request(number, "sync", 1))).kind is FrameKind.RESULT


async def test_what_fails_has_the_name_of_its_errno(handles: Handles, tmp_path: Path) -> None:
    number = handles.adopt(open_file(tmp_path / "file"))
    await handles.answer(request(number, "close"))
    for frame in (request(number, "stat"), request(number, "sync", 2), request(999, "read", 0, 4)):
        answer = await handles.answer(frame)
        assert (answer.kind, answer.text("code")) == (FrameKind.FAILED, "EBADF")
    assert (await handles.answer(request(number, "sing"))).kind is FrameKind.FAILED


@pytest.mark.parametrize(
    "frame",
    [
        Frame(FrameKind.EFFECT, {"op": "read", "handle": 1}),
        request("1", "read", 0, 1),
        request(1, 7, 0, 1),
        request(1, "read", "0", 1),
        request(1, "read", True, 1),
        request(1, "read", None, 1),
        request(1, "read", 0.5, 1),
        request(1, "read", *range(20)),
    ],
)
async def test_nonsense_is_a_lying_worker(handles: Handles, tmp_path: Path, frame: Frame) -> None:
    handles.adopt(open_file(tmp_path / "file"))
    with pytest.raises(ProtocolError):
        await handles.answer(frame)


async def test_only_so_many_files_are_kept_open(handles: Handles, tmp_path: Path) -> None:
    gc.collect()  # what earlier tests left open
    before = len(os.listdir("/dev/fd"))
    for _ in range(MAX_HANDLES):
        handles.adopt(open_file(tmp_path / "file"))
    with pytest.raises(HostError):
        handles.adopt(open_file(tmp_path / "file"))
    assert len(os.listdir("/dev/fd")) == before + MAX_HANDLES
    handles.close()
    assert len(os.listdir("/dev/fd")) == before


async def test_closing_while_a_flush_is_under_way_harms_nothing(handles: Handles, tmp_path: Path) -> None:
    number = handles.adopt(open_file(tmp_path / "file"))
    flushing = asyncio.ensure_future(handles.answer(request(number, "append", 2, blob=b"abc")))
    await asyncio.sleep(0)
    handles.close()
    assert (await flushing).kind is FrameKind.RESULT
    assert (tmp_path / "file").read_bytes() == b"abc"


def test_a_handle_that_nobody_keeps_is_closed(tmp_path: Path) -> None:
    gc.collect()  # what earlier tests left open
    before = len(os.listdir("/dev/fd"))
    handle = open_file(tmp_path / "file")
    assert len(os.listdir("/dev/fd")) == before + 1
    del handle
    assert len(os.listdir("/dev/fd")) == before
