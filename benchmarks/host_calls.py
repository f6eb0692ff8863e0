"""What one effect of a skill costs: deciding, writing it down durably, doing it."""

import asyncio
import sqlite3
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from benchmarks.figures import Figure, Result, in_turn_async_ms, median_ms, timed_async_ms
from benchmarks.guests import asking, binary, call_of
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.commands.environment import Environment
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.adapters.effect_runner import HostEffects
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.net.network import Network
from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, FileTarget, Kind, Mode
from blufio_tui.core.effects import Perform, ReadFile
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.gate.gate import Circumstances, Gate, Ports
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest
from blufio_tui.core.policy.decide import PolicyView, decide
from blufio_tui.core.shell.command_line import exec_target
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.core.tools import CallContext

RUNS = 300
IN_SKILL = 100


def measure(*, full: bool = False) -> Iterator[Result]:
    yield from _deciding()
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_host_calls(Path(folder).resolve()))


def _deciding() -> Iterator[Result]:
    where = Places("/home/p", "/home/p/work")
    look = PolicyView(Mode.ASK, where, now=1.0, session_id="s")
    skill = _skill("~/notes")
    request = CapabilityRequest(skill, FileTarget(Kind.FS_READ, "/home/p/notes/a", "~/notes/a", "read"))
    cost = median_ms(lambda: decide(request, look), runs=500)
    yield Figure("policy.declared", "deciding on a declared path", cost * 1000, "µs", 100)
    line, bash = "git status && git log --oneline -5 | head -3", Actor(ActorKind.TOOL, "bash")
    cost = median_ms(lambda: decide(CapabilityRequest(bash, exec_target(line, "/")), look), runs=200)
    yield Figure("policy.command", "taking a command line apart and deciding on it", cost * 1000, "µs", 1000)


async def _host_calls(folder: Path) -> list[Result]:
    file = folder / "notes" / "note.txt"
    file.parent.mkdir()
    file.write_bytes(b"x" * 1024)
    async with _gate(folder) as perform:
        with _bare(folder, file) as commit_and_read:
            actions = (lambda: perform(ReadFile(str(file))), commit_and_read)
            alone, floor = await in_turn_async_ms(actions, runs=RUNS, warm_up=20)
        in_skill = await _in_skill(folder, file, perform)
    title = "host call: policy, durable audit, file read of 1 KB"
    return [
        Figure("host_call", title, alone, "ms", 2),
        Figure("host_call.floor", title, alone, "ms", 2.5, floor, "one bare SQLite commit and an open-read"),
        Figure("host_call.in_skill", f"the same within a skill, {IN_SKILL} in one call", in_skill, "ms", 2),
    ]


@contextmanager
def _bare(folder: Path, file: Path) -> Iterator[Callable[[], None]]:
    """A durable commit of one row of that size, without threads, chain or indexes, and the read."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, content TEXT)")

    def commit_and_read() -> None:
        connection.execute("INSERT INTO bare (content) VALUES (?)", ("x" * 500,))
        file.read_bytes()

    yield commit_and_read
    connection.close()


@asynccontextmanager
async def _gate(folder: Path) -> AsyncIterator[Perform]:
    """The gate as the program builds it, for a skill that may read the folder of notes."""
    clock, database = SystemClock(), Database(folder / "blufio.db")
    database.open()
    network = Network((), "", SecretStore(folder / "secrets.toml"))
    where = places(folder)
    runner = HostEffects(FileGuard(where, ()), network, Environment(), Shell())
    audit = AuditStore(database, AuditKey(folder / "keys" / "audit.key"), clock)
    ports = Ports(runner, DenyAll(), audit, GrantsFile(folder / "grants.toml", clock), clock)
    gate = Gate(ports, lambda: Circumstances(Mode.ASK, where))
    try:
        yield gate.bind(_skill(str(folder / "notes")), CallContext("s", "t", "c", lambda event: None))
        await gate.settle()
    finally:
        await network.close()
        database.close()


def _skill(readable: str) -> Actor:
    manifest = Manifest("x", "1.0.0", "…", capabilities=Capabilities(filesystem=FilesystemCapability(read=(readable,))))
    return Actor(ActorKind.SKILL, "x", "1.0.0", "", "aa" * 32, manifest, manifest)


async def _in_skill(folder: Path, file: Path, perform: Perform) -> float:
    """One host call of many in a call of a skill: sandbox, gate, audit and file together."""
    client = SandboxClient(folder / "cache")
    call = call_of(folder, "reader", binary(asking("read_file", str(file), IN_SKILL)))
    try:
        times = [await timed_async_ms(_read(client, call, perform)) / IN_SKILL for _ in range(6)]
    finally:
        await client.close()
    return statistics.median(times[1:])


async def _read(client: SandboxClient, call: SandboxCall, perform: Perform) -> None:
    result = await client.run(call, perform)
    assert result.error is None, result.error
