"""Ways out of the cage: none of them gets out, with the fence alone and with a project that holds secrets."""

import asyncio
import hashlib
import json
import os
import pty
import re
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CagePool, Command, Ended, Output, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.cage.profile import Denial

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")

FOLDER = Path(__file__).parent
SCRIPT = FOLDER / "side_doors.py"  # it runs those of the other file as well
NAMES = tuple(
    name
    for script in ("escapes.py", "side_doors.py")
    for name in re.findall(r"^@escape\ndef (\w+)", (FOLDER / script).read_text(), re.MULTILINE)
)
ONLY_WITH_SECRETS = tuple(name for name in NAMES if "env_file" in name or "rule_denies" in name)


_GIT_CONFIG = """[core]
\tbare = false
\thooksPath = my-own-hooks
[include]
\tpath = ../included.txt
[remote "origin"]
\turl = https://example.org/x
"""


@dataclass
class World:
    """Everything outside that an escape would touch."""

    root: Path
    strict: bool
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.project, self.outside, self.own = (self.root / name for name in ("project", "outside", "own"))
        for folder in (self.project / ".git/hooks", self.project / "sub", self.project / "nested", self.outside):
            folder.mkdir(parents=True)
        (self.own / "keys").mkdir(parents=True)
        (self.outside / "secret.txt").write_text("CANARY outside")
        os.setxattr(self.outside / "secret.txt", "user.note", b"CANARY")
        (self.outside / "victim.txt").write_text("unchanged")
        (self.outside / "shared").write_text("unchanged")
        (self.outside / "run").write_text("#!/bin/sh\necho CANARY\nexit 77\n")
        (self.outside / "run").chmod(0o755)
        (self.project / "shared-with-outside").hardlink_to(self.outside / "shared")
        for name in ("blufio.db", "grants.toml", "keys/audit.key"):
            (self.own / name).write_text("CANARY own")
        (self.project / "plain.txt").write_text("plain")
        (self.project / ".git/config").write_text(_GIT_CONFIG)
        (self.project / ".git/HEAD").write_text("ref: refs/heads/main\n")
        if self.strict:
            (self.project / ".env").write_text("echo CANARY")
            places = (("keys", "id_rsa"), ("denied", "secret.txt"), ("cloud/.aws", "config"), ("holder", ".env"))
            for folder, name in (*places, ("holder-2", ".env"), ("holder-3/sub", ".env")):
                (self.project / folder).mkdir(parents=True)
                (self.project / folder / name).write_text("CANARY inside")
        self._servers: list[socket.socket] = []
        self.tcp = self._listen(socket.socket(socket.AF_INET, socket.SOCK_STREAM), ("127.0.0.1", 0))
        self.udp = self._listen(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", 0))
        self.unix = str(self.outside / "server.sock")
        self._listen(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), self.unix)
        self.unix_datagrams = str(self.outside / "datagrams.sock")
        self._listen(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), self.unix_datagrams)
        self.shared_tcp = self._listen(_shared(socket.SOCK_STREAM), ("127.0.0.1", 0))
        self.shared_udp = self._listen(_shared(socket.SOCK_DGRAM), ("127.0.0.1", 0))
        self.opened: list[int] = []
        self.abstract = f"blufio-test-{os.getpid()}-{self.strict}"
        self._listen(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), "\0" + self.abstract)
        self.victim = subprocess.Popen(["sleep", "600"])
        self.sleep = f"98{os.getpid()}{int(self.strict)}"
        self.master, self.slave = pty.openpty()

    def _listen(self, server: socket.socket, address: object) -> str:
        server.bind(address)  # type: ignore[arg-type]
        datagrams = server.type & 0xF == socket.SOCK_DGRAM
        if not datagrams:
            server.listen(50)
        self.listen_on(server)
        name = server.getsockname()
        return str(name[1]) if isinstance(name, tuple) else ""

    def listen_on(self, server: socket.socket) -> None:
        """Take connections and datagrams, and remember that there were any."""
        datagrams = server.type & 0xF == socket.SOCK_DGRAM
        self._servers.append(server)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    if datagrams:
                        self.heard.append(server.recv(100))
                    else:
                        connection, _ = server.accept()
                        self.heard.append(b"connection")
                        connection.close()

        threading.Thread(target=serve, daemon=True).start()

    def facts(self) -> dict[str, str]:
        return {
            "secret": str(self.outside / "secret.txt"),
            "victim": str(self.outside / "victim.txt"),
            "outside": str(self.outside),
            "own": str(self.own),
            "victim_pid": str(self.victim.pid),
            "app_pid": str(os.getpid()),
            "port": self.tcp,
            "udp": self.udp,
            "unix": self.unix,
            "abstract": self.abstract,
            "abstract_later": f"{self.abstract}-later",
            "unix_datagrams": self.unix_datagrams,
            "shared_tcp": self.shared_tcp,
            "shared_udp": self.shared_udp,
            "sleep": self.sleep,
            "terminal": os.ttyname(self.slave),
            **({"env": str(self.project / ".env")} if self.strict else {}),
        }

    def fingerprint(self) -> dict[str, tuple[str, int, int]]:
        found = {}
        for path in sorted([*self.outside.rglob("*"), *self.own.rglob("*")]):
            if path.name.startswith("fresh-"):
                continue  # made on purpose while the command runs
            stat = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path)] = (content, stat.st_mode, stat.st_mtime_ns if path.is_file() else 0)
        return found

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for server in self._servers:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
        for descriptor in (self.master, self.slave, *self.opened):
            os.close(descriptor)


