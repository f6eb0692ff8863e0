"""What deciding and writing it down costs, and how the log reads once it has a million rows."""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.figures import Figure, median_ms
from blufio_tui.adapters.audit_key import AuditKey
from blufio_tui.adapters.audit_store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.database import Database
from blufio_tui.adapters.grants_file import GrantsFile
from blufio_tui.core.approvers import DenyAll
from blufio_tui.core.audit import AuditEntry, AuditFilter, RowType
from blufio_tui.core.audit_chain import CHAINED_COLUMNS, Head, chain_hash, columns_of
from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, FileTarget, Kind, Mode, Target
from blufio_tui.core.command_line import exec_target
from blufio_tui.core.effects import Effect, EffectResult, ReadFile
from blufio_tui.core.gate import Circumstances, Gate, Ports
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest import Capabilities, FilesystemCapability, Manifest
from blufio_tui.core.policy import PolicyView, decide
from blufio_tui.core.tools import CallContext

ROWS = 1_000_000
PLACES = Places("/home/p", "/home/p/work")
MANIFEST = Manifest("x", "1.0.0", "…", capabilities=Capabilities(filesystem=FilesystemCapability(read=("~/notes",))))
SKILL = Actor(ActorKind.SKILL, "x", "1.0.0", "", "aa" * 32, MANIFEST, MANIFEST)
BASH = Actor(ActorKind.TOOL, "bash")
FOLDER = os.environ.get("BENCH_FOLDER")


def measure() -> Iterator[Figure]:
    yield from _deciding()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        yield from _one_host_call(Path(folder))
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        yield from _a_million_rows(Path(folder))


def _deciding() -> Iterator[Figure]:
    look = PolicyView(Mode.ASK, PLACES, now=1.0, session_id="s")
    request = CapabilityRequest(SKILL, FileTarget(Kind.FS_READ, "/home/p/notes/a", "~/notes/a", "read"))
    cost = median_ms(lambda: decide(request, look), runs=500)
    yield Figure("policy.declared", "Deciding on a declared path", cost * 1000, "µs", goal=100)
    line = "git status && git log --oneline -5 | head -3"
    cost = median_ms(lambda: decide(CapabilityRequest(BASH, exec_target(line, "/")), look), runs=200)
    yield Figure("policy.command", "Taking a command line apart and deciding on it", cost * 1000, "µs", goal=1000)


@dataclass(frozen=True)
class NoEffect:
    """An effect that costs nothing, so that what is left is the gate."""

    target: Target

    def prepare(self, effect: Effect, actor: Actor) -> "NoEffect":
        return self

    def describe(self) -> str:
        return ""

    async def preflight(self) -> None:
        return None

    async def execute(self) -> EffectResult:
        return EffectResult(0)


def _one_host_call(folder: Path) -> Iterator[Figure]:
    floor = _bare_commits(folder)
    database, log = _open(folder)
    clock = SystemClock()
    runner = NoEffect(FileTarget(Kind.FS_READ, "/home/p/notes/a", "~/notes/a", "read"))
    ports = Ports(runner, DenyAll(), log, GrantsFile(folder / "grants.toml", clock), clock)
    gate = Gate(ports, lambda: Circumstances(Mode.ASK, PLACES))
    perform = gate.bind(SKILL, CallContext("s", "t", "c", lambda event: None))
    times = asyncio.run(_time_each(perform))
    database.close()
    yield Figure(
        "audit.host_call",
        "Policy and audit of one host call, its decision durable before the effect",
        statistics.median(times),
        "ms",
        goal=1.0,
    )
    yield Figure(
        "audit.append",
        "The same against one bare SQLite commit",
        statistics.median(times),
        "ms",
        baseline=floor,
        baseline_title="one bare commit",
    )


async def _time_each(perform: Callable[[Effect], object], runs: int = 400) -> list[float]:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        await perform(ReadFile("/home/p/notes/a"))  # type: ignore[misc]
        times.append((time.perf_counter() - start) * 1000)
    return times[20:]


