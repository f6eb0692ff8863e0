"""A person's own slash commands: a Markdown file each, whose text is the prompt.

The format is that of Claude Code: `$ARGUMENTS` and `$1` to `$9` are filled in, `@path` attaches a file when the
prompt is sent, as if it had been typed. A command only writes a prompt; it allows nothing.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from blufio_tui.core.skills.frontmatter import split_frontmatter
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.text.display import visible_line

MAX_BYTES = 64 * 1024

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}(?::[A-Za-z0-9_-]{1,64}){0,4}")
_LINE = re.compile(r"/(?P<name>[A-Za-z][A-Za-z0-9_:-]*)(?:\s+(?P<argument>.*))?\Z", re.DOTALL)
_FIELD = re.compile(r"^(description|argument-hint):[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_PLACE = re.compile(r"\$(ARGUMENTS|[1-9])(?![0-9A-Za-z_])")


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """
    Attributes:
        name: without the slash; a file in a folder is `folder:name`.
        hint: what may follow, in words.
        body: the prompt, with places for arguments.
        source: where the file is, for people.
    """

    name: str
    description: str
    hint: str
    body: str
    source: str


def command_of(name: str, text: str, source: str) -> OwnCommand | None:
    """The command that a file is; None for a name that nobody could type, and for a file without text."""
    if not _NAME.fullmatch(name):
        return None
    block, body = split_frontmatter(text)
    fields = {key: value.strip("\"'") for key, value in _FIELD.findall(block)}
    if not body.strip():
        return None
    first = next((line.strip("# ") for line in body.splitlines() if line.strip()), "")
    description = visible_line(fields.get("description", first))[:120]
    return OwnCommand(name, description, visible_line(fields.get("argument-hint", ""))[:60], body.strip(), source)


def filled(command: OwnCommand, argument: str) -> str:
    """The prompt. Arguments that the text has no place for stand behind it."""
    words = _words(argument)

    def place(match: re.Match[str]) -> str:
        if match[1] == "ARGUMENTS":
            return argument
        number = int(match[1])
        return words[number - 1] if number <= len(words) else ""

    text = _PLACE.sub(place, command.body)
    return text if _PLACE.search(command.body) or not argument else f"{text}\n\n{argument}"


def _words(argument: str) -> list[str]:
    """As a shell would take them apart, where the quotes are closed."""
    try:
        return shlex.split(argument)
    except ValueError:
        return argument.split()


def skill_prompt(skill: Skill, argument: str) -> str:
    """The prompt for `/name` of a skill: the model loads its instructions, or calls it."""
    how = f'Use the skill "{skill.name}": read its instructions with load_skill first.'
    return f"{how}\n\n{argument}" if argument else how


def _as_text(prompt: str) -> str:
    """`!make` typed by a person runs at once, as theirs; a file that begins so must not."""
    return f"\n{prompt}" if prompt.lstrip().startswith(("!", "/")) and not prompt.startswith("\n") else prompt


def prompt_for(text: str, commands: Mapping[str, OwnCommand], skills: Iterable[Skill]) -> str | None:
    """What is sent when somebody types `/name …`; None if there is no command and no skill of that name.

    A command comes before a skill: it is the person's own.
    """
    match = _LINE.match(text.strip())
    if match is None:
        return None
    name, argument = match["name"], (match["argument"] or "").strip()
    if command := commands.get(name):
        return _as_text(filled(command, argument))
    for skill in skills:
        if skill.name == name and skill.enabled and not skill.is_shadowed:
            return skill_prompt(skill, argument)
    return None
