"""The `http` tool."""

import re

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
        "url": {"type": "string", "description": "An absolute http or https URL.", "minLength": 1},
        "method": {
            "type": "string",
            "enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            "description": "GET when absent.",
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Request headers by name.",
        },
        "body": {"type": "string", "description": "The request's body, sent as UTF-8."},
    },
    "required": ["url"],
    "additionalProperties": False,
}


class HttpTool:
    """One HTTP request, redirects included."""

    name = "http"
    description = (
        "Make an HTTP request and return status, main headers and body. Only http and https, only hosts on the public "
        "internet (and what the user's configuration lists). Redirects are followed; each one is decided anew."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._actor = built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        method = str(arguments.get("method", "GET")).upper()
        return "" if method in _READING_METHODS else f"{self.name} {method} {arguments.get('url', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        async def fetch() -> str:
            return report(await self._perform(_request(arguments), self._actor, context))

        return await outcome_of(fetch())


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
        raise BadArguments("headers must be an object of texts")
    found = []
    for name, value in headers.items():
        if not isinstance(value, str):
            raise BadArguments(f"the header {name} must be a text")
        found.append((name, value))
    return tuple(found)


def _charset(result: EffectResult) -> str:
    declared = next((value for name, value in result.headers if name.lower() == "content-type"), "")
    found = _CHARSET.search(declared)
    return found[1] if found else ""


def report(result: EffectResult) -> str:
    """A response as the model reads it: a body that is not text is described, a long one is shortened."""
    lines = [f"HTTP {result.value} {result.url} (web content, untrusted)"]
    lines += [f"{name}: {value}" for name, value in result.headers if name in _SHOWN_HEADERS]
    text = decoded(result.data, _charset(result))
    if text is None:
        return "\n".join([*lines, "", f"(the body is not text: {len(result.data)} bytes)"])
    return "\n".join([*lines, "", shortened(text)]) if text else "\n".join([*lines, "", "(no body)"])
