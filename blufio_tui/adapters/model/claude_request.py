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
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
)

CACHE_MARK = {"type": "ephemeral"}
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
    messages = [_message(message, request.model if sends_thinking else None) for message in request.messages]
    if messages and messages[-1]["content"]:
        messages[-1]["content"][-1]["cache_control"] = CACHE_MARK
    return messages


def _message(message: Message, thinker: str | None) -> dict[str, Any]:
    return {"role": message.role.value, "content": _content(message.blocks, thinker)}


def _content(blocks: Sequence[Block], thinker: str | None) -> list[dict[str, Any]]:
    """The blocks, without thinking that `thinker` did not write: a model refuses the thinking of another."""
    return [_block(block) for block in blocks if _is_sent(block, thinker)]


def _is_sent(block: Block, thinker: str | None) -> bool:
    match block:
        case ThinkingBlock(_, signature, model):
            return bool(signature) and thinker is not None and model in ("", thinker)
        case RedactedThinkingBlock(_, model):
            return thinker is not None and model in ("", thinker)
        case _:
            return True


def _block(block: Block) -> dict[str, Any]:
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
            return {"type": "tool_use", "id": _call_id(call_id), "name": name, "input": arguments}
        case ToolResultBlock(call_id, content, is_error):
            # An error without a text is refused.
            return {
                "type": "tool_result",
                "tool_use_id": _call_id(call_id),
                "content": content if content.strip() else "(no output)",
                "is_error": is_error,
            }


def _call_id(call_id: str) -> str:
    return _NOT_IN_IDS.sub("_", call_id)


def _marked(block: dict[str, Any], marked: bool) -> dict[str, Any]:
    return {**block, "cache_control": CACHE_MARK} if marked else block
