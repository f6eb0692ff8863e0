"""What another build does on the calls that one build was recorded on, as effects: what is new, what is gone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from blufio_tui.core.capability import Kind
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.replay.compare import Replayed
from blufio_tui.core.replay.playback import asked_for
from blufio_tui.core.replay.record import Request
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.json_types import Json, JsonObject

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class EffectCount:
    """An effect and in how many calls it is: `kind`, `resource` (for the network with its method)."""

    kind: str
    resource: str
    calls: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    Attributes:
        calls: how many were run.
        new, gone: effects that a call asks for now and did not, and the other way round.
        denied: effects that the new manifest does not let pass.
        other_output: calls whose output or error is another one.
        other: ids of the calls whose effects differ.
    """

    calls: int
    new: tuple[EffectCount, ...] = ()
    gone: tuple[EffectCount, ...] = ()
    denied: tuple[EffectCount, ...] = ()
    other_output: int = 0
    other: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the effects are others; another output alone is what updates are for."""
        return bool(self.new or self.gone or self.denied)

    def as_json(self) -> JsonObject:
        return {
            "calls": self.calls,
            "new": _json(self.new),
            "gone": _json(self.gone),
            "denied": _json(self.denied),
            "other_output": self.other_output,
            "other": list(self.other),
        }


def behaviour(replays: Sequence[Replayed]) -> Behaviour:
    """What the calls did this time against what they had done."""
    new, gone, denied = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    other, other_output = [], 0
    for replayed in replays:
        record = replayed.record
        before = effects_of((exchange.request for exchange in record.exchanges), record.places)
        now = effects_of(replayed.requests, record.places)
        was_denied = {
            (one.kind, one.resource) for exchange in record.exchanges for one in exchange.touched if not one.allowed
        }
        now_denied = {(one.kind, one.resource) for one in replayed.denied} - was_denied
        new.update(now - before)
        gone.update(before - now)
        denied.update(now_denied)
        other_output += (record.ending.content, record.ending.error) != (replayed.ending.content, replayed.ending.error)
        if now != before or now_denied:
            other.append(record.call_id)
    return Behaviour(len(replays), _counts(new), _counts(gone), _counts(denied), other_output, tuple(other))


def effects_of(requests: Iterable[Request], places: Places) -> set[tuple[str, str]]:
    """Kind and resource of all that was asked for; what happens on an open file belongs to its opening."""
    return {
        (
            touched.kind,
            f"{request.text('method') or 'GET'} {touched.resource}" if touched.kind == Kind.NET else touched.resource,
        )
        for request in requests
        for touched in asked_for(request, places)
    }


def lines_of(found: Behaviour) -> tuple[str, ...]:
    """The same for people, one line each."""
    ran = f"run on {plural(found.calls, 'recorded call')}, touching nothing"
    if not found.differs:
        output = f"; {plural(found.other_output, 'call')} with a different output" if found.other_output else ""
        return (f"{ran}: the same effects{output}",)
    lines = [f"{ran}: different effects in {plural(len(found.other), 'call')}"]
    for verb, counts in (
        ("newly asks for", found.new),
        ("no longer asks for", found.gone),
        ("is denied", found.denied),
    ):
        lines += [
            f"{verb} {one.kind} {visible_line(one.resource)} in {plural(one.calls, 'call')}" for one in counts[:_SHOWN]
        ]
        if len(counts) > _SHOWN:
            lines.append(f"{verb} {len(counts) - _SHOWN:,} more")
    return tuple(lines)


def _counts(counter: Counter[tuple[str, str]]) -> tuple[EffectCount, ...]:
    """The most frequent first."""
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(EffectCount(kind, resource, calls) for (kind, resource), calls in ordered)


def _json(counts: tuple[EffectCount, ...]) -> list[Json]:
    return [{"kind": one.kind, "resource": one.resource, "calls": one.calls} for one in counts]
