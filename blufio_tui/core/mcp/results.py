"""What a server returns, as text for the model and the person. All of it is untrusted."""

import json
from dataclasses import dataclass

from blufio_tui.core.text.amounts import size
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.core.text.unicode import well_formed, well_formed_json

MAX_PARTS = 200
MAX_CHARS = 2_000_000
"""Of one result. Up to here it is stored whole and read on in pages."""


@dataclass(frozen=True, slots=True)
class ResultText:
    text: str
    is_error: bool = False


def result_text(value: JsonObject) -> ResultText:
    """A `tools/call` result."""
    parts = _parts(value.get("content"))
    structured = value.get("structuredContent")
    if structured is not None and not any(_says(part, structured) for part in parts):
        parts.append(visible(json.dumps(well_formed_json(structured), indent=1, ensure_ascii=False)))
    return ResultText(_bounded("\n".join(parts)) or "(no output)", value.get("isError") is True)


def prompt_text(value: JsonObject) -> str:
    """The messages of a `prompts/get` result, as one text."""
    messages = value.get("messages")
    parts = []
    for message in (messages if isinstance(messages, list) else [])[:MAX_PARTS]:
        if isinstance(message, dict):
            said = part_text(message.get("content"))
            parts.append(f"[as if you had answered] {said}" if message.get("role") == "assistant" else said)
    return _bounded("\n\n".join(parts))


def resource_text(value: JsonObject) -> str:
    """The contents of a `resources/read` result."""
    contents = value.get("contents")
    listed = (contents if isinstance(contents, list) else [])[:MAX_PARTS]
    return _bounded("\n".join(_resource(one) for one in listed if isinstance(one, dict))) or "(empty)"


def part_text(part: Json) -> str:
    """One content block."""
    if not isinstance(part, dict):
        return "[not a content part]"
    match part.get("type"):
        case "text":
            return _word(part, "text")
        case "image" | "audio" as kind:
            return f"[{kind}, {_kind_of(part)}, {_size(part.get('data'))}; not shown]"
        case "resource_link":
            about = _word(part, "description") or _word(part, "title")
            return f"[link: {_word(part, 'name')} {visible_line(_word(part, 'uri'))}{' – ' if about else ''}{about}]"
        case "resource":
            resource = part.get("resource")
            return _resource(resource) if isinstance(resource, dict) else "[a resource without content]"
        case _:
            return "[content of an unknown kind]"


def _parts(content: Json) -> list[str]:
    if not isinstance(content, list):
        return []
    parts = [part_text(part) for part in content[:MAX_PARTS]]
    if len(content) > MAX_PARTS:
        parts.append(f"[… {len(content) - MAX_PARTS} more parts left out]")
    return parts


def _resource(resource: JsonObject) -> str:
    head = f"[{visible_line(_word(resource, 'uri'))}, {_kind_of(resource)}]"
    if isinstance(resource.get("text"), str):
        return f"{head}\n{_word(resource, 'text')}"
    return f"{head[:-1]}, {_size(resource.get('blob'))}; not text]"


def _says(part: str, structured: Json) -> bool:
    """Whether the text already contains the structured content; servers repeat it for older clients, wrapping bare
    values."""
    wrapped = isinstance(structured, dict) and list(structured) == ["result"]
    inner = structured["result"] if wrapped and isinstance(structured, dict) else structured
    if isinstance(inner, str) and part == visible(well_formed(inner)):
        return True
    if len(part) > MAX_CHARS:
        return False
    try:
        return json.loads(part) in (structured, inner) if part else False
    except (ValueError, RecursionError):
        return False


def _word(part: JsonObject, key: str) -> str:
    value = part.get(key)
    return visible(well_formed(value)) if isinstance(value, str) else ""


def _kind_of(part: JsonObject) -> str:
    return visible_line(_word(part, "mimeType")[:80]) or "kind unknown"


def _size(data: Json) -> str:
    """Of base64 text."""
    return size(len(data) * 3 // 4) if isinstance(data, str) else "no data"


def _bounded(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return f"{text[:MAX_CHARS]}\n[… {len(text) - MAX_CHARS:,} more characters left out]"
