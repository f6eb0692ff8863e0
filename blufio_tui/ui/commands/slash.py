"""The `/` commands of the prompt: one table for parsing, completion and help."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from blufio_tui.core.capability import Mode
from blufio_tui.core.text.fuzzy import best


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """
    Attributes:
        argument: what may follow, for the hint: `NAME` is required, `[NAME]` may be left out, "" takes nothing.
        choices: the arguments there are when they are known beforehand.
    """

    name: str
    help: str
    argument: str = ""
    choices: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.argument}".rstrip()


@dataclass(frozen=True, slots=True)
class Invocation:
    command: SlashCommand
    argument: str


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """Looks like a command and is none. `message` says so, with the nearest known ones."""

    name: str
    suggestions: tuple[str, ...]

    @property
    def message(self) -> str:
        near = " or ".join(f"/{name}" for name in self.suggestions)
        hint = f"did you mean {near}?" if near else "/help lists them."
        return f"There is no command /{self.name}; {hint} To send it as text, start with two slashes."


@dataclass(frozen=True, slots=True)
class BadArgument:
    """A command of the table with an argument that it does not take. `message` says what it takes."""

    command: SlashCommand
    message: str


Parsed = Invocation | UnknownCommand | BadArgument | None


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole line once this is chosen, `label` what the list shows."""

    text: str
    label: str
    help: str = ""


COMMANDS: tuple[SlashCommand, ...] = (
    SlashCommand("help", "Keys and commands", "[COMMAND]"),
    SlashCommand("new", "Start a new session"),
    SlashCommand("resume", "Go on with an earlier session", "[SESSION]"),
    SlashCommand("sessions", "List, search, rename and delete sessions", "[TEXT]"),
    SlashCommand("rewind", "Go back to an earlier message; what came after stays as a branch"),
    SlashCommand("retry", "Ask for the last reply again; the old one stays as a branch"),
    SlashCommand("compact", "Sum the conversation up to make room; the original stays stored"),
    SlashCommand("connect", "Connect a model: an API key or a server", "[CONNECTION]"),
    SlashCommand("model", "Choose the model", "[NAME]"),
    SlashCommand("thinking", "How long the model may think before it answers", "[off|TOKENS]"),
    SlashCommand(
        "mode", "What happens to effects that nothing else decides", "[MODE]", tuple(mode.value for mode in Mode)
    ),
    SlashCommand("cost", "What was spent, by turn, session, day, month and model"),
    SlashCommand("copy", "Copy the last reply, or its n-th code block", "[N]"),
    SlashCommand("export", "Write the session to a file", "[md|json] [FILE]", ("md", "json")),
    SlashCommand("skills", "Installed skills and what they may do", "[NAME]"),
    SlashCommand("run", "Call a skill yourself", "SKILL [JSON]"),
    SlashCommand("audit", "The audit log", "[TEXT]"),
    SlashCommand("rules", "Your own standing rules, and what each would have answered"),
    SlashCommand("mcp", "MCP servers: their tools, their state, what they printed"),
    SlashCommand("jobs", "Commands in the background, and ending them"),
    SlashCommand("grants", "Stored answers, and taking them back"),
    SlashCommand("instructions", "Look at the project's AGENTS.md, and let the model follow it"),
    SlashCommand("undo", "Take back what a call changed in files; without a name, the last one", "[CALL]"),
    SlashCommand("confirm", "Look at what another program changed in the policy, and let it count"),
    SlashCommand("theme", "Choose the colours", "[NAME]"),
    SlashCommand("settings", "See and change the configuration", "[KEY]"),
    SlashCommand("doctor", "What works here, and what to do about what does not"),
    SlashCommand("quit", "Leave; everything is stored"),
)
"""In the order in which an empty `/` lists them."""

_BY_NAME = {command.name: command for command in COMMANDS}
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
    command = _BY_NAME.get(name)
    if command is None:
        return UnknownCommand(name, tuple(get_close_matches(name, _BY_NAME, n=2, cutoff=0.6)))
    problem = _problem(command, argument)
    return BadArgument(command, problem) if problem else Invocation(command, argument)


def plain_text(text: str) -> str:
    """A prompt as it is sent: `//word` loses the slash that marked it as text."""
    return text[1:] if text.startswith("//") and _LINE.match(text[1:]) else text


def _problem(command: SlashCommand, argument: str) -> str:
    if argument and not command.argument:
        return f"/{command.name} takes nothing after it."
    if not argument and command.argument and not command.argument.startswith("["):
        return f"/{command.name} needs something after it: {command.usage}."
    first = argument.split(maxsplit=1)[0] if argument else ""
    if first and command.choices and first not in command.choices:
        return f"/{command.name} takes {', '.join(command.choices)}, not {first[:40]}."
    return ""


def complete(text: str, arguments: Mapping[str, Sequence[str]] | None = None) -> list[Completion]:
    """What the line may become, best first. `arguments` holds what is known only at run time (models, themes, …),
    by the name of the command; "skills", "run" and the like. Under "/" are the names of the person's own commands."""
    if not text.startswith("/") or "\n" in text:
        return []
    name, space, argument = text[1:].partition(" ")
    if not space:
        own = [SlashCommand(one, "Your own command", "[…]") for one in (arguments or {}).get("/", ())]
        known_commands = (*COMMANDS, *(command for command in own if command.name not in _BY_NAME))
        found = best(name, known_commands, lambda command: command.name, _MAX_COMPLETIONS)
        return [Completion(_with_room(command), command.usage, command.help) for command in found]
    command = _BY_NAME.get(name.lower())
    if command is None or " " in argument.strip():
        return []
    known = command.choices or tuple((arguments or {}).get(command.name, ()))
    chosen = best(argument.strip(), known, lambda choice: choice, _MAX_COMPLETIONS)
    return [Completion(f"/{command.name} {choice}", choice, command.help) for choice in chosen]


def _with_room(command: SlashCommand) -> str:
    return f"/{command.name} " if command.argument else f"/{command.name}"
