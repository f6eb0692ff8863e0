"""The audit log as it grows to a million rows: open, filter, verify, and the explorer in a terminal."""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.figures import Curve, Figure, Result, median_ms, percentile
from benchmarks.homes import asked_entry, grow_log, open_log, opened
from benchmarks.pty_app import PtyApp, environment, program
from benchmarks.start_up import READY
from blufio_tui.adapters.audit.checkpoints import Checkpoints
from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.signing_key import SigningKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, RowType
from blufio_tui.core.audit.written import WrittenRow
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.features.policy.rules import try_rule
from blufio_tui.features.proof.proving import prove_on

if TYPE_CHECKING:
    from blufio_tui.adapters.audit.guardian import Guardian

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FILTERS = {
    "open": ("newest page and count", AuditFilter()),
    "kind": ("filtered by skill and decision", AuditFilter(actor="skill-3", decision="deny")),
    "text": ("filtered by text that many rows hold", AuditFilter(text="file_77")),
    "none": ("filtered by text that no row holds", AuditFilter(text="zzqqy")),
}
GOALS = {"open": 0.5, "kind": 0.5, "text": 0.5, "none": 1.0}
_F6 = "\x1b[17~"
_PAGE_UP = "\x1b[5~"


def measure(*, full: bool = False) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with opened(home) as database:
            log = open_log(database, home)
            log.append_sync(AuditEntry(RowType.MODE, "mode", "ask"))
            curves: dict[str, list[tuple[float, float]]] = {key: [] for key in (*FILTERS, "verify")}
            for size in SIZES:
                grow_log(database, home, size)
                for key, (_, where) in FILTERS.items():
                    curves[key].append((float(size), _reading_ms(log, where)))
                spent, verifying = _verify_ms(log, size)
                curves["verify"].append((float(size), verifying))
        yield from _figures(curves, spent, (home / "blufio.db").stat().st_size / 1e6)
        yield from _in_terminal(home)
        with opened(home) as database:
            yield from _proof(database, home)
    yield from _back_test()


def _back_test() -> Iterator[Result]:
    """What a rule would have answered, where every effect of the log was a question that no other was like."""
    rules = [
        UserRule(Verdict.ALLOW, Kind.EXEC, "make *"),
        UserRule(Verdict.DENY, Kind.EXEC, "curl"),
        UserRule(Verdict.ALLOW, Kind.FS_WRITE, "/bench/src"),
        UserRule(Verdict.ALLOW, Kind.NET, "h6.example.org"),
        UserRule(Verdict.DENY, Kind.FS_READ, "/home/person"),
    ]
    times, spent = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as database:
        log = open_log(database, Path(folder))
        log.append_sync(AuditEntry(RowType.MODE, "mode", "ask"))
        grow_log(database, Path(folder), 100_000, asked_entry)
        for rule in rules * 3:
            before, start = time.process_time(), time.perf_counter()
            result = asyncio.run(try_rule(rule, log, Places("/home/person", "/bench")))
            times.append(time.perf_counter() - start)
            spent.append(time.process_time() - before)
            assert bool(result.answered) is (rule.target != "curl"), (rule, result)
    slowest = max(range(len(rules)), key=lambda number: times[number])
    title = f"trying a rule on 100,000 rows, the slowest of {len(rules)}"
    yield Figure("audit.back_test", title, statistics.median(times[slowest :: len(rules)]), "s", 0.3)
    yield Figure(
        "audit.back_test_cpu", "the same in processor time", statistics.median(spent[slowest :: len(rules)]), "s", 0.3
    )


@dataclass
class _Following:
    """In the place of the guardian: makes checkpoints only when asked."""

    checkpoints: Checkpoints

    def appended(self, rows: Sequence[WrittenRow]) -> None:
        self.checkpoints.appended(rows)


def _proof(database: Database, home: Path) -> Iterator[Result]:
    """What signing costs: the leaf of each row while it is appended, and a checkpoint over 1,000 rows. Then a proof."""
    key = AuditKey(home / "keys" / "audit.key")
    checkpoints = Checkpoints(database, key, SigningKey(home / "keys" / "audit-signing.json"), SystemClock())
    plain = AuditStore(database, key, SystemClock())
    signed = AuditStore(database, key, SystemClock(), cast("Guardian", _Following(checkpoints)))
    runs = [asyncio.run(_signing(plain, signed, checkpoints)) for _ in range(5)]
    without, followed, making = (min(times) for times in zip(*runs, strict=True))
    title = "a signed checkpoint over 1,000 rows, processor time"
    yield Figure("audit.checkpoint", title, making, "ms", 0.02, without, "appending them one by one")
    title = "appending 1,000 rows with what a checkpoint needs of them, processor time"
    yield Figure("audit.leaves", title, followed, "ms", 1.1, without, "without")
    seq = SIZES[-1] // 2
    start = time.perf_counter()
    envelope, _ = asyncio.run(prove_on(database, checkpoints, [str(seq)], (), list))
    yield Figure("audit.prove", "proof of one row among 1,000,000", time.perf_counter() - start, "s", 0.5)
    yield Figure("audit.prove_size", "size of that proof", len(json.dumps(envelope)) / 1000, "KB", 20)


