"""The `/` commands of the prompt: what a line means, and what it may become."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from blufio_tui.core.text.fuzzy import best
from blufio_tui.core.text.similar import near
from blufio_tui.ui.commands.command import Command, Slash
from blufio_tui.ui.commands.table import COMMANDS
from blufio_tui.ui.text.key_row import KeyRow


@dataclass(frozen=True, slots=True)
class Invocation:
    command: Command
    argument: str


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """Looks like a command and is none. `message` says so, with the nearest known ones."""

    name: str
    suggestions: tuple[str, ...]

    @property
    def message(self) -> str:
        meant = " or ".join(f"/{name}" for name in self.suggestions)
        hint = f"did you mean {meant}?" if meant else "/help lists them."
        return f"There is no command /{self.name}; {hint} To send it as text, start with two slashes."


@dataclass(frozen=True, slots=True)
class BadArgument:
    """A command of the table with an argument that it does not take. `message` says what it takes."""

    command: Command
    message: str


Parsed = Invocation | UnknownCommand | BadArgument | None


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole line once this is chosen, `label` what the list shows."""

    text: str
    label: str
    help: str = ""


_BY_NAME = {command.slash.name: command for command in COMMANDS if command.slash is not None}
_BY_ANY_NAME = _BY_NAME | {
    also: command for command in _BY_NAME.values() if command.slash for also in command.slash.also
}
_LINE = re.compile(r"\s*/([A-Za-z][A-Za-z_-]*)(?:\s+(.*))?\Z", re.DOTALL)
_MAX_COMPLETIONS = 50


def parse(text: str) -> Parsed:
    """The command that a prompt is, None for text to send.

    `/etc/hosts is odd` is text (no command has a slash in it), and `//word` is text that begins with a slash.
    """
    match = _LINE.match(text)
    if not match:
        return None
    name, argument = match[1].lower(), (match[2] or "").strip()
    command = _BY_ANY_NAME.get(name)
    if command is None:
        return UnknownCommand(name, _near(name))
    problem = _problem(command.slash, argument) if command.slash is not None else ""
    return BadArgument(command, problem) if problem else Invocation(command, argument)


def _near(name: str) -> tuple[str, ...]:
    """Known names that look like it; first one with the same letters: they are swapped more often than lost."""
    close = near(name, _BY_ANY_NAME)[:2]
    return tuple(sorted(close, key=lambda known: sorted(known) != sorted(name)))


def plain_text(text: str) -> str:
    """A prompt as it is sent: `//word` loses the slash that marked it as text."""
    return text[1:] if text.startswith("//") and _LINE.match(text[1:]) else text


def _problem(slash: Slash, argument: str) -> str:
    if argument and not slash.argument:
        return f"/{slash.name} takes nothing after it."
    if not argument and slash.needs_argument:
        return f"/{slash.name} needs something after it: {slash.usage}."
    first = argument.split(maxsplit=1)[0] if argument else ""
    if first and slash.choices and first not in slash.choices:
        return f"/{slash.name} takes {', '.join(slash.choices)}, not {first[:40]}."
    return ""


def complete(text: str, arguments: Mapping[str, Sequence[str]] | None = None) -> list[Completion]:
    """What the line may become, best first. `arguments` holds what is known only at run time (models, themes, …),
    by the name of the command; "skills", "run" and the like. Under "/" are the names of the person's own commands."""
    if not text.startswith("/") or "\n" in text:
        return []
    name, space, argument = text[1:].partition(" ")
    if not space:
        own = [(Slash(own, "[…]"), "Your own command") for own in (arguments or {}).get("/", ()) if own not in _BY_NAME]
        known = [(command.slash, command.help) for command in _BY_NAME.values() if command.slash is not None]
        names = best(name, [*known, *own], lambda entry: entry[0].name, _MAX_COMPLETIONS)
        return [Completion(_with_room(slash), slash.usage, help) for slash, help in names]
    command = _BY_ANY_NAME.get(name.lower())
    if command is None or command.slash is None or " " in argument.strip():
        return []
    slash = command.slash
    choices = slash.choices or tuple((arguments or {}).get(slash.name, ()))
    chosen = best(argument.strip(), choices, lambda choice: choice, _MAX_COMPLETIONS)
    return [Completion(f"/{slash.name} {choice}", choice, command.help) for choice in chosen]


def _with_room(slash: Slash) -> str:
    return f"/{slash.name} " if slash.argument else f"/{slash.name}"


def slash_rows() -> Iterator[KeyRow]:
    """The commands that are typed, for the help screen and the keys page."""
    for command in COMMANDS:
        if command.slash is not None:
            names = " ".join([command.slash.usage, *(f"/{also}" for also in command.slash.also)])
            yield KeyRow("commands", names, command.help, command.help, "")
