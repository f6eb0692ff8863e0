"""What a session has read and taken in so far, each with the row that shows it, and the question that follows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from blufio_tui.core.capability import Kind
from blufio_tui.core.flows.marks import FlowRules, Mark, Seen, marks_after, sends_out
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.text.display import visible_line

_KEPT = 50
"""Links that are kept of each kind; the first ones are what a chain shows."""
_SHOWN = 3
_NO_BODY = ("GET, 0 bytes", "HEAD, 0 bytes")
_MAX_KNOWN = 5_000


@dataclass(frozen=True, slots=True)
class Link:
    """One row that counts. `seq` is 0 while the row's number is not known."""

    mark: Mark
    resource: str
    seq: int

    def __str__(self) -> str:
        return f"{visible_line(self.resource)}" + (f" (row {self.seq})" if self.seq else "")


@dataclass(frozen=True, slots=True)
class Lamps:
    """How many effects of a session had each mark, for the line at the bottom."""

    private: int = 0
    foreign: int = 0
    out: int = 0

    @property
    def lit(self) -> tuple[bool, bool, bool]:
        return bool(self.private), bool(self.foreign), bool(self.out)


@dataclass(slots=True)
class FlowState:
    """Of one session; grows only.

    Attributes:
        counts: how many rows had each mark.
        asked_before: requests without a body that were made before anything private was read: asking the same again
            tells nobody anything.
        written: files that were written by calls that had reached the network: what is in them is a stranger's.
        unknown: the log is not what was written, so that what the session has read may be anything.
    """

    links: dict[Mark, list[Link]] = field(default_factory=lambda: {mark: [] for mark in Mark})
    counts: dict[Mark, int] = field(default_factory=lambda: dict.fromkeys(Mark, 0))
    asked_before: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    unknown: bool = False
    _online_calls: set[str] = field(default_factory=set)
    _taken: set[Link] = field(default_factory=set)

    def note(self, seen: Seen, seq: int, call_id: str, places: Places, rules: FlowRules) -> None:
        """An effect that was done."""
        marks = set(marks_after(seen, places, rules))
        if seen.kind == Kind.NET and len(self._online_calls) < _MAX_KNOWN:
            self._online_calls.add(call_id)
            if (
                not self.counts[Mark.PRIVATE]
                and seen.detail.startswith(_NO_BODY)
                and len(self.asked_before) < _MAX_KNOWN
            ):
                self.asked_before.add(_request(seen))
        if seen.kind == Kind.FS_WRITE and call_id in self._online_calls and len(self.written) < _MAX_KNOWN:
            self.written.add(seen.resource)
        if seen.kind == Kind.FS_READ and self._was_brought(seen.resource):
            marks.add(Mark.FOREIGN)
        if sends_out(seen, rules):
            marks.add(Mark.OUT)
        for mark in marks:
            self.counts[mark] += 1
            if len(self.links[mark]) < _KEPT:
                self.links[mark].append(Link(mark, seen.resource, seq))

    def take_over(self, other: "FlowState") -> None:
        """What another one has read and taken in is here, too."""
        for mark in (Mark.PRIVATE, Mark.FOREIGN):
            new = [link for link in other.links[mark] if link not in self._taken and link not in self.links[mark]]
            self._taken.update(new)
            self.links[mark] += new[: max(_KEPT - len(self.links[mark]), 0)]
            self.counts[mark] += len(new)

    def _was_brought(self, path: str) -> bool:
        return path in self.written or any(one.startswith(path.rstrip("/") + "/") for one in self.written)

    @property
    def lamps(self) -> Lamps:
        least = int(self.unknown)
        private, foreign = (max(self.counts[mark], least) for mark in (Mark.PRIVATE, Mark.FOREIGN))
        return Lamps(private, foreign, self.counts[Mark.OUT])

    def chain(self, asked: Seen, places: Places, rules: FlowRules) -> str:
        """Why an effect that is asked for must not go unasked, in words; "" if it may."""
        if rules.guard == "off" or not sends_out(asked, rules):
            return ""
        if self.unknown:
            return (
                "the log is not what was written (see `audit verify`), so what this session has read and taken in is "
                "not known, and this could send something out"
            )
        own = marks_after(asked, places, rules) if asked.kind == Kind.EXEC else frozenset()
        private, foreign = self.links[Mark.PRIVATE], self.links[Mark.FOREIGN]
        if not (private or Mark.PRIVATE in own) or not (foreign or Mark.FOREIGN in own):
            return ""
        if asked.bare and _request(asked) in self.asked_before:
            return ""
        read = _listed(private, self.counts[Mark.PRIVATE]) or "what this command names"
        taken = _listed(foreign, self.counts[Mark.FOREIGN]) or "what this command fetches"
        return (
            f"this session has read {read} and has taken in {taken}, and this could send something out. Together that "
            "is how data is stolen"
        )


def _request(seen: Seen) -> str:
    return f"{seen.detail.split(',')[0]} {seen.resource}"


def _listed(links: list[Link], count: int) -> str:
    named: Iterable[str] = dict.fromkeys(map(str, links[:_SHOWN]))
    more = count - min(len(links), _SHOWN)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
