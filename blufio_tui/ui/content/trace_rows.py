"""A node of the trace as a row, and what opens below it."""

from pathlib import Path

from rich.cells import cell_len
from textual.content import Content

from blufio_tui.core.capability import DecidedBy
from blufio_tui.core.events import CallUsage
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.text.amounts import dollars, duration, plural, short, size
from blufio_tui.core.text.display import steady, visible, visible_line
from blufio_tui.ui.content.audit_rows import decided_by, decision_in_words
from blufio_tui.ui.content.resources import short_input, short_resource
from blufio_tui.ui.content.symbols import DECIDERS, NO_DECIDER, STATES, spinner
from blufio_tui.ui.content.terminal_lines import terminal_lines
from blufio_tui.ui.content.timeline import bar, waiting_in
from blufio_tui.ui.state.states import State
from blufio_tui.ui.state.trace import Node, NodeKind
from blufio_tui.ui.text.code import arguments_lines, folded_lines, pretty
from blufio_tui.ui.text.columns import cell, labelled, right_cell

_BARS = {
    State.RUNNING: "$info",
    State.ASKING: "$warn",
    State.OK: "$ok",
    State.DENIED: "$bad",
    State.ERROR: "$bad",
    State.CANCELLED: "$muted",
}

_DURATION_WIDTH = 8
_LEAST_RESOURCE = 8
_LIVE = 40
"""Lines of the output of a call that still runs."""

AGAIN = frozenset({State.DENIED, State.ERROR, State.CANCELLED})
"""A call that ended so can be made once more."""


