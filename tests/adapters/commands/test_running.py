"""Commands as they run: output as it comes, whole on disk, folder and variables kept, jobs that end."""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.plain_runner import PlainRunner
from blufio_tui.adapters.commands.shell import MAX_OUTPUT, Shell
from blufio_tui.core.agent.result_pages import ReadResultTool
from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.job_tools import JobKillTool, JobOutputTool
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, RunCommand
from blufio_tui.core.errors import HostError
from blufio_tui.core.events import Event, ToolOutputDelta
from blufio_tui.core.running import CommandEnded, CommandOutput, Launch
from blufio_tui.core.shell.jobs import Jobs
from blufio_tui.core.tools import CallContext, ToolOutcome

PATIENCE_SECS = 60.0


class Desk:
    """A bash tool on a real shell, with everything allowed."""

    def __init__(self, folder: Path) -> None:
        self.project = str(folder / "project")
        os.makedirs(self.project)
        self.events: list[Event] = []
        self.heard = asyncio.Event()
        self.jobs = Jobs(time.monotonic)
        self.outputs = OutputFiles(folder / "outputs")
        self.shell = Shell({"PATH": os.environ["PATH"]}, jobs=self.jobs, outputs=self.outputs)
        self.bash = BashTool(self._perform, self.project, environment=self.shell.environment())
        self.shown: list[str] = []

    async def _perform(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        assert isinstance(effect, RunCommand)
        prepared = self.shell.prepare(effect)
        self.shown.append(prepared.describe())
        return await prepared.execute()

    def context(self, call_id: str = "c") -> CallContext:
        return CallContext("s", "t", call_id, self._emit)

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        self.heard.set()

    async def run(self, command: str, call_id: str = "c", **arguments: object) -> ToolOutcome:
        async with asyncio.timeout(PATIENCE_SECS):
            return await self.bash.invoke({"command": command, **arguments}, self.context(call_id))  # type: ignore[dict-item]

    def streamed(self, stream: str = "stdout") -> str:
        return "".join(e.text for e in self.events if isinstance(e, ToolOutputDelta) and e.stream == stream)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.jobs.close()


async def test_output_is_told_while_the_command_runs(desk: Desk) -> None:
    go_on = Path(desk.project, "go")
    os.mkfifo(go_on)
    running = asyncio.create_task(desk.run("echo first; read line < go; echo got $line >&2"))
    async with asyncio.timeout(PATIENCE_SECS):
        while "first" not in desk.streamed():
            await desk.heard.wait()
            desk.heard.clear()
    assert not running.done()
    await asyncio.to_thread(go_on.write_text, "word\n")
    outcome = await running
    assert outcome.content == "first\ngot word\n"
    assert desk.streamed("stderr") == "got word\n"


async def test_the_model_gets_plain_text_and_the_screen_colours(desk: Desk) -> None:
    outcome = await desk.run(r"printf '\033[31mred\033[0m\n10%%\r99%%\n\033[2J'")
    assert outcome.content == "red\n99%\n\\e[2J"
    assert desk.streamed() == "\x1b[31mred\x1b[0m\n10%\r99%\n\\e[2J"


async def test_folder_and_exports_last_and_the_card_shows_them(desk: Desk) -> None:
    outcome = await desk.run("mkdir -p src/deep; cd src; export CI=1 LD_PRELOAD=; local_only=2")
    assert "[the working folder is now src; not kept for the next call: LD_PRELOAD]" in outcome.content
    outcome = await desk.run("echo $PWD $CI [$local_only]; cd deep; exit 3")
    assert outcome.content.startswith(f"{desk.project}/src 1 []\n[exit status 3]")
    assert f"in {desk.project}/src, for at most 120 s\nwith CI=1" in desk.shown[-1]
    assert (await desk.run("pwd", cwd=".")).content == f"{desk.project}\n"
    assert (await desk.run("pwd")).content == f"{desk.project}/src/deep\n", "a folder for one call does not outlast it"


async def test_a_folder_that_is_gone_gives_way_to_the_project(desk: Desk) -> None:
    await desk.run("mkdir gone; cd gone; rmdir ../gone")
    await desk.run("mkdir -p gone; cd gone")
    os.rmdir(f"{desk.project}/gone")
    outcome = await desk.run("pwd")
    assert outcome.is_error and "starts in the project folder" in outcome.content
    assert (await desk.run("pwd")).content == f"{desk.project}\n"


async def test_a_command_of_its_own_trap_or_exec_still_runs_as_written(desk: Desk) -> None:
    assert (await desk.run("trap 'echo bye' EXIT; echo hi")).content == "hi\nbye\n"
    assert (await desk.run("exec echo replaced")).content == "replaced\n"
    assert (await desk.run("echo $0 $# ${BASH_ENV:-none}; bash -c 'echo ${BASH_ENV:-none}'")).content == (
        "/bin/bash 0 none\nnone\n"
    )
    assert "unexpected end of file" in (await desk.run("if true")).content


async def test_a_long_output_is_whole_on_disk_and_read_in_pages(desk: Desk) -> None:
    outcome = await desk.run("seq 1 200000; echo -n ende")
    whole = "".join(f"{number}\n" for number in range(1, 200_001)) + "ende"
    assert len(outcome.content) < MAX_OUTPUT + 300
    assert outcome.content.startswith("1\n2\n") and outcome.content.endswith("\nende")
    assert 'read_result {"call_id": "c", "offset": ' in outcome.content
    reader = ReadResultTool(None, desk.outputs)  # type: ignore[arg-type]
    page = await reader.invoke({"call_id": "c", "offset": 100_000, "limit": 1_000}, desk.context("d"))
    head, _, text = page.content.partition("\n")
    end = 100_000 + len(text)
    assert text == whole[100_000:end] and text.endswith("\n") and end > 100_990
    assert head == f"characters 100000 to {end} of {len(whole)}; read on at offset {end}"
    lines = await reader.invoke({"call_id": "c", "lines": "150000-150001"}, desk.context("d"))
    assert lines.content == "lines 150000 to 150001 of 200,001\n150000\t150000\n150001\t150001"
    found = await reader.invoke({"call_id": "c", "pattern": "^19999[89]$|end"}, desk.context("d"))
    assert found.content == '3 lines match "^19999[89]$|end"\n199998\t199998\n199999\t199999\n200001\tende'
    joined = "".join(
        [page.text async for page in _pages(desk.outputs)],
    )
    assert joined == whole


async def _pages(outputs: OutputFiles) -> AsyncIterator["object"]:
    offset = 0
    while (page := await outputs.page("s", "c", offset, 300_000)) and page.text:
        yield page
        offset += len(page.text)


async def test_pages_count_characters_not_bytes(desk: Desk) -> None:
    await desk.run("for i in $(seq 1 9000); do echo grüße-漢字-$i; done")
    whole = "".join(f"grüße-漢字-{number}\n" for number in range(1, 9001))
    page = await desk.outputs.page("s", "c", 70_001, 50)
    assert page is not None and (page.text, page.total) == (whole[70_001:70_051], len(whole))


async def test_an_output_that_fits_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    await desk.run("echo short")
    assert await desk.outputs.page("s", "c", 0, 10) is None
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    "command",
    [
        "git init -q . && git -c user.name=a -c user.email=a@b commit --allow-empty",
        "git ls-remote https://user@127.0.0.1:9/x.git",
        "$EDITOR file",
        "read answer",
        "man ls | $PAGER",
        "python3 -c 'input()'",
        "ssh -o ConnectTimeout=1 -p 9 nobody@127.0.0.1",
    ],
)
async def test_nothing_that_wants_a_person_hangs(desk: Desk, command: str) -> None:
    outcome = await desk.run(command, timeout_secs=30)
    assert "stopped after" not in outcome.content


