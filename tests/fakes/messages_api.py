"""A server on loopback that speaks the streaming Messages API, checks requests as it does, and fails on demand.

    async with MessagesApi(Reply(text("hi")), Status(529, "overloaded_error")) as api:
        ...  # api.url, api.requests, api.refused

Steps are used up one a request that is valid; after the last one it says "done". It may be used from another
thread or process as well: `serving()` runs it in a thread for tests that drive a whole program.
"""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.fakes.messages_rules import problem_of, sign

KEY = "test-key"
Block = dict[str, Any]


def text(content: str, pieces: int = 2) -> Block:
    return {"type": "text", "text": content, "_pieces": pieces}


def thinking(content: str) -> Block:
    return {"type": "thinking", "thinking": content}


def tool_use(call_id: str, name: str, arguments: Any, *, raw: str | None = None) -> Block:
    """A call; `raw` replaces the JSON text of its input."""
    return {"type": "tool_use", "id": call_id, "name": name, "_json": json.dumps(arguments) if raw is None else raw}


@dataclass(frozen=True)
class Reply:
    """A reply in full, streamed as the API streams it."""

    blocks: tuple[Block, ...]
    stop_reason: str = "end_turn"
    input_tokens: int = 100
    output_tokens: int = 20
    cache_read: int = 0
    stop_details: dict[str, Any] | None = None

    def __init__(self, *blocks: Block, stop_reason: str = "", **more: Any) -> None:
        calls = any(block["type"] == "tool_use" for block in blocks)
        object.__setattr__(self, "blocks", blocks)
        object.__setattr__(self, "stop_reason", stop_reason or ("tool_use" if calls else "end_turn"))
        for name in ("input_tokens", "output_tokens", "cache_read", "stop_details"):
            object.__setattr__(self, name, more.get(name, getattr(type(self), name)))

    def events(self, model: str) -> list[dict[str, Any]]:
        usage = {"input_tokens": self.input_tokens, "output_tokens": 1, "cache_read_input_tokens": self.cache_read}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
        message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}, {"type": "ping"}]
        for index, block in enumerate(self.blocks):
            events += _block_events(index, block, model)
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None, "stop_details": self.stop_details}
        events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": self.output_tokens}})
        events.append({"type": "message_stop"})
        return events


