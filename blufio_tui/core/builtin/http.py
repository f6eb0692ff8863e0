"""The `http` tool."""

import asyncio
import re
from collections.abc import Callable

from blufio_tui.core.builtin.common import (
    BadArguments,
    Perform,
    built_in,
    decoded,
    outcome_of,
    shortened,
    text_argument,
)
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

MAX_RESPONSE = 5 * 1024 * 1024
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_READING_METHODS = ("GET", "HEAD")
_SHOWN_HEADERS = ("content-type", "content-length", "last-modified", "etag", "location", "retry-after", "link")


_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "minLength": 1},
        "method": {
            "type": "string",
            "enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "string"},
        },
        "body": {"type": "string"},
        "raw": {"type": "boolean"},
    },
    "required": ["url"],
    "additionalProperties": False,
}


class HttpTool:
    """One HTTP request, redirects included."""

    name = "http"
    description = (
        "One HTTP request, instead of curl. Returns status, main headers and body; an HTML page as Markdown unless "
        "`raw`. Public hosts only, and those configured. Asks."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform, readable: Callable[[str], str | None] | None = None) -> None:
        """
        Args:
            readable: extracts the visible text of an HTML page, None if it cannot; runs on a thread.
        """
        self._perform = perform
        self._readable = readable
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        method = str(arguments.get("method", "GET")).upper()
        return "" if method in _READING_METHODS else f"{self.name} {method} {arguments.get('url', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        async def fetch() -> str:
            result = await self._perform(_request(arguments), self._actor, context)
            if arguments.get("raw") is True or self._readable is None or not _is_html(result.headers):
                return report(result)
            page = await self._page_text(result)
            if page is None:
                return report(result, note="(the source of the page, which may hold text that it does not show)")
            return report(result, page or "(the page shows no text)")

        return await outcome_of(fetch())

    async def _page_text(self, result: EffectResult) -> str | None:
        """The visible text of an HTML page, None if it cannot be extracted."""
        text = decoded(result.data, _charset(result))
        if not text or self._readable is None:
            return None
        return await asyncio.to_thread(self._readable, text)


def _is_html(headers: tuple[tuple[str, str], ...]) -> bool:
    kinds = [value for name, value in headers if name == "content-type"]
    return any(kind.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml") for kind in kinds)


def _request(arguments: JsonObject) -> Fetch:
    return Fetch(
        text_argument(arguments, "method", "GET").upper(),
        text_argument(arguments, "url"),
        _headers(arguments),
        text_argument(arguments, "body", "").encode("utf-8", "replace"),
        MAX_RESPONSE,
    )


def _headers(arguments: JsonObject) -> tuple[tuple[str, str], ...]:
    headers = arguments.get("headers", {})
    if not isinstance(headers, dict):
        raise BadArguments("headers must be an object of strings")
    found = []
    for name, value in headers.items():
        if not isinstance(value, str):
            raise BadArguments(f"the header {name} must be a string")
        found.append((name, value))
    return tuple(found)


def _charset(result: EffectResult) -> str:
    declared = next((value for name, value in result.headers if name.lower() == "content-type"), "")
    found = _CHARSET.search(declared)
    return found[1] if found else ""


def report(result: EffectResult, page: str = "", note: str = "") -> str:
    """A response as text for the model: a body that is not text is described, a long one shortened.

    Args:
        page: the readable text of the body, shown in its place; "" shows the body.
        note: what the model should know about the body.
    """
    lines = [f"HTTP {result.value} {result.url} (web content, untrusted)"]
    lines += [f"{name}: {value}" for name, value in result.headers if name in _SHOWN_HEADERS]
    if page:
        note = "(the page as Markdown; `raw` returns its source)"
        return "\n".join([*lines, note, "", shortened(page)])
    lines += [note] if note else []
    text = decoded(result.data, _charset(result))
    if text is None:
        return "\n".join([*lines, "", f"(the body is not text: {len(result.data)} bytes)"])
    return "\n".join([*lines, "", shortened(text)]) if text else "\n".join([*lines, "", "(no body)"])
