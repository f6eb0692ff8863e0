"""Reads the pages of a PDF in a separate process, which is killed if it takes too long."""

import asyncio
import json
import sys
from collections.abc import Iterable
from contextlib import suppress

from blufio_tui.core.builtin.pdf_pages import PdfText

PDF_SECS = 20.0
_WORKER = "blufio_tui.adapters.files.pdf_worker"


async def read_pdf(data: bytes, first: int, characters: int) -> PdfText:
    """The text of the pages from `first` on, until there are about so many characters. Never raises for what is in the
    document."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-m", _WORKER,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    request = json.dumps({"first": first, "characters": characters}).encode() + b"\n"
    feeding = asyncio.create_task(_feed(process.stdin, request + data))
    said = bytearray()
    late = False
    try:
        async with asyncio.timeout(PDF_SECS):
            while chunk := await process.stdout.read(65536):
                said += chunk
            await process.wait()
    except TimeoutError:
        late = True
    finally:
        feeding.cancel()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        await asyncio.wait({feeding})
    ended = f"it took longer than {PDF_SECS:g} s" if late else "it needs too much time or memory"
    return _text_of(bytes(said).split(b"\n")[:-1], "" if process.returncode == 0 and not late else ended)


async def _feed(stream: asyncio.StreamWriter, given: bytes) -> None:
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            stream.write(given)
            await stream.drain()
    finally:
        stream.close()


def _text_of(lines: Iterable[bytes], problem: str) -> PdfText:
    total, texts = 0, []
    for line in lines:
        one = json.loads(line)
        total = one.get("pages", total)
        problem = one.get("problem", problem)
        if "text" in one:
            texts.append(one["text"])
    return PdfText(total, tuple(texts), problem)
