"""A `ModelRequest` in the terms of the Messages API, cache marks at the ends of the zones."""

import re
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


def fixed_params(request: ModelRequest, form: ThinkingForm) -> dict[str, Any]:
    """The body of `POST /v1/messages`, without the messages."""
    params: dict[str, Any] = {"model": request.model, "max_tokens": request.max_tokens, "stream": True, **form.params}
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


def is_prompt(message: Message) -> bool:
    """Whether it begins a tool loop: a message of the person that is not only results."""
    return message.role is Role.USER and not all(isinstance(block, ToolResultBlock) for block in message.blocks)


def message_params(message: Message, thinker: str | None, in_loop: bool, ids: "CallIds") -> dict[str, Any]:
    """A message without thinking that `thinker` did not write: a model refuses the thinking of another. In a tool loop
    every thinking block goes back, whatever name the server gave itself: the API insists on it.

    Args:
        thinker: the model that is asked; None if no thinking is sent.
    """
    content = [_block(block, ids) for block in message.blocks if _is_sent(block, thinker, in_loop)]
    return {"role": message.role.value, "content": content}


def depends_on_loop(message: Message, thinker: str | None) -> bool:
    """Whether some of it is sent only in a tool loop."""
    return any(_is_sent(block, thinker, True) != _is_sent(block, thinker, False) for block in message.blocks)


def _is_sent(block: Block, thinker: str | None, in_loop: bool) -> bool:
    match block:
        case ThinkingBlock(_, signature, model):
            return bool(signature) and thinker is not None and (in_loop or model in ("", thinker))
        case RedactedThinkingBlock(_, model):
            return thinker is not None and (in_loop or model in ("", thinker))
        case _:
            return True


def _block(block: Block, ids: "CallIds") -> dict[str, Any]:
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


class CallIds:
    """Ids as the API takes them; two that differ stay two, as `call:1` and `call.1` would not.

    Args:
        known: ids that were given out before, for what may still change and must not count.
    """

    def __init__(self, known: "CallIds | None" = None) -> None:
        self._known = known
        self._sent: dict[str, str] = {}
        self._taken: set[str] = set()

    def sent(self, call_id: str) -> str:
        if (sent := self._given(call_id)) is None:
            plain = _NOT_IN_IDS.sub("_", call_id)[:_MAX_ID] or "call"
            sent, number = plain, 2
            while self._is_taken(sent):
                sent, number = f"{plain}_{number}", number + 1
            self._taken.add(sent)
            self._sent[call_id] = sent
        return sent

    def _given(self, call_id: str) -> str | None:
        return self._sent.get(call_id) or (self._known._given(call_id) if self._known else None)

    def _is_taken(self, sent: str) -> bool:
        return sent in self._taken or (self._known is not None and self._known._is_taken(sent))


def _marked(block: dict[str, Any], marked: bool) -> dict[str, Any]:
    return {**block, "cache_control": CACHE_MARK} if marked else block
