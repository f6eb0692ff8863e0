"""An entry of the conversation as lines."""

from typing import assert_never

from textual.content import Content

from blufio_tui.core.builtin.ask_user import ANSWERED
from blufio_tui.core.builtin.plan import CHANGED
from blufio_tui.core.shell.output import LastLines
from blufio_tui.core.text.amounts import duration, plural
from blufio_tui.core.text.difference import changed_lines
from blufio_tui.core.text.display import steady, visible, visible_line
from blufio_tui.core.todo import Todo, TodoState, is_finished
from blufio_tui.ui.content.resources import short_input
from blufio_tui.ui.content.symbols import NOTICES, STATES
from blufio_tui.ui.content.terminal_lines import terminal_lines
from blufio_tui.ui.state.entries import Entry, Notice, Reply, Summary, Thought, ToolLine, TurnEnd, UserSaid
from blufio_tui.ui.state.states import State
from blufio_tui.ui.text.code import folded_lines, pretty
from blufio_tui.ui.text.columns import READING_WIDTH, cell, hanging_lines, right_cell
from blufio_tui.ui.text.difference import SIDE_BY_SIDE, counted, difference_lines
from blufio_tui.ui.text.incremental import GrowingMarkdown
from blufio_tui.ui.text.links import with_links

_MARGIN = 2
_DOT = " · "
_WIDEST = 110
"""Cells; in longer lines what stands at the right edge is no longer read with what it belongs to."""
_BLANK = Content("")
_OUTPUT = (20, 10)
"""Lines of a long output that are shown in the conversation, of its beginning and of its end."""
_CHANGE = 8
"""Lines of a difference that are shown until it is unfolded."""
BASH, ASK_USER = "bash", "ask_user"
_IN_TRACE = "the trace has all"
_TAIL = 3
"""Lines of the output of a command that has ended."""
_REASON = 2
"""Lines of why a call failed."""
_LIVE = 6
"""Lines of the output of a command that still runs."""
_PROMPT = (30, 5)
"""The same for a long prompt, until it is opened."""


def text_width(width: int) -> int:
    """Of what stands between the margins."""
    return max(min(width - 2 * _MARGIN, _WIDEST), 10)


def entry_lines(entry: Entry, width: int, before: Entry | None = None) -> list[Content]:
    """Lines of at most `width` cells, with the blank line that sets the entry off from the one before."""
    room = text_width(width)
    prose = min(room, READING_WIDTH)
    match entry:
        case UserSaid():
            return _user(entry, width, room)
        case Reply():
            return _reply(entry, room)
        case Thought():
            return [Content(""), *_indent(_thought(entry, prose))]
        case ToolLine():
            gap = [] if isinstance(before, ToolLine) else [Content("")]
            return gap + _tool(entry, room) + _changes(entry, room if width < SIDE_BY_SIDE else width - 2 * _MARGIN)
        case Notice():
            return [Content(""), *_indent(_notice(entry, prose))]
        case TurnEnd():
            return [Content(""), *_indent([line.stylize("$muted") for line in _closing(entry.summary, prose)])]
        case Summary():
            return [Content(""), *_indent(_summary(entry, prose))]
        case _:
            assert_never(entry)


def work_ahead(entry: Entry, width: int, deadline: float) -> bool:
    """Prepare `entry_lines` until a moment of the monotonic clock; True once it takes little time."""
    return not isinstance(entry, Reply) or entry.text.work_ahead(text_width(width), _MARGIN, deadline)


def _indent(lines: list[Content]) -> list[Content]:
    return [Content.assemble(" " * _MARGIN, line) for line in lines]


def _closing(summary: str, width: int) -> list[Content]:
    """Broken only between its parts, where that is possible: a number stays with its unit."""
    lines = [""]
    for part in summary.split(_DOT):
        longer = f"{lines[-1]}{_DOT}{part}" if lines[-1] else part
        lines[-1:] = [longer] if len(longer) <= width or not lines[-1] else [lines[-1], part]
    return folded_lines([Content(line) for line in lines], width)


