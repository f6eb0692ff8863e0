"""One command in a cage, as this program runs it: output, endings, questions, changes kept."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import (
    Answered,
    Asked,
    CageEvent,
    CageFailed,
    CagePool,
    Command,
    Decide,
    Ended,
    Output,
    Reply,
)
from blufio_tui.adapters.cage.program_side.probe import why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
PYTHON = os.path.realpath(sys.executable)


async def refuse(_asked: Asked, reply: Reply) -> None:
    await reply(Answered(False))


async def allow(asked: Asked, reply: Reply) -> None:
    await reply(Answered(not asked.never, ("127.0.0.1",)))


class Place:
    """A project, and a pool of supervisors."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.project, self.outside, self.tmp, self.store = (
            self.root / name for name in ("project", "outside", "tmp", "store")
        )
        for folder in (self.project, self.outside, self.tmp, self.store):
            folder.mkdir()
        (self.outside / "a.txt").write_text("outside")
        self.pool = CagePool(spare=False)

    def command(self, *words: str, timeout_secs: float = 30, writes: bool = True) -> Command:
        environment = {**os.environ, "TMPDIR": str(self.tmp)}
        profile = build_profile(
            str(self.project), str(self.tmp), environment=environment, home=str(Path.home()), writes=writes
        )
        return Command(words, str(self.project), environment, profile, str(self.store), timeout_secs)

    async def run(self, *words: str, decide: Decide = refuse, **more: float) -> tuple[Ended, str, str]:
        out: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        ended: CageEvent | None = None
        async with aclosing(self.pool.run(self.command(*words, **more), decide)) as events:  # type: ignore[arg-type]
            async for event in events:
                if isinstance(event, Output):
                    out[event.stream] += event.data
                ended = event
        assert isinstance(ended, Ended)
        return ended, out["stdout"].decode(), out["stderr"].decode()

    async def sh(self, script: str, decide: Decide = refuse, **more: float) -> tuple[Ended, str, str]:
        return await self.run("/bin/sh", "-c", script, decide=decide, **more)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.pool.close()


async def test_output_and_exit_code_come_back(place: Place) -> None:
    ended, out, err = await place.sh("echo out; echo err >&2; exit 7")
    assert (ended.exit_code, ended.signal, out, err) == (7, None, "out\n", "err\n")


async def test_a_signal_is_told(place: Place) -> None:
    ended, _, _ = await place.sh("kill -9 $$")
    assert (ended.exit_code, ended.signal) == (137, 9)


async def test_a_program_that_is_not_there_says_so(place: Place) -> None:
    ended, _, err = await place.run("no-such-program")
    assert ended.exit_code == 127
    assert "no-such-program" in err


async def test_all_of_a_large_output_arrives(place: Place) -> None:
    _, out, _ = await place.sh("head -c 3000000 /dev/zero | tr '\\0' x")
    assert len(out) == 3_000_000


async def test_the_project_is_written_without_a_question(place: Place) -> None:
    ended, out, _ = await place.sh("echo hi > a && mkdir d && mv a d/b && cat d/b && rm -r d")
    assert (ended.exit_code, out) == (0, "hi\n")


async def test_what_lies_outside_is_asked_about_and_goes_on_when_allowed(place: Place) -> None:
    ended, out, _ = await place.sh(f"cat {place.outside}/a.txt; echo b > {place.outside}/b.txt", allow)
    assert (ended.exit_code, out) == (0, "outside")
    assert (place.outside / "b.txt").read_text() == "b\n"


async def test_what_lies_outside_is_refused_with_an_ordinary_error(place: Place) -> None:
    ended, _, err = await place.sh(f"cat {place.outside}/a.txt")
    assert ended.exit_code == 1
    assert "Permission denied" in err


async def test_the_same_thing_is_asked_about_once(place: Place) -> None:
    asked: list[Asked] = []

    async def count(question: Asked, reply: Reply) -> None:
        asked.append(question)
        await reply(Answered(True))

    await place.sh(f"for i in 1 2 3; do cat {place.outside}/a.txt; done", count)
    assert [one.resource for one in asked] == [f"{place.outside}/a.txt"]


