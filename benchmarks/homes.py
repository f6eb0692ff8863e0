"""Fills a database quickly with what takes a person months: long conversations, many skills, a long audit log."""

import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.audit.key import AuditKey
from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.sessions import tool_records
from blufio_tui.adapters.sessions import tree as session_tree
from blufio_tui.adapters.sessions.branch_positions import Places
from blufio_tui.adapters.skills import table as skill_table
from blufio_tui.adapters.skills.bundled import bundled_folder, bundled_skills
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.adapters.skills.stamp import take_stamp
from blufio_tui.adapters.skills.table import Installed
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import CHAINED_COLUMNS, Head, chain_hash, columns_of
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.events import HostCallFinished
from blufio_tui.core.sessions.records import MessageState, ToolCallRecord
from blufio_tui.core.skills.skill import SkillStatus

PROJECT = "/bench"
LAST_WORDS = "the very last words"


@contextmanager
def opened(home: Path) -> Iterator[Database]:
    """The database of a BLUFIO_HOME."""
    database = Database(home / "blufio.db")
    database.open()
    try:
        yield database
    finally:
        database.close()


# ── conversations ──────────────────────────────────────────────────────────────────────────────────


def add_session(database: Database, messages: int) -> str:
    """A session of so many messages, the last of which says `LAST_WORDS`; its id."""
    session_id = secrets.token_hex(6)
    places = Places()

    def write(connection: sqlite3.Connection) -> None:
        session_tree.create(connection, session_id, PROJECT, 1.0)
        for number in range(messages):
            session_tree.append(connection, places, _message(session_id, number, messages))

    database.write_sync(write)
    return session_id


def _message(session_id: str, number: int, count: int) -> session_tree.NewMessage:
    role = Role.ASSISTANT if number % 2 else Role.USER
    said = f"{LAST_WORDS} of {count}" if number == count - 1 else _TEXTS[number % len(_TEXTS)]
    message = Message(role, (TextBlock(f"{said} ({number})"),))
    return session_tree.NewMessage(session_id, f"t{number // 2}", message, MessageState.COMPLETE, 1.0 + number)


_TEXTS = (
    "Where is the connection pool made, and who closes it?",
    "It is made in `open_pool()` and closed by its owner:\n\n```python\nwith open_pool() as pool:\n    run(pool)\n```\n"
    "Nothing else holds it.",
    "Then why does the test leave a socket open?",
    "Because the *first* request is retried.\n\n1. the pool is closed\n2. the retry opens a **new** connection\n"
    "3. nobody closes that one",
)


def add_calls(database: Database, session_id: str, messages: int, trace_rows: int) -> None:
    """A tool call in each of the last turns of a session, with so many effects that the trace has `trace_rows` rows."""
    turns = messages // 2

    def write(connection: sqlite3.Connection) -> None:
        for number in range(turns - trace_rows // _ROWS_A_TURN, turns):
            tool_records.store(connection, _call(session_id, number))

    database.write_sync(write)


_ROWS_A_TURN = 50


def _call(session_id: str, number: int) -> ToolCallRecord:
    turn, call = f"t{number}", f"c{number}"
    reads = tuple(
        HostCallFinished(
            turn,
            call,
            f"h{number}-{n}",
            Kind.FS_READ,
            f"/bench/src/module_{number}/file_{n}.py",
            Verdict.ALLOW,
            DecidedBy.MANIFEST,
            "read ${PROJECT}",
            "ok",
            0.7,
            number * _ROWS_A_TURN + n,
            4096,
        )
        for n in range(_ROWS_A_TURN - 2)
    )
    return ToolCallRecord(
        session_id,
        turn,
        call,
        "text_stats",
        {"text": f"words of {number}"},
        1.0 + number,
        True,
        f'{{"words": {number}}}',
        duration_ms=9.0,
        host_calls=reads,
    )


# ── skills ─────────────────────────────────────────────────────────────────────────────────────────


def add_skills(database: Database, folder: Path, count: int) -> None:
    """Copies of one bundled skill under other names, installed as the installer would have."""
    model = bundled_skills(bundled_folder())["text-stats"]
    assert model.manifest is not None

    def write(connection: sqlite3.Connection) -> None:
        for number in range(count):
            name = f"copy-{number:04}"
            place = folder / name
            shutil.copytree(model.folder, place)
            manifest = replace(model.manifest, name=name) if model.manifest else None
            skill = replace(model, name=name, folder=place, manifest=manifest, status=SkillStatus.VERIFIED)
            files = scan(place)
            stamp = take_stamp(place, (entry.path for entry in files))
            skill_table.put(connection, Installed(skill, stamp, str(place), skill_table.files_json(files)))

    database.write_sync(write)


# ── the audit log ──────────────────────────────────────────────────────────────────────────────────


def open_log(database: Database, folder: Path) -> AuditStore:
    return AuditStore(database, AuditKey(folder / "keys" / "audit.key"), SystemClock())


def grow_log(database: Database, folder: Path, rows: int, entry: Callable[[int], AuditEntry] | None = None) -> None:
    """Make the audit log `rows` long: a true chain, written in one transaction."""
    entry = entry or _entry
    keys = AuditKey(folder / "keys" / "audit.key")
    key = keys.key(log_is_empty=False)
    head = keys.head(key)
    assert head is not None
    marks = ", ".join("?" * (len(CHAINED_COLUMNS) + 1))
    insert = f"INSERT INTO audit ({', '.join(CHAINED_COLUMNS)}, row_hash) VALUES ({marks})"

    def write(connection: sqlite3.Connection) -> Head:
        last = head
        for seq in range(last.seq + 1, rows + 1):
            columns = (seq, seq * 1_000_000, *columns_of(entry(seq)))
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
    entry = _OUTCOME if seq % 2 else _DECISION
    entry = replace(entry, session_id=f"s{seq // 5000}", call_id=f"c{seq // 10}", host_call_id=f"h{seq // 2}")
    if seq % 2:
        return replace(entry, about_seq=seq - 1)
    path = f"/home/person/projects/thing/src/module_{seq // 1000}/file_{seq}.py"
    decision = "deny" if seq % 202 == 0 else "allow"
    return replace(entry, resource=path, actor=f"skill-{seq // 2 % 7}", decision=decision)


_ANSWER = AuditEntry(RowType.DECISION, "", "", decided_by=DecidedBy.USER, decision=Verdict.ALLOW)


def asked_entry(seq: int) -> AuditEntry:
    """As `_entry`, where a person was asked about everything: commands, changes, requests and files outside."""
    if seq % 2:
        return _entry(seq)
    about = replace(_ANSWER, call_id=f"c{seq // 10}", host_call_id=f"h{seq // 2}")
    match seq // 2 % 4:
        case 0:
            return replace(about, kind="exec", actor="bash", resource=f"make test_{seq}", detail="in /bench")
        case 1:
            return replace(about, kind="fs.write", actor="file", resource=f"/bench/src/file_{seq}.py", detail="write")
        case 2:
            url = f"https://h{seq % 50}.example.org/{seq}"
            return replace(about, kind="net", actor="http", resource=url, detail="GET, 0 bytes sent")
        case _:
            return replace(about, kind="fs.read", actor="file", resource=f"/home/person/{seq}", detail="read")
