"""What an approval is about, whole: nothing here is ever cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    NetTarget,
    Target,
    UnixTarget,
)
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.mcp.server import server_of
from blufio_tui.core.policy.command_notes import command_notes
from blufio_tui.core.shell.programs import is_opaque
from blufio_tui.core.text.amounts import size
from blufio_tui.core.text.display import folded_blanks, visible, visible_line
from blufio_tui.ui.content.capability_lines import bulleted
from blufio_tui.ui.text.code import pretty
from blufio_tui.ui.text.columns import labelled

if TYPE_CHECKING:
    from blufio_tui.core.policy.approval import ApprovalQuestion
    from blufio_tui.ui.state.choices import CardChoice

_BLANK_CONTEXT = re.compile(r"^(@@ [^\n]*@@)(?:\n ?)+(?=\n)", re.MULTILINE)
"""Empty lines that a part of a difference begins with: they tell nothing and take room from what does."""

_VERBS = {
    "read": "read {}",
    "list": "list {}",
    "write": "write {}",
    "create": "create {}",
    "remove": "remove {}",
    "unlink": "remove {}",
    "rename": "rename {}",
    "mkdir": "create the folder {}",
    "rmdir": "remove the folder {}",
    "stat": "look at size and dates of {}",
}


def headline(question: ApprovalQuestion) -> Content:
    """Actor, verb and target, nothing else: `text-stats wants to read ../harbour.txt`."""
    actor, target = question.request.actor, question.request.target
    whose = f" (in {visible_line(question.on_behalf)})" if question.on_behalf else ""
    if isinstance(target, ExecTarget) and target.use:
        ending = "" if target.use.endswith("?") else "?"
        asked = visible_line(f"{target.use[:1].upper()}{target.use[1:]}{ending}")
        return Content.assemble((asked, "bold"), (whose, "$info"))
    return Content.assemble((_short(actor), "bold"), (whose, "$info"), f" wants to {_verb(target)}")


def _short(actor: Actor) -> str:
    return visible_line(f"MCP server {server}" if (server := server_of(actor.name)) else actor.name)


def _verb(target: Target) -> str:
    match target:
        case FileTarget():
            verb = _VERBS.get(target.operation, f"{visible_line(target.operation)} {{}}")
            return verb.replace("{}", visible_line(target.requested or target.path), 1)
        case NetTarget(method="CONNECT" | "LISTEN"):
            return f"{'listen on' if target.method == 'LISTEN' else 'connect to'} {visible_line(target.url)}"
        case UnixTarget():
            return f"connect to {visible_line(target.path)}"
        case NetTarget():
            return f"send a {visible_line(target.method)} request to {visible_line(target.host)}"
        case EnvTarget():
            return f"read {visible_line(target.key)}"
        case ExecTarget():
            return "run this command"


def facts(question: ApprovalQuestion, width: int, *, tight: bool = False, whole: bool = True) -> list[Content]:
    """The exact target first and what would be done to it, then who asks, what was declared, and why it is asked.

    Args:
        tight: there is room for a few lines: blank lines are left out.
        whole: False leaves out what is beside the question: who, declared, why.
    """
    request = question.request
    gap = [] if tight else [Content("")]
    done = _done(question, width)
    lines = [*_target(question, width), *_flows(question, width), *(gap if done else []), *done]
    if not whole:
        return lines
    lines += gap
    lines += labelled("who", _who(request.actor), width)
    if question.on_behalf:
        lines += labelled("sub-agent", visible_line(question.on_behalf), width)
    if question.declared and not (tight and question.declared in question.why):
        lines += labelled("declared", visible_line(question.declared), width)
    return lines + labelled("why asked", visible_line(question.why), width)


def _flows(question: ApprovalQuestion, width: int) -> list[Content]:
    """What the request depends on: what one would want to know first about something that is sent."""
    mark = Content.styled("!", "bold $warn")
    return [line for flow in question.flows for line in bulleted(mark, visible_line(flow), width)]


def is_long(question: ApprovalQuestion) -> bool:
    """Whether there is more to look at than a line about it."""
    return _more(question).count("\n") > 1


def _done(question: ApprovalQuestion, width: int) -> list[Content]:
    more = _more(question)
    return pretty(_BLANK_CONTEXT.sub(r"\1", more), width) if more else []


def _more(question: ApprovalQuestion) -> str:
    """The preview without first lines that only repeat the target or name the sides of a diff."""
    target = question.request.target
    if isinstance(target, ExecTarget) and question.preview.startswith(_command_and_folder(target)):
        return ""
    said = {visible_line(target.resource)}
    if isinstance(target, ExecTarget) and target.use:
        said |= {target.use, ""}
    if isinstance(target, FileTarget):
        said |= {f"{target.operation} {visible_line(target.path)}", f"asked for as {visible_line(target.requested)}"}
        said |= {"--- now", "+++ after"}
    lines = question.preview.strip().split("\n")
    while lines and lines[0] in said:
        del lines[0]
    more = "\n".join(lines)
    return "" if len(lines) == 1 and question.request.resource in more else more


def _command_and_folder(target: ExecTarget) -> str:
    """How the preview of a command begins; what follows is for how long it may run."""
    return f"{target.command}\n\nin {target.cwd}, "


def _target(question: ApprovalQuestion, width: int) -> list[Content]:
    target = question.request.target
    shown = visible(folded_blanks(target.resource)) if isinstance(target, ExecTarget) else visible_line(target.resource)
    lines = [line.stylize("bold $warn") for line in _whole(shown, width)]
    match target:
        case FileTarget():
            if target.requested != target.path:
                lines += labelled("asked as", visible_line(target.requested), width)
            if target.kind is Kind.FS_WRITE and (words := obeyed_by(target.path)):
                lines += _warning(words, width)
        case NetTarget():
            lines += labelled("host", f"{visible_line(target.host)} port {target.port}", width)
            if target.body_bytes:
                lines += labelled("sends", size(target.body_bytes), width)
        case UnixTarget():
            lines += _warning(f"saying yes means: {target.meaning}", width)
        case ExecTarget(use=use) if use:
            pass  # the preview says what
        case ExecTarget():
            beginning = _command_and_folder(target)
            limit = question.preview.removeprefix(beginning) if question.preview.startswith(beginning) else ""
            where = ", ".join(part for part in (target.cwd, limit) if part)
            lines += labelled("in folder", visible_line(where), width)
            if not target.parts:
                lines += _warning("this command could not be taken apart", width)
            elif is_opaque(target):
                lines += _warning("which programs this runs cannot be said before it runs", width)
            for note in command_notes(target):
                lines += _warning(note, width)
            if len(target.parts) > 1:
                parts = "\n".join(visible(folded_blanks(part)) for part in target.parts)
                lines = [*labelled("runs", parts, width), *lines]
    return lines


def _warning(words: str, width: int) -> list[Content]:
    return labelled("note", Content.styled(f"! {words}", "$warn"), width)


def _whole(text: str, width: int) -> list[Content]:
    out: list[Content] = []
    for line in text.split("\n"):
        content = Content(line)
        out += content.fold(max(width, 8)) if content.cell_length > width else [content]
    return out


def _who(actor: Actor) -> Content:
    if actor.kind is not ActorKind.SKILL:
        return Content(f"built-in tool {visible_line(actor.name)}")
    content = actor.content_hash[:12] or "unknown"
    if server := server_of(actor.name):
        return Content(f"MCP server {visible_line(server)}, configuration {content}")
    signed = f"signed by {actor.publisher[:16]}" if actor.publisher else "not signed"
    return Content(f"skill {visible_line(actor.name)} {visible_line(actor.version)}, content {content}, {signed}")


def choice_lines(choices: Sequence[CardChoice], selected: int, width: int) -> list[list[Content]]:
    """For each answer its lines: letter and title, and beside or under them what it stores."""
    title_width = max(len(choice.title) for choice in choices) + 2
    beside = width >= title_width + 46
    return [_choice(choice, index == selected, title_width, width, beside) for index, choice in enumerate(choices)]


def answer_row(choices: Sequence[CardChoice], selected: int, width: int) -> list[Content]:
    """The answers side by side, a letter and one to three words each; as many lines as they need."""
    lines: list[Content] = []
    for index, choice in enumerate(choices):
        style = "bold $bad" if not choice.allows else "bold $ok"
        mark = Content.styled("▸", "bold $accent") if index == selected else Content(" ")
        shown = Content.assemble(mark, (choice.letter, style), " ", (choice.title, "bold" if index == selected else ""))
        shown = shown.pad_right(1)
        if index == selected:
            shown = shown.stylize_before("on $selection")
        if lines and lines[-1].cell_length + 1 + shown.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], " ", shown)
        else:
            lines.append(shown)
    return lines


def _choice(choice: CardChoice, is_selected: bool, title_width: int, width: int, beside: bool) -> list[Content]:
    arrow = Content.styled("▸ ", "bold $accent") if is_selected else Content("  ")
    style = "bold $bad" if not choice.allows else "bold $ok"
    head = Content.assemble(arrow, (choice.letter, style), "  ", (choice.title, "bold" if is_selected else ""))
    indent = 5
    if beside:
        start = indent + title_width
        stores = Content.styled(visible(choice.stores), "$muted").wrap(max(width - start, 20))
        first = Content.assemble(head.pad_right(max(start - head.cell_length, 0)), stores[0])
        rest = [Content.assemble(" " * start, line) for line in stores[1:]]
        lines = [first, *rest]
    else:
        stores = Content.styled(visible(choice.stores), "$muted").wrap(max(width - indent, 20))
        lines = [head, *(Content.assemble(" " * indent, line) for line in stores)]
    if not is_selected:
        return lines
    return [line.pad_right(max(width - line.cell_length, 0)).stylize_before("on $selection") for line in lines]