async def test_a_job_runs_on_is_looked_at_and_ended(desk: Desk) -> None:
    started = await desk.run("echo $$ > pid; echo ready; exec sleep 600", background=True)
    assert 'job "echo-1"' in started.content
    job = desk.jobs.get("s", "echo-1")
    assert job is not None and job.is_running
    async with asyncio.timeout(PATIENCE_SECS):
        await job.changed.wait()
    look = JobOutputTool(desk.jobs)
    assert (await look.invoke({"job": "echo-1"}, desk.context())).content == "ready\n[echo-1: running]"
    assert (await look.invoke({"job": "echo-1"}, desk.context())).content == "(nothing new)\n[echo-1: running]"
    unknown = await look.invoke({"job": "x"}, desk.context())
    assert unknown.is_error and "echo-1 (running)" in unknown.content
    ended = await JobKillTool(desk.jobs).invoke({"job": "echo-1"}, desk.context())
    assert ended.content == "echo-1 is ended" and not job.is_running
    assert not _is_alive(int(Path(desk.project, "pid").read_text()))


async def test_jobs_end_with_their_session(desk: Desk) -> None:
    await desk.run("exec sleep 600", background=True)
    await desk.run("exec sleep 600", background=True)
    first, second = desk.jobs.of("s")
    assert (first.name, second.name) == ("exec-1", "exec-2")
    await desk.jobs.end_session("s")
    assert not first.is_running and not second.is_running and desk.jobs.of("s") == []


