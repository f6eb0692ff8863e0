"""Commands: bounded, in their own group, without credentials."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from blufio_tui.adapters.commands import plain_runner
from blufio_tui.adapters.commands import shell as shell_module
from blufio_tui.adapters.commands.environment import Environment, command_environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.effects import EffectResult, GetEnv, RunCommand
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.secrets import credentials_in

PATH = {"PATH": os.environ["PATH"]}
PATIENCE_SECS = 60.0
LIMIT_SECS = 1.0
"""For a command that never ends; long enough for a shell to begin on a busy machine."""


async def run(command: str, cwd: Path, timeout: float = PATIENCE_SECS, **variables: str) -> EffectResult:
    prepared = Shell(PATH | variables).prepare(RunCommand(command, str(cwd), timeout))
    await prepared.preflight()
    return await prepared.execute()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
    except ProcessLookupError:  # also while it is read
        return False


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_SECS):
        while alive(pid):
            await asyncio.sleep(0.01)


async def test_output_and_errors_come_together_with_the_status(tmp_path: Path) -> None:
    result = await run("echo out; echo err >&2; exit 3", tmp_path)
    assert (result.value, result.data) == (3, b"out\nerr\n")


async def test_a_pipe_fails_when_any_of_its_programs_does(tmp_path: Path) -> None:
    assert (await run("(echo out; exit 4) | tail -1", tmp_path)).value == 4


async def test_it_runs_in_the_given_folder_with_nothing_on_its_input(tmp_path: Path) -> None:
    assert (await run("pwd -P; cat", tmp_path)).data == f"{os.path.realpath(tmp_path)}\n".encode()


async def test_a_signal_is_a_negative_status(tmp_path: Path) -> None:
    assert (await run("kill -9 $$", tmp_path)).value == -9


async def test_the_target_shows_the_command_whole_and_in_parts(tmp_path: Path) -> None:
    target = Shell(PATH).prepare(RunCommand("git status; rm -rf x", str(tmp_path))).target
    assert target.command == "git status; rm -rf x"
    assert target.parts == ("git status", "rm -rf x")
    assert target.cwd == os.path.realpath(tmp_path)


async def test_long_output_keeps_both_ends_and_says_what_was_cut(tmp_path: Path) -> None:
    result = await run("echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo last", tmp_path)
    assert result.data.startswith(b"first\n") and result.data.endswith(b"last\n")
    assert b"characters left out here" in result.data
    assert len(result.data) < shell_module.MAX_OUTPUT + 100


async def test_a_timeout_ends_the_whole_group_and_tells_the_output_so_far(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"stopped after 1 s(.|\n)*early") as failure:
        await run("echo early; sleep 600 & echo $! > pid; sleep 600", tmp_path, LIMIT_SECS)
    assert "timeout_secs" in str(failure.value)
    await until_dead(int((tmp_path / "pid").read_text()))


_RUNS_A_COMMAND = """
import asyncio, sys
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.effects import RunCommand
asyncio.run(Shell().prepare(RunCommand("sleep 600 & echo $! > part; mv part pid; wait", sys.argv[1], 600)).execute())
"""


def is_guarded(group: int) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if f"command-guard\0{group}\0".encode() in (process / "cmdline").read_bytes():
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the test looks for the guard in /proc")
async def test_a_command_ends_when_the_program_is_killed_outright(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", _RUNS_A_COMMAND, str(tmp_path))
    async with asyncio.timeout(20):
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
        command = int((tmp_path / "pid").read_text())
        while not is_guarded(os.getpgid(command)):
            await asyncio.sleep(0.01)
    program.kill()
    await program.wait()
    await until_dead(command)


async def test_a_command_that_ignores_being_asked_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_runner, "_GRACE_SECS", 0.1)
    with pytest.raises(HostError, match="stopped"):
        await run("trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done", tmp_path, LIMIT_SECS)
    await until_dead(int((tmp_path / "pid").read_text()))


async def test_cancelling_kills_the_whole_group(tmp_path: Path) -> None:
    task = asyncio.create_task(run("sleep 600 & echo $! > pid; echo $$ > shell; sleep 600", tmp_path))
    async with asyncio.timeout(PATIENCE_SECS):
        while not (tmp_path / "shell").exists() or not (tmp_path / "shell").read_text():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for name in ("pid", "shell"):
        await until_dead(int((tmp_path / name).read_text()))


async def test_what_stays_in_the_background_does_not_hold_the_result(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECS):
        result = await run("sleep 600 & echo $! > pid; echo done", tmp_path)
    assert result.data == b"done\n"
    await until_dead(int((tmp_path / "pid").read_text()))


async def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    folder = Path("/dev/fd" if sys.platform == "darwin" else "/proc/self/fd")
    await run("true", tmp_path)
    before = len(list(folder.iterdir()))
    for _ in range(5):
        await run("true", tmp_path)
    await asyncio.sleep(0)
    assert len(list(folder.iterdir())) <= before + 1


async def test_commands_that_no_shell_could_run_are_refused(tmp_path: Path) -> None:
    for command in ("", "  ", "echo \0"):
        with pytest.raises(NeverRule):
            Shell(PATH).prepare(RunCommand(command, str(tmp_path)))
    with pytest.raises(HostError, match="not a folder"):
        Shell(PATH).prepare(RunCommand("true", str(tmp_path / "missing")))


async def test_credentials_are_not_in_the_environment_of_a_command(tmp_path: Path) -> None:
    variables = {
        "ANTHROPIC_API_KEY": "value-one",
        "ANTHROPIC_AUTH_TOKEN": "value-two",
        "GITHUB_TOKEN": "value-three",
        "AWS_SECRET_ACCESS_KEY": "value-four",
        "DB_PASSWORD": "value-five",
        "INNOCENT": "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8",
        "DATABASE_URL": "postgres://me:value-six@db/x",
        "HIDDEN": "has known-secret-value inside",
        "BASH_ENV": str(tmp_path / "evil"),
        "KEPT": "value-seven",
        "KEYBOARD": "us",
        "MONKEY": "value-eight",
        "SSH_AUTH_SOCK": "/tmp/agent",
    }
    shell = Shell(PATH | variables, known_secrets=["known-secret-value", ""])
    prepared = shell.prepare(RunCommand("env", str(tmp_path)))
    output = (await prepared.execute()).data.decode()
    for value in ("one", "two", "three", "four", "five", "six"):
        assert f"value-{value}" not in output
    assert "ghp_" not in output and "known-secret" not in output and "BASH_ENV" not in output
    for line in ("KEPT=value-seven", "KEYBOARD=us", "MONKEY=value-eight", "SSH_AUTH_SOCK=/tmp/agent", "TERM=dumb"):
        assert line in output.splitlines()


def test_a_credential_can_be_passed_on_by_name_but_never_the_programs_own() -> None:
    variables = {"GITHUB_TOKEN": "a", "ANTHROPIC_API_KEY": "b", "HOME": "/h"}
    passed = command_environment(variables, passed=["GITHUB_TOKEN", "ANTHROPIC_API_KEY"])
    assert passed["GITHUB_TOKEN"] == "a" and "ANTHROPIC_API_KEY" not in passed


async def test_a_variable_is_read_only_when_executed() -> None:
    environment = Environment({"CITY": "Oslø", "EMPTY": ""})
    prepared = environment.prepare(GetEnv("CITY"))
    assert prepared.target.key == "CITY" and "Oslø" not in prepared.describe()
    assert await prepared.execute() == EffectResult(5, "Oslø".encode())
    assert await environment.prepare(GetEnv("EMPTY")).execute() == EffectResult(0)
    assert await environment.prepare(GetEnv("MISSING")).execute() == EffectResult(-1)


async def test_credentials_that_are_handed_out_are_learned_for_redaction() -> None:
    learned: dict[str, str] = {}
    environment = Environment({"WEATHER_API_KEY": "abcd1234", "CITY": "Oslo"}, learned.__setitem__)
    for key in ("WEATHER_API_KEY", "CITY"):
        await environment.prepare(GetEnv(key)).execute()
    assert learned == {"WEATHER_API_KEY": "abcd1234"}


def test_credentials_are_known_by_the_names_of_their_variables() -> None:
    telling = {"GITHUB_TOKEN": "x" * 8, "OPENAI_API_KEY": "x" * 8, "db_password": "x" * 8}
    assert credentials_in(telling | {"KEYBOARD": "x" * 8, "MY_TOKEN": "short", "TOKENIZERS": "x" * 8}) == telling


@pytest.mark.parametrize("key", ["", "A=B", "A\0B", "1A", "A B", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "é"])
def test_names_that_are_none_and_own_credentials_are_refused(key: str) -> None:
    with pytest.raises(NeverRule):
        Environment({key: "x"}).prepare(GetEnv(key))