async def _signing(plain: AuditStore, signed: AuditStore, checkpoints: Checkpoints) -> tuple[float, float, float]:
    """Processor time in milliseconds of 1,000 rows appended without leaves and with them, in turns, and of a checkpoint
    over 1,000 rows."""
    spent = {plain: 0.0, signed: 0.0}
    for _ in range(10):
        for log in (plain, signed):
            before = time.process_time()
            for _ in range(100):
                await log.append(AuditEntry(RowType.MODE, "mode", "ask"))
            spent[log] += time.process_time() - before
    await checkpoints.make()
    for _ in range(1000):
        await signed.append(AuditEntry(RowType.MODE, "mode", "ask"))
    before = time.process_time()
    await checkpoints.make()
    return spent[plain] * 1000, spent[signed] * 1000, (time.process_time() - before) * 1000


def _reading_ms(log: AuditStore, where: AuditFilter) -> float:
    async def read() -> None:
        await asyncio.gather(log.page(where), log.count(where))

    return median_ms(lambda: asyncio.run(read()), runs=3, warm_up=1)


def _verify_ms(log: AuditStore, rows: int) -> tuple[float, float]:
    """Processor time of this process and its children, and how long it took, in milliseconds."""
    start, before = time.perf_counter(), sum(os.times()[:4])
    result = asyncio.run(log.verify())
    assert result.ok and result.rows == rows, result
    return (sum(os.times()[:4]) - before) * 1000, (time.perf_counter() - start) * 1000


def _figures(curves: dict[str, list[tuple[float, float]]], verifying: float, size_mb: float) -> Iterator[Result]:
    for key, (what, _) in FILTERS.items():
        yield Figure(f"audit.{key}", f"audit log of 1,000,000 rows: {what}", curves[key][-1][1] / 1000, "s", GOALS[key])
    yield Figure("audit.verify", "verifying 1,000,000 rows", curves["verify"][-1][1] / 1000, "s", 8)
    title = f"the same in processor time of all processes, for each of {os.cpu_count()} processors"
    yield Figure("audit.verify_cpu", title, verifying / 1000 / (os.cpu_count() or 1), "s", 8)
    yield Figure("audit.size", "size of 1,000,000 rows on disk", size_mb, "MB")
    for key, points in curves.items():
        what = FILTERS[key][0] if key in FILTERS else "verifying"
        yield Curve(f"audit.{key}_curve", f"audit log: {what}", "rows", "ms", tuple(points))


def _in_terminal(home: Path) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as other:
        empty = _Explorer(Path(other), "row")
    full = _Explorer(home, f"{SIZES[-1] // 2 + 1:,} rows")  # an outcome is shown with its decision: half as many rows
    yield Figure("audit.screen", "opening the audit explorer on 1,000,000 rows", full.open_ms / 1000, "s", 0.5)
    yield Figure("audit.scroll", "paging up through it (95th percentile)", full.scroll_ms, "ms", 100)
    yield Figure(
        "audit.memory", "memory of the app with it, above an empty log", full.memory_mb - empty.memory_mb, "MB", 50
    )


class _Explorer:
    """Open the explorer once and page up in it."""

    def __init__(self, home: Path, marker: str) -> None:
        with PtyApp(program("--offline", "--project", str(home)), environment(home)) as app:
            app.read_until(READY)
            app.settle()
            start = time.perf_counter()
            app.send(_F6)
            app.read_until(marker)
            self.open_ms = (time.perf_counter() - start) * 1000
            app.watch(1.0)
            self.scroll_ms = percentile([_page_up_ms(app) for _ in range(20)], 0.95)
            self.memory_mb = app.memory_mb()


def _page_up_ms(app: PtyApp) -> float:
    """Until something of the next page is drawn; in an empty log nothing is."""
    start = time.perf_counter()
    app.send(_PAGE_UP)
    app.read(0.2)
    took = (time.perf_counter() - start) * 1000
    app.watch(0.1)
    return took
