"""A model on loopback that streams at a given pace, and remembers when it was asked."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle, islice

from tests.fakes.messages_api import KEY, MessagesApi, Reply, Step, served, sse, text

_TICK = 0.01
_TEXT = """\
A pool keeps connections open so that the next request need not wait for one.

- it is made once
- it is **shared**
- its `owner` closes it

```python
for item in items:
    print(item)
```

"""
_FRAGMENTS = re.findall(r"\S+\s+", _TEXT)


class PacedModel(MessagesApi):
    """Answers each request with `fragments` pieces of Markdown, `rate` of them a second.

    Attributes:
        asked_at: when each request had arrived, in `time.perf_counter` seconds.
    """

    def __init__(self, rate: float, fragments: int) -> None:
        super().__init__()
        self.asked_at: list[float] = []
        self._rate = rate
        self._pieces = list(islice(cycle(_FRAGMENTS), fragments))

    async def _perform(self, step: Step, model: str, writer: asyncio.StreamWriter) -> bool:
        self.asked_at.append(time.perf_counter())
        events = Reply(text("x", pieces=1)).events(model)
        before, after = events[:3], events[4:]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        _send(writer, b"".join(map(sse, before)))
        await self._stream(writer)
        _send(writer, b"".join(map(sse, after)))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        start, sent = time.perf_counter(), 0
        while sent < len(self._pieces):
            due = min(int((time.perf_counter() - start) * self._rate) + 1, len(self._pieces))
            if due > sent:
                _send(writer, b"".join(map(_delta, self._pieces[sent:due])))
                await writer.drain()
                sent = due
            await asyncio.sleep(_TICK)


def _delta(piece: str) -> bytes:
    return sse({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@contextmanager
def paced(rate: float, fragments: int) -> Iterator[PacedModel]:
    model = PacedModel(rate, fragments)
    with served(model):
        yield model


def connection(model: MessagesApi) -> Mapping[str, str]:
    """The environment that connects the program to it."""
    return {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.url}