def _user(entry: UserSaid, width: int, room: int) -> list[Content]:
    """The person's words stand on their own ground behind a bar, from edge to edge."""
    said: list[Content] = Content(visible(steady(entry.text))).wrap(room)
    said = said if entry.open else _shortened(said, _PROMPT, "Enter shows them", room)
    lines = [Content.assemble(("▌ ", "$accent"), line) for line in said]
    for label in entry.attached:
        lines += [
            Content.assemble(("▌ ", "$accent"), line.stylize("$info"))
            for line in Content(f"+ {visible_line(steady(label))}").wrap(room)
        ]
    if entry.added:
        lines.append(Content.assemble(("▌ ", "$accent"), ("added while the turn ran", "$info")))
    if entry.versions > 1:
        note = f"‹ version {entry.version} of {entry.versions} ›"
        lines.append(Content.assemble(("▌ ", "$accent"), (note, "$info")))
    padded = [row.pad_right(max(width - row.cell_length, 0)) for row in lines]
    return [Content(""), *(row.stylize_before("$foreground on $panel") for row in padded)]


def _reply(entry: Reply, width: int) -> list[Content]:
    """Lines that were there before stay the same objects, so that a growing reply is not drawn again."""
    lines = [_BLANK, *entry.text.lines(width, _MARGIN)]
    if entry.note:
        lines.append(Content.assemble(" " * _MARGIN, (f"({entry.note})", "$warn")))
    return lines


def _thought(entry: Thought, width: int) -> list[Content]:
    if entry.live:
        label = "thinking…"
    elif entry.seconds:
        label = f"thought for {duration(entry.seconds * 1000)}"
    else:
        label = "thought"
    head = Content.styled(f"{'▾' if entry.open else '▸'} {label}", "italic $muted")
    if not entry.open:
        return [head]
    body = Content(visible(steady(entry.text.strip()))).wrap(max(width - 2, 10))
    return [head, *(Content.assemble(("│ ", "$line"), line.stylize("italic $muted")) for line in body)]


def _tool(entry: ToolLine, width: int) -> list[Content]:
    took = duration(entry.duration_ms) if entry.state.is_over and entry.duration_ms else ""
    if entry.state is State.ASKING:
        took = "waits for you"
    elif entry.state is State.DENIED:
        took = "denied"
    name = Content.assemble(STATES[entry.state](), " ", (visible_line(entry.tool), "bold"), "  ")
    room = max(width - len(took) - 1, 8)
    summary = short_input(entry.summary, room - name.cell_length)
    named = cell(Content.assemble(name, (summary, "$muted")), room)
    head = Content.assemble(named, " ", right_cell(took, len(took), "$muted"))
    lines = [Content.assemble(" " * _MARGIN, head)]
    if entry.is_current and not is_finished(entry.todo):
        lines += [Content.assemble(("  │ ", "$line"), line) for line in todo_lines(entry.todo, width - 4)]
    if entry.live is not None:
        lines += [Content.assemble(("  │ ", "$line"), line) for line in _live(entry.live, width - 4)]
    elif entry.is_told and not entry.open:
        pass
    elif entry.tool == BASH and entry.content and entry.state in (State.OK, State.ERROR) and not entry.open:
        lines += [Content.assemble(("  │ ", "$line"), line) for line in _tail(entry, width - 4)]
    elif entry.open:
        lines += [Content.assemble(("  │ ", "$line"), line) for line in _output(entry, width - 4)]
    elif entry.state.is_over and (said := _agreed(entry, width - 4)):
        lines += [Content.assemble(("  │ ", "$line"), line) for line in said]
    elif entry.state is State.ERROR:
        lines += [Content.assemble(("  │ ", "$line"), line) for line in _why(entry, width - 4)]
    return lines


def _changes(entry: ToolLine, width: int) -> list[Content]:
    """Each file with what was changed in it: the first lines, until it is unfolded."""
    lines: list[Content] = []
    for change in entry.changes:
        counts = changed_lines(change.difference)
        mark = "▾ " if entry.unfolded else "▸ "
        head = Content.assemble(
            (mark, "$muted"), (visible_line(change.path), "bold"), "  ", counted(*(counts or (0, 0)))
        )
        shown = difference_lines(
            change.difference, width - 4, path=change.path, beside=width >= SIDE_BY_SIDE - 2 * _MARGIN
        ) or folded_lines(
            [Content.styled(visible(line), "$muted") for line in change.difference.split("\n")], width - 4
        )
        kept = (len(shown), 0) if entry.unfolded else (_CHANGE, 0)
        lines += [*folded_lines([head], width - 4), *_shortened(shown, kept, "Enter shows them", width - 4)]
    return [Content.assemble(("  │ ", "$line"), line) for line in lines]