async def test_a_question_stops_its_asker_and_nobody_else(place: Place) -> None:
    """The other process of the family goes on, and its output arrives, while the question is open."""
    went_on = asyncio.Event()

    async def wait(_asked: Asked, reply: Reply) -> None:
        await asyncio.wait_for(went_on.wait(), 10)
        await reply(Answered(True))

    script = f"(cat {place.outside}/a.txt) & for i in 1 2 3 4 5; do cat /etc/hostname >/dev/null; done; echo on; wait"
    out = b""
    async with aclosing(place.pool.run(place.command("/bin/sh", "-c", script), wait)) as events:
        async for event in events:
            if isinstance(event, Output):
                out += event.data
                went_on.set()
    assert out == b"on\noutside"


async def test_the_clock_stands_still_while_a_question_is_open(place: Place) -> None:
    async def late(_asked: Asked, reply: Reply) -> None:
        await asyncio.sleep(2.7)  # longer than the command may run
        await reply(Answered(True))

    ended, out, _ = await place.sh(f"cat {place.outside}/a.txt", late, timeout_secs=2.5)
    assert (ended.timed_out, out) == (False, "outside")
    assert ended.waited_secs > 2.5


async def test_a_command_is_stopped_at_its_deadline(place: Place) -> None:
    ended, out, _ = await place.sh("echo before; sleep 60", timeout_secs=1.5)
    assert (ended.timed_out, out) == (True, "before\n")


async def test_whatever_is_left_running_ends_with_the_command(place: Place) -> None:
    ended, _, _ = await place.sh("setsid sh -c 'setsid sleep 61 & sleep 61' & sleep 0.2")
    assert ended.left_running >= 2
    assert not _running("sleep 61")


async def test_closing_the_events_ends_the_family(place: Place) -> None:
    async with aclosing(place.pool.run(place.command("/bin/sh", "-c", "echo go; sleep 62"), refuse)) as events:
        async for event in events:
            if isinstance(event, Output):
                break
    assert not _running("sleep 62")


async def test_a_killed_supervisor_takes_the_family_along(place: Place) -> None:
    with pytest.raises(CageFailed, match="supervisor ended"):
        async with aclosing(place.pool.run(place.command("/bin/sh", "-c", "echo go; sleep 63"), refuse)) as events:
            async for event in events:
                if isinstance(event, Output):
                    await _until(lambda: bool(_pids("sleep 63")))
                    os.kill(_parent_of("sleep 63"), signal.SIGKILL)
    await _until(lambda: not _running("sleep 63"))


async def test_a_fork_bomb_ends_with_its_command(place: Place) -> None:
    bomb = (
        "import os, time\nend = time.time() + 0.1\nwhile time.time() < end:\n  try: os.fork()\n  except OSError: pass"
    )
    script = f"import resource; resource.setrlimit(resource.RLIMIT_NPROC, (400, 400))\nX = 'bomb-{os.getpid()}'\n{bomb}"
    await place.run(PYTHON, "-c", script, timeout_secs=20)
    assert not _running(f"bomb-{os.getpid()}")


async def test_a_flood_of_questions_is_answered_without_anyone(place: Place) -> None:
    asked: list[Asked] = []

    async def count(question: Asked, reply: Reply) -> None:
        asked.append(question)
        await reply(Answered(False))

    script = (
        f"import os\nfor i in range(5000):\n  try: os.open('{place.outside}/' + str(i), os.O_CREAT)\n"
        "  except OSError: pass"
    )
    ended, _, _ = await place.run(PYTHON, "-c", script, decide=count)
    assert len(asked) == 256
    assert ended.unasked == 5000 - 256


async def test_a_server_and_its_client_need_no_question(place: Place) -> None:
    script = """
import socket, threading
server = socket.socket(); server.bind(("0.0.0.0", 0)); server.listen()
assert server.getsockname()[0] == "127.0.0.1"
threading.Thread(target=lambda: server.accept()[0].sendall(b"served"), daemon=True).start()
print(socket.create_connection(("localhost", server.getsockname()[1])).recv(10).decode())
"""
    ended, out, err = await place.run(PYTHON, "-c", script)
    assert (ended.exit_code, out, err) == (0, "served\n", "")