def trace_row(
    node: Node, turn: Node, now: float, width: int, project: Path | None = None, *, in_words: bool = False
) -> Content:
    """Symbol and name, what it used, how long it took, and where on the turn's time axis.

    The name has what room the other columns leave in this row.

    Args:
        in_words: say what the marks behind the name mean in words.
    """
    axis_width = min(max(width // (5 if width >= 100 else 7), 8), 36) if width >= 44 else 0
    used = _used(node) if width >= 56 else ""
    name_width = width - len(used) - _DURATION_WIDTH - (axis_width + 1 if axis_width else 0) - 1
    parts = [
        cell(_name(node, now, name_width, project, in_words=in_words), name_width),
        Content.styled(f" {used}", "$muted"),
    ]
    parts.append(right_cell(_took(node, now), _DURATION_WIDTH, "$muted"))
    if axis_width:
        axis = (turn.started, turn.finished if turn.finished is not None else max(now, turn.started + 0.001))
        end = node.finished if node.finished is not None else now
        style = "$line" if node.kind is NodeKind.TURN else _BARS[node.state]
        drawn = bar(node.started, end, axis, axis_width, style)
        parts += [Content(" "), waiting_in(drawn, node.waited(end), axis, _BARS[State.ASKING])]
    return Content.assemble(*parts)


def _took(node: Node, now: float) -> str:
    """Empty for a request of which only the end is stored."""
    took = node.duration_ms(now)
    return duration(took) if took or node.kind is not NodeKind.REQUEST else ""


def _name(node: Node, now: float, width: int, project: Path | None, *, in_words: bool) -> Content:
    fold = (" (folded)" if in_words else " ▸") if node.folded and node.children else ""
    if node.kind is NodeKind.TURN:
        turn = Content.assemble(_mark(node, now), (" " + visible_line(steady(node.title) or "turn"), "bold"))
        return Content.assemble(turn.truncate(width - len(fold), ellipsis=True), (fold, "$muted"))
    indent = "  " * (node.depth - 1) + " "
    title = visible_line(node.title)
    room = width - len(indent) - cell_len(title) - 3
    if node.kind is NodeKind.HOST:
        decider = Content("")
        if node.host is not None:
            mark = DECIDERS.get(node.host.decided_by.value, NO_DECIDER)
            decider = Content.styled(f"by {decided_by(node.host.decided_by)}", mark.style) if in_words else mark()
        room -= max(decider.cell_length, 1) + 1
        resource = short_resource(title, node.detail, max(room, _LEAST_RESOURCE), project)
        return Content.assemble(indent, _mark(node, now), f" {title} ", (resource, "$muted"), " ", decider)
    style = "$muted" if node.kind is NodeKind.REQUEST else "bold"
    room = max(room - len(fold), 0)
    detail = Content.styled(short_input(visible_line(node.detail), room), "$muted").truncate(room, ellipsis=True)
    return Content.assemble(indent, _mark(node, now), (f" {title} ", style), detail, (fold, "$muted"))


def _mark(node: Node, now: float) -> Content:
    if node.state is State.RUNNING:
        return spinner(now)
    return STATES[node.state]()


def _used(node: Node) -> str:
    if node.kind is NodeKind.TOOL and node.usage.fuel:
        return f"{short(node.usage.fuel)} fuel"
    if node.kind is NodeKind.HOST:
        return size(node.host.bytes_moved) if node.host and node.host.bytes_moved else ""
    tokens = node.tokens.sent + node.tokens.output_tokens
    return f"{short(tokens)} tok" if tokens else ""


def trace_details(node: Node, width: int, limits: Limits | None = None) -> list[Content]:
    """Everything known about a node, whole. `limits` are those of the skill that was called."""
    inner = width - 4
    match node.kind:
        case NodeKind.TURN:
            lines = _turn_details(node, inner)
        case NodeKind.REQUEST:
            lines = _request_details(node, inner)
        case NodeKind.TOOL:
            lines = _tool_details(node, inner, limits)
        case NodeKind.HOST:
            lines = _host_details(node, inner)
    return [Content.assemble(("  │ ", "$line"), line) for line in lines]


def _turn_details(node: Node, width: int) -> list[Content]:
    lines = labelled("prompt", visible(steady(node.title)), width)
    if node.content:
        lines += labelled("error", Content.styled(visible(node.content), "$bad"), width)
    return lines + _tokens(node, width)


def _request_details(node: Node, width: int) -> list[Content]:
    lines = labelled("model", visible_line(node.detail), width)
    if node.content:
        lines += labelled("stopped", visible_line(node.content), width)
    if node.said.strip():
        lines += [_heading("it said"), *folded_lines(Content(visible(steady(node.said.strip()))).wrap(width), width)]
    return lines + _tokens(node, width)


def _tokens(node: Node, width: int) -> list[Content]:
    if node.tokens == type(node.tokens)():
        return []
    used = node.tokens
    text = f"{used.sent:,} in · {used.output_tokens:,} out"
    if used.cache_read_tokens or used.cache_write_tokens:
        text += (
            f" · of those in, {used.cache_read_tokens:,} read from the cache, {used.cache_write_tokens:,} written to it"
        )
    return [*labelled("tokens", text, width), *labelled("cost", dollars(node.cost_usd), width)]


def _tool_details(node: Node, width: int, limits: Limits | None) -> list[Content]:
    lines = [_heading("input"), *arguments_lines(node.input or {}, width)]
    if node.live is not None:
        lines += [_heading("output so far"), *folded_lines(terminal_lines(node.live.lines()[-_LIVE:]), width)]
    if node.error is not None:
        message = Content.styled(visible(node.error.reason), "$bad")
        lines += [_heading(node.error.heading), *message.wrap(width)]
    if node.content and (node.error is None or node.content != node.error.message):
        went_wrong = node.state is State.ERROR and node.error is None
        lines += [_heading("error" if went_wrong else "output"), *pretty(steady(node.content), width)]
    if node.did is not None:
        lines += [_heading("in the cage"), *Content(visible_line(node.did.text)).wrap(width)]
        lines += Content.assemble(("e", "bold $accent"), (" lists what it did, by program", "$muted")).wrap(width)
    if node.logs:
        lines.append(_heading("log"))
        for entry in node.logs:
            lines += labelled(visible_line(entry.level), visible(entry.message), width, label_width=6)
    return lines + _tokens(node, width) + _used_details(node.usage, width, limits) + _offer(node, width)


def _offer(node: Node, width: int) -> list[Content]:
    """What can be done about a call that did not go well."""
    if node.state not in AGAIN:
        return []
    note = " runs it again and continues"
    if any(one.host is not None and one.host.decided_by is DecidedBy.NEVER_RULE for one in node.children):
        note += "; nobody can allow what was denied here"
    elif node.state is State.DENIED:
        note += ", with what you have allowed since"
    return [Content(""), *Content.assemble(("r", "bold $accent"), (note, "$muted")).wrap(width)]


def _used_details(usage: CallUsage, width: int, limits: Limits | None) -> list[Content]:
    """Fuel and memory, as a share of what the manifest allows where that is known."""
    if not usage.fuel:
        return []
    fuel, memory = f"{usage.fuel:,}", size(usage.memory_peak_bytes)
    if limits is not None:
        fuel += f", {_share(usage.fuel / limits.fuel)} of {short(limits.fuel)}"
        memory += (
            f" peak, {_share(usage.memory_peak_bytes / (limits.memory_mb * 1024 * 1024))} of {limits.memory_mb} MiB"
        )
    lines = [_heading("used"), *labelled("fuel", fuel, width), *labelled("memory", memory, width)]
    lines += labelled("sandbox", duration(max(usage.wall_ms - usage.host_ms, 0.0)), width)
    return lines + labelled("host", f"{duration(usage.host_ms)} in {plural(usage.host_calls, 'call')}", width)


def _share(share: float) -> str:
    if 0 < share < 0.001:
        return "less than 0.1%"
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def _host_details(node: Node, width: int) -> list[Content]:
    lines = labelled("resource", visible(node.detail), width)
    event = node.host
    if event is None:
        return [*lines, *labelled("state", "waits for your answer" if node.state is State.ASKING else "running", width)]
    lines += labelled("decision", decision_in_words(event.decision.value, event.decided_by.value), width)
    lines += labelled("rule", visible(event.rule), width)
    lines += labelled("outcome", visible(event.outcome), width)
    lines += labelled("bytes", f"{event.bytes_moved:,}", width)
    return lines + labelled("audit row", f"#{event.seq}", width)


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $muted")
