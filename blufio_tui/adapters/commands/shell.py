"""Commands as prepared effects: described before the decision, run after it."""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from blufio_tui.adapters.commands.environment import command_environment, with_exports
from blufio_tui.adapters.commands.listening import Collected
from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.commands.own_programs import are_the_usual, as_seen_from, replaced_programs
from blufio_tui.adapters.commands.plain_runner import PlainRunner
from blufio_tui.adapters.commands.reading import paths_read
from blufio_tui.core.capability import ActorKind, ExecTarget
from blufio_tui.core.effects import EffectResult, RunCommand
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.running import CommandEnded, CommandRunner, FolderGone, Launch
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.shell.jobs import Jobs
from blufio_tui.core.shell.literal import literal_words
from blufio_tui.core.shell.state import OF_READERS, exports_in_words

MAX_OUTPUT = 64 * 1024
"""Characters of an output that are returned; a longer one is kept on disk, whole."""
MAX_TIMEOUT_SECS = 3600.0


class CageChoice(Protocol):
    """Whether commands run in the cage, given the current settings and machine."""

    @property
    def asks_by_effect(self) -> bool:
        """Whether a caged command needs approval by effect and not as a whole."""
        ...

    @property
    def why_not(self) -> str:
        """Why commands run without the cage, "" if they run in it."""
        ...

    def runner(self) -> CommandRunner | None:
        """The caged runner, None if commands run without.

        Raises:
            HostError: the cage is required and cannot be made.
        """
        ...

    def always(self) -> CommandRunner:
        """The caged runner, whatever the settings say.

        Raises:
            HostError: no cage can be made here.
        """
        ...


class Shell:
    """Runs commands with bash, or sh where there is no bash.

    Args:
        variables: the environment to clean and pass on.
        known_secrets: values no command may find in its environment.
        passed: variables that are passed on although they look like credentials.
        own: variables that hold keys of model connections: never passed on.
        runner: starts the processes; the plain one when None.
        jobs: runs background commands; without it there are none.
        outputs: keeps long outputs whole; without it they are cut.
        cage: says whether commands of tools run in the cage; without it none does.
    """

    def __init__(
        self,
        variables: Mapping[str, str] = STARTED_WITH,
        known_secrets: Iterable[str] = (),
        passed: Iterable[str] = (),
        own: Iterable[str] = (),
        *,
        runner: CommandRunner | None = None,
        jobs: Jobs | None = None,
        outputs: OutputFiles | None = None,
        cage: "CageChoice | None" = None,
    ) -> None:
        self._cage = cage
        self.runner = runner or PlainRunner()
        self.jobs = jobs
        self.outputs = outputs
        self._variables = variables
        self._known_secrets = tuple(known_secrets)
        self._passed = tuple(passed)
        self._own = tuple(own)

    def prepare(self, effect: RunCommand) -> "PreparedCommand":
        """
        Raises:
            NeverRule: a command that no shell could be given.
            HostError: the folder does not exist.
        """
        if not effect.command.strip() or "\0" in effect.command:
            raise NeverRule("malformed command: it is empty or holds a NUL byte")
        cwd = os.path.realpath(effect.cwd)
        try:
            found = os.stat(cwd)  # noqa: PTH116 - the same as is opened
        except OSError:
            found = None
        if found is None or not stat.S_ISDIR(found.st_mode):
            raise FolderGone(f"{effect.cwd} is not a folder to run a command in")
        runner, caged, not_caged = self._runner_for(effect)
        if runner is not self.runner:
            effect = replace(effect, exports=effect.caged_exports)
        usual = self.environment()
        environment = with_exports(usual, effect.exports)
        target = exec_target(effect.command, cwd)
        programs = [words[0] for part in target.parts if (words := literal_words(part))]
        path, usual_path = (as_seen_from(cwd, each.get("PATH", os.defpath)) for each in (environment, usual))
        replaced = replaced_programs(programs, path, cwd)
        target = replace(target, replaced=replaced, caged=caged, not_caged=not_caged)
        steered = any(name in OF_READERS for name, _ in effect.exports)
        if not steered and are_the_usual(programs, path, usual_path):
            target = replace(target, reads=paths_read(target, environment.get("HOME", "")))
        return PreparedCommand(self, effect, target, environment, runner, (found.st_dev, found.st_ino))

    def _runner_for(self, effect: RunCommand) -> tuple[CommandRunner, bool, str]:
        """The runner, whether it asks by effects, and why there is no cage. Chosen before the decision, which looks
        at it. What a person types themselves is not caged."""
        inside = effect.inside
        if effect.caged:
            if self._cage is None:
                raise HostError("no command can be caged here, so this one does not run")
            return self._cage.always(), True, ""
        if self._cage is None or inside is None or inside.actor.kind is ActorKind.USER:
            return self.runner, False, ""
        runner = self._cage.runner()
        if runner is None:
            return self.runner, False, self._cage.why_not
        return runner, self._cage.asks_by_effect, ""

    def environment(self) -> dict[str, str]:
        return command_environment(self._variables, self._known_secrets, self._passed, self._own)


class PreparedCommand:
    """One command line, whole."""

    def __init__(
        self,
        shell: Shell,
        effect: RunCommand,
        target: ExecTarget,
        environment: Mapping[str, str],
        runner: CommandRunner,
        folder: tuple[int, int],
    ) -> None:
        self._shell = shell
        self._runner = runner
        self._folder = folder
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
            async with aclosing(self._runner.run(self._launch(self._timeout))) as events:
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
        said = output.text().encode("utf-8", "surrogatepass")
        return EffectResult(end.status, said, waited_secs=end.waited_secs)

    def _start_job(self) -> EffectResult:
        jobs, listener = self._shell.jobs, self._effect.listener
        if jobs is None or listener is None:
            raise HostError("no commands can be left in the background here; run it without background")
        events = self._runner.run(self._launch(None))
        job = jobs.start(listener.session_id, self._effect.command, self._target.cwd, events)
        return EffectResult(0, job.name.encode())

    @property
    def _timeout(self) -> float:
        return min(max(self._effect.timeout_secs, 0.01), MAX_TIMEOUT_SECS)

    def _launch(self, timeout: float | None) -> Launch:
        effect = self._effect
        return Launch(
            effect.command, self._target.cwd, self._environment, timeout, effect.inside, effect.stdin, self._folder
        )


def _timeout_message(timeout: float, output: str) -> str:
    message = f"the command was stopped after {timeout:g} s, its limit; raise timeout_secs if it needs longer"
    return f"{message}\noutput until then:\n{output}" if output else message
