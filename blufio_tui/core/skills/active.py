"""`allowed-tools` of instruction skills, enforced: what a loaded skill leaves out cannot be called.

A skill is active from `load_skill` to the end of the turn. When several are, each one's restriction
holds: otherwise loading a second skill would lift the first one's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.shell.known_programs import WRAPPERS
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, Tool, ToolOutcome

ALWAYS_ALLOWED = frozenset({"ask_user", "find_tool", "load_skill", "plan", "read_result", "todo"})
"""What only reads on in this conversation, keeps its list or speaks to the person: it does nothing outside."""
_REMEMBERED_TURNS = 8
_RULE = re.compile(r"([^\s()]+)(?:\(([^()]*)\))?")
_SHELL_OPERATORS = re.compile(r"[;&|<>$`\n\r(){}\\]")

# Names that skills written for other agents use, and the tool and file actions that they stand for here.
_ELSEWHERE = {
    "read": ("file", ("read",)),
    "glob": ("file", ("list",)),
    "grep": ("file", ("read", "list")),
    "ls": ("file", ("list",)),
    "write": ("file", ("write",)),
    "edit": ("file", ("read", "write")),
    "multiedit": ("file", ("read", "write")),
    "webfetch": ("http", ()),
}


# Of those names, the ones that a tool of its own stands for here as well.
_ALSO = {"glob": "find", "grep": "search", "edit": "edit", "multiedit": "edit"}


@dataclass(frozen=True, slots=True)
class ToolRule:
    """One entry of `allowed-tools`: a tool, and where it says so its file actions or its command prefix.

    Attributes:
        also: another tool that the entry permits whole, "" for none.
    """

    tool: str
    actions: tuple[str, ...] = ()
    command: str = ""
    also: str = ""

    def permits(self, tool: str, arguments: ReadOnlyObject) -> bool:
        if self.also and tool == self.also:
            return True
        if tool != self.tool:
            return False
        if self.actions and arguments.get("action") not in self.actions:
            return False
        return not self.command or _is_plain_call(self.command, str(arguments.get("command", "")))


def parse_rule(entry: str) -> ToolRule:
    """`Read`, `http`, `Bash(git log:*)`, `text-stats`, … as a rule."""
    match = _RULE.fullmatch(entry.strip())
    if match is None:
        return ToolRule("")
    name, argument = match.group(1).lower().replace("-", "_"), (match.group(2) or "").strip()
    tool, actions = _ELSEWHERE.get(name, (name, ()))
    command = "" if argument == "*" or tool != "bash" else argument
    return ToolRule(tool, actions, command, _ALSO.get(name, ""))


_PLAIN_COMMAND = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_DOMAIN = re.compile(r"domain:([A-Za-z0-9.-]+\.[A-Za-z]{2,})")


def rule_offer(entry: str) -> str:
    """The words behind `rules add` that allow what an entry of `allowed-tools` names, "" if no rule is offered.

    Only a command with its first words is, or a host: a whole shell, a whole tool or writing anywhere is never
    allowed by a line that a person copies. `*` stands for further arguments that are not options.
    """
    match = _RULE.fullmatch(entry.strip())
    if match is None or not match.group(2):
        return ""
    tool, argument = match.group(1).lower(), match.group(2).strip()
    if tool == "webfetch" and (domain := _DOMAIN.fullmatch(argument)):
        return f"--actor http allow net {domain.group(1).lower()}"
    prefix = argument.removesuffix(":*").removesuffix(" *")
    words = prefix.split(" ")
    goes_on = prefix != argument
    if tool != "bash" or not _PLAIN_COMMAND.fullmatch(prefix) or words[0] in WRAPPERS or (goes_on and len(words) < 2):
        return ""
    return f"--actor bash allow exec '{prefix}{' *' if goes_on else ''}'"


def refusal(allowed: tuple[str, ...], tool: str, arguments: ReadOnlyObject) -> str:
    """Why `allowed-tools` forbids a call, "" if it permits it."""
    if tool in ALWAYS_ALLOWED or any(parse_rule(entry).permits(tool, arguments) for entry in allowed):
        return ""
    return f"allows only: {' '.join(allowed) or 'no tools'}"


class ActiveSkills:
    """Which skills were loaded in which turn.

    Args:
        limiting: whether `allowed-tools` also means that no other tool works. The format defines it as the tools that
            the author expects to be allowed beforehand; here each effect is decided by the policy in any case.
    """

    def __init__(self, *, limiting: bool = False) -> None:
        self.limiting = limiting
        self._turns: dict[str, dict[str, tuple[str, ...]]] = {}

    def activate(self, skill: Skill, context: CallContext) -> None:
        if skill.allowed_tools is None or not self.limiting:
            return
        self._turns.setdefault(context.turn_id, {})[skill.name] = skill.allowed_tools
        while len(self._turns) > _REMEMBERED_TURNS:
            del self._turns[next(iter(self._turns))]

    def refusal(self, tool: str, arguments: ReadOnlyObject, turn_id: str) -> str:
        """Why the call may not be made in this turn, "" if it may."""
        for name, allowed in self._turns.get(turn_id, {}).items():
            if why := refusal(allowed, tool, arguments):
                return f'the tool {tool} is not permitted while the skill "{name}" is active: it {why}'
        return ""

    def wrap(self, tools: Iterable[Tool]) -> list[Tool]:
        """The tools with this rule in front of each."""
        return [RestrictedTool(tool, self) for tool in tools]


_GO_ON = "use the tools that the skill permits, or go on without"


class RestrictedTool:
    """A tool that the active skills of the turn may rule out."""

    def __init__(self, tool: Tool, active: ActiveSkills) -> None:
        self.tool = tool
        self._active = active

    @property
    def name(self) -> str:
        return self.tool.name

    @property
    def description(self) -> str:
        return self.tool.description

    @property
    def input_schema(self) -> ReadOnlyObject:
        return self.tool.input_schema

    def change_of(self, arguments: ReadOnlyObject) -> str:
        return self.tool.change_of(arguments)

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        if why := self._active.refusal(self.tool.name, arguments, context.turn_id):
            error = ErrorInfo(ErrorKind.CAPABILITY_DENIED, why)
            said = f"DENIED tool {self.tool.name}\nby: {why}, until this turn ends\nnext: {_GO_ON}"
            return ToolOutcome(why, is_error=True, error=error, for_model=said)
        return await self.tool.invoke(arguments, context)


def _is_plain_call(pattern: str, command: str) -> bool:
    """`git log:*` permits `git log` and `git log -3`, and no command that a shell would make two of."""
    if _SHELL_OPERATORS.search(command):
        return False
    prefix, open_end = (pattern[:-2], True) if pattern.endswith(":*") else (pattern, False)
    words, wanted = command.split(), prefix.split()
    return words[: len(wanted)] == wanted and (open_end or len(words) == len(wanted))
