"""A `ModelRequest` in the terms of the Messages API, cache marks at the ends of the zones."""

import re
from collections.abc import Sequence
from typing import Any

from blufio_tui.adapters.model.claude_thinking import ThinkingForm
from blufio_tui.core.agent.provider import ModelRequest
from blufio_tui.core.conversation import (
    Block,
    ImageBlock,
    Message,
    RedactedThinkingBlock,
    Role,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

CACHE_MARK = {"type": "ephemeral"}
_MAX_ID = 48
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")


def request_params(request: ModelRequest, form: ThinkingForm) -> dict[str, Any]:
    """The body of `POST /v1/messages`."""
    params: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "stream": True,
        "messages": _messages(request, form.sends_thinking),
        **form.params,
    }
    if request.system:
        params["system"] = [_marked({"type": "text", "text": s.text}, s.cache_mark) for s in request.system]
    if request.tools:
        params["tools"] = _tools(request)
        if request.tool_choice == "none":
            params["tool_choice"] = {"type": "none"}
    return params


def _tools(request: ModelRequest) -> list[dict[str, Any]]:
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}
        for tool in request.tools
    ]
    tools[-1]["cache_control"] = CACHE_MARK
    return tools


def _messages(request: ModelRequest, sends_thinking: bool) -> list[dict[str, Any]]:
    """In a tool loop every thinking block goes back, whatever name the server gave itself: the API insists on it."""
    ids = _CallIds()
    loop_begins = _last_prompt(request.messages)
    thinker = request.model if sends_thinking else None
    messages: list[dict[str, Any]] = [
        {"role": message.role.value, "content": _content(message.blocks, thinker, place > loop_begins, ids)}
        for place, message in enumerate(request.messages)
    ]
    if messages and messages[-1]["content"]:
        messages[-1]["content"][-1]["cache_control"] = CACHE_MARK
    return messages


def _last_prompt(messages: Sequence[Message]) -> int:
    """Where the tool loop that goes on began: the last message of the person that is not only results."""
    for place in range(len(messages) - 1, -1, -1):
        message = messages[place]
        if message.role is Role.USER and not all(isinstance(block, ToolResultBlock) for block in message.blocks):
            return place
    return -1


def _content(blocks: Sequence[Block], thinker: str | None, in_loop: bool, ids: "_CallIds") -> list[dict[str, Any]]:
    """The blocks, without thinking that `thinker` did not write: a model refuses the thinking of another."""
    return [_block(block, ids) for block in blocks if _is_sent(block, thinker, in_loop)]


def _is_sent(block: Block, thinker: str | None, in_loop: bool) -> bool:
    match block:
        case ThinkingBlock(_, signature, model):
            return bool(signature) and thinker is not None and (in_loop or model in ("", thinker))
        case RedactedThinkingBlock(_, model):
            return thinker is not None and (in_loop or model in ("", thinker))
        case _:
            return True


def _block(block: Block, ids: "_CallIds") -> dict[str, Any]:
    match block:
        case TextBlock(text):
            return {"type": "text", "text": text}
        case ImageBlock(media_type, data):
            return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
        case ThinkingBlock(thinking, signature):
            return {"type": "thinking", "thinking": thinking, "signature": signature}
        case RedactedThinkingBlock(data):
            return {"type": "redacted_thinking", "data": data}
        case ToolUseBlock(call_id, name, arguments):
            return {"type": "tool_use", "id": ids.sent(call_id), "name": name, "input": arguments}
        case ToolResultBlock(call_id, content, is_error, images):
            # An error without a text is refused, and so is one with a picture.
            text = content if content.strip() else "(no output)"
            pictures = [] if is_error else [_block(image, ids) for image in images]
            return {
                "type": "tool_result",
                "tool_use_id": ids.sent(call_id),
                "content": [{"type": "text", "text": text}, *pictures] if pictures else text,
                "is_error": is_error,
            }


class _CallIds:
    """Ids as the API takes them; two that differ stay two, as `call:1` and `call.1` would not."""

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}
        self._taken: set[str] = set()

    def sent(self, call_id: str) -> str:
        if call_id not in self._sent:
            plain = _NOT_IN_IDS.sub("_", call_id)[:_MAX_ID] or "call"
            sent, number = plain, 2
            while sent in self._taken:
                sent, number = f"{plain}_{number}", number + 1
            self._taken.add(sent)
            self._sent[call_id] = sent
        return self._sent[call_id]


def _marked(block: dict[str, Any], marked: bool) -> dict[str, Any]:
    return {**block, "cache_control": CACHE_MARK} if marked else block
