"""Hooks: commands of the person that run before and after tool calls, in the format of Claude Code.

A hook can refuse, require approval, add a remark, and make a turn continue. It cannot allow anything: results that
would widen (`permissionDecision: "allow"`, a changed input) are ignored.
"""

import json
import math
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_types import Json, JsonObject

DEFAULT_TIMEOUT_SECS = 60.0
MAX_TIMEOUT_SECS = 600.0
MAX_REASON = 2_000
MAX_PROBLEMS = 20
"""Sentences about one file: a stranger's could hold thousands of mistakes."""
REFUSES = 2
"""The exit status with which a hook refuses."""
_NOT_RUN = (126, 127)
"""A shell's exit statuses for a program that cannot be run or is not there."""
_ENDED_BY_SIGNAL = 128
"""A shell's exit status of a program that a signal ended is above it; our own is negative."""

_NAMES_ELSEWHERE = {
    "bash": ("Bash",),
    "http": ("WebFetch",),
    "edit": ("Edit", "MultiEdit"),
    "search": ("Grep",),
    "find": ("Glob",),
    "task": ("Task", "Agent"),
    "todo": ("TodoWrite",),
}
_OF_FILE = {"read": ("Read",), "write": ("Write",), "list": ("LS", "Glob")}


class HookEvent(StrEnum):
    PRE_TOOL_USE = "PreToolUse"
    POST_TOOL_USE = "PostToolUse"
    USER_PROMPT_SUBMIT = "UserPromptSubmit"
    STOP = "Stop"


@dataclass(frozen=True, slots=True)
class Hook:
    """
    Attributes:
        matcher: a regular expression that a tool's whole name must match; "" is every tool.
        source: the file it is from, for people and the log.
    """

    event: HookEvent
    matcher: str
    command: str
    timeout_secs: float
    source: str


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """
    Attributes:
        refused: why the hook refuses, "" if it does not. At the end of a turn: why the turn should continue.
        asks: why the hook requires approval, "" if it does not.
        context: what it adds for the model.
        problem: why the hook failed, "" if it did not.
    """

    refused: str = ""
    asks: str = ""
    context: str = ""
    problem: str = ""


def parse_hooks(document: object, source: str) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    """The hooks of a settings file, and a sentence for each entry that is ignored."""
    hooks: list[Hook] = []
    problems: list[str] = []
    table = document.get("hooks", {}) if isinstance(document, Mapping) else None
    if not isinstance(table, Mapping):
        return (), (f"{source}: `hooks` is not an object",)
    for name, groups in table.items():
        if name not in set(HookEvent):
            problems.append(f"{source}: the event {visible_line(str(name)[:60])} is not known and is left out")
        elif not isinstance(groups, list):
            problems.append(f"{source}: {name} is not a list")
        else:
            for group in groups:
                _parse_group(HookEvent(name), group, source, hooks, problems)
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"{source}: {len(problems) - MAX_PROBLEMS} more things in it are not obeyed"]
    return tuple(hooks), tuple(problems)


def _parse_group(event: HookEvent, group: object, source: str, hooks: list[Hook], problems: list[str]) -> None:
    entries = group.get("hooks") if isinstance(group, Mapping) else None
    matcher = group.get("matcher", "") if isinstance(group, Mapping) else ""
    if not isinstance(entries, list) or not isinstance(matcher, str):
        problems.append(f"{source}: an entry of {event} has no list `hooks`")
        return
    matcher = "" if matcher == "*" else matcher
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(matcher)
    except (re.error, OverflowError, RecursionError) as error:
        # A guard that is never called only looks like one: without a readable matcher it guards everything.
        problems.append(
            f"{source}: the matcher {visible_line(matcher[:60])!r} of {event} is not valid ({error}); "
            "it matches every tool"
        )
        matcher = ""
    for entry in entries:
        command = entry.get("command") if isinstance(entry, Mapping) else None
        if not isinstance(command, str) or not command.strip() or entry.get("type", "command") != "command":
            problems.append(f"{source}: a hook of {event} is not a command and is left out")
            continue
        hooks.append(Hook(event, matcher, command, _timeout(entry.get("timeout")), source))


def _timeout(written: object) -> float:
    """Seconds, within what is allowed."""
    if not isinstance(written, int | float) or isinstance(written, bool):
        return DEFAULT_TIMEOUT_SECS
    if isinstance(written, float) and math.isnan(written):  # a whole number may be too large for a float
        return DEFAULT_TIMEOUT_SECS
    return float(min(max(written, 1), MAX_TIMEOUT_SECS))


def matching(
    hooks: Iterable[Hook], event: HookEvent, tool: str = "", arguments: JsonObject | None = None
) -> list[Hook]:
    """The hooks for an event and, if given, a tool, by its name here or in Claude Code."""
    names = _names(tool, arguments or {})
    return [
        hook
        for hook in hooks
        if hook.event is event
        and (not tool or not hook.matcher or any(re.fullmatch(hook.matcher, name) for name in names))
    ]


