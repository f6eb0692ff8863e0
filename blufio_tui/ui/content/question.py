"""What an approval is about, in full: nothing here is ever cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from posixpath import basename, dirname, join, normpath
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
    UnixTarget,
)
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.mcp.server import server_of
from blufio_tui.core.policy.builtin_rights import BUILT_IN_TOOLS
from blufio_tui.core.policy.command_notes import command_notes
from blufio_tui.core.shell.programs import is_opaque
from blufio_tui.core.text.amounts import size
from blufio_tui.core.text.difference import NEW_CONTENT, NEW_FILE, changed_lines
from blufio_tui.core.text.display import folded_blanks, visible, visible_line
from blufio_tui.ui.content.capability_lines import bulleted
from blufio_tui.ui.text.code import pretty
from blufio_tui.ui.text.columns import cell, labelled
from blufio_tui.ui.text.difference import counted, difference_lines

if TYPE_CHECKING:
    from blufio_tui.core.policy.approval import ApprovalQuestion
    from blufio_tui.ui.state.choices import CardChoice

_OPERATIONS = {
    "read": "read",
    "list": "list",
    "write": "edit",
    "create": "create",
    "remove": "remove",
    "unlink": "remove",
    "rename": "rename",
    "mkdir": "create the folder",
    "rmdir": "remove the folder",
    "stat": "look at size and dates of",
}

FLOW_GUARD = "this session has read"
"""How the reason of the flow guard begins."""

_BESIDE = 140
"""Cells from which what is below `?` stands beside."""
_DETAILS = 56
_BOTH_SIDES = 120
"""Cells that both sides of a difference have at least, before anything stands beside them."""
_NO_PLACES = Places("", "")
_SHELLS = ("sh", "bash", "dash", "zsh", "busybox")
_CALLER = 32
"""Characters of a program and its arguments in the first line of a card."""


def question_line(question: ApprovalQuestion, places: Places = _NO_PLACES) -> Content:
    """The question in one line: actor, verb and target, and nothing else.

    The agent's own tools are the agent: `Edit hello.py? +2 −1`, `Run this command?`. Whoever else asks is named:
    `text-stats wants to read ../harbour.txt`, and so is the program in a command:
    `npm install wants to connect to registry.example:443`.
    """
    actor, target = question.request.actor, question.request.target
    whose = Content.styled(f" (in {visible_line(question.on_behalf)})", "$info") if question.on_behalf else Content("")
    if isinstance(target, ExecTarget) and target.use:  # what a server is asked to do says itself who and what
        ending = "" if target.use.endswith("?") else "?"
        said = visible_line(f"{target.use[:1].upper()}{target.use[1:]}{ending}")
        return Content.assemble((said, "bold"), whose)
    verb, name = _asked(question, places)
    named = Content.assemble(" ", (name, "bold $warn")) if name else Content("")
    if question.programs:
        line = Content.assemble((_caller(question.programs), "bold"), whose, f" wants to {verb}", named)
    elif actor.kind is ActorKind.TOOL and actor.name in BUILT_IN_TOOLS:
        line = Content.assemble((verb[:1].upper() + verb[1:], "bold"), named, ("?", "bold"), whose)
    else:
        line = Content.assemble((_short(actor), "bold"), whose, f" wants to {verb}", named)
    changed = changed_lines(_more(question)) if isinstance(target, FileTarget) else None
    return Content.assemble(line, "  ", counted(*changed)) if changed else line


def _short(actor: Actor) -> str:
    return visible_line(f"MCP server {server}" if (server := server_of(actor.name)) else actor.name)


def _caller(programs: Sequence[str]) -> str:
    """What the command that was run is called: the outermost program that is not a shell. Which one asks stands
    below."""
    named = [program for program in programs if basename(program.split(" ")[0]) not in _SHELLS] or programs
    first, _, rest = named[-1].partition(" ")
    shown = visible_line(f"{basename(first)} {rest}".rstrip())
    return shown if len(shown) <= _CALLER else f"{shown[: _CALLER - 1].rstrip()}…"


def _asked(question: ApprovalQuestion, places: Places) -> tuple[str, str]:
    """The verb, and the target as far as it is not shown below."""
    match question.request.target:
        case FileTarget() as target:
            verb = _OPERATIONS.get(target.operation, visible_line(target.operation))
            if target.operation == "write" and question.preview:
                is_changed = bool(changed_lines(_more(question)))
                verb = "create" if _is_new(question) else verb if is_changed else "write"
            return verb, short_path(target.path, places)
        case NetTarget(method="CONNECT" | "LISTEN") as target:
            verb = "listen on" if target.method == "LISTEN" else "connect to"
            return verb, visible_line(f"{target.host}:{target.port}")
        case UnixTarget(path=path):
            return "connect to", short_path(path, places)
        case NetTarget() as target:
            return f"send a {visible_line(target.method)} request to", visible_line(target.host)
        case EnvTarget(key=key):
            return "read the variable", visible_line(key)
        case ExecTarget():
            return "run this command", ""


def short_path(path: str, places: Places) -> str:
    """Where a canonical path lies, from where the person is: `src/a.py`, `../a.txt`, `~/a.txt`, else all of it."""
    project, home = places.project.rstrip("/"), places.home.rstrip("/")
    if project and path.startswith(project + "/"):
        shown = path[len(project) + 1 :]
    elif project.count("/") > 1 and dirname(path) == dirname(project) and path != project and dirname(path) != home:
        shown = f"../{basename(path)}"
    elif home and path.startswith(home + "/"):
        shown = f"~{path[len(home) :]}"
    else:
        shown = path
    return visible_line(shown)


def facts(
    question: ApprovalQuestion,
    width: int,
    places: Places = _NO_PLACES,
    *,
    whole: bool = True,
    is_bundled: bool = False,
    columns: bool = False,
) -> list[Content]:
    """The request itself: what would be changed, run or sent.

    Args:
        whole: before it who asks, what was declared, why it is asked; where it is wide, that stands beside anyway.
        is_bundled: the skill that asks came with the program.
        columns: there is room for both sides of a difference.
    """
    room = width - _DETAILS - 3
    both_sides = columns and bool(changed_lines(_more(question)))
    if width >= _BESIDE and (room >= _BOTH_SIDES or not both_sides):
        thing = _thing(question, room, places, columns=both_sides)
        return (
            _beside(thing, _details(question, _DETAILS, is_bundled), room)
            if thing
            else _details(question, room, is_bundled)
        )
    more = _details(question, width, is_bundled)
    thing = _thing(question, width, places, columns=columns)
    return [*more, *([Content("")] if thing else []), *thing] if whole else thing


def _beside(left: list[Content], right: list[Content], room: int) -> list[Content]:
    rows = zip_longest(left, right, fillvalue=Content(""))
    bar = Content.styled(" │ ", "$line")
    return [Content.assemble(cell(one, room), bar, other) for one, other in rows]


def is_flow_guard(question: ApprovalQuestion) -> bool:
    """Whether the flow guard asks, because data would leave."""
    return question.why.startswith(FLOW_GUARD)


def _thing(question: ApprovalQuestion, width: int, places: Places, *, columns: bool) -> list[Content]:
    mark = Content.styled("!", "bold $warn")
    lines = bulleted(mark, visible_line(question.why), width) if is_flow_guard(question) else []
    lines += [line for flow in question.flows for line in bulleted(mark, visible_line(flow), width)]
    if question.on_behalf:
        lines += labelled("sub-agent", visible_line(question.on_behalf), width)
    if question.programs:
        lines += labelled("from", called_from(question), width)
    return [*lines, *_target(question, width, places), *_done(question, width, columns=columns)]


def called_from(question: ApprovalQuestion) -> str:
    """`npm install › node`: the program that asks, below those that started it. A server is named before them."""
    server = server_of(question.request.actor.name) if question.programs else ""
    begun_by = [f"MCP server {server}"] if server else []
    return " › ".join(visible_line(one) for one in (*begun_by, *reversed(question.programs)))


def is_long(question: ApprovalQuestion) -> bool:
    """Whether there is more to look at than a line about it."""
    return _more(question).count("\n") > 1


def _done(question: ApprovalQuestion, width: int, *, columns: bool) -> list[Content]:
    more, target = _more(question), question.request.target
    path = target.path if isinstance(target, FileTarget) else ""
    return difference_lines(more, width, path=path, beside=columns) or (pretty(more, width) if more else [])


def _is_new(question: ApprovalQuestion) -> bool:
    """Whether the file that is written does not exist yet. What the content itself says of that counts for nothing."""
    for line in question.preview.split("\n"):
        if line == NEW_FILE:
            return True
        if line.startswith((NEW_CONTENT, "@@ ")):
            return False
    return False


def _more(question: ApprovalQuestion) -> str:
    """The preview without first lines that only repeat the target or name the sides of a difference."""
    target = question.request.target
    if isinstance(target, ExecTarget) and question.preview.startswith(_command_and_folder(target)):
        return ""
    said = {visible_line(target.resource)}
    if isinstance(target, ExecTarget) and target.use:
        said |= {target.use, ""}
    if isinstance(target, FileTarget):
        said |= {f"{target.operation} {visible_line(target.path)}", f"asked for as {visible_line(target.requested)}"}
        said |= {"--- now", NEW_FILE, "+++ after"}
    if isinstance(target, NetTarget):
        said |= {f"{target.method} {visible_line(target.url)}", ""}
    if question.programs:
        said |= {f"by {' ‹ '.join(map(visible_line, question.programs))}"}
        said |= {f"{word} {visible_line(target.resource)}" for word in ("connect", "listen")}
    lines = question.preview.strip("\n").split("\n")
    while lines and lines[0] in said:
        del lines[0]
    more = "\n".join(lines)
    return "" if not more.strip() or (len(lines) == 1 and question.request.resource in more) else more


def _command_and_folder(target: ExecTarget) -> str:
    """How the preview of a command begins; what follows is for how long it may run."""
    return f"{target.command}\n\nin {target.cwd}, "


def _target(question: ApprovalQuestion, width: int, places: Places) -> list[Content]:
    """What is asked about where the first line does not say all of it, and what is unusual about it."""
    match question.request.target:
        case FileTarget() as target:
            lines = _asked_as(target, width, places)
            if target.kind is Kind.FS_WRITE and (words := obeyed_by(target.path)):
                lines += _warning(words, width)
            return lines
        case NetTarget(method="CONNECT" | "LISTEN"):
            return []
        case NetTarget() as target:
            lines = [line.stylize("bold $warn") for line in _whole(visible_line(target.url), width)]
            if target.port not in (80, 443):
                lines += labelled("port", str(target.port), width)
            return lines + (labelled("sends", size(target.body_bytes), width) if target.body_bytes else [])
        case UnixTarget() as target:
            return _warning(f"saying yes means: {target.meaning}", width)
        case ExecTarget() as target:
            return _command(target, width, places)
        case EnvTarget():
            return []


def _asked_as(target: FileTarget, width: int, places: Places) -> list[Content]:
    """Nothing where the path was written as what it is; a link may lead elsewhere than its name says."""
    written = target.requested
    if written.startswith("~/"):
        written = places.home + written[1:]
    if normpath(join(places.project or "/", written)) == target.path or written == target.path:
        return []
    return labelled("asked as", visible_line(target.requested), width)


def _command(target: ExecTarget, width: int, places: Places) -> list[Content]:
    shown = visible(folded_blanks(target.command))
    lines = [line.stylize("bold $warn") for line in _whole(shown, width)]
    if len(target.parts) > 1 and (len(lines) > 1 or shown != visible(target.command)):
        parts = "\n".join(visible(folded_blanks(part)) for part in target.parts)
        lines = [*labelled("runs", parts, width), *lines]
    if target.cwd != places.project:
        lines += labelled("in folder", short_path(target.cwd, places), width)
    if not target.parts:
        lines += _warning("this command could not be parsed", width)
    elif is_opaque(target):
        lines += _warning("it is unclear which programs this runs", width)
    for note in command_notes(target):
        lines += _warning(note, width)
    return lines


def _details(question: ApprovalQuestion, width: int, is_bundled: bool) -> list[Content]:
    """What is beside the question, whole."""
    target = question.request.target
    lines = labelled("who", _who(question.request.actor, is_bundled), width)
    if question.declared and question.declared not in question.why:
        lines += labelled("declared", visible_line(question.declared), width)
    lines += labelled("why asked", visible_line(question.why), width)
    match target:
        case FileTarget():
            lines += labelled("path", visible_line(target.path), width)
            if target.requested != target.path:
                lines += labelled("asked as", visible_line(target.requested), width)
        case NetTarget():
            lines += labelled("host", f"{visible_line(target.host)} port {target.port}", width)
        case ExecTarget():
            beginning = _command_and_folder(target)
            limit = question.preview.removeprefix(beginning) if question.preview.startswith(beginning) else ""
            lines += labelled("in folder", visible_line(target.cwd), width)
            if limit:
                lines += labelled("how long", visible_line(limit.removeprefix("for ")), width)
        case UnixTarget():
            lines += labelled("socket", visible_line(target.path), width)
        case EnvTarget():
            pass
    return lines


def _warning(words: str, width: int) -> list[Content]:
    return bulleted(Content.styled("!", "bold $warn"), words, width, "$warn")


def _whole(text: str, width: int) -> list[Content]:
    out: list[Content] = []
    for line in text.split("\n"):
        content = Content(line)
        out += content.fold(max(width, 8)) if content.cell_length > width else [content]
    return out


def _who(actor: Actor, is_bundled: bool) -> Content:
    if actor.kind is not ActorKind.SKILL:
        return Content(f"built-in tool {visible_line(actor.name)}")
    content = actor.content_hash[:12] or "unknown"
    if server := server_of(actor.name):
        return Content(f"MCP server {visible_line(server)}, configuration {content}")
    signed = f"signed by {actor.publisher[:16]}" if actor.publisher else "not signed"
    signed = "comes with blufio-tui" if is_bundled else signed
    return Content(f"skill {visible_line(actor.name)} {visible_line(actor.version)}, content {content}, {signed}")


def choice_lines(choices: Sequence[CardChoice], selected: int, width: int) -> list[list[Content]]:
    """For each answer its lines: letter and title, and beside or under them what it stores."""
    title_width = max(len(choice.title) for choice in choices) + 2
    beside = width >= title_width + 46
    return [_choice(choice, index == selected, title_width, width, beside) for index, choice in enumerate(choices)]


def answer_row(choices: Sequence[CardChoice], selected: int, width: int) -> list[Content]:
    """The answers side by side, a letter and one to three words each; as few lines as they need, about equally long."""
    shown = [_short_answer(choice, is_selected=index == selected) for index, choice in enumerate(choices)]
    lengths = [answer.cell_length for answer in shown]
    fewest = len(_rows(lengths, width))
    room = next((room for room in range(width // 2, width) if len(_rows(lengths, room)) == fewest), width)
    return [Content(" ").join([shown[index] for index in row]) for row in _rows(lengths, room)]


def _rows(lengths: Sequence[int], width: int) -> list[list[int]]:
    """Which of the items stand in which row, a cell between them."""
    rows: list[list[int]] = []
    used = 0
    for index, length in enumerate(lengths):
        if rows and used + 1 + length <= width:
            rows[-1].append(index)
            used += 1 + length
        else:
            rows.append([index])
            used = length
    return rows


def _short_answer(choice: CardChoice, *, is_selected: bool) -> Content:
    style = "bold $bad" if not choice.allows else "bold $ok"
    mark = Content.styled("▸", "bold $accent") if is_selected else Content(" ")
    shown = Content.assemble(mark, (choice.letter, style), " ", (choice.title, "bold" if is_selected else ""), " ")
    return shown.stylize_before("on $selection") if is_selected else shown


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
