"""The MCP servers that an editor asks a session to have, in the words of our configuration."""

from collections.abc import Sequence
from dataclasses import replace

from acp.schema import AcpMcpServer, HttpMcpServer, McpServerStdio, SseMcpServer

from blufio_tui.core.mcp.config import folded, parse_servers
from blufio_tui.core.mcp.server import FoundServers
from blufio_tui.core.text.display import visible_line

EditorServer = HttpMcpServer | SseMcpServer | AcpMcpServer | McpServerStdio


def with_editors(own: FoundServers, asked: Sequence[EditorServer], project: str) -> FoundServers:
    """The person's servers and the editor's. One of the person's own name counts as it is configured here.

    An editor's project may configure servers: so nothing of this computer's environment is filled in for them, and
    each is started only when the gate allows it, like any other. What is granted to one is granted in this project
    alone: `python server.py` is another program in another.
    """
    tables: dict[str, object] = {}
    problems: list[str] = []
    taken = {folded(server.name) for server in own.servers}
    for server in asked:
        table = _table(server)
        if problem := _problem(server, table, taken):
            problems.append(f"The editor's MCP server {visible_line(server.name)} is not used: {problem}")
        else:
            taken.add(folded(server.name))
            tables[server.name] = table
    found = parse_servers(tables, where="editor")
    theirs = tuple(replace(server, project=project) for server in found.servers)
    return FoundServers(own.servers + theirs, (*own.problems, *found.problems, *problems))


def _table(server: EditorServer) -> dict[str, object]:
    match server:
        case McpServerStdio():
            env = {one.name: one.value for one in server.env}
            return {"command": server.command, "args": list(server.args), "env": env}
        case HttpMcpServer():
            return {"url": server.url, "headers": {one.name: one.value for one in server.headers}}
        case _:
            return {}


def _problem(server: EditorServer, table: dict[str, object], taken: set[str]) -> str:
    if not table:
        return "only servers over standard input and output or streamable HTTP are used here"
    if folded(server.name) in taken:
        return "one of that name already exists"
    if "${" in str(table):
        return "${…} is filled in only for servers that are configured here"
    return ""
