"""`blufio-tui session`: list, read, search, export, import, rename and delete stored conversations."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blufio_tui.cli.actions import add_action
from blufio_tui.cli.commands import COMMANDS
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.core.interrupts import run_to_end
from blufio_tui.core.sessions.records import SessionInfo
from blufio_tui.core.sessions.store import SessionLibrary
from blufio_tui.core.text.amounts import local_time, plural
from blufio_tui.core.text.display import visible_line

if TYPE_CHECKING:
    from blufio_tui.features.stored.erasing import ErasingSessions

MAX_IMPORT_BYTES = 512 * 1024 * 1024

Action = Callable[[Any, argparse.Namespace], Awaitable[int]]


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("session", help=COMMANDS["session"])
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = _action(actions, "list", _list, "list the sessions of every project, newest first")
    one.add_argument("--here", action="store_true", help="only sessions of this project folder")
    one.add_argument("--limit", type=_count, default=200, metavar="N")

    one = _action(actions, "show", _show, "print a session")
    one.add_argument("session_id", metavar="ID", help="the id, or its beginning if no other session shares it")

    one = _action(actions, "search", _search, "find sessions by their text")
    one.add_argument("text", metavar="TEXT", nargs="+", help='words that must all occur; "words in quotes" as they are')
    one.add_argument("--limit", type=_count, default=50, metavar="N")

    one = _action(actions, "export", _export, "write a session to standard output, with known secrets removed")
    one.add_argument("session_id", metavar="ID")
    one.add_argument(
        "--format", choices=("md", "json"), default="md", help="json holds all branches and can be imported"
    )

    one = _action(actions, "import", _import, "import a session that was exported as JSON")
    one.add_argument("file", metavar="FILE", help="- reads standard input")

    one = _action(actions, "rename", _rename, "rename a session")
    one.add_argument("session_id", metavar="ID")
    one.add_argument("title", metavar="TITLE", nargs="+")

    one = _action(actions, "delete", _delete, "delete a session permanently; its cost stays in the totals")
    one.add_argument("session_id", metavar="ID")

    one = _action(actions, "expire", _expire, "delete what is older than [keep] in config.toml allows")
    one.add_argument("--dry-run", action="store_true", help="only print what would be removed")


def _action(actions: Any, name: str, action: Action, help_text: str) -> Any:
    parser = add_action(actions, name, help_text)
    parser.set_defaults(run=lambda args: _run(action, args))
    return parser


def _run(action: Action, args: argparse.Namespace) -> int:
    from blufio_tui.features.stored import stores

    with stores.open_sessions() as library:
        return run_to_end(_awaited(action(library, args)))


async def _awaited(work: Awaitable[int]) -> int:
    return await work


async def _list(library: SessionLibrary, args: argparse.Namespace) -> int:
    return _print_list(await library.recent(project=_here(args) if args.here else "", limit=args.limit), args)


def _here(args: argparse.Namespace) -> str:
    from blufio_tui.features.start.options import project_folder

    return str(project_folder(args.project))


async def _search(library: SessionLibrary, args: argparse.Namespace) -> int:
    hits = await library.search(" ".join(args.text), limit=args.limit)
    return _print_list([hit.session for hit in hits], args)


async def _show(library: SessionLibrary, args: argparse.Namespace) -> int:
    session_id = await library.find(args.session_id)
    if args.json:
        print(await library.export_json(session_id), end="")
    else:
        print(await library.export_markdown(session_id), end="")
    return 0


async def _export(library: SessionLibrary, args: argparse.Namespace) -> int:
    args.json = args.json or args.format == "json"
    return await _show(library, args)


async def _import(library: SessionLibrary, args: argparse.Namespace) -> int:
    session_id = await library.import_json(_read(args.file))
    return _print_one(await library.resume(session_id), args, "imported as")


async def _rename(library: SessionLibrary, args: argparse.Namespace) -> int:
    session_id = await library.find(args.session_id)
    await library.rename(session_id, " ".join(args.title))
    return _print_one(await library.resume(session_id), args, "renamed")


async def _delete(library: SessionLibrary, args: argparse.Namespace) -> int:
    session_id = await library.find(args.session_id)
    session = await library.resume(session_id)
    await library.delete(session_id)
    return _print_one(session, args, "deleted")


async def _expire(library: "ErasingSessions", args: argparse.Namespace) -> int:
    from blufio_tui.features.stored.erasing import keep_settings

    done = await library.expire(keep_settings(), dry_run=args.dry_run)
    if args.json:
        print(json.dumps({"sessions": done.sessions, "outputs": done.outputs, "undo_calls": done.undo_calls}))
    else:
        verb = "would remove" if args.dry_run else "removed"
        counts = (
            plural(len(done.sessions), "session"),
            plural(done.outputs, "stored output"),
            f"the old content of files that {plural(done.undo_calls, 'call')} changed",
        )
        print(f"{verb} {', '.join(counts)}")
    return 0


def _read(name: str) -> str:
    """
    Raises:
        NotThere: the file cannot be read.
        UsageError: it is too large, or not text.
    """
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_IMPORT_BYTES).decode("utf-8")
        with Path(name).open("rb") as file:  # a person may well name a pipe
            data = file.read(MAX_IMPORT_BYTES + 1)
        if len(data) > MAX_IMPORT_BYTES:
            raise UsageError(f"{name} is larger than {MAX_IMPORT_BYTES // 2**20} MB")
        return data.decode()
    except OSError as error:
        raise NotThere(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text; only sessions exported as JSON can be imported") from None


def _print_list(sessions: list[SessionInfo], args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps([_item(session) for session in sessions], indent=1))
        return 0
    for session in sessions:
        print(_line(session))
    if not sessions:
        print("no sessions", file=sys.stderr)
    return 0


def _print_one(session: SessionInfo, args: argparse.Namespace, done: str) -> int:
    if args.json:
        print(json.dumps(_item(session)))
    else:
        print(visible_line(f"{done} {session.session_id}  {session.title}"))
    return 0


def _item(session: SessionInfo) -> dict[str, str | float | int]:
    return {
        "session_id": session.session_id,
        "title": session.title,
        "updated": session.updated,
        "snippet": session.snippet,
        "project": session.project,
        "created": session.created,
        "messages": session.messages,
    }


def _line(session: SessionInfo) -> str:
    when = local_time(session.updated, "%Y-%m-%d %H:%M")
    title = visible_line(session.title) or "Untitled"
    snippet = f"\n              {visible_line(session.snippet)}" if session.snippet else ""
    return f"{visible_line(session.session_id)}  {when}  {session.messages:>5}  {title}{snippet}"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, found {text!r}")
    return int(text)
