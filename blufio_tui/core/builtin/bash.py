"""The `bash` tool."""

from dataclasses import replace

from blufio_tui.core.builtin.common import Perform, built_in, number_argument, outcome_of, text_argument
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import RunCommand
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import ErrorInfo
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import JsonObject, ReadOnlyObject
from blufio_tui.core.tools import CallContext, ToolOutcome

DEFAULT_TIMEOUT_SECS = 120.0
MAX_TIMEOUT_SECS = 3600.0
_SHOWN_COMMAND = 200
_CUT_OFF = 128 + 13
"""A program in a pipe ended by SIGPIPE, as in `yes | head -1`: nothing failed."""


_SCHEMA: ReadOnlyObject = {
    "type": "object",
    "properties": {
        "command": {"type": "string", "description": "The command line, for bash.", "minLength": 1},
        "timeout_secs": {
            "type": "number",
            "description": f"Seconds after which it is stopped; {DEFAULT_TIMEOUT_SECS:g} when absent.",
            "exclusiveMinimum": 0,
            "maximum": MAX_TIMEOUT_SECS,
        },
    },
    "required": ["command"],
    "additionalProperties": False,
}


class BashTool:
    """Runs a command line in the project folder."""

    name = "bash"
    description = (
        "Run a shell command in the project folder and return what it prints. There is no terminal and no input; "
        "credentials are not in the environment; what the command leaves running is ended with it. "
        "Each command is shown to the user, who may refuse it."
    )
    input_schema = _SCHEMA

    def __init__(self, perform: Perform, project: str, actor: Actor | None = None) -> None:
        """
        Args:
            actor: for whom it acts; the tool itself when None.
        """
        self._perform = perform
        self._project = project
        self._actor = actor or built_in(self.name)

    def change_of(self, arguments: ReadOnlyObject) -> str:
        """A command may do anything, whatever its words say."""
        return f"{self.name} {arguments.get('command', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        return await outcome_of(self._run(arguments, context))

    async def _run(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        timeout = number_argument(arguments, "timeout_secs", DEFAULT_TIMEOUT_SECS, 0.001, MAX_TIMEOUT_SECS)
        effect = RunCommand(text_argument(arguments, "command"), self._project, timeout)
        result = await self._perform(effect, self._actor, context)
        outcome = _report(result.value, result.data.decode("utf-8", "replace"))
        head = first_line(effect.command, result.value)
        return replace(outcome, for_model=f"{head}\n{result.data.decode('utf-8', 'replace') or '(no output)'}")


def first_line(command: str, status: int) -> str:
    """What the result is about, where no output can imitate it: `$ make test → exit 2`."""
    shown = visible_line(command)
    shown = shown if len(shown) <= _SHOWN_COMMAND else f"{shown[: _SHOWN_COMMAND - 1]}…"
    ending = f"ended by signal {-status}" if status < 0 else f"exit {status}"
    cut_off = " (a program was cut off by the next one in the pipe, as by head)" if status == _CUT_OFF else ""
    return f"$ {shown} → {ending}{cut_off}"


def _report(status: int, output: str) -> ToolOutcome:
    if status in (0, _CUT_OFF):
        return ToolOutcome(output or "(no output)")
    ending = f"ended by signal {-status}" if status < 0 else f"exit status {status}"
    error = ErrorInfo(ErrorKind.HOST_ERROR, f"the command failed: {ending}")
    return ToolOutcome(f"{output.rstrip()}\n[{ending}]".lstrip(), is_error=True, error=error)