def _shared(kind: socket.SocketKind) -> socket.socket:
    """A server that lets others share its port."""
    server = socket.socket(socket.AF_INET, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return server


@dataclass
class Report:
    world: World
    results: dict[str, str]
    before: dict[str, tuple[str, int, int]]
    after: dict[str, tuple[str, int, int]]
    ended: Ended
    asked: list[Asked]
    slowest_ms: float
    hooks: list[str]
    config: str


async def _run(world: World) -> Report:
    tmp = os.path.realpath(tempfile.mkdtemp(dir=world.root))
    (world.project / "world.json").write_text(json.dumps(world.facts()))
    denials = (Denial("fs.read", "${PROJECT}/denied"),) if world.strict else ()
    environment = {**os.environ, "TMPDIR": tmp}
    profile = build_profile(
        str(world.project),
        tmp,
        environment=environment,
        home=os.path.realpath(Path.home()),
        protected=[str(world.own)],
        denials=denials,
        read=[str(FOLDER)],
    )
    assert profile.strict is world.strict
    before, asked, output = world.fingerprint(), list[Asked](), b""
    slowest = 0.0

    async def refuse(question: Asked, reply: Reply) -> None:
        asked.append(question)
        await reply(Answered(False))

    async def take(name: str, use: Callable[[str], None]) -> None:
        """What the command has let go of, a program outside takes."""
        wanted = world.project / f"{name}-wanted"
        while not wanted.exists():
            await asyncio.sleep(0.01)
        use(wanted.read_text())
        (world.project / f"{name}-taken").touch()

    def take_port(text: str) -> None:
        world.listen_on(socket.create_server(("127.0.0.1", int(text))))

    def take_name(_text: str) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.bind("\0" + world.facts()["abstract_later"])
        server.listen(50)
        world.listen_on(server)

    def take_inode(prefix: str) -> None:
        for number in range(100):
            (world.outside / f"fresh-{prefix}-{number}").write_text("CANARY")

    def take_terminal(text: str) -> None:
        while text not in (taken := [os.ttyname(one) for one in world.opened if os.isatty(one)]):
            assert len(taken) < 40
            world.opened += pty.openpty()
        (world.project / "terminal-name").write_text(text)

    takers = {"port": take_port, "name": take_name, "t-inode": take_inode, "s-inode": take_inode}
    takers["terminal"] = take_terminal

    async def watch_the_loop() -> None:
        nonlocal slowest
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.02
            await asyncio.sleep(0.02)
            slowest = max(slowest, (loop.time() - due) * 1000)

    watching = asyncio.create_task(watch_the_loop())
    taking = [asyncio.create_task(take(name, use)) for name, use in takers.items()]
    names = [name for name in NAMES if world.strict or name not in ONLY_WITH_SECRETS]
    pool = CagePool(spare=False)
    words = (os.path.realpath(sys.executable), str(SCRIPT), "world.json", *names)
    ended = None
    async for event in pool.run(Command(words, str(world.project), environment, profile, "", 170), refuse):
        if isinstance(event, Output) and event.stream == "stdout":
            output += event.data
        elif isinstance(event, Ended):
            ended = event
    watching.cancel()
    for task in taking:
        task.cancel()
    pool.close()
    assert ended is not None
    results = {one["name"]: one["result"] for one in map(json.loads, output.decode().splitlines())}
    folders = ((folder, files) for folder, _, files in os.walk(world.project) if folder.endswith("/hooks"))
    hooks = [os.path.relpath(f"{folder}/{name}", world.project) for folder, files in folders for name in files]
    config = (world.project / ".git/config").read_text()
    return Report(world, results, before, world.fingerprint(), ended, asked, slowest, hooks, config)


@pytest.fixture(
    scope="module", params=[pytest.param(False, marks=pytest.mark.corpus, id="fence"), pytest.param(True, id="secrets")]
)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    world = World(Path(os.path.realpath(tmp_path_factory.mktemp("cage"))), request.param)
    try:
        yield asyncio.run(_run(world))
    finally:
        world.close()


def test_there_are_a_hundred_ways() -> None:
    assert len(NAMES) >= 100


def test_every_way_was_tried_and_none_got_out(report: Report) -> None:
    expected = {name for name in NAMES if report.world.strict or name not in ONLY_WITH_SECRETS}
    assert report.results.keys() == expected
    assert [name for name, result in report.results.items() if result == "escaped"] == []


def test_nothing_outside_has_changed(report: Report) -> None:
    assert report.after == report.before


def test_no_server_outside_has_heard_anything(report: Report) -> None:
    assert report.world.heard == []


def test_the_victim_lives_as_before(report: Report) -> None:
    assert report.world.victim.poll() is None
    assert os.getpriority(os.PRIO_PROCESS, report.world.victim.pid) == os.getpriority(os.PRIO_PROCESS, 0)


def test_nothing_is_left_running(report: Report) -> None:
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert f"sleep {report.world.sleep}" not in left


def test_no_hook_and_no_program_of_git_has_come_into_being(report: Report) -> None:
    assert [hook for hook in report.hooks if not hook.endswith(".sample")] in ([], ["deep/hooks/readme"])
    assert "sshCommand" not in report.config
    assert "fsmonitor" not in report.config
    assert report.config == _GIT_CONFIG


def test_git_runs_nothing_that_the_command_has_left_behind(report: Report) -> None:
    """git itself is asked: what a person's next `git status` would do in each folder."""
    for folder in (report.world.project, *(one for one in report.world.project.iterdir() if one.is_dir())):
        words = ["git", "-C", str(folder), "config", "--get-regexp", "fsmonitor|sshcommand|pushurl"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "HOME": "/"})
        assert "escaped" not in done.stdout
        assert done.stdout == ""


def test_a_question_names_what_it_is_about_and_who_asks(report: Report) -> None:
    asked = {(one.kind, one.resource) for one in report.asked}
    assert ("fs.read", str(report.world.outside / "secret.txt")) in asked
    assert ("net", f"127.0.0.1:{report.world.tcp}") in asked
    assert ("unix", report.world.unix) in asked
    assert all("side_doors.py" in " ".join(one.chain[-1]) for one in report.asked)
