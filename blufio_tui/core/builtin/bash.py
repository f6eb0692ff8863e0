"""The `bash` tool."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from blufio_tui.core.builtin.common import (
    BadArguments,
    Perform,
    built_in,
    number_argument,
    outcome_of,
    relative,
    text_argument,
)
from blufio_tui.core.cage.inside import Inside
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, RunCommand
from blufio_tui.core.errors import CapabilityDenied, ErrorKind
from blufio_tui.core.events import ErrorInfo, ToolOutputDelta
from blufio_tui.core.running import CommandEnded, FolderGone, Stream
from blufio_tui.core.shell.state import ShellState, ShellStates, carried
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

DEFAULT_TIMEOUT_SECS = 120.0
MAX_TIMEOUT_SECS = 3600.0
_MOST_REFUSALS = 5
_SHOWN_COMMAND = 200
_CUT_OFF = 128 + 13
"""A program in a pipe ended by SIGPIPE, as in `yes | head -1`: nothing failed."""


_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "command": {"type": "string", "minLength": 1},
        "cwd": {
            "type": "string",
            "description": "Default: as the last call left it.",
        },
        "timeout_secs": {
            "type": "number",
            "description": f"Default {DEFAULT_TIMEOUT_SECS:g}.",
            "exclusiveMinimum": 0,
            "maximum": MAX_TIMEOUT_SECS,
        },
        "background": {
            "type": "boolean",
            "description": "For servers: returns at once; then there are job_output and job_kill.",
        },
    },
    "required": ["command"],
    "additionalProperties": False,
}


class BashTool:
    """Runs command lines; folder and exported variables carry over to the next command of the session."""

    name = "bash"
    description = (
        "Run a command line with bash: builds, tests, git, programs. For files use `file`, `search`, `find`, `edit`. "
        "Returns exit status (of a pipe: any failure) and output. Folder and exported variables last. No terminal, "
        "input or credentials. What it leaves running is ended, except `background`. May ask the person; a refusal in "
        "the middle looks like `permission denied`."
    )
    input_schema = _SCHEMA

    def __init__(
        self,
        perform: Perform,
        project: str,
        actor: Actor | None = None,
        *,
        states: ShellStates | None = None,
        environment: Mapping[str, str] | None = None,
        inside: Actor | None = None,
    ) -> None:
        """
        Args:
            actor: on whose behalf it acts; the tool itself if None.
            states: what carries over from call to call; shared by everything that acts in the same sessions.
            environment: what every command gets; variables that differ at a command's end were exported by it.
            inside: for whom the command acts in its cage, which it then never runs without.
        """
        self._inside = inside
        self._perform = perform
        self._project = project
        self._actor = actor or built_in(self.name)
        self._states = states or ShellStates(project)
        self._environment = environment or {}

    def change_of(self, arguments: ReadOnlyObject) -> str:
        """A command may do anything, so every call counts as a change."""
        return f"{self.name} {arguments.get('command', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._run(arguments, context), self._project)

    async def _run(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        timeout = number_argument(arguments, "timeout_secs", DEFAULT_TIMEOUT_SECS, 0.001, MAX_TIMEOUT_SECS)
        background = arguments.get("background", False)
        if not isinstance(background, bool):
            raise BadArguments("background must be true or false")
        command, state = text_argument(arguments, "command"), self._states.get(context.session_id)
        cwd = posixpath.join(self._project, text_argument(arguments, "cwd", state.cwd) or state.cwd)
        listener = _Listener(context)
        refused: dict[str, None] = {}
        within = self._inside or self._actor

        async def decide(caged: Effect, seen: CallContext) -> EffectResult:
            try:
                return await self._perform(caged, within, seen)
            except CapabilityDenied as error:
                refused[error.for_model or str(error)] = None
                raise

        effect = RunCommand(
            command,
            cwd,
            timeout,
            state.exports,
            background,
            listener=listener,
            inside=Inside(decide, within, context),
            caged_exports=state.caged_exports,
            caged=self._inside is not None,
        )
        try:
            result = await self._perform(effect, self._actor, context)
        except FolderGone as error:
            if cwd == state.cwd != self._project:
                self._states.forget(context.session_id)
                raise FolderGone(f"{error}: it is gone; the next command starts in the project folder") from error
            raise
        output = result.data.decode("utf-8", "replace")
        if background:
            return ToolOutcome(f'started in the background as job "{output}"; job_output and job_kill take this name')
        note = self._remember(context.session_id, state, cwd, listener.end)
        outcome = _report(result.value, output, note)
        lines = [first_line(command, result.value), output or "(no output)", f"[{note}]" if note else ""]
        lines += _refusals(list(refused))
        return replace(outcome, for_model="\n".join(line for line in lines if line))

    def _remember(self, session_id: str, before: ShellState, cwd: str, end: CommandEnded | None) -> str:
        """Keep folder and variables for the next call. Returns what the model should know about them, "" for
        nothing."""
        if end is None or not end.cwd:
            return ""
        stays = (
            before.cwd if end.cwd == posixpath.normpath(cwd) else end.cwd
        )  # a folder for one call does not outlast it
        variables = carried(self._environment, end.environment)
        self._states.put(session_id, before.after(stays, variables.exports, caged=end.caged))
        shown = visible_line(relative(stays, self._project) if stays != self._project else "the project")
        notes = [f"the working folder is now {shown}"] if stays != before.cwd else []
        if variables.left_out:
            notes.append(f"not kept for the next call: {visible_line(', '.join(variables.left_out))}")
        return "; ".join(notes)


def first_line(command: str, status: int) -> str:
    """The first line of a result, which no output can imitate: `$ make test → exit 2`."""
    shown = visible_line(command)
    shown = shown if len(shown) <= _SHOWN_COMMAND else f"{shown[: _SHOWN_COMMAND - 1]}…"
    ending = f"ended by signal {-status}" if status < 0 else f"exit {status}"
    cut_off = " (a program was cut off by the next one in the pipe, as by head)" if status == _CUT_OFF else ""
    return f"$ {shown} → {ending}{cut_off}"


def _refusals(refused: list[str]) -> list[str]:
    """The effects that were refused while the command ran; the program saw only a permission error."""
    more = len(refused) - _MOST_REFUSALS
    shown = [f"While it ran:\n{text}" for text in refused[:_MOST_REFUSALS]]
    return [*shown, f"… and {more} more refusals"] if more > 0 else shown


class _Listener:
    """Turns the output of a command into events of its call."""

    def __init__(self, context: CallContext) -> None:
        self._context = context
        self.end: CommandEnded | None = None

    @property
    def session_id(self) -> str:
        return self._context.session_id

    @property
    def call_id(self) -> str:
        return self._context.call_id

    def heard(self, stream: Stream, text: str) -> None:
        self._context.emit(ToolOutputDelta(self._context.turn_id, self._context.call_id, stream, text))

    def ended(self, end: CommandEnded) -> None:
        self.end = end


def _report(status: int, output: str, note: str) -> ToolOutcome:
    suffix = f"[{note}]" if note else ""
    if status in (0, _CUT_OFF):
        return ToolOutcome(f"{output.rstrip()}\n{suffix}".lstrip() if note else output or "(no output)")
    ending = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
    error = ErrorInfo(ErrorKind.HOST_ERROR, f"the command failed: {ending}")
    return ToolOutcome(f"{output.rstrip()}\n[{ending}]{suffix}".lstrip(), is_error=True, error=error)


class CagedBash(BashTool):
    """`!!command`: a command that the person types for the cage. It needs no approval as a whole; its effects do."""

    name = "cage"