async def test_a_job_that_ends_by_itself_says_how(desk: Desk) -> None:
    await desk.run("echo last words; exit 4", background=True)
    (job,) = desk.jobs.of("s")
    assert job.task is not None
    await asyncio.wait_for(job.task, PATIENCE_SECS)
    assert job.state == "ended with exit status 4"
    ended = await JobKillTool(desk.jobs).invoke({"job": "echo-1"}, desk.context())
    assert ended.content == "echo-1 had already stopped: ended with exit status 4\nits last output:\nlast words"


async def test_a_receiver_that_stops_ends_the_command(tmp_path: Path) -> None:
    launch = Launch("echo $$ > pid; yes", os.path.realpath(tmp_path), {"PATH": os.environ["PATH"]})
    async with aclosing(PlainRunner().run(launch)) as events:
        async for event in events:
            assert isinstance(event, CommandOutput)
            break
    assert not _is_alive(int((tmp_path / "pid").read_text()))


async def test_a_slow_receiver_gets_everything(tmp_path: Path) -> None:
    launch = Launch("head -c 3000000 /dev/zero", os.path.realpath(tmp_path), {"PATH": os.environ["PATH"]})
    total = 0
    async with aclosing(PlainRunner().run(launch)) as events:
        async for event in events:
            if isinstance(event, CommandEnded):
                assert event.status == 0
            else:
                total += len(event.data)
                await asyncio.sleep(0.005)
    assert total == 3_000_000


async def test_much_output_leaves_time_for_others_and_little_in_memory(desk: Desk) -> None:
    """A tenth of what `benchmarks/big_output.py` measures; here only what must hold on any machine."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = await desk.run("yes 0123456789012345678901234567890 | head -c 20000000")
    assert not outcome.is_error
    page = await desk.outputs.page("s", "c", 19_999_000, 2_000)
    assert page is not None and page.total == 20_000_000
    assert len(desk.streamed()) < 8_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("swapped", ["folder", "folder above"])
async def test_a_folder_that_became_a_link_after_it_was_shown_runs_nothing(tmp_path: Path, swapped: str) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "project" / "d").mkdir(parents=True)
    (root / "outside" / "d").mkdir(parents=True)
    shell = Shell({"PATH": os.environ["PATH"]})
    prepared = shell.prepare(RunCommand("touch here", str(root / "project" / "d")))
    place, target = ("project/d", "outside/d") if swapped == "folder" else ("project", "outside")
    (root / place).rename(root / "before")
    (root / place).symlink_to(root / target)
    open_before = len(os.listdir("/dev/fd"))
    with pytest.raises(HostError, match="changed into a symbolic link after it was decided on"):
        await prepared.execute()
    assert not (root / "outside" / "d" / "here").exists()
    assert len(os.listdir("/dev/fd")) == open_before


@pytest.mark.parametrize("exchanged", ["project/d", "project"])
async def test_another_folder_in_the_place_of_the_one_that_was_shown_runs_nothing(
    tmp_path: Path, exchanged: str
) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "project" / "d").mkdir(parents=True)
    prepared = Shell({"PATH": os.environ["PATH"]}).prepare(RunCommand("touch here", str(root / "project" / "d")))
    (root / exchanged).rename(root / "before")
    (root / "project" / "d").mkdir(parents=True)
    with pytest.raises(HostError, match="exchanged for another folder after it was decided on"):
        await prepared.execute()
    assert not (root / "project" / "d" / "here").exists()


async def test_a_folder_that_may_be_entered_but_not_listed_is_one_to_run_in(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(0o311)
    result = await Shell({"PATH": os.environ["PATH"]}).prepare(RunCommand("pwd; cd ..", str(tmp_path / "d"))).execute()
    assert isinstance(result, EffectResult)
    assert result.data == f"{os.path.realpath(tmp_path)}/d\n".encode()
