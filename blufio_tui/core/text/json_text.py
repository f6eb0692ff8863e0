"""JSON to be printed."""

import json

from blufio_tui.core.text.display import is_hidden
from blufio_tui.core.text.json_types import Json


def json_text(value: Json, *, indent: int | None = None) -> str:
    """JSON in which nothing that a terminal obeys or draws as nothing stands as itself; it reads back the same."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    hidden = {char for char in set(text) if char != "\n" and is_hidden(char)}
    return text.translate({ord(char): json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f" for char in hidden})
