"""The frontmatter of a SKILL.md, as the Agent Skills specification limits it.

Only plain text values are taken from the YAML: no tags, no dates, no nested documents.
"""

import json
import re
from dataclasses import dataclass, field

from blufio_tui.core.errors import ManifestError
from blufio_tui.core.text.display import is_hidden, printable
from blufio_tui.core.text.similar import did_you_mean

MAX_INSTRUCTIONS_BYTES = 256 * 1024
MAX_NAME, MAX_DESCRIPTION, MAX_COMPATIBILITY = 64, 1024, 500
KNOWN = (
    "name",
    "description",
    "license",
    "allowed-tools",
    "metadata",
    "compatibility",
    "version",
    "disable-model-invocation",
)

_ONE_LINE = re.compile(
    r"^(description|license|compatibility):[ \t]+(?![\"'|>\[{&*!%@`])(\S.*?)[ \t]*\r?$", re.MULTILINE
)
_BLOCK = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TOOL = re.compile(r"[^\s,()]+(?:\([^()]*\))?")


@dataclass(frozen=True, slots=True)
class Instructions:
    """A parsed SKILL.md.

    Attributes:
        allowed_tools: None if the skill names no tools.
        is_hidden: whether only the person starts it (`disable-model-invocation: true`).
        body: the text after the frontmatter.
        notes: keys that were left aside, in words; a skill from elsewhere may carry some.
    """

    name: str
    description: str
    body: str
    license: str = ""
    compatibility: str = ""
    allowed_tools: tuple[str, ...] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    is_hidden: bool = False


def parse_instructions(text: str, folder_name: str | None = None, file: str = "SKILL.md") -> Instructions:
    """Parse a SKILL.md; with `folder_name` a name that is not the folder's gets a note.

    Raises:
        ManifestError: with a line for each mistake.
    """
    match = _BLOCK.match(text)
    if match is None:
        raise ManifestError(f"{file}:1: must start with frontmatter: ---, name: …, description: …, ---")
    values = _load(match.group(1), file)
    problems = [*_name_problems(values), *_text_problems(values)]
    if problems:
        raise ManifestError("\n".join(f"{file}:{_line(match.group(1), key)}: {key}: {what}" for key, what in problems))
    return Instructions(
        name=str(values["name"]),
        description=_description(values),
        body=text[match.end() :],
        license=_one_line(str(values.get("license", ""))),
        compatibility=_one_line(str(values.get("compatibility", ""))),
        allowed_tools=_allowed_tools(values),
        metadata=_metadata(values),
        notes=_notes(values, folder_name),
        is_hidden=str(values.get("disable-model-invocation", "")).strip().lower() in ("true", "yes", "on"),
    )


def split_frontmatter(text: str) -> tuple[str, str]:
    """(frontmatter, body); the frontmatter is "" if there is none."""
    match = _BLOCK.match(text)
    return (match.group(1), text[match.end() :]) if match else ("", text)


def _notes(values: dict[str, object], folder_name: str | None) -> tuple[str, ...]:
    notes = [
        f'"{printable(str(key))}" is not part of the format{did_you_mean(str(key), KNOWN)} and is ignored'
        for key in values
        if key not in KNOWN
    ]
    length = len(_one_line(str(values["description"])))
    if length > MAX_DESCRIPTION:
        notes.append(f"its description has {length} characters and is shortened to {MAX_DESCRIPTION}")
    if folder_name is not None and values["name"] != folder_name:
        notes.append(f'its name is "{values["name"]}", but its folder is called "{printable(folder_name)}"')
    return tuple(notes)


def _load(block: str, file: str) -> dict[str, object]:
    import yaml

    try:
        values = _yaml(block)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        what = getattr(error, "problem", None) or "cannot be read"
        raise ManifestError(f"{file}:{line}: not valid YAML: {printable(str(what), 200)}") from None
    if not isinstance(values, dict):
        raise ManifestError(f"{file}:2: the frontmatter must be `key: value` lines")
    return values


def _yaml(block: str) -> object:
    """The block as YAML, else with its one-line texts taken as they stand: `description: Use it: when …` is
    no YAML, and frequent in published skills."""
    import yaml

    try:
        return yaml.load(block, _loader())  # noqa: S506 - a subclass of SafeLoader
    except yaml.YAMLError as error:
        quoted = _ONE_LINE.sub(lambda found: f"{found[1]}: {json.dumps(found[2], ensure_ascii=False)}", block)
        try:
            return yaml.load(quoted, _loader())  # noqa: S506
        except yaml.YAMLError:
            raise error from None


def _loader() -> type:
    """A safe loader in which every plain value is text (`version: 1.10` stays "1.10") and aliases are refused."""
    import yaml

    class TextLoader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, list[tuple[str, object]]] = {}  # noqa: RUF012

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not allowed")
            return super().compose_node(parent, index)

    return TextLoader


def _name_problems(values: dict[str, object]) -> list[tuple[str, str]]:
    name = values.get("name")
    if not isinstance(name, str) or not name:
        return [("name", "is required")]
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        return [("name", "must be 1 to 64 lower-case letters, digits and single hyphens")]
    return []


def _text_problems(values: dict[str, object]) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    description = values.get("description")
    if not isinstance(description, str) or not description.strip():
        problems.append(("description", "is required"))
    for key, most in (("description", MAX_DESCRIPTION), ("compatibility", MAX_COMPATIBILITY), ("license", 500)):
        value = values.get(key, "")
        if not isinstance(value, str):
            problems.append((key, "must be text"))
        elif len(value) > most and key != "description":
            problems.append((key, f"has {len(value)} characters; at most {most} are allowed"))
        elif any(is_hidden(char) and char not in "\n\r\t" for char in value):
            problems.append((key, "holds hidden or control characters"))
    tools = values.get("allowed-tools", "")
    if not isinstance(tools, str | list) or (isinstance(tools, list) and not all(isinstance(t, str) for t in tools)):
        problems.append(("allowed-tools", "must be names separated by spaces"))
    return problems


def _allowed_tools(values: dict[str, object]) -> tuple[str, ...] | None:
    """Space-delimited by the specification; commas and YAML lists are met in the wild."""
    tools = values.get("allowed-tools")
    if tools is None:
        return None
    text = " , ".join(tools) if isinstance(tools, list) else str(tools)
    return tuple(dict.fromkeys(_TOOL.findall(text)))


def _metadata(values: dict[str, object]) -> dict[str, str]:
    """The metadata; a `version` beside it, as many published skills write it, counts where metadata has none."""
    held, version = values.get("metadata"), values.get("version")
    top = {"version": version} if isinstance(version, str) and version else {}
    if not isinstance(held, dict):
        return top
    return top | {str(key): str(item) for key, item in held.items() if isinstance(item, str)}


def _description(values: dict[str, object]) -> str:
    text = _one_line(str(values["description"]))
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _line(block: str, key: str) -> int:
    for number, line in enumerate(block.splitlines(), 2):
        if line.startswith(f"{key}:"):
            return number
    return 1
