"""Commands as effects: what is shown of them before, and how they are run once that is allowed."""

import os
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from pathlib import Path

from blufio_tui.adapters.commands.environment import command_environment, with_exports
from blufio_tui.adapters.commands.listening import Collected
from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.plain_runner import PlainRunner
from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.effects import EffectResult, RunCommand
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.shell.jobs import Jobs
from blufio_tui.core.shell.running import CommandEnded, CommandRunner, FolderGone, Launch
from blufio_tui.core.shell.state import exports_in_words

MAX_OUTPUT = 64 * 1024
"""Characters of an output that are returned; a longer one is kept on disk, whole."""
MAX_TIMEOUT_SECS = 3600.0


class Shell:
    """Runs commands with bash, or sh where there is no bash.

    Args:
        variables: the environment to clean and pass on.
        known_secrets: values no command may find in its environment.
        passed: variables that are passed on although they look like credentials.
        runner: starts the processes; the plain one when None.
        jobs: takes commands in the background; without it there are none.
        outputs: keeps long outputs whole; without it they are cut.
    """

    def __init__(
        self,
        variables: Mapping[str, str] = os.environ,
        known_secrets: Iterable[str] = (),
        passed: Iterable[str] = (),
        *,
        runner: CommandRunner | None = None,
        jobs: Jobs | None = None,
        outputs: OutputFiles | None = None,
    ) -> None:
        self.runner = runner or PlainRunner()
        self.jobs = jobs
        self.outputs = outputs
        self._variables = variables
        self._known_secrets = tuple(known_secrets)
        self._passed = tuple(passed)

    def prepare(self, effect: RunCommand) -> "PreparedCommand":
        """
        Raises:
            NeverRule: a command that no shell could be given.
            HostError: the folder does not exist.
        """
        if not effect.command.strip() or "\0" in effect.command:
            raise NeverRule("malformed command: it is empty or holds a NUL byte")
        cwd = os.path.realpath(effect.cwd)
        if not Path(cwd).is_dir():
            raise FolderGone(f"{effect.cwd} is not a folder to run a command in")
        environment = with_exports(self.environment(), effect.exports)
        return PreparedCommand(self, effect, exec_target(effect.command, cwd), environment)

    def environment(self) -> dict[str, str]:
        return command_environment(self._variables, self._known_secrets, self._passed)


class PreparedCommand:
    """One command line, whole."""

    def __init__(self, shell: Shell, effect: RunCommand, target: ExecTarget, environment: Mapping[str, str]) -> None:
        self._shell = shell
        self._effect = effect
        self._target = target
        self._environment = environment

    @property
    def target(self) -> ExecTarget:
        return self._target

    def describe(self) -> str:
        effect = self._effect
        limit = "in the background, until the session ends" if effect.background else f"for at most {self._timeout:g} s"
        lines = [effect.command, "", f"in {self._target.cwd}, {limit}"]
        if effect.exports:
            lines.append(f"with {exports_in_words(effect.exports)}")
        return "\n".join(lines)

    async def preflight(self) -> None:
        """Nothing to look up."""

    async def execute(self) -> EffectResult:
        if self._effect.background:
            return self._start_job()
        listener = self._effect.listener
        output = Collected(MAX_OUTPUT, self._shell.outputs, listener)
        end = CommandEnded(0)
        try:
            async with aclosing(self._shell.runner.run(self._launch(self._timeout))) as events:
                async for event in events:
                    if isinstance(event, CommandEnded):
                        end = event
                    else:
                        output.take(event)
        finally:
            output.finish()
        if end.timed_out:
            raise HostError(_timeout_message(self._timeout, output.text()))
        if listener is not None:
            listener.ended(end)
        return EffectResult(end.status, output.text().encode("utf-8", "surrogatepass"))

    def _start_job(self) -> EffectResult:
        jobs, listener = self._shell.jobs, self._effect.listener
        if jobs is None or listener is None:
            raise HostError("no commands can be left in the background here; run it without background")
        events = self._shell.runner.run(self._launch(None))
        job = jobs.start(listener.session_id, self._effect.command, self._target.cwd, events)
        return EffectResult(0, job.name.encode())

    @property
    def _timeout(self) -> float:
        return min(max(self._effect.timeout_secs, 0.01), MAX_TIMEOUT_SECS)

    def _launch(self, timeout: float | None) -> Launch:
        return Launch(self._effect.command, self._target.cwd, self._environment, timeout, self._effect.stdin)


def _timeout_message(timeout: float, output: str) -> str:
    message = f"the command was stopped after {timeout:g} s, its limit; timeout_secs can be raised"
    return f"{message}\noutput until then:\n{output}" if output else message