async def test_a_name_is_asked_about_by_name(place: Place) -> None:
    asked: list[Asked] = []

    async def note(question: Asked, reply: Reply) -> None:
        asked.append(question)
        await reply(Answered(False))

    script = (
        "import socket\ntry: socket.create_connection(('example.org', 443), 5)\nexcept PermissionError: print('no')"
    )
    _, out, _ = await place.run(PYTHON, "-c", script, decide=note)
    assert out == "no\n"
    assert [(one.kind, one.resource, one.operation) for one in asked] == [("net", "example.org:443", "connect")]


async def test_an_allowed_connection_goes_to_the_address_that_was_decided_on(place: Place) -> None:
    server = await asyncio.start_server(_greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    script = f"import socket\nprint(socket.create_connection(('example.org', {port}), 5).recv(5).decode())"
    async with server:
        _, out, err = await place.run(PYTHON, "-c", script, decide=allow)
    assert (out, err) == ("hello\n", "")


async def test_what_is_changed_is_kept_and_told(place: Place) -> None:
    for name in ("changed", "removed", "same"):
        (place.project / name).write_text(f"old {name}")
    kept: dict[str, bytes] = {}
    async with aclosing(
        place.pool.run(
            place.command("/bin/sh", "-c", "echo new > changed; rm removed; echo x > made; cat same"), refuse
        )
    ) as events:
        async for event in events:
            if isinstance(event, Ended):
                ended = event
                kept = {
                    str(one["path"]): Path(str(one["before"])).read_bytes() for one in event.changes if one["before"]
                }
    assert kept == {f"{place.project}/changed": b"old changed", f"{place.project}/removed": b"old removed"}
    written = {Path(one["path"]).name: (bool(one["before"]), bool(one["after"])) for one in ended.written}
    assert written == {"changed": (True, True), "removed": (True, False), "made": (False, True)}


async def test_a_mode_that_only_reads_has_no_writing(place: Place) -> None:
    ended, _, err = await place.sh("echo x > a", writes=False)
    assert ended.exit_code != 0
    assert "Permission denied" in err
    assert not (place.project / "a").exists()


async def test_what_is_left_in_shared_memory_is_removed_and_what_others_have_there_stays(place: Place) -> None:
    theirs, left, gone = (f"/dev/shm/blufio-test-{os.getpid()}-{name}" for name in ("theirs", "left", "gone"))
    Path(theirs).write_text("theirs")
    try:
        script = f"echo x > {left}; echo x > {gone}; rm {gone}; cat {left} {gone} {theirs}; echo y > {theirs}"
        _, out, _ = await place.sh(script)
        assert out == "x\n"
        assert not Path(left).exists()
        assert Path(theirs).read_text() == "theirs"
    finally:
        Path(theirs).unlink()


async def test_a_folder_that_is_gone_is_no_reason_to_say_that_no_cage_can_be_made(place: Place) -> None:
    command = replace(place.command("true"), cwd=f"{place.project}/gone")
    async with aclosing(place.pool.run(command, refuse)) as events:
        told = [event async for event in events]
    assert isinstance(told[-1], Ended)
    assert told[-1].exit_code == 126
    assert b"gone: No such file" in b"".join(event.data for event in told if isinstance(event, Output))


async def test_sudo_says_that_it_has_no_power(place: Place) -> None:
    (place.project / "sudo").write_text("#!/bin/sh\nexit 1\n")
    (place.project / "sudo").chmod(0o755)
    _, _, err = await place.sh("./sudo id")
    assert "sudo does not work in the cage" in err


async def _greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await writer.drain()
    writer.close()


def _running(text: str) -> bool:
    return bool(_pids(text))


def _pids(text: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if (
            text in line
            and int(path.parent.name) != os.getpid()
            and not line.startswith(("/bin/sh -c echo go", "pytest"))
        ):
            found.append(int(path.parent.name))
    return found


def _parent_of(text: str) -> int:
    """The supervisor: the parent of the command, whose child is found by its command line."""
    deadline = time.monotonic() + 5
    while not (pids := _pids(text)) and time.monotonic() < deadline:
        pass
    shell = _ppid(pids[0])
    return _ppid(shell) if b"echo go" in Path(f"/proc/{shell}/cmdline").read_bytes() else shell


def _ppid(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)
