"""`blufio-tui audit`: list, verify, export and prove the log of everything that was decided and done."""

import argparse
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from blufio_tui.cli import audit_proof
from blufio_tui.cli.actions import add_action
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.audit.chain import CLOCK_WENT_BACK
from blufio_tui.core.audit.egress import egress_in_words, egress_json, egress_since
from blufio_tui.core.audit.export import csv_header, csv_line, jsonl_line, row_json, verification_json
from blufio_tui.core.audit.rows import AuditFilter, AuditRow, Verification, rely_not
from blufio_tui.core.cage.effects_tree import CommandEffects, tree
from blufio_tui.core.errors import StorageError, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.amounts import date_time
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.times import midnight, moment_before

if TYPE_CHECKING:
    from blufio_tui.adapters.audit.store import AuditStore

_CHECKED_AT_ONCE = 1000
_DEEPEST = 12
_SYMBOLS = {"allow": "✓", "deny": "✗"}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("audit", help=COMMANDS["audit"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = _action(actions, "list", _list, "list the last rows, newest last")
    _add_filters(one)
    one.add_argument("--limit", type=_limit, default=200, metavar="N", help="maximum number of rows (0: all)")

    _action(actions, "verify", _verify, "check the whole chain and name the first row that was changed")

    one = _action(actions, "export", _export, "write all rows to standard output, oldest first")
    _add_filters(one)
    one.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")

    one = add_action(actions, "effects", "show what the caged commands of a call did, by program")
    one.add_argument("call_id", metavar="CALL_ID", help="the call's id, as the log shows it")
    one.set_defaults(run=_effects)

    one = _action(actions, "egress", _egress, "show what left this machine, and to which model or host")
    one.add_argument("--since", default="", metavar="TIME", help="2026-03-01, 14:30, or 2h ago as 2h; else today")

    audit_proof.add_actions(actions)


def _add_filters(parser: Any) -> None:
    parser.add_argument("--skill", default="", metavar="NAME", help="of this skill or built-in tool")
    parser.add_argument("--kind", default="", metavar="KIND", help="fs.read, fs.write, net, env, exec, install, …")
    parser.add_argument("--decision", default="", choices=("allow", "deny"))
    parser.add_argument("--session", default="", metavar="ID")
    parser.add_argument("--call", default="", metavar="ID")
    parser.add_argument("--since", default="", metavar="TIME", help="2026-03-01, 14:30, or 2h ago as 2h")
    parser.add_argument("--until", default="", metavar="TIME")
    parser.add_argument("--text", default="", metavar="TEXT", help="only rows that contain this text")


Action = Callable[["AuditStore", argparse.Namespace], Awaitable[int]]


def _action(actions: Any, name: str, action: Action, help_text: str) -> Any:
    parser = add_action(actions, name, help_text)
    parser.set_defaults(run=lambda args: _run(action, args))
    return parser


def _run(action: Action, args: argparse.Namespace) -> int:
    from blufio_tui.features.stored import stores

    async def work() -> int:
        with stores.open_audit() as log:
            return await action(log, args)

    return run_to_end(work())


async def _list(log: "AuditStore", args: argparse.Namespace) -> int:
    rows = await log.page(_filter(args), limit=args.limit or sys.maxsize)
    tell_doubt(await log.doubt([row.seq for row in rows]))
    if args.json:
        print(json_text([row_json(row) for row in rows]))
        return 0
    for row in rows:
        print(_line(row))
    return 0


def tell_doubt(doubt: str) -> None:
    if doubt:
        print(f"blufio-tui: {rely_not(doubt)}", file=sys.stderr)


async def _verify(log: "AuditStore", args: argparse.Namespace) -> int:
    told = _tell_progress if sys.stderr.isatty() else None
    try:
        result = await log.verify(told)
    except StorageError as error:  # the key is lost or damaged: nothing in the log can be vouched for
        if not args.json:
            raise
        result = Verification(ok=False, rows=await log.count(AuditFilter()), first_bad_seq=1, reason=str(error))
    finally:
        if told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if args.json:
        print(json_text(verification_json(result)))
    elif result.ok:
        print(f"the log is intact: {result.rows} rows, none changed, moved, inserted, removed or cut off")
        for note in result.notes:
            clock = "; the rows are what was written, their time may not be" if CLOCK_WENT_BACK in note else ""
            print(f"note: {visible_line(note)}{clock}")
    else:
        print(f"the log was tampered with at row {result.first_bad_seq}: {visible_line(result.reason)}")
        print("rows before it are intact; do not rely on the others")
    return 0 if result.ok else 1


def _tell_progress(rows: int) -> None:
    print(f"\rchecked {rows:,} rows", end="", file=sys.stderr, flush=True)


async def _export(log: "AuditStore", args: argparse.Namespace) -> int:
    line = csv_line if args.format == "csv" else jsonl_line
    if args.format == "csv":
        sys.stdout.write(csv_header())
    doubt, pending = "", list[int]()
    async for row in log.rows(_filter(args)):
        sys.stdout.write(line(row))
        pending.append(row.seq)
        if len(pending) == _CHECKED_AT_ONCE and not doubt:
            doubt, pending = await log.doubt(pending), []
    tell_doubt(doubt or await log.doubt(pending))
    return 0


async def _egress(log: "AuditStore", args: argparse.Namespace) -> int:
    now = time.time()
    egress = await egress_since(log, moment_before(args.since, now) if args.since else midnight(now))
    when = f"since {visible_line(args.since)}" if args.since else "today"
    if args.json:
        tell_doubt(egress.doubt)
    print(json_text(egress_json(egress)) if args.json else egress_in_words(egress, when))
    return 0


def _effects(args: argparse.Namespace) -> int:
    from blufio_tui.features.cage.effect_lists import open_effect_lists

    with open_effect_lists() as lists:
        found = run_to_end(lists.of_call(args.call_id))
    if args.json:
        print(json_text({"call_id": args.call_id, "commands": [_command_json(one) for one in found]}))
        return 0
    for command in found:
        print(visible_line(f"{command.command}  ({command.in_words})"))
        for did in tree(command.rows):
            mark = "▸" if did.kind == "program" else _SYMBOLS.get(did.decision, "·")
            decided = f"  [{did.decision} by {did.rule}]" if did.decision else ""
            print("  " * (min(did.depth, _DEEPEST) + 1) + visible_line(f"{mark} {did.text}{decided}"))
    return 0


def _command_json(command: CommandEffects) -> JsonObject:
    return {
        "seq": command.seq,
        "command": command.command,
        "sha256": command.digest,
        "summary": command.in_words,
        "effects": list(command.rows),
    }


def _filter(args: argparse.Namespace) -> AuditFilter:
    now = time.time()
    return AuditFilter(
        actor=args.skill,
        kind=args.kind,
        decision=args.decision,
        session_id=args.session,
        call_id=args.call,
        since=moment_before(args.since, now) if args.since else 0.0,
        until=moment_before(args.until, now) if args.until else 0.0,
        text=args.text,
    )


def _line(row: AuditRow) -> str:
    entry = row.entry
    symbol = _SYMBOLS.get(entry.decision, "·")
    when = date_time(row.ts)
    decided = " ".join(text for text in (entry.decision, entry.decided_by and f"by {entry.decided_by}") if text)
    outcome = f" → {entry.outcome}" if entry.outcome else ""
    facts = f" ({entry.detail})" if entry.detail else ""
    what = f"{symbol} {entry.kind:<8} {entry.actor:<16} {entry.resource}"
    return visible_line(f"{row.seq:>6}  {when}  {what}  [{decided}]{outcome}{facts}")


def _limit(text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f"--limit must be a number from 0 (all rows), not {text!r}")
    return int(text)
