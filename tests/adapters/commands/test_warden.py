"""Nothing that a command starts outlives it, wherever it went."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.effects import EffectResult, RunCommand
from blufio_tui.core.errors import HostError

DOUBLE_FORK = "python3 -c 'import os,sys,time\nif os.fork(): sys.exit()\nos.setsid()\nif os.fork(): sys.exit()\n"
ESCAPES = {
    "background": "sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1 &",
    "setsid": "setsid -f sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1",
    "nohup": "nohup setsid sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1 &",
    "double fork": f'{DOUBLE_FORK}open("pid","w").write(str(os.getpid()));time.sleep(60)\' >/dev/null 2>&1',
    "clean environment": "env -i /usr/bin/setsid -f /bin/sh -c 'echo $$ > pid; exec sleep 60' >/dev/null 2>&1",
}
STARTED = "; while ! [ -s pid ]; do sleep 0.01; done"


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def left(folder: Path) -> int:
    return int((folder / "pid").read_text())


async def run(command: str, folder: Path, timeout: float = 10.0) -> EffectResult:
    shell = Shell({"PATH": os.environ["PATH"]})
    return await shell.prepare(RunCommand(command, str(folder), timeout)).execute()


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
async def test_what_left_its_group_ends_with_the_command(tmp_path: Path, escape: str) -> None:
    assert (await run(escape + STARTED.replace(";", "\n", 1), tmp_path)).value == 0
    assert not is_there(left(tmp_path))


async def test_it_ends_with_the_time_limit_too(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="stopped after"):
        await run(f"{ESCAPES['setsid']}{STARTED}; sleep 60", tmp_path, 1.0)
    assert not is_there(left(tmp_path))


async def test_it_ends_when_the_call_is_cancelled(tmp_path: Path) -> None:
    call = asyncio.create_task(run(f"{ESCAPES['setsid']}{STARTED}; touch ready; sleep 60", tmp_path))
    until = time.monotonic() + 4
    while not (tmp_path / "ready").exists() and time.monotonic() < until:
        await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert not is_there(left(tmp_path))


async def test_the_command_sees_no_trace_of_the_warden(tmp_path: Path) -> None:
    plain = await run("env | sort | grep -v '^_=\\|^PWD\\|^OLDPWD\\|^SHLVL'", tmp_path)
    assert b"LC_CTYPE" not in plain.data
    assert (await run("trap -p INT TERM HUP USR1", tmp_path)).data == b""
    assert (await run("exit 7", tmp_path)).value == 7
    assert (await run("yes | head -1", tmp_path)).data == b"y\n"
    assert (await run("kill -TERM $$", tmp_path)).value == -15