def _block_events(index: int, block: Block, model: str) -> list[dict[str, Any]]:
    match block["type"]:
        case "text":
            start: Block = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": part} for part in _pieces(block["text"], block["_pieces"])]
        case "thinking":
            start = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": part} for part in _pieces(block["thinking"], 2)]
            deltas.append({"type": "signature_delta", "signature": sign(model, block["thinking"])})
        case "tool_use":
            start = {"type": "tool_use", "id": block["id"], "name": block["name"], "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in _pieces(block["_json"], 3)]
        case _:
            start, deltas = block, []
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def _pieces(whole: str, count: int) -> list[str]:
    size = max(1, -(-len(whole) // count))
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def sse(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


@dataclass(frozen=True)
class Status:
    """An error before any stream."""

    code: int
    error_type: str = "api_error"
    message: str = "it went wrong"
    headers: tuple[tuple[str, str], ...] = ()
    error_code: str = ""


@dataclass(frozen=True)
class Stream:
    """Any bytes as the stream; the ways a connection can end.

    Attributes:
        clean: end with a proper last chunk; else the connection just closes.
        hang: after the bytes, send nothing and keep the connection open.
        trickle: byte by byte.
    """

    body: bytes
    clean: bool = True
    hang: bool = False
    trickle: bool = False
    content_type: str = "text/event-stream; charset=utf-8"


@dataclass(frozen=True)
class HangUp:
    """Close the connection without an answer."""


Step = Reply | Status | Stream | HangUp


def recorded(reply: Reply, model: str = "claude-sonnet-5-5") -> bytes:
    return b"".join(sse(event) for event in reply.events(model))


def cut(reply: Reply, after: int, *, clean: bool = False) -> Stream:
    """The reply's stream, ended after so many bytes."""
    return Stream(recorded(reply)[:after], clean=clean)


def with_events(reply: Reply, *extra: dict[str, Any], at: int = 2) -> Stream:
    """The reply's stream with other events in it."""
    events = reply.events("claude-sonnet-5-5")
    return Stream(b"".join(sse(event) for event in [*events[:at], *extra, *events[at:]]))


class MessagesApi:
    """
    Attributes:
        url: where it listens.
        requests: the bodies of the requests that were accepted.
        sizes, headers: of the same requests; bytes of the body.
        refused: why requests were not.
    """

    def __init__(self, *steps: Step, models: Sequence[dict[str, Any]] | None = None) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.headers: list[dict[str, str]] = []
        self.refused: list[str] = []
        self._steps = list(steps)
        self._models = models
        self._used = 0
        self._open: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "MessagesApi":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while request := await _read_request(reader):
                if not await self._answer(*request, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection stays open."""
        if path.startswith("/v1/models"):
            return await self._list_models(writer)
        if path != "/v1/messages" or method != "POST":
            return await _send_error(writer, Status(404, "not_found_error", "Not found"))
        if headers.get("authorization") != f"Bearer {KEY}" or "anthropic-version" not in headers:
            return await _send_error(writer, Status(401, "authentication_error", "invalid x-api-key"))
        parsed = json.loads(body)
        if problem := problem_of(parsed):
            self.refused.append(problem)
            return await _send_error(writer, Status(400, "invalid_request_error", problem))
        self.requests.append(parsed)
        self.sizes.append(len(body))
        self.headers.append(headers)
        return await self._perform(self._next(), parsed["model"], writer)

    def _next(self) -> Step:
        self._used += 1
        return self._steps[self._used - 1] if self._used <= len(self._steps) else Reply(text("done"))

    async def _perform(self, step: Step, model: str, writer: asyncio.StreamWriter) -> bool:
        match step:
            case Reply():
                return await _send_stream(writer, Stream(recorded(step, model)))
            case Stream():
                return await _send_stream(writer, step)
            case Status():
                return await _send_error(writer, step)
            case HangUp():
                return False

    async def _list_models(self, writer: asyncio.StreamWriter) -> bool:
        if self._models is None:
            return await _send_error(writer, Status(404, "not_found_error", "Not found"))
        page = {"data": list(self._models), "has_more": False, "first_id": None, "last_id": None}
        await _send_whole(writer, 200, json.dumps(page).encode(), "application/json")
        return True


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    """None for the end, and for what is no HTTP: the beginning of TLS."""
    words = (await reader.readline()).decode("latin-1").split(" ", 2)
    if len(words) < 3 or not words[2].startswith("HTTP/"):
        return None
    method, path, _ = words
    headers: dict[str, str] = {}
    while (header := (await reader.readline()).decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return method, path, headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _send_error(writer: asyncio.StreamWriter, status: Status) -> bool:
    error: dict[str, Any] = {"type": status.error_type, "message": status.message}
    if status.error_code:
        error["details"] = {"error_code": status.error_code}
    body = json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()
    await _send_whole(writer, status.code, body, "application/json", status.headers)
    return True


async def _send_whole(
    writer: asyncio.StreamWriter,
    code: int,
    body: bytes,
    content_type: str,
    headers: Sequence[tuple[str, str]] = (),
) -> None:
    lines = [f"HTTP/1.1 {code} X", f"content-type: {content_type}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()


async def _send_stream(writer: asyncio.StreamWriter, stream: Stream) -> bool:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {stream.content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    pieces = [bytes([byte]) for byte in stream.body] if stream.trickle else [stream.body]
    for piece in pieces:
        if piece:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
        if stream.trickle:
            await asyncio.sleep(0)
    if stream.hang:
        await asyncio.Event().wait()
    if stream.clean:
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    return stream.clean


@contextmanager
def serving(*steps: Step, models: Sequence[dict[str, Any]] | None = None) -> Iterator[MessagesApi]:
    """The server in a thread of its own, for tests that start the program as a process."""
    with served(MessagesApi(*steps, models=models)) as api:
        yield api


@contextmanager
def served(api: MessagesApi) -> Iterator[MessagesApi]:
    """Any such server in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with api:
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        loop.close()