def _tail(entry: ToolLine, width: int) -> list[Content]:
    """The last lines of what a command printed."""
    lines = [line for line in steady(entry.content).rstrip().split("\n") if line.strip()]
    left_out = len(lines) - _TAIL
    shown = [
        with_links(Content(visible(line))).truncate(width, ellipsis=True).stylize("$muted") for line in lines[-_TAIL:]
    ]
    if left_out < 1:
        return shown
    note = Content.styled(f"… {plural(left_out, 'line')} more; o shows them", "italic $muted")
    return [note.truncate(width, ellipsis=True), *shown]


def _agreed(entry: ToolLine, width: int) -> list[Content]:
    """A plan, as it was approved or refused, and what the person answered: the card is gone, its words stay."""
    content = steady(entry.content)
    if entry.plan:
        changed = content.partition("\n\n")[2] if content.startswith(CHANGED) else ""
        return _shortened(GrowingMarkdown(changed or entry.plan, finished=True).lines(width), _PROMPT, _IN_TRACE, width)
    if entry.tool == ASK_USER and content.startswith(ANSWERED):
        return folded_lines(Content(visible(content.removeprefix(ANSWERED))).wrap(width), width)
    return []


def _why(entry: ToolLine, width: int) -> list[Content]:
    """Why a call failed, in the first words of its result: the trace may be out of sight."""
    said = next((line for line in steady(entry.content).split("\n") if line.strip()), "")
    shown = Content(visible_line(said)).wrap(width) if said else []
    if len(shown) > _REASON:
        rest = Content(" ").join([row.rstrip() for row in shown[_REASON - 1 :]])
        shown = [*shown[: _REASON - 1], rest.truncate(width, ellipsis=True)]
    return [row.stylize("$muted") for row in shown]


_TODO = {
    TodoState.PENDING: ("○ ", "$muted", "$muted"),
    TodoState.RUNNING: ("◐ ", "$info", "bold"),
    TodoState.DONE: ("✓ ", "$ok", "$muted"),
}


def todo_lines(todo: Todo, width: int) -> list[Content]:
    """A step a line, its state by symbol and colour."""
    lines = []
    for item in todo:
        symbol, colour, style = _TODO[item.state]
        text = Content.styled(visible_line(steady(item.text)), style)
        lines.append(Content.assemble((symbol, colour), text).truncate(width, ellipsis=True))
    return lines


def _live(output: LastLines, width: int) -> list[Content]:
    """The last lines of a running command, each cut to the width."""
    lines = terminal_lines(output.lines()[-_LIVE:])
    return [with_links(line).truncate(width, ellipsis=True) for line in lines]


def _output(entry: ToolLine, width: int) -> list[Content]:
    """The beginning and the end of a long output; the trace has all of it."""
    if not entry.content:
        return [Content.styled("no output yet", "$muted")]
    lines = [with_links(line, folded_at=width) for line in pretty(steady(entry.content), width)]
    return _shortened(lines, _OUTPUT, _IN_TRACE, width)


def _shortened(lines: list[Content], kept: tuple[int, int], where: str, width: int) -> list[Content]:
    """The first and the last lines, when there are many more, and where the rest is."""
    head, tail = kept
    left_out = len(lines) - head - tail
    if left_out < 2:
        return lines
    note = Content.styled(f"… {left_out:,} lines more; {where}", "italic $muted")
    return [*lines[:head], note.truncate(width, ellipsis=True), *lines[len(lines) - tail :]]


def _notice(entry: Notice, width: int) -> list[Content]:
    mark = NOTICES[entry.level]
    style = mark.style if entry.level.value != "info" else "$muted"
    lines = folded_lines(hanging_lines(visible(steady(entry.message)), max(width - 2, 10)), width)
    heads = [Content.assemble(mark(), " ")] + [Content("  ")] * (len(lines) - 1)
    return [Content.assemble(head, line.stylize(style)) for head, line in zip(heads, lines, strict=True)]


def _summary(entry: Summary, width: int) -> list[Content]:
    """A marker where the conversation was summarised; it opens to the text that the model gets."""
    what = f"the first {plural(entry.messages, 'message')}" if entry.messages else "earlier messages"
    head = Content.styled(f"{'▾' if entry.open else '▸'} {what} are summarised for the model", "italic $info")
    if not entry.open:
        return [head]
    body = Content(visible(steady(entry.text.strip()))).wrap(max(width - 2, 10))
    return [head, *(Content.assemble(("│ ", "$line"), line) for line in body)]
