"""Messages as JSON and back: how they are stored, and how they are exported.

The shapes are those of the Messages API's content blocks, so that an export can be read by other tools.
"""

import json
from collections.abc import Mapping
from typing import Any

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
from blufio_tui.core.text.json_types import Json, JsonObject


def message_from_json(value: object) -> Message:
    """
    Raises:
        ValueError: `value` is not a message; the text says where and what was expected.
    """
    found = _object(value, "message")
    role = _text(found, "role", "message")
    if role not in (Role.USER, Role.ASSISTANT):
        raise ValueError(f'message.role: expected "user" or "assistant", found "{role[:40]}"')
    return Message(Role(role), blocks_from_json(found.get("content")))


def blocks_from_json(value: object) -> tuple[Block, ...]:
    if not isinstance(value, list):
        raise ValueError(f"content: expected a list of blocks, found {type(value).__name__}")
    return tuple(block_from_json(block, f"content[{index}]") for index, block in enumerate(value))


def block_to_json(block: Block) -> JsonObject:
    match block:
        case TextBlock(text):
            return {"type": "text", "text": text}
        case ImageBlock(media_type, data):
            return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
        case ThinkingBlock(thinking, signature, model):
            return {"type": "thinking", "thinking": thinking, "signature": signature, **_model(model)}
        case RedactedThinkingBlock(data, model):
            return {"type": "redacted_thinking", "data": data, **_model(model)}
        case ToolUseBlock(id=id_, name=name, input=input_):
            return {"type": "tool_use", "id": id_, "name": name, "input": input_}
        case ToolResultBlock(tool_use_id, content, is_error, images):
            shown: Json = content
            if images:
                shown = [{"type": "text", "text": content}, *(block_to_json(image) for image in images)]
            return {"type": "tool_result", "tool_use_id": tool_use_id, "content": shown, "is_error": is_error}


def block_from_json(value: object, where: str = "block") -> Block:
    """
    Raises:
        ValueError: `value` is not a block of a kind known here.
    """
    found = _object(value, where)
    match found.get("type"):
        case "text":
            return TextBlock(_text(found, "text", where))
        case "image":
            return _image(found, where)
        case "thinking":
            signature = _text(found, "signature", where)
            return ThinkingBlock(_text(found, "thinking", where), signature, _optional_text(found, "model", where))
        case "redacted_thinking":
            return RedactedThinkingBlock(_text(found, "data", where), _optional_text(found, "model", where))
        case "tool_use":
            arguments: Any = _object(found.get("input"), f"{where}.input")
            return ToolUseBlock(_text(found, "id", where), _text(found, "name", where), dict(arguments))
        case "tool_result":
            return _tool_result(found, where)
        case other:
            raise ValueError(f"{where}.type: not a known kind of block: {str(other)[:40]!r}")


def _tool_result(found: Mapping[str, object], where: str) -> ToolResultBlock:
    is_error = found.get("is_error", False)
    if not isinstance(is_error, bool):
        raise ValueError(f"{where}.is_error: expected true or false")
    content = found.get("content")
    if not isinstance(content, list):
        return ToolResultBlock(_text(found, "tool_use_id", where), _text(found, "content", where), is_error)
    parts = [_object(part, f"{where}.content[{index}]") for index, part in enumerate(content)]
    texts = [_text(part, "text", where) for part in parts if part.get("type") == "text"]
    images = tuple(_image(part, where) for part in parts if part.get("type") == "image")
    if len(texts) + len(images) < len(parts):
        raise ValueError(f"{where}.content: expected parts that are text or image")
    return ToolResultBlock(_text(found, "tool_use_id", where), "\n".join(texts), is_error, images)


def _image(found: Mapping[str, object], where: str) -> ImageBlock:
    source = _object(found.get("source"), f"{where}.source")
    return ImageBlock(_text(source, "media_type", where), _text(source, "data", where))


def _model(model: str) -> JsonObject:
    return {"model": model} if model else {}


def _optional_text(found: Mapping[str, object], key: str, where: str) -> str:
    return _text(found, key, where) if key in found else ""


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: expected an object, found {type(value).__name__}")
    return value


def _text(found: Mapping[str, object], key: str, where: str) -> str:
    value = found.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{where}.{key}: expected a string, found {type(value).__name__}")
    return value


def dump(value: Json) -> str:
    """Compact JSON that a database can store: text that is not valid Unicode (lone surrogates) is escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text
