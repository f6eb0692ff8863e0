"""What the offline guide says: about itself, results and denials."""

import json
from collections.abc import Iterable, Sequence

from blufio_tui.core.conversation import ToolResultBlock
from blufio_tui.core.guide.guide import ToolExamples
from blufio_tui.core.manifest.manifest import Example
from blufio_tui.core.text import strict_json

CONNECT = (
    "`/connect` connects a model: with an API key, or a server that speaks the Anthropic Messages API. Outside the "
    "app, set `ANTHROPIC_API_KEY` or pass `--base-url`."
)

DENIED = "capability not permitted"

_SHOWN = 12
_NEAREST = 2
_RESULT_CHARS = 4_000

BUILT_IN_EXAMPLES = (
    ToolExamples(
        "file",
        (
            Example("list the files", {"action": "list", "path": "."}),
            Example("list the files in {path}", {"action": "list", "path": "{path}"}),
            Example("what is in {path}", {"action": "list", "path": "{path}"}),
            Example("show me {path}", {"action": "read", "path": "{path}"}),
            Example("show {path}", {"action": "read", "path": "{path}"}),
            Example("read {path}", {"action": "read", "path": "{path}"}),
            Example("open {path}", {"action": "read", "path": "{path}"}),
            Example("write {content} to {path}", {"action": "write", "path": "{path}", "content": "{content}\n"}),
        ),
    ),
    ToolExamples(
        "bash",
        (
            Example("run the command {command}", {"command": "{command}"}),
            Example("run {command}", {"command": "{command}"}),
        ),
    ),
    ToolExamples(
        "http",
        (
            Example("fetch {url}", {"url": "{url}"}),
            Example("get {url}", {"url": "{url}"}),
        ),
    ),
    ToolExamples(
        "load_skill",
        (
            Example("explain the skill {name}", {"name": "{name}"}),
            Example("how does the skill {name} work", {"name": "{name}"}),
        ),
    ),
)


def introduction(catalogue: Iterable[ToolExamples]) -> str:
    """Who is answering, what it understands and how to connect a model."""
    lines = "\n".join(f"- `{say}`" for say in _sentences(catalogue)[:_SHOWN])
    return (
        "This is the **offline guide**, not a model. It knows the example sentences of the tools and skills and "
        f"runs the matching call, such as:\n\n{lines}\n\n{CONNECT}"
    )


def not_understood(near: Sequence[str], catalogue: Iterable[ToolExamples]) -> str:
    """Two lines: what may have been meant, and how to connect a model."""
    known = near or [say for say in _sentences(catalogue) if "{" not in say][:_NEAREST]
    words = " or ".join(f"“{say}”" for say in known)
    said = f"No tool matches that. Did you mean {words}?" if near else f"No tool matches that. Try {words}."
    how = "`help` lists what it understands, `/connect` (or ANTHROPIC_API_KEY) connects a model."
    return f"{said}\n\nThis is the offline guide, not a model: {how}"


def announcement(tool: str) -> str:
    return f"(offline guide) Running `{tool}` for that."


def report(results: Iterable[ToolResultBlock]) -> str:
    """The results of the calls, in plain sentences."""
    return "\n\n".join(_told(result) for result in results)


def _told(result: ToolResultBlock) -> str:
    if DENIED in result.content or (result.is_error and result.content.startswith("DENIED ")):
        denied = _first_line(result.content.removeprefix("DENIED "))
        return (
            f"That was **denied**: {denied}\n\nNothing was done. The audit log shows who decided. "
            "If you want it, ask again and allow it."
        )
    if result.is_error:
        return f"That did not work: {_shortened(result.content)}"
    return _pretty(result.content)


def _pretty(content: str) -> str:
    """A small JSON object as a sentence, other output as it is."""
    try:
        value = strict_json.parsed(content)
    except ValueError:
        return _fenced(content)
    if isinstance(value, dict) and value and all(not isinstance(item, dict | list) for item in value.values()):
        return ", ".join(f"{key}: **{item}**" for key, item in value.items())
    return _fenced(json.dumps(value, indent=2, ensure_ascii=False))


def _fenced(content: str) -> str:
    """As a code block that the content cannot close."""
    shortened = _shortened(content.rstrip("\n"))
    if not shortened.strip():
        return "Done; there was no output."
    fence = "```"
    while fence in shortened:
        fence += "`"
    return f"{fence}\n{shortened}\n{fence}"


def _first_line(text: str) -> str:
    return _shortened(text).strip().splitlines()[0]


def _shortened(text: str) -> str:
    if len(text) <= _RESULT_CHARS:
        return text
    return f"{text[:_RESULT_CHARS]}\n… {len(text) - _RESULT_CHARS:,} more characters; open the call in the trace."


def _sentences(catalogue: Iterable[ToolExamples]) -> list[str]:
    """One sentence of each tool first, then the second of each, and so on."""
    columns = [[example.say for example in entry.examples] for entry in catalogue]
    rows = range(max((len(column) for column in columns), default=0))
    return list(dict.fromkeys(column[row] for row in rows for column in columns if row < len(column)))
