"""Put a reply together from the raw events of a streamed message.

Works on parsed JSON rather than on the SDK's types: unknown events and blocks must be stepped over, malformed
ones noticed, and a tool's input judged by its own text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from blufio_tui.adapters.model.server_events import ServerEvent
from blufio_tui.core.agent.call_ids import with_own_ids
from blufio_tui.core.agent.provider import (
    ProviderEvent,
    ProviderNotice,
    ProviderReply,
    ProviderText,
    ProviderThinking,
    ProviderUsage,
)
from blufio_tui.core.conversation import (
    Block,
    RedactedThinkingBlock,
    TextBlock,
    ThinkingBlock,
    TokenUsage,
    ToolUseBlock,
)
from blufio_tui.core.events import NoticeLevel
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.unicode import well_formed, well_formed_json

CUT_CALL = (
    "not run: the reply reached its length limit in the middle of this call's input. "
    "Send the call again with less in it, or in several parts."
)
MAX_CALLS = 128
"""Tool calls of one reply that are taken; a model that means it asks again."""
_MAX_NAME = 256
_MAX_TOKENS = 10**9
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class MalformedStream(Exception):
    """What arrived is not a message of the Messages API; the text says why."""


class StreamedError(Exception):
    """The server reported an error inside the stream."""

    def __init__(self, error_type: str, message: str) -> None:
        self.error_type = error_type
        super().__init__(message)


@dataclass(slots=True)
class _Open:
    """A content block while it grows. `kind` "" is one that is not known here."""

    kind: str
    start: dict[str, Any]
    parts: list[str] = field(default_factory=list)
    signature: str = ""
    closed: bool = False

    @property
    def text(self) -> str:
        return "".join(self.parts)


_KNOWN = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})


class ReplyBuilder:
    """Takes the events of one attempt in order."""

    def __init__(self, model: str) -> None:
        self._asked = self._model = model
        self._blocks: dict[int, _Open] = {}
        self._usage = TokenUsage()
        self._stop_reason = ""
        self._stopped = False
        self._calls = 0
        self.started = False

    @property
    def is_whole(self) -> bool:
        """True once nothing of the reply can be missing; a connection that ends before it was cut."""
        return self._stopped or bool(self._stop_reason and all(block.closed for block in self._blocks.values()))

    def feed_all(self, events: Iterable[ServerEvent]) -> Iterator[ProviderEvent]:
        """What several server-sent events mean. Raises as `feed` does."""
        for name, data in events:
            try:
                decoded = name.decode(), data.decode()
            except UnicodeDecodeError as error:
                raise MalformedStream(f"it holds bytes that are not UTF-8 ({error.reason})") from error
            yield from self.feed(*decoded)

    def feed(self, event_name: str | None, data: str) -> Sequence[ProviderEvent]:
        """What one server-sent event means to the one who waits.

        Raises:
            MalformedStream: it is not valid.
            StreamedError: it reports an error.
        """
        event = _parsed(data)
        match event.get("type") or event_name:
            case "content_block_delta":
                return self._grow(_index(event), _object(event, "delta"))
            case "message_start":
                return self._start(_object(event, "message"))
            case "content_block_start":
                return self._open(_index(event), _object(event, "content_block"))
            case "content_block_stop":
                if block := self._blocks.get(_index(event)):
                    block.closed = True
            case "message_delta":
                return self._change(event)
            case "message_stop":
                self._stopped = True
            case "error":
                error = _object(event, "error")
                raise StreamedError(str(error.get("type", "")), str(error.get("message", "")))
        return ()

    def reply(self) -> ProviderReply:
        """The whole reply."""
        in_order = [self._blocks[index] for index in sorted(self._blocks)]
        blocks = with_own_ids([built for block in in_order if (built := self._built(block, block is in_order[-1]))])
        stop_reason = self._stop_reason or _implied(blocks)
        return ProviderReply(blocks, stop_reason, self._usage, self._model)

    def _start(self, message: dict[str, Any]) -> Sequence[ProviderEvent]:
        self.started = True
        if isinstance(model := message.get("model"), str) and model:
            self._model = well_formed(model)[:_MAX_NAME]
        self._count(message.get("usage"))
        return (ProviderUsage(self._usage, self._model),)

    def _open(self, index: int, start: dict[str, Any]) -> Sequence[ProviderEvent]:
        kind = str(start.get("type", ""))
        refused: Sequence[ProviderEvent] = ()
        if kind == "tool_use":
            self._calls += 1
            if self._calls > MAX_CALLS:
                kind = ""
            if self._calls == MAX_CALLS + 1:
                text = f"The reply holds more than {MAX_CALLS} tool calls; only the first {MAX_CALLS} are used."
                refused = (ProviderNotice(NoticeLevel.WARNING, text),)
        block = self._blocks[index] = _Open(kind if kind in _KNOWN else "", start)
        return _shown(block, str(start.get(kind) or "")) if kind in ("text", "thinking") else refused

    def _grow(self, index: int, delta: dict[str, Any]) -> Sequence[ProviderEvent]:
        block = self._blocks.get(index)
        match delta.get("type"):
            case "text_delta":
                return _shown(block or self._unannounced(index, "text"), str(delta.get("text") or ""))
            case "thinking_delta":
                return _shown(block or self._unannounced(index, "thinking"), str(delta.get("thinking") or ""))
            case "signature_delta" if block:
                block.signature += str(delta.get("signature") or "")
            case "input_json_delta" if block:
                block.parts.append(str(delta.get("partial_json") or ""))
        return ()

    def _unannounced(self, index: int, kind: str) -> _Open:
        """A block whose start was left out, as some local servers do."""
        self._blocks[index] = block = _Open(kind, {})
        return block

    def _change(self, event: dict[str, Any]) -> Sequence[ProviderEvent]:
        delta = _object(event, "delta")
        if isinstance(reason := delta.get("stop_reason"), str):
            self._stop_reason = well_formed(reason)[:_MAX_NAME]
        self._count(event.get("usage"))
        usage = ProviderUsage(self._usage, self._model)
        details = delta.get("stop_details")
        if isinstance(details, dict) and details.get("explanation"):
            reason = f"The model's reason: {well_formed(str(details['explanation']))}"
            return usage, ProviderNotice(NoticeLevel.WARNING, reason)
        return (usage,)

    def _count(self, usage: object) -> None:
        """Counts are of the whole message so far; where a server leaves one out, the last one stands."""
        if not isinstance(usage, dict):
            return
        before = self._usage
        self._usage = TokenUsage(
            _most(before.input_tokens, usage.get("input_tokens")),
            _most(before.output_tokens, usage.get("output_tokens")),
            _most(before.cache_read_tokens, usage.get("cache_read_input_tokens")),
            _most(before.cache_write_tokens, usage.get("cache_creation_input_tokens")),
        )

    def _built(self, block: _Open, is_last: bool) -> Block | None:
        match block.kind:
            case "text":
                return TextBlock(well_formed(block.text)) if block.text.strip() else None
            case "thinking":
                signature = block.signature or str(block.start.get("signature") or "")
                return ThinkingBlock(well_formed(block.text), well_formed(signature), self._asked)
            case "redacted_thinking":
                return RedactedThinkingBlock(well_formed(str(block.start.get("data") or "")), self._asked)
            case "tool_use":
                return _tool_use(block, may_be_cut=is_last and self._stop_reason == "max_tokens")
            case _:
                return None


def _shown(block: _Open, text: str) -> Sequence[ProviderEvent]:
    if not text:
        return ()
    block.parts.append(text)
    match block.kind:
        case "text":
            return (ProviderText(well_formed(text)),)
        case "thinking":
            return (ProviderThinking(well_formed(text)),)
        case _:
            return ()


def joined(events: Iterable[ProviderEvent]) -> Iterator[ProviderEvent]:
    """Text that follows text as one event. What comes before an error comes out before it."""
    heard: list[ProviderEvent] = []
    error = None
    try:
        heard.extend(events)
    except (MalformedStream, StreamedError) as caught:
        error = caught
    for kind, alike in groupby(heard, type):
        if kind is ProviderText:
            yield ProviderText("".join(event.text for event in alike if isinstance(event, ProviderText)))
        elif kind is ProviderThinking:
            yield ProviderThinking("".join(event.text for event in alike if isinstance(event, ProviderThinking)))
        else:
            yield from alike
    if error is not None:
        raise error


def _tool_use(block: _Open, *, may_be_cut: bool) -> ToolUseBlock:
    call_id = well_formed(str(block.start.get("id") or ""))[:_MAX_NAME]
    name = _NOT_IN_NAMES.sub("_", str(block.start.get("name") or "unnamed"))[:64]
    announced = block.start.get("input")
    if not block.text and isinstance(announced, dict) and announced:
        return ToolUseBlock(call_id, name, _clean(announced))
    if may_be_cut and not _is_json(block.text):
        return ToolUseBlock(call_id, name, {}, invalid=CUT_CALL)
    try:
        arguments = strict_json.loads(block.text) if block.text.strip() else {}
    except ValueError as error:
        return ToolUseBlock(call_id, name, {}, invalid=f"the input is not valid JSON: {error}")
    if not isinstance(arguments, dict):
        problem = f"the input must be a JSON object, not {_json_type(arguments)}"
        return ToolUseBlock(call_id, name, {}, invalid=problem)
    return ToolUseBlock(call_id, name, _clean(arguments))


def _clean(arguments: dict[str, Any]) -> JsonObject:
    cleaned = well_formed_json(arguments)
    assert isinstance(cleaned, dict)
    return cleaned


def _is_json(text: str) -> bool:
    try:
        strict_json.loads(text)
    except ValueError:
        return False
    return True


def _json_type(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _implied(blocks: Sequence[Block]) -> str:
    return "tool_use" if any(isinstance(block, ToolUseBlock) for block in blocks) else "end_turn"


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = strict_json.parsed(data)
    except ValueError as error:
        raise MalformedStream(f"an event is not valid JSON ({error})") from error
    if not isinstance(event, dict):
        raise MalformedStream("an event is not a JSON object")
    return event


def _object(event: dict[str, Any], key: str) -> dict[str, Any]:
    value = event.get(key)
    if not isinstance(value, dict):
        raise MalformedStream(f"a {event.get('type')} event has no {key}")
    return value


def _index(event: dict[str, Any]) -> int:
    index = event.get("index")
    if not isinstance(index, int):
        raise MalformedStream(f"a {event.get('type')} event has no index")
    return index


def _most(before: int, now: object) -> int:
    """Numbers that no reply can have are no numbers of tokens."""
    is_count = isinstance(now, int) and not isinstance(now, bool) and 0 <= now <= _MAX_TOKENS
    return max(before, now) if is_count and isinstance(now, int) else before
