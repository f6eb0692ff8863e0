"""`blufio-tui grants`: list, change and revoke the answers that are stored."""

import argparse
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from blufio_tui.cli.actions import add_action
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.waiting import note_gains
from blufio_tui.core.errors import ConfigError, NotThere, UsageError
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grant_json import grant_json, grant_line
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text
from blufio_tui.core.text.times import moment_after

Action = Callable[[RecordedGrants, argparse.Namespace], Awaitable[int]]


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("grants", help=COMMANDS["grants"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    _action(actions, "list", _list, "list what is allowed and denied, to whom and for how long")

    one = _action(actions, "revoke", _revoke, "revoke answers; running calls notice at their next host call")
    one.add_argument("ids", metavar="ID", nargs="+")

    one = _action(actions, "edit", _edit, "change how long an answer lasts, or its note")
    one.add_argument("id", metavar="ID")
    until = one.add_mutually_exclusive_group()
    until.add_argument("--until", metavar="TIME", help="2026-12-31, or a span such as 7d")
    until.add_argument("--forever", action="store_true")
    one.add_argument("--note", metavar="TEXT")

    one = _action(actions, "clear", _clear, "revoke all answers")
    one.add_argument("--skill", default="", metavar="NAME", help="only answers for this skill or tool")


def _action(actions: Any, name: str, action: Action, help_text: str) -> Any:
    parser = add_action(actions, name, help_text)
    parser.set_defaults(run=lambda args: _run(action, args))
    return parser


def _run(action: Action, args: argparse.Namespace) -> int:
    from blufio_tui.core.settings.foreign_changes import gains_of_grants
    from blufio_tui.features.stored import stores

    async def work() -> int:
        with stores.open_audit() as log, stores.open_grants() as store:
            grants = RecordedGrants(store, log)
            if grants.blocked:
                raise ConfigError(f"{grants.blocked} (until then everything is denied)")
            before = grants.grants()
            code = await action(grants, args)
            note_gains(gains_of_grants, before, grants.grants())
            return code

    return run_to_end(work())


async def _list(grants: RecordedGrants, args: argparse.Namespace) -> int:
    return _print(grants.grants(), args, none="no answers are stored")


async def _revoke(grants: RecordedGrants, args: argparse.Namespace) -> int:
    known = {grant.grant_id for grant in grants.grants()}
    if missing := [one for one in args.ids if one not in known]:
        raise NotThere(f"there is no grant {missing[0]}; `blufio-tui grants list` shows them")
    return await _revoke_all(grants, args.ids, args)


async def _clear(grants: RecordedGrants, args: argparse.Namespace) -> int:
    ids = [grant.grant_id for grant in grants.grants() if args.skill in ("", grant.actor_name)]
    return await _revoke_all(grants, ids, args)


async def _revoke_all(grants: RecordedGrants, ids: list[str], args: argparse.Namespace) -> int:
    revoked = [grant for one in dict.fromkeys(ids) if (grant := await grants.revoke(one)) is not None]
    if not args.json:
        print(f"revoked {len(revoked)} {'answer' if len(revoked) == 1 else 'answers'}")
    return _print(tuple(revoked), args)


async def _edit(grants: RecordedGrants, args: argparse.Namespace) -> int:
    if not (args.until or args.forever or args.note is not None):
        raise UsageError("nothing to change: give --until TIME, --forever or --note TEXT")
    found = next((grant for grant in grants.grants() if grant.grant_id == args.id), None)
    if found is None:
        raise NotThere(f"there is no grant {args.id}; `blufio-tui grants list` shows them")
    changed = _changed(found, args)
    await grants.replace(changed)
    return _print((changed,), args)


def _changed(grant: Grant, args: argparse.Namespace) -> Grant:
    if args.note is not None:
        grant = replace(grant, note=args.note)
    if args.forever:
        return replace(grant, lifetime=Lifetime.FOREVER, expires=0.0)
    if not args.until:
        return grant
    expires = moment_after(args.until, time.time())
    if expires <= time.time():
        raise UsageError(f"{args.until} is in the past; to end a grant now, revoke it")
    return replace(grant, lifetime=Lifetime.UNTIL, expires=expires)


def _print(grants: tuple[Grant, ...], args: argparse.Namespace, none: str = "") -> int:
    if args.json:
        print(json_text([grant_json(grant) for grant in grants]))
        return 0
    for grant in grants:
        print(visible_line(grant_line(grant)))
    if none and not grants:
        print(none)
    return 0