def _bare_commits(folder: Path) -> float:
    """The floor: a durable commit of one row of that size, without threads, chain or indexes."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, content TEXT)")
    insert = "INSERT INTO bare (content) VALUES (?)"
    cost = median_ms(lambda: connection.execute(insert, ("x" * 500,)), runs=300)
    connection.close()
    return cost


def _a_million_rows(folder: Path) -> Iterator[Figure]:
    database, log = _open(folder)
    _fill(database, folder, ROWS)
    size = (folder / "blufio.db").stat().st_size / 1e6
    yield Figure("audit.size", f"Size of a log of {ROWS:,} rows", size, "MB")
    everything = AuditFilter()
    yield _reading(log, "open", "Opening the audit screen (newest page and count)", everything, goal=0.5)
    yield _reading(
        log,
        "filter_kind",
        "The same filtered by skill and decision",
        AuditFilter(actor="skill-3", decision="deny"),
        goal=0.5,
    )
    yield _reading(log, "filter_text", "The same with text that many rows hold", AuditFilter(text="file_77"), goal=0.5)
    yield _reading(log, "filter_none", "The same with text that no row holds", AuditFilter(text="zzqqy"), goal=1.0)
    start = time.perf_counter()
    result = asyncio.run(log.verify())
    yield Figure("audit.verify", f"Verifying {result.rows:,} rows", time.perf_counter() - start, "s", goal=60)
    assert result.ok, result
    database.close()


def _reading(log: AuditStore, key: str, title: str, where: AuditFilter, goal: float) -> Figure:
    async def read() -> None:
        await asyncio.gather(log.page(where), log.count(where))

    cost = median_ms(lambda: asyncio.run(read()), runs=5, warm_up=1)
    return Figure(f"audit.{key}", title, cost / 1000, "s", goal=goal)


def _open(folder: Path) -> tuple[Database, AuditStore]:
    database = Database(folder / "blufio.db")
    database.open()
    log = AuditStore(database, AuditKey(folder / "keys" / "audit.key"), SystemClock())
    log.append_sync(AuditEntry(RowType.MODE, "mode", "ask"))
    return database, log


def _fill(database: Database, folder: Path, rows: int) -> None:
    """A true chain, written in one transaction."""
    keys = AuditKey(folder / "keys" / "audit.key")
    key = keys.key(log_is_empty=False)
    head = keys.head(key)
    assert head is not None
    marks = ", ".join("?" * (len(CHAINED_COLUMNS) + 1))
    insert = f"INSERT INTO audit ({', '.join(CHAINED_COLUMNS)}, row_hash) VALUES ({marks})"

    def write(connection: sqlite3.Connection) -> Head:
        last = head
        for seq in range(last.seq + 1, rows + 1):
            columns = (seq, seq * 1_000_000, *columns_of(_entry(seq)))
            row_hash = chain_hash(key, last.row_hash, columns)
            connection.execute(insert, (*columns, row_hash))
            last = Head(seq, row_hash)
        return last

    keys.advance(key, database.write_sync(write))
    with sqlite3.connect(database.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


_DECISION = AuditEntry(
    RowType.DECISION,
    "fs.read",
    "",
    actor_version="1.0.0",
    actor_hash="aa" * 32,
    decided_by="manifest",
    rule="allowed by manifest: read ${PROJECT}",
)
_OUTCOME = AuditEntry(
    RowType.OUTCOME, "fs.read", "", outcome="ok", body_sha256="bb" * 32, body_bytes=4096, duration_ms=0.7
)


def _entry(seq: int) -> AuditEntry:
    """Decisions and outcomes take turns, as they do in life."""
    place = {"session_id": f"s{seq // 5000}", "call_id": f"c{seq // 10}", "host_call_id": f"h{seq // 2}"}
    if seq % 2:
        return replace(_OUTCOME, about_seq=seq - 1, **place)
    path = f"/home/person/projects/thing/src/module_{seq // 1000}/file_{seq}.py"
    decision = "deny" if seq % 202 == 0 else "allow"
    return replace(_DECISION, resource=path, actor=f"skill-{seq // 2 % 7}", decision=decision, **place)
