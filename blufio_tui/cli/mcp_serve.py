"""`blufio-tui mcp serve`: our skills for other agents."""

import argparse
from typing import Any


def add_serve(actions: Any) -> None:
    """The parser of the action, below `mcp`."""
    help_text = "serve the enabled skills to an MCP client, on standard input and output or on loopback HTTP"
    parser = actions.add_parser("serve", help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    parser.add_argument(
        "--http", type=_port, metavar="PORT", help="listen on 127.0.0.1, protected by a token; 0 picks a port"
    )
    parser.add_argument(
        "--skill",
        action="append",
        default=[],
        metavar="NAME",
        help="serve only this skill, or a built-in tool (bash, edit, file, find, http, search); may be repeated",
    )
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from blufio_tui.cli.start import start_options
    from blufio_tui.mcp_server.run import serve_http, serve_pipes

    start = start_options(args)
    return serve_pipes(start, args.skill) if args.http is None else serve_http(start, args.skill, args.http)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, found {text!r}")
    return int(text)
