"""The built-in tool `load_skill`: a skill's instructions when they are needed, not before."""

import json
import re
from typing import Protocol

from blufio_tui.core.errors import SkillError
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.skills.active import ActiveSkills
from blufio_tui.core.skills.files import INSTRUCTIONS_FILE, MANIFEST_FILE, SIGNATURE_FILE
from blufio_tui.core.skills.frontmatter import split_frontmatter
from blufio_tui.core.skills.skill import BUILT_IN_TOOLS, Skill
from blufio_tui.core.text.advice import unknown_skill
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

MAX_SHOWN = 100_000
MAX_LISTED = 100
_OWN_FOLDER = re.compile(r"\{baseDir\}|\$\{CLAUDE_(?:SKILL_DIR|PLUGIN_ROOT)\}|\$CLAUDE_(?:SKILL_DIR|PLUGIN_ROOT)\b")


class SkillLibrary(Protocol):
    """Where skills and their files come from. Every method raises `SkillError` with what to do."""

    def get(self, name: str) -> Skill: ...

    def find(self, name: str) -> Skill | None: ...

    def runnable(self) -> list[Skill]: ...

    async def check(self, skill: Skill) -> None: ...

    async def file_names(self, skill: Skill) -> tuple[str, ...]: ...

    async def read(self, skill: Skill, file: str) -> bytes:
        """The bytes of one of `file_names`; nothing else can be read."""
        ...


class LoadSkill:
    """Returns SKILL.md and lists the other files; with `file`, returns one of those."""

    name = "load_skill"
    description = (
        "Read the instructions of a skill before a task it is for, or after a call of it failed. Returns its "
        "SKILL.md and the names of its text files; `file` reads one. Never asks."
    )
    input_schema: ReadOnlyObject = {  # noqa: RUF012 - never written to
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "file": {"type": "string"},
            "offset": {"type": "integer", "minimum": 0, "description": "Character to go on at."},
        },
        "required": ["name"],
        "additionalProperties": False,
    }

    def __init__(self, library: SkillLibrary, active: ActiveSkills) -> None:
        self._library = library
        self._active = active

    def change_of(self, _arguments: ReadOnlyObject) -> str:
        return ""

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        name, file = str(arguments.get("name", "")), str(arguments.get("file") or "")
        offset = _offset(arguments)
        try:
            skill = await self._trusted(name)
            text = await (self._file(skill, file, offset) if file else self._instructions(skill, offset))
        except SkillError as error:
            return ToolOutcome(str(error), is_error=True)
        self._active.activate(skill, context)
        return ToolOutcome(text)

    async def _trusted(self, name: str) -> Skill:
        if self._library.find(name) is None:
            raise SkillError(self._unknown(name))
        skill = self._library.get(name)
        if not skill.enabled:
            raise SkillError(f'the person has disabled the skill "{skill.name}"; go on without it')
        if skill.is_shadowed:
            raise SkillError(f'the skill "{skill.name}" has the name of a built-in tool, and is not offered')
        await self._library.check(skill)
        return skill

    def _unknown(self, name: str) -> str:
        if tool_name(name) in BUILT_IN_TOOLS:
            return f"{tool_name(name)} is a tool, not a skill; call it"
        skills = [skill for skill in self._library.runnable() if not skill.is_hidden]
        code = [skill.name for skill in skills if skill.manifest]
        return unknown_skill(name, [skill.name for skill in skills if not skill.manifest], code)

    async def _instructions(self, skill: Skill, offset: int) -> str:
        names = await self._library.file_names(skill)
        if INSTRUCTIONS_FILE in names:
            _, body = split_frontmatter(_text(await self._library.read(skill, INSTRUCTIONS_FILE)))
        else:
            body = skill.description
        others = [name for name in names if _is_to_be_read(name)]
        parts = [f"# Skill {skill.name} {skill.version}", shortened(filled_in(body.strip(), skill), offset)]
        if skill.manifest:
            parts.append(_how_to_call(skill, skill.manifest))
        if skill.allowed_tools is not None:
            named = " ".join(skill.allowed_tools) or "none"
            limit = f"While this skill is active only these tools work: {named}."
            parts.append(limit if self._active.limiting else f"Its author expects these tools to be used: {named}.")
        return "\n\n".join([*parts, _listing(skill, others), _where(skill)])

    async def _file(self, skill: Skill, file: str, offset: int) -> str:
        return shortened(_text(await self._library.read(skill, file)), offset)


def shortened(text: str, offset: int = 0) -> str:
    """Untrusted text for the model: hidden characters escaped, `MAX_SHOWN` characters of it and how to continue."""
    shown, left = text[offset : offset + MAX_SHOWN], len(text) - offset - MAX_SHOWN
    if left <= 0:
        return visible(shown) if shown or not offset else f"[the text has {len(text):,} characters; nothing is left]"
    return f"{visible(shown)}\n[… {left:,} more characters are not shown; go on with offset {offset + MAX_SHOWN}]"


def filled_in(body: str, skill: Skill) -> str:
    """The instructions with what skills write for their own folder replaced by it, as other agents do."""
    return _OWN_FOLDER.sub(lambda _: str(skill.folder), body)


def _where(skill: Skill) -> str:
    folder = visible_line(str(skill.folder))
    return (
        f"This skill lies in {folder}. Paths in its text are relative to that folder: "
        f"scripts/x.py is {folder}/scripts/x.py."
    )


def _offset(arguments: ReadOnlyObject) -> int:
    value = arguments.get("offset", 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return f"[a binary file of {len(data):,} bytes; it cannot be shown as text]"


def _how_to_call(skill: Skill, manifest: Manifest) -> str:
    lines = [f"Call it as the tool `{skill.tool_name}`."]
    lines += [f"- {visible_line(json.dumps(dict(one.input), ensure_ascii=False))}" for one in manifest.examples]
    return "\n".join(lines)


def tool_name(name: str) -> str:
    return name.replace("-", "_").lower()


def _is_to_be_read(file: str) -> bool:
    """Not what is shown already, nor the manifest, which the tool's definition says, nor what is not text."""
    shown = (INSTRUCTIONS_FILE, SIGNATURE_FILE, MANIFEST_FILE)
    return file not in shown and not file.lower().endswith(_NO_TEXT)


_NO_TEXT = (
    ".wasm", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".woff", ".woff2", ".ttf", ".otf", ".zip", ".gz",
    ".tar", ".so", ".pyc", ".mp3", ".mp4", ".bin", ".xlsx", ".docx", ".pptx",
)  # fmt: skip


def _listing(skill: Skill, names: list[str]) -> str:
    if not names:
        return "It has no other files."
    shown = [f"- {visible_line(name)}" for name in names[:MAX_LISTED]]
    rest = [f"… and {len(names) - MAX_LISTED} more"] if len(names) > MAX_LISTED else []
    head = f'Its other files (load_skill {{"name": "{skill.name}", "file": …}}):'
    return "\n".join([head, *shown, *rest])
