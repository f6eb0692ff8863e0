"""`blufio-tui mcp`: the MCP servers that are used here."""

import argparse
import asyncio
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.cli.actions import add_action
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.mcp_serve import add_serve
from blufio_tui.cli.start import start_options
from blufio_tui.cli.waiting import notes_what_waits
from blufio_tui.core.errors import NotThere, StorageError, UsageError
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from blufio_tui.adapters.mcp.store import ProjectFile
    from blufio_tui.core.mcp.server import FoundServers, ServerConfig
    from blufio_tui.core.text.json_types import Json, JsonObject

_ADD_USAGE = (
    "blufio-tui mcp add NAME [--env K=V]… [--header K=V]… [--read P]… [--write P]… [--net HOST]… "
    "(--url URL | -- COMMAND…)"
)


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("mcp", help=COMMANDS["mcp"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = add_action(actions, "add", "configure a server")
    one.usage = _ADD_USAGE
    _add_options(one)
    one.add_argument("words", nargs=argparse.REMAINDER, metavar="NAME … -- COMMAND", help="its name, then its command")
    one.set_defaults(run=_add)

    add_action(actions, "list", "list all servers, including the project's").set_defaults(run=_list)
    _named(actions, "show", "show what a server runs, what it may do, and its known tools", _show)
    _named(actions, "test", "start a server, list what it offers, and stop it", _test)
    _named(actions, "login", "log in to a remote server in the browser", _login)
    _named(actions, "logout", "forget the tokens of a login", _logout)
    _named(actions, "remove", "remove a server from config.toml", _remove)
    _named(actions, "enable", "use a server again", _enable)
    _named(actions, "disable", "keep a server in config.toml without using it", _disable)
    one = add_action(actions, "trust", "trust the servers of the project's .mcp.json as they are now")
    one.add_argument("--yes", action="store_true", help="do not ask")
    one.set_defaults(run=_trust)
    add_serve(actions)
    add_action(actions, "distrust", "stop trusting the servers of the project's .mcp.json").set_defaults(run=_distrust)


def _named(actions: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser = add_action(actions, name, help_text)
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(run=run)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default=None, help="address of a remote server (streamable HTTP)")
    for option, metavar, help_text in (
        ("--env", "K=V", "a variable for it; ${NAME} takes it from your environment when it is started"),
        ("--header", "K=V", "a header of every request to it; ${NAME} as above"),
        ("--read", "P", "free for it to read, in place of the project"),
        ("--write", "P", "free for it to change, in place of the project"),
        ("--net", "HOST", "a host it may connect to"),
    ):
        parser.add_argument(option, action="append", default=None, metavar=metavar, help=help_text)


# ── configuring ────────────────────────────────────────────────────────────────────────────────────


def _add(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.config.servers_file import add_server
    from blufio_tui.core.guards.secret_names import is_secret_name

    server = _described(args)
    file = Paths.from_environment().config_file
    with notes_what_waits(file):
        add_server(file, server)
    for key, value in (*server.env, *server.headers):
        if (is_secret_name(key) or key.lower() == "authorization") and "${" not in value:
            advice = f"--env {key}='${{{key}}}'" if server.env else f"--header '{key}=Bearer ${{TOKEN}}'"
            print(
                visible_line(f"note: the value of {key} is now stored in {file}; {advice} keeps it out"),
                file=sys.stderr,
            )
    if args.json:
        print(json_text(_json(server)))
    else:
        print(visible_line(f"added {server.name}: {_what(server)}"))
        print(f"`blufio-tui mcp test {server.name}` starts it once and shows what it offers")
    return 0


def _described(args: argparse.Namespace) -> "ServerConfig":
    """The server that a command line describes. Options may stand before and after its name.

    Raises:
        UsageError: it is not complete, or cannot be a server.
    """
    from blufio_tui.cli import CommandParser
    from blufio_tui.core.mcp.config import parse_servers

    words: list[str] = args.words
    split = words.index("--") if "--" in words else len(words)
    inner = CommandParser(prog="blufio-tui mcp add", usage=_ADD_USAGE)
    inner.add_argument("--json", action="store_true", default=args.json)
    inner.add_argument("name")
    _add_options(inner)
    after = inner.parse_args(words[:split])
    args.json = args.json or after.json
    command = words[split + 1 :]

    def both(name: str) -> list[str]:
        return [*(getattr(args, name) or []), *(getattr(after, name) or [])]

    table: dict[str, object] = {}
    if url := after.url or args.url:
        table["url"] = url
    if command:
        table |= {"command": command[0], "args": command[1:]}
    for key, option in (("env", "env"), ("headers", "header")):
        if pairs := both(option):
            table[key] = dict(_pair(pair, option) for pair in pairs)
    capabilities = {name: [_anchored(name, one) for one in both(name)] for name in ("read", "write", "net")}
    if any(capabilities.values()):
        table["capabilities"] = {name: values for name, values in capabilities.items() if values}
    if not command and not url:
        raise UsageError(f"give a command or --url: {_ADD_USAGE}")
    found = parse_servers({after.name: table}, where="mcp add")
    if not found.servers:
        raise UsageError("\n".join(found.problems))
    return found.servers[0]


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--{option} {visible_line(text)}: must be NAME=VALUE")
    return name, value


def _anchored(kind: str, path: str) -> str:
    """A path as a manifest wants it; one that is relative means where we are."""
    if kind == "net" or path.startswith(("/", "~", "${PROJECT}")):
        return path
    return str(Path.cwd() / path)


def _remove(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.config.servers_file import remove_server
    from blufio_tui.adapters.mcp.store import Pins
    from blufio_tui.adapters.mcp.tokens import Logins

    _refuse_projects(args)
    paths = Paths.from_environment()
    with notes_what_waits(paths.config_file):
        server = remove_server(paths.config_file, args.name)
    Pins(paths.server_pins).drop(server)
    if server.is_remote:
        Logins(paths.server_logins).drop(server.identity)
    print(json_text(_json(server)) if args.json else visible_line(f"removed {server.name}"))
    return 0


def _enable(args: argparse.Namespace) -> int:
    return _switch(args, enabled=True)


def _disable(args: argparse.Namespace) -> int:
    return _switch(args, enabled=False)


def _switch(args: argparse.Namespace, *, enabled: bool) -> int:
    from blufio_tui.adapters.config.servers_file import switch_server

    _refuse_projects(args)
    file = Paths.from_environment().config_file
    with notes_what_waits(file):
        switch_server(file, args.name, enabled=enabled)
    if args.json:
        print(json_text(_json(_find(args, args.name))))
    else:
        print(f"{args.name} is {'enabled' if enabled else 'disabled'}")
    return 0


def _refuse_projects(args: argparse.Namespace) -> None:
    """
    Raises:
        UsageError: the server is one of the project's.
    """
    own, project = _servers(args)
    if any(one.name == args.name for one in project.servers) and not any(one.name == args.name for one in own.servers):
        raise UsageError(
            f"{args.name} is configured in the project's .mcp.json; change it there, or `blufio-tui mcp distrust`"
        )


# ── looking ────────────────────────────────────────────────────────────────────────────────────────


def _project(args: argparse.Namespace) -> Path:
    from blufio_tui.features.stored.stores import working_folder

    return (start_options(args).project or working_folder()).expanduser().resolve()


def _project_file(args: argparse.Namespace) -> "ProjectFile":
    from blufio_tui.adapters.mcp.store import ProjectFile

    return ProjectFile(_project(args), Paths.from_environment().trusted_servers)


def _servers(args: argparse.Namespace) -> "tuple[FoundServers, FoundServers]":
    """The person's servers, and the project's."""
    from blufio_tui.adapters.config.settings import load_settings
    from blufio_tui.core.mcp.server import FoundServers

    own = load_settings(Paths.from_environment().config_file).mcp.servers
    return FoundServers(own), _project_file(args).find().found


def _all(args: argparse.Namespace) -> "tuple[tuple[ServerConfig, ...], tuple[str, ...]]":
    from blufio_tui.core.mcp.config import merged

    found = merged(*_servers(args))
    return found.servers, found.problems


def _find(args: argparse.Namespace, name: str) -> "ServerConfig":
    for server in _all(args)[0]:
        if server.name == name:
            return server
    raise NotThere(f"there is no MCP server {visible_line(name)}; `blufio-tui mcp list` shows them")


def _list(args: argparse.Namespace) -> int:
    servers, problems = _all(args)
    trusted = _project_file(args).find().is_trusted
    if args.json:
        print(json_text([_json(server, trusted=trusted) for server in servers]))
    for problem in problems:
        print(visible_line(f"! {problem}"), file=sys.stderr)
    if args.json:
        return 0
    for server in servers:
        print(visible_line(f"{server.name:<16} {_state(server, trusted=trusted):<12} {_what(server)}"))
    if not servers:
        print("there are no MCP servers; `blufio-tui mcp add` configures one")
    return 0


def _show(args: argparse.Namespace) -> int:
    from blufio_tui.adapters.mcp.store import Pins

    server = _find(args, args.name)
    trusted = _project_file(args).find().is_trusted
    pinned = Pins(Paths.from_environment().server_pins).of(server)
    try:
        proposal = asyncio.run(_proposal(args, server))
    except StorageError as error:
        print(f"nothing is proposed for its capabilities: {visible_line(str(error))}", file=sys.stderr)
        proposal = {}
    if args.json:
        tools: list[Json] | None = None
        if pinned is not None:
            tools = [{**one.as_json(), "digest": one.digest} for one in pinned.values()]
        print(json_text({**_json(server, trusted=trusted), "tools": tools, "proposal": proposal}))
        return 0
    for line in _lines(server, trusted=trusted):
        print(visible_line(line))
    if pinned is None:
        print(f"tools     not known yet; `blufio-tui mcp test {server.name}` shows them")
    for tool in (pinned or {}).values():
        print(visible_line(f"tool      {tool.name}: {tool.description}"[:200]))
    if proposal and server.capabilities is None:
        lists = ", ".join(f"{kind} = {json_text(values)}" for kind, values in proposal.items())
        print(visible_line(f"From what you have allowed it so far: capabilities = {{ {lists} }}"))
    return 0


async def _proposal(args: argparse.Namespace, server: "ServerConfig") -> "JsonObject":
    """What the person has allowed it when it asked, as a declaration."""
    from blufio_tui.adapters.files.guard import places
    from blufio_tui.core.audit.rows import AuditFilter
    from blufio_tui.core.mcp.server import actor_name
    from blufio_tui.core.servers.proposal import proposed
    from blufio_tui.features.stored import stores

    with stores.open_audit() as audit:
        found = audit.sealed_rows(AuditFilter(actor=actor_name(server.name), decision="allow"))
        rows = [row.entry async for row in found]
    return {kind: list(values) for kind, values in proposed(rows, places(_project(args))).items()}


def _lines(server: "ServerConfig", *, trusted: bool) -> list[str]:
    from blufio_tui.core.mcp.server import facts

    head = [f"name      {server.name}", f"state     {_state(server, trusted=trusted)}", f"runs      {_what(server)}"]
    return [*head, *(f"          {fact}" for fact in facts(server))]


def _what(server: "ServerConfig") -> str:
    return server.url or shlex.join(server.words)


def _state(server: "ServerConfig", *, trusted: bool) -> str:
    if server.project and not trusted:
        return "not trusted"
    return "enabled" if server.enabled else "disabled"


def _json(server: "ServerConfig", *, trusted: bool = True) -> "JsonObject":
    from blufio_tui.core.mcp.server import as_table

    table = as_table(server)
    return {
        "name": server.name,
        "kind": "http" if server.is_remote else "stdio",
        "source": server.source.value,
        "enabled": server.enabled,
        "trusted": trusted or not server.project,
        "command": table.get("command"),
        "args": table.get("args", []),
        "url": table.get("url"),
        "env": table.get("env", {}),
        "headers": table.get("headers", {}),
        "capabilities": table.get("capabilities"),
        "timeout_secs": server.timeout_secs,
    }


# ── trying, trusting, logging in ───────────────────────────────────────────────────────────────────


def _test(args: argparse.Namespace) -> int:
    from blufio_tui.cli.server_trial import try_server

    server = _find(args, args.name)
    if server.project and not _project_file(args).find().is_trusted:
        raise UsageError(f"{args.name} is one of the project's servers, and not trusted; see `blufio-tui mcp trust`")
    report = asyncio.run(try_server(start_options(args), args.name))
    if args.json:
        print(json_text(report))
        return 0 if report["ok"] else 1
    if not report["ok"]:
        print(visible(f"{args.name}: {report['error']}"), file=sys.stderr)
        _print_refused(report, sys.stderr)
        return 1
    where = "remote" if server.is_remote else "caged" if report["caged"] else f"not caged: {report['why_not']}"
    print(visible_line(f"{args.name}: {report['server']}, {where}"))
    for kind in ("tools", "prompts", "resources"):
        listed = report[kind]
        for one in listed if isinstance(listed, list) else []:
            print(visible_line(f"  {kind[:-1]:<9} {one}" if isinstance(one, str) else _tool_line(one)))
    _print_refused(report, sys.stdout)
    return 0


def _print_refused(report: "Mapping[str, Any]", stream: "TextIO") -> None:
    refused = dict.fromkeys(f"{one['kind']} {one['resource']}" for one in report["refused"])
    for effect in refused:
        print(visible_line(f"  refused   {effect}"), file=stream)
    if refused:
        print("A test asks nothing. Declare what it needs under `capabilities`, or use it in the app.", file=stream)


def _tool_line(tool: Any) -> str:
    note = "" if tool["state"] == "known" else f" ({tool['state']})"
    return f"  tool      {tool['name']}{note}: {tool['description']}"[:200]


def _login(args: argparse.Namespace) -> int:
    from blufio_tui.features.servers.login import log_in

    server = _find(args, args.name)
    if not server.is_remote:
        raise UsageError(f"{args.name} runs on this machine; there is nothing to log in to")
    where = asyncio.run(log_in(start_options(args), server, _show_address))
    place = f"the {where}" if where == "keyring" else visible_line(where)
    print(json_text({"name": args.name, "stored": where}) if args.json else f"logged in; the tokens are in {place}")
    return 0


def _show_address(address: str) -> None:
    """The address whole, for the person to look at and to open."""
    print("Open this address in your browser to log in:", file=sys.stderr)
    print(visible_line(address), file=sys.stderr, flush=True)


def _logout(args: argparse.Namespace) -> int:
    from blufio_tui.features.servers.login import log_out

    done = log_out(_find(args, args.name))
    print("logged out" if done else "there was no login")
    return 0


def _trust(args: argparse.Namespace) -> int:
    file = _project_file(args)
    shown = file.find()
    for problem in shown.found.problems:
        print(visible_line(f"! {problem}"), file=sys.stderr)
    if shown.is_trusted or not shown.found.servers:
        print("nothing to trust: all MCP servers of the project are already trusted")
        return 0
    for server in shown.found.servers:
        print("\n".join(visible_line(line) for line in _lines(server, trusted=False)), end="\n\n")
    if not args.yes and input("Trust these servers? [y/N] ").strip().lower() not in ("y", "yes"):
        print("nothing was changed")
        return 1
    file.trust(shown)
    print("trusted; when they change you are asked again")
    return 0


def _distrust(args: argparse.Namespace) -> int:
    print("the project's servers are no longer started" if _project_file(args).distrust() else "they were not trusted")
    return 0
