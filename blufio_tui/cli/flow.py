"""`blufio-tui flow`: what of what a recorded call read reached what it sent."""

import argparse
from typing import TYPE_CHECKING, Any

from blufio_tui.cli.actions import add_timeout
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_text import json_text

if TYPE_CHECKING:
    from blufio_tui.core.replay.flow import Flows

_HOW = {
    "content": "what was sent changes with its content",
    "size": "what was sent changes with its length",
    "whether": "the requests that were sent change with its content",
}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("flow", help=COMMANDS["flow"], description=f"{COMMANDS['flow'].capitalize()}.")
    parser.add_argument("call_id", metavar="CALL_ID", help="the call's id, as the trace shows it")
    add_timeout(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    return run_to_end(_flow(args))


async def _flow(args: argparse.Namespace) -> int:
    from blufio_tui.features.calls.replaying import open_replaying

    async with open_replaying() as replaying:
        flows = await replaying.flows(args.call_id, args.timeout)
    print(json_text(flows.as_json()) if args.json else "\n".join(lines_of(flows)))
    return 0


def lines_of(flows: "Flows") -> list[str]:
    """What a person reads of the flows of a call."""
    if not flows.destinations:
        return ["The call sent nothing: no request, no change to a file."]
    lines = [
        f"{flow.source.kind} {visible_line(flow.source.resource)} → {flow.to.kind} {visible_line(flow.to.resource)}: "
        f"{_HOW[flow.how]}"
        for flow in flows.flows
    ]
    if not lines:
        lines = ["Nothing of what the call read reached what it sent."]
    return lines + [
        f"not testable: {one.kind} {visible_line(one.resource)} cannot be exchanged" for one in flows.untold
    ]
