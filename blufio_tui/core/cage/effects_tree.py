"""Reads the stored list of a command's effects and shows it as a tree: programs, and below each what it did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from blufio_tui.core.errors import StorageError
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Did:
    """One row of the tree.

    Attributes:
        depth: 0 for the top level.
        kind: `program`, `fs.read`, `fs.write`, `net` or `unix`.
        text: the program with its arguments, or what it did.
        decision: `allow`, `deny`, or "" for what was free.
        rule: who decided, by which rule.
    """

    depth: int
    kind: str
    text: str
    decision: str = ""
    rule: str = ""


@dataclass(slots=True)
class _Branch:
    row: JsonObject
    rows: list[JsonObject] = field(default_factory=list)
    below: list["_Branch"] = field(default_factory=list)


def read_listing(data: bytes) -> tuple[JsonObject, ...]:
    """
    Raises:
        StorageError: it is not what `Effects.listing` writes.
    """
    try:
        rows = tuple(strict_json.parsed(line) for line in data.splitlines())
    except ValueError as error:
        raise StorageError(f"the list of effects is damaged: {error}") from error
    if not all(isinstance(row, dict) and isinstance(row.get("kind"), str) for row in rows):
        raise StorageError("the list of effects is damaged: a row has no kind")
    return rows


def counts(rows: Iterable[JsonObject]) -> str:
    """The totals in words; "" for older lists without them."""
    return next((str(row.get("text", "")) for row in rows if row["kind"] == "counts"), "")


def tree(rows: Iterable[JsonObject]) -> tuple[Did, ...]:
    """Each program below the one that started it, or that it replaced in its process (exec)."""
    top, of_process = _Branch({}), dict[int, _Branch]()
    for row in rows:
        pid = _number(row.get("pid"))
        if row["kind"] == "counts":
            continue
        if row["kind"] != "program":
            of_process.get(pid, top).rows.append(row)
            continue
        above = row.get("above")
        processes = [pid, *(map(_number, above) if isinstance(above, list) else ())]
        parent = next((of_process[one] for one in processes if one in of_process), top)
        of_process[pid] = _Branch(row)
        parent.below.append(of_process[pid])
    return tuple(_flat(top))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _flat(top: _Branch) -> Iterator[Did]:
    """Iterative: chains of programs may be deeper than Python's stack."""
    pending = [(0, branch) for branch in reversed(top.below)]
    yield from (_did(row, 0) for row in top.rows)
    while pending:
        depth, branch = pending.pop()
        yield Did(depth, "program", str(branch.row.get("words", "")))
        yield from (_did(row, depth + 1) for row in branch.rows)
        pending += [(depth + 1, below) for below in reversed(branch.below)]


def _did(row: JsonObject, depth: int) -> Did:
    kind, resource, decision = str(row["kind"]), str(row.get("resource", "")), str(row.get("decision", ""))
    if not decision:
        what = "removed" if not row.get("after") else "wrote" if row.get("before") else "made"
        return Did(depth, kind, f"{what} {resource}")
    rule = f"{row.get('decided_by', '')}: {row.get('rule', '')}"
    return Did(depth, kind, f"{row.get('operation', '')} {resource}".strip(), decision, rule)


@dataclass(frozen=True, slots=True)
class CommandEffects:
    """What one caged command of a call did.

    Attributes:
        seq: the closing row in the log.
        digest: SHA-256 of the list, as that row has it.
        rows: the whole list.
    """

    seq: int
    command: str
    digest: str
    rows: tuple[JsonObject, ...]

    @property
    def in_words(self) -> str:
        return counts(self.rows)
