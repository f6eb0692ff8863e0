"""`blufio-tui ask`: one turn without a screen. The reply's text, or with `--json` every event, on stdout."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from blufio_tui.cli.commands import COMMANDS
from blufio_tui.cli.start import start_options
from blufio_tui.core.agent.event_json import event_to_json
from blufio_tui.core.capability import Verdict
from blufio_tui.core.errors import UsageError
from blufio_tui.core.events import (
    ErrorRaised,
    Event,
    HostCallFinished,
    NestedEvent,
    NoticeRaised,
    ToolCallStarted,
    TurnFinished,
)
from blufio_tui.core.interrupts import instead, run_to_end
from blufio_tui.core.tasks import aside
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.core.text.key_masks import find_key

if TYPE_CHECKING:
    from blufio_tui.core.conversation import Block
    from blufio_tui.wiring.backend import Backend

OK, FAILED, INTERRUPTED = 0, 1, 130


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "ask",
        help=COMMANDS["ask"],
        description="Ask once and print the reply. Progress and warnings go to stderr.",
    )
    parser.add_argument(
        "prompt",
        metavar="PROMPT",
        help="the prompt, with files as @path; - reads it from stdin, where @ is plain text",
    )
    parser.add_argument("--json", action="store_true", help="print every event as a line of JSON")
    parser.add_argument(
        "--on-denial",
        choices=("deny", "allow"),
        default="deny",
        help="answer to requests that need approval (default: deny)",
    )
    # Left out of the defaults: the same option before the command counts as well.
    parser.add_argument("--resume", metavar="ID", default=argparse.SUPPRESS, help="continue a stored session")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """
    Raises:
        UsageError: there is nothing to ask, or no such session.
    """
    prompt = _prompt(args.prompt)
    if not prompt.strip():
        raise UsageError("the prompt is empty")
    return run_to_end(_ask(args, prompt))


def _prompt(argument: str) -> str:
    if argument != "-":
        return argument
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


async def _ask(args: argparse.Namespace, prompt: str) -> int:
    from blufio_tui.features.start.arguments import resumed_session
    from blufio_tui.features.start.options import choose_provider
    from blufio_tui.wiring.backend import open_backend

    async with open_backend(start_options(args), interactive=False) as backend:
        provider = await aside(lambda: choose_provider(backend.options, backend.stored.secrets.credentials))
        if provider is not None:
            backend.agent.provider = provider
        sessions, project = backend.stored.sessions, backend.project
        session_id = await resumed_session(start_options(args), sessions, project) or await sessions.create(
            str(project)
        )
        # What comes through a pipe is often others' text: an `@` in it names no file.
        attachments = [] if args.prompt == "-" else await _attachments(backend, prompt, session_id)
        if find_key(prompt, backend.stored.settings.now().agent.keys_shown) is not None:
            _progress("warning: what looks like a key in the prompt is masked and not sent")
        printer: Callable[[Event], None] = _JsonPrinter() if args.json else _TextPrinter()
        return await _follow(backend, prompt, session_id, attachments, printer)


async def _attachments(backend: "Backend", prompt: str, session_id: str) -> "list[Block]":
    """The files that the prompt names as `@path`. Why one is not attached, or not whole, goes to stderr."""
    from blufio_tui.core.agent.attach import mentions
    from blufio_tui.features.prompt.attaching import attached

    if not mentions(prompt):
        return []
    found = await attached(prompt, session_id, backend.project, backend.gate, backend.equipment.servers)
    for attachment in found:
        if attachment.note:
            _progress(f"warning: {attachment.note}")
    return [attachment.block for attachment in found if attachment.block is not None]


async def _follow(
    backend: "Backend", prompt: str, session_id: str, attachments: "list[Block]", printer: Callable[[Event], None]
) -> int:
    """Print the events of the turn; its exit code. The first Ctrl-C ends the turn, the second the program."""
    code = OK
    with instead(backend.agent.interrupt):
        async with aclosing(backend.agent.act(prompt, session_id=session_id, attachments=attachments)) as events:
            async for event in events:
                printer(event)
                code = _exit_code(event, code)
    return code


def _exit_code(event: Event, code: int) -> int:
    match event:
        case ErrorRaised():
            return FAILED
        case TurnFinished(stop_reason="interrupted"):
            return INTERRUPTED
        case TurnFinished(stop_reason="refusal" | "max_iterations" | "repeated_call"):
            return FAILED
        case _:
            return code


class _JsonPrinter:
    """One object a line, each written at once."""

    def __call__(self, event: Event) -> None:
        print(json.dumps(event_to_json(event, time.time())), flush=True)


class _TextPrinter:
    """The text of the last reply on stdout; what a person may want to know meanwhile on stderr.

    On a terminal, what would command it is escaped; a pipe gets the text as it is.
    """

    def __call__(self, event: Event) -> None:
        match event:
            case TurnFinished():
                self._reply(event.text)
            case NestedEvent():
                self._tell(event.event, "in the sub-agent: ")
            case _:
                self._tell(event)

    def _tell(self, event: Event, where: str = "") -> None:
        match event:
            case ToolCallStarted():
                _progress(f"{where}tool {event.tool} {json.dumps(event.input, ensure_ascii=False)}")
            case HostCallFinished(decision=Verdict.DENY):
                _progress(f"{where}denied {event.kind.value} {event.resource}: {event.rule}")
            case NoticeRaised():
                _progress(f"{where}{event.level.value}: {event.message}")
            case ErrorRaised():
                _progress(f"{where}error: {event.message}")
            case _:
                pass

    def _reply(self, text: str) -> None:
        if text:
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
            print(visible(text) if sys.stdout.isatty() else text, flush=True)


def _progress(line: str) -> None:
    print(f"blufio-tui: {visible_line(line)[:500]}", file=sys.stderr, flush=True)