def _names(tool: str, arguments: JsonObject) -> tuple[str, ...]:
    if tool == "file":
        return (tool, *_OF_FILE.get(str(arguments.get("action")), ()))
    server, dots, name = tool.partition("__")
    return (tool, f"mcp__{server}__{name}") if dots else (tool, *_NAMES_ELSEWHERE.get(tool, ()))


def hook_input(event: HookEvent, session_id: str, cwd: str, more: JsonObject) -> bytes:
    """What the hook reads: one JSON object."""
    shown: dict[str, Json] = {
        "session_id": session_id,
        "transcript_path": "",
        "cwd": cwd,
        "hook_event_name": event.value,
        **more,
    }
    return json.dumps(shown).encode()


def tool_fields(tool: str, arguments: JsonObject) -> JsonObject:
    """A call as hooks for Claude Code expect it: its names for the tool and the path."""
    names = _names(tool, arguments)
    shown = dict(arguments)
    if isinstance(path := arguments.get("path"), str):
        shown["file_path"] = path
    return {"tool_name": names[1] if len(names) > 1 else tool, "tool_input": shown, "blufio_tool": tool}


def answer_of(hook: Hook, status: int, stdout: str, stderr: str) -> HookAnswer:
    """Parse what the hook returned. Only refusals, questions and remarks have an effect; of two decisions the stricter.

    A malformed answer refuses, where a hook can refuse.
    """
    if status == REFUSES:
        return HookAnswer(refused=_reason(stderr) or _reason(stdout) or "the hook gave no reason")
    if status in _NOT_RUN or status < 0 or status > _ENDED_BY_SIGNAL:
        return no_answer(hook, f"status {status}: {_reason(stderr) or 'without a message'}")
    if status != 0:
        return HookAnswer(
            problem=f"{_named(hook)} ended with status {status}: {_reason(stderr) or 'without a message'}"
        )
    stdout = stdout.lstrip("\ufeff").strip()
    if not stdout.startswith("{"):
        return HookAnswer(context=visible(stdout)[:MAX_REASON] if hook.event is HookEvent.USER_PROMPT_SUBMIT else "")
    try:
        said = json.loads(stdout, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return no_answer(hook, f"its answer begins like JSON but is not valid: {error}")
    specific = said.get("hookSpecificOutput", {})
    if not isinstance(specific, dict):
        return no_answer(hook, "hookSpecificOutput in its answer is not an object")
    decisions = [one for one in (specific.get("permissionDecision"), said.get("decision")) if one is not None]
    reason = _reason(specific.get("permissionDecisionReason") or said.get("reason") or said.get("stopReason"))
    if any(one in ("deny", "block") for one in decisions):
        return HookAnswer(refused=reason or "the hook gave no reason")
    if unknown := [one for one in decisions if one not in ("allow", "approve", "ask")]:
        return no_answer(hook, f"its decision {str(unknown[0])[:60]!r} is not known")
    if said.get("continue") is False:
        stopped = reason or "the hook says to stop"
        return HookAnswer(context=stopped) if hook.event is HookEvent.STOP else HookAnswer(refused=stopped)
    if "ask" in decisions:
        if hook.event is not HookEvent.PRE_TOOL_USE:  # there is nothing to ask about
            return HookAnswer(refused=reason or "the hook asks for approval")
        return HookAnswer(asks=reason or "it gave no reason")
    return HookAnswer(context=_reason(specific.get("additionalContext")))


def safe_hooks(trusted: tuple[Hook, ...], found: tuple[Hook, ...]) -> tuple[Hook, ...]:
    """The hooks to use after another program changed the file: the trusted ones. A new hook would run with the person's
    rights, and a removed one would no longer guard."""
    return trusted if gains_of_hooks(trusted, found) else found


def gains_of_hooks(trusted: tuple[Hook, ...], found: tuple[Hook, ...]) -> tuple[str, ...]:
    """The differences between the found hooks and the trusted ones, in words."""
    added = [f"it runs {_in_words(hook)}" for hook in found if hook not in trusted]
    return (*added, *(f"it no longer runs {_in_words(hook)}" for hook in trusted if hook not in found))


def _in_words(hook: Hook) -> str:
    return f"`{visible_line(hook.command)}` at {hook.event} of {visible_line(hook.matcher) or 'every tool'}"


def no_answer(hook: Hook, why: str) -> HookAnswer:
    """A hook that did not come to an answer: what should have guarded did not, so it refuses where it could have."""
    problem = f"{_named(hook)} could not run: {visible_line(why)[:MAX_REASON]}"
    guards = hook.event in (HookEvent.PRE_TOOL_USE, HookEvent.USER_PROMPT_SUBMIT)
    return HookAnswer(refused=problem if guards else "", problem=problem)


def _named(hook: Hook) -> str:
    return f"the {hook.event} hook `{visible_line(hook.command[:80])}`"


def _reason(value: object) -> str:
    return visible(value.strip())[:MAX_REASON] if isinstance(value, str) else ""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """
    Raises:
        ValueError: a key is there twice: text that the hook quotes could have brought the second one.
    """
    if len(value := dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return value
