"""The rules by which the Messages API accepts a request; each refusal in words like the API's own."""

import hashlib
import json
import re
from typing import Any

from blufio_tui.adapters.model.claude_body import RequestBodies
from blufio_tui.adapters.model.claude_thinking import ThinkingForm
from blufio_tui.core.agent.provider import ModelRequest

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_AT_TOP = ("oneOf", "anyOf", "allOf")


def sign(model: str, thinking: str) -> str:
    """The signature this server puts on thinking, and the only one it takes back."""
    return hashlib.sha256(f"{model}\0{thinking}".encode()).hexdigest()[:32]


def as_parsed(request: ModelRequest, form: ThinkingForm | None = None) -> dict[str, Any]:
    """The body of a request as a server reads it."""
    body: dict[str, Any] = json.loads(RequestBodies().body(request, form or ThinkingForm({})))
    return body


def problem_of(body: dict[str, Any]) -> str:
    """Why the API would answer 400; "" when it would not."""
    checks = (_shape, _roles, _content, _pairing, _tools, _thinking, _cache_marks)
    return next((found for check in checks if (found := check(body))), "")


def _shape(body: dict[str, Any]) -> str:
    if not isinstance(body.get("model"), str) or not body["model"]:
        return "model: Field required"
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        return "max_tokens: must be at least 1"
    if not body.get("messages"):
        return "messages: at least one message is required"
    return ""


def _roles(body: dict[str, Any]) -> str:
    roles = [message["role"] for message in body["messages"]]
    if roles[0] != "user":
        return "messages: first message must use the user role"
    if set(roles) - {"user", "assistant"}:
        return "messages: unexpected role"
    if roles[-1] != "user":
        return "This model does not support assistant message prefill. The conversation must end with a user message."
    return ""


def _content(body: dict[str, Any]) -> str:
    for index, message in enumerate(body["messages"]):
        if not message["content"]:
            return f"messages.{index}: content must be non-empty"
        for block in _blocks(message):
            if block["type"] == "text" and not block["text"].strip():
                return f"messages.{index}: text content blocks must contain non-whitespace text"
            if block["type"] == "tool_result" and block.get("is_error") and not block.get("content"):
                return f"messages.{index}: content cannot be empty if `is_error` is true"
            if block["type"] == "tool_use" and not isinstance(block["input"], dict):
                return f"messages.{index}: tool_use.input: Input should be a valid dictionary"
    return ""


def _pairing(body: dict[str, Any]) -> str:
    messages = _merged(body["messages"])
    seen: set[str] = set()
    for index, message in enumerate(messages):
        calls = [block["id"] for block in message["blocks"] if block["type"] == "tool_use"]
        if any(not _ID.fullmatch(call) for call in calls):
            return f"messages.{index}: tool_use.id: String should match pattern"
        if len(set(calls)) < len(calls) or seen & set(calls):
            return f"messages.{index}: `tool_use` ids must be unique"
        seen.update(calls)
        following = messages[index + 1] if index + 1 < len(messages) else {"blocks": []}
        answered = [block["tool_use_id"] for block in following["blocks"] if block["type"] == "tool_result"]
        if calls and set(calls) - set(answered):
            return f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after"
        if message["role"] == "assistant" and set(answered) - set(calls):
            return f"messages.{index + 1}: unexpected `tool_use_id` found in `tool_result` blocks"
        if len(set(answered)) < len(answered):
            return f"messages.{index + 1}: each tool_use must have a single result"
        kinds = [block["type"] == "tool_result" for block in following["blocks"]]
        if kinds != sorted(kinds, reverse=True):
            return f"messages.{index + 1}: `tool_result` blocks must come first"
    return ""


def _tools(body: dict[str, Any]) -> str:
    tools = body.get("tools") or []
    kinds = {block["type"] for message in body["messages"] for block in _blocks(message)}
    if kinds & {"tool_use", "tool_result"} and not tools:
        return "Requests which include `tool_use` or `tool_result` blocks must define tools"
    if body.get("tool_choice") and not tools:
        return "tool_choice may only be specified while providing tools"
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        return "tool_choice: forced tool use is not supported for this model"
    for index, tool in enumerate(tools):
        schema = tool["input_schema"]
        if not _NAME.fullmatch(tool["name"]):
            return f"tools.{index}.name: String should match pattern"
        if schema.get("type") != "object" or any(key in schema for key in _AT_TOP):
            return f"tools.{index}.input_schema: does not support oneOf, allOf, or anyOf at the top level"
    if len({tool["name"] for tool in tools}) < len(tools):
        return "tools: Tool names must be unique."
    return ""


def _thinking(body: dict[str, Any]) -> str:
    form = (body.get("thinking") or {}).get("type", "")
    accepted = {"", "adaptive", "between_tools"} if "5-5" in body["model"] else {"", "enabled", "disabled"}
    if form not in accepted:
        return f'"thinking.type.{form}" is not supported for this model.'
    if form == "enabled" and not 1024 <= body["thinking"]["budget_tokens"] < body["max_tokens"]:
        return "thinking.budget_tokens: must be at least 1024 and less than max_tokens"
    for index, message in enumerate(body["messages"]):
        blocks = _blocks(message)
        thoughts = [block for block in blocks if block["type"] == "thinking"]
        if any(block["signature"] != sign(body["model"], block["thinking"]) for block in thoughts):
            return f"messages.{index}: Invalid `signature` in `thinking` block"
        if thoughts and blocks[0]["type"] not in ("thinking", "redacted_thinking"):
            return f"messages.{index}: If an assistant message contains thinking blocks, the first must be thinking"
    return ""


def _cache_marks(body: dict[str, Any]) -> str:
    blocks = [block for message in body["messages"] for block in _blocks(message)]
    marked = [
        block
        for block in (*(body.get("system") or ()), *(body.get("tools") or ()), *blocks)
        if "cache_control" in block
    ]
    if len(marked) > 4:
        return f"A maximum of 4 blocks with cache_control may be provided. Found {len(marked)}."
    if any(block.get("type") == "thinking" for block in marked):
        return "thinking blocks cannot have cache_control"
    return ""


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _merged(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one role are one turn to the API."""
    merged: list[dict[str, Any]] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1]["blocks"] += _blocks(message)
        else:
            merged.append({"role": message["role"], "blocks": list(_blocks(message))})
    return merged
