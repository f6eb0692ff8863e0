"""`blufio-tui mcp`: MCP servers."""

from typing import Any

from blufio_tui.cli.mcp_serve import add_serve


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("mcp", help="serve the skills to other agents, as an MCP server")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_serve(actions)
