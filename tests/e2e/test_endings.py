"""However the program ends, nothing that it started goes on without it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.command import Program
from tests.e2e.conftest import World
from tests.e2e.skills import module, write_skill
from tests.e2e.terminal import blufio_command
from tests.fakes.corpus import sampled
from tests.fakes.messages_api import KEY, Reply, serving, tool_use

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
_PATIENCE_SECS = 60.0


def until(what: Callable[[], bool]) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + _PATIENCE_SECS
    while not (done := what()) and time.monotonic() < deadline:
        time.sleep(0.01)  # the processor is for what is waited for
    return done


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def spinning(world: World, *prefix: str) -> Iterator[Program]:
    """`skill run` of a guest that has begun to spin; `prefix` is a command that becomes it."""
    begun = world.project / "begun"
    body = "(drop (call $write_file (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 5))) (loop (br 0))"
    folder = write_skill(
        world.project.parent / "spin",
        module(body, data="begun"),
        capabilities='[capabilities.filesystem]\nwrite = ["${PROJECT}"]',
        resources="fuel = 4_000_000_000_000_000_000\nepoch_timeout_secs = 600",
    )
    program = Program("skill", "run", str(folder), "--json", env=world.env, cwd=world.project, prefix=prefix)
    try:
        assert until(lambda: begun.exists() or program.process.poll() is not None)
        yield program
    finally:
        program.process.kill()


@pytest.mark.parametrize("how", sampled([signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]))
def test_no_worker_spins_on_without_its_parent(world: World, how: signal.Signals) -> None:
    with spinning(world) as program:
        workers = children(program.process.pid)
        program.process.send_signal(how)
        done = program.ended()
        assert workers
        assert until(lambda: not any(map(is_running, workers)))
    assert (done.returncode, done.stdout, done.stderr) == (-how if how is signal.SIGKILL else 130, "", "")


def test_a_background_job_that_ignores_ctrl_c_can_be_told_to_end(world: World) -> None:
    with spinning(world, "/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh") as program:
        workers = children(program.process.pid)
        program.process.send_signal(signal.SIGINT)
        program.process.send_signal(signal.SIGTERM)
        done = program.ended()
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
        assert until(lambda: not any(map(is_running, workers)))


@pytest.mark.parametrize("how", sampled([signal.SIGTERM, signal.SIGHUP]))
def test_a_running_command_ends_with_the_turn_that_started_it(world: World, how: signal.Signals) -> None:
    pids = world.project / "pids"
    command = f"sleep 300 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; sleep 300"
    with serving(Reply(tool_use("toolu_1", "bash", {"command": command}))) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        program = Program("ask", "go", "--on-denial", "allow", env=env, cwd=world.project)
        assert until(lambda: pids.exists() or program.process.poll() is not None)
        program.process.send_signal(how)
        done = program.ended()
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert until(lambda: not any(is_running(int(pid)) for pid in pids.read_text().split()))


def test_the_app_gives_the_terminal_back_and_ends_what_it_started(world: World) -> None:
    pids = world.project / "pids"
    command = f"sleep 300 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; sleep 300"
    with serving(Reply(tool_use("toolu_1", "bash", {"command": command}))) as api:
        env = {**world.env, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        with replace(world, env=env).terminal("--mode", "allow-all") as terminal:
            terminal.wait_for("Ask for something")
            terminal.send("go")
            terminal.press("enter")
            terminal.wait_for(lambda _text: pids.exists())
            terminal.process.send_signal(signal.SIGTERM)
            assert terminal.wait_for_exit() == 130
            assert "Traceback" not in terminal.text
    assert until(lambda: not any(is_running(int(pid)) for pid in pids.read_text().split()))


def test_one_that_is_ignored_stays_ignored(world: World) -> None:
    script = 'trap "" HUP; "$@" & kill -HUP $!; wait $!'
    command = ["/bin/sh", "-c", script, "sh", *blufio_command("skill", "list")]
    done = subprocess.run(command, env=world.env, cwd=world.project, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
