"""A recorded call and the same call replayed, side by side."""

from dataclasses import dataclass

from textual.content import Content

from blufio_tui.core.replay.compare import Replayed, in_words
from blufio_tui.core.replay.flow import Flows
from blufio_tui.core.replay.record import Ending
from blufio_tui.core.text.display import visible, visible_line
from blufio_tui.ui.content.symbols import STATES
from blufio_tui.ui.state.states import State
from blufio_tui.ui.text.columns import cell, fold_line

_NAME = 12
_BESIDE = 60
"""From so many cells on, two columns fit."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing about the call: as it was recorded, and as it is now. `note`: said in place of both."""

    name: str
    recorded: str
    now: str
    same: bool
    note: str = ""


def pairs_of(replayed: Replayed) -> list[Pair]:
    """What came of the call, then each request in its order."""
    record, ending = replayed.record, replayed.ending
    differing = {one.what for one in replayed.differences}
    values = zip(_values(record.ending), _values(ending), strict=True)
    found = [Pair(name, before, now, name not in differing) for (name, before), (_, now) in values]
    if "clock" in differing:
        found += [Pair("clock", one.recorded, one.now, False) for one in replayed.differences if one.what == "clock"]
    before = [exchange.request for exchange in record.exchanges]
    for place in range(max(len(before), len(replayed.requests))):
        old = before[place] if place < len(before) else None
        new = replayed.requests[place] if place < len(replayed.requests) else None
        same = old is not None and new is not None and old.key == new.key
        words = [in_words(one) if one else "none" for one in (old, new)]
        found.append(Pair(f"request {place + 1}", words[0], words[1], same))
    return found


def _values(ending: Ending) -> list[tuple[str, str]]:
    error = f"{ending.error[0]}: {ending.error[1]}" if ending.error[0] else "none"
    logs = "\n".join(f"[{level}] {text}" for level, text in ending.logs)
    if ending.logs_dropped:
        logs += f"\n({ending.logs_dropped:,} more)"
    return [
        ("output", ending.content),
        ("error", error),
        ("logs", logs or "none"),
        ("fuel", f"{ending.fuel:,}"),
        ("memory", f"{ending.memory_bytes:,} bytes"),
    ]


def flow_pairs(flows: Flows) -> list[Pair]:
    """What flows where, as rows of the same list."""
    if not flows.destinations:
        return [Pair("flow", "", "", True, "the call sent nothing: no request, no file change")]
    found = [
        Pair(
            "flow",
            "",
            "",
            False,
            f"{flow.source.kind} {flow.source.resource} → {flow.to.kind} {flow.to.resource} ({flow.how})",
        )
        for flow in flows.flows
    ]
    return found or [Pair("flow", "", "", True, "nothing of what it read reached what it sent")]


def pair_line(pair: Pair, width: int) -> Content:
    """One row: equal or not, the name, and both sides."""
    mark = STATES[State.OK] if pair.same else STATES[State.ERROR]
    head = Content.assemble(" ", mark(), " ", cell(Content.styled(pair.name, "bold"), _NAME), " ")
    room = max(width - head.cell_length, 8)
    if pair.note:
        return Content.assemble(head, cell(Content(visible_line(pair.note)), room))
    half = max((room - 3) // 2, 3)
    left, right = (cell(Content(visible_line(text)), half) for text in (pair.recorded, pair.now))
    return Content.assemble(head, left, (" │ ", "$line"), right)


def pair_details(pair: Pair, width: int) -> list[Content]:
    """Both sides whole: beside each other where there is room."""
    if pair.note:
        return fold_line(Content(visible_line(pair.note)), width)
    if width < _BESIDE:
        return [
            Content.styled("recorded", "$muted"),
            *_lines(pair.recorded, width),
            Content(""),
            Content.styled("replayed", "$muted"),
            *_lines(pair.now, width),
        ]
    half = (width - 3) // 2
    left = [Content.styled("recorded", "$muted"), *_lines(pair.recorded, half)]
    right = [Content.styled("replayed", "$muted"), *_lines(pair.now, half)]
    rows = max(len(left), len(right))
    left, right = (side + [Content("")] * (rows - len(side)) for side in (left, right))
    return [
        Content.assemble(cell(one, half), (" │ ", "$line"), cell(other, half))
        for one, other in zip(left, right, strict=True)
    ]


def _lines(text: str, width: int) -> list[Content]:
    return [part for line in visible(text).split("\n") for part in fold_line(Content(line), width)]
