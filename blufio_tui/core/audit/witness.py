"""Witnesses: places outside the home folder that receive checkpoints, and what these later say about the log."""

import datetime
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from blufio_tui.core.audit.checkpoint import Checkpoint, open_checkpoint
from blufio_tui.core.audit.dsse import Unproved, Verify, key_id_of, strict_json
from blufio_tui.core.text.amounts import plural

KEYRING = "the system's keyring"


class WitnessKind(StrEnum):
    FILE = "file"
    GIT = "git"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class WitnessSpec:
    """One entry of `audit.witness`: a file, a git repository, or the words of a command."""

    kind: WitnessKind
    value: str

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.value))

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def witness_problem(written: str) -> str:
    """Why an entry of `audit.witness` is invalid, "" if it is valid."""
    kind, _, value = written.partition(":")
    if kind not in list(WitnessKind) or not value.strip():
        return f'"{written}" is not file:PATH, git:FOLDER or command:COMMAND'
    if kind == WitnessKind.COMMAND:
        try:
            return "" if shlex.split(value) else f'"{written}" names no command'
        except ValueError as error:
            return f'"{written}" is not a command: {error}'
    if not value.startswith(("/", "~")):
        return f'"{written}" must be an absolute path, or begin with ~'
    return ""


def witness_of(written: str) -> WitnessSpec:
    """The parsed form of a valid entry."""
    kind, _, value = written.partition(":")
    return WitnessSpec(WitnessKind(kind), value)


@dataclass(frozen=True, slots=True)
class WitnessReport:
    """What one witness holds.

    Attributes:
        problem: why it, or a part of it, cannot be read; "" if it can.
        odd: what else a person should hear about it.
    """

    witness: str
    lines: Sequence[str] = ()
    problem: str = ""
    odd: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the witnesses say of the log as it is now.

    Attributes:
        first_bad_seq: 0 if none contradicts it.
        notes: findings that do not contradict the log but should be reported.
    """

    first_bad_seq: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    witness: str
    checkpoint: Checkpoint
    is_ours: bool
    """Whether the key of now signed it."""


def rows_to_look_at(reports: Iterable[WitnessReport], log: str) -> frozenset[int]:
    """The rows of this log that the witnesses name."""
    heads, _ = _heads(reports, "", _nobody)
    return frozenset(one.checkpoint.rows for one in heads if one.checkpoint.log == log)


def judge(
    reports: Sequence[WitnessReport],
    log: str,
    rows: int,
    row_hashes: Mapping[int, str],
    key_id: str,
    verify: Verify,
) -> Judgement:
    """
    Args:
        log: the hash of the log's first row, hex.
        rows: how many rows the log has now.
        row_hashes: of the rows that `rows_to_look_at` names, those that are there; hex.
        key_id, verify: the key that signs this log now.
    """
    heads, notes = _heads(reports, key_id, verify)
    ours = [one for one in heads if one.checkpoint.log == log]
    longest = max(
        (one for one in ours if one.checkpoint.rows > rows), key=lambda one: one.checkpoint.rows, default=None
    )
    if longest is not None:
        head = longest.checkpoint
        said = f"this log was longer on {_day(head)}: it had {plural(head.rows, 'row')}, says {longest.witness}"
        return Judgement(rows + 1, said + _doubt(longest), tuple(notes))
    other = min(
        (one for one in ours if row_hashes.get(one.checkpoint.rows) != one.checkpoint.row_hash),
        key=lambda one: one.checkpoint.rows,
        default=None,
    )
    if other is not None:
        head = other.checkpoint
        was = f"row {head.rows} was a different one on {_day(head)}, says {other.witness}"
        said = f"{was}: an older copy was restored and continued"
        return Judgement(head.rows, said + _doubt(other), tuple(notes))
    return Judgement(notes=(*notes, *_silent(reports, ours), *_strangers(heads, log)))


def _heads(reports: Iterable[WitnessReport], key_id: str, verify: Verify) -> tuple[list[_Head], list[str]]:
    """Every head that a witness holds, and what is wrong with the witnesses."""
    heads, notes = [], []
    for one in reports:
        damaged = 0
        if one.problem:
            notes.append(f"{one.witness} could not be read{' as a whole' if one.lines else ''}: {one.problem}")
        if one.odd:
            notes.append(f"{one.witness}: {one.odd}")
        for line in one.lines:
            if not line.strip():
                continue
            try:
                heads.append(_head(one.witness, line, key_id, verify))
            except Unproved:
                damaged += 1
        if damaged:
            notes.append(f"{one.witness} holds {plural(damaged, 'damaged line')}")
    return heads, notes


def _head(witness: str, line: str, key_id: str, verify: Verify) -> _Head:
    """A line signed with another key counts too: whoever puts a log back may have put another key there."""
    envelope = strict_json(line)
    signer = key_id_of(envelope)
    if signer == key_id:
        return _Head(witness, open_checkpoint(envelope, key_id, verify), True)
    return _Head(witness, open_checkpoint(envelope, signer, lambda _signature, _message: True), False)


def _doubt(head: _Head) -> str:
    return "" if head.is_ours else " (signed with a key other than the current one, so it may also be a forgery)"


def _silent(reports: Iterable[WitnessReport], ours: Sequence[_Head]) -> list[str]:
    spoke = {one.witness for one in ours}
    return [
        f"{one.witness} has no checkpoint of this log yet"
        for one in reports
        if not one.problem and one.witness not in spoke and one.witness != KEYRING
    ]


def _strangers(heads: Sequence[_Head], log: str) -> list[str]:
    """The witness may serve several homes; or this log was begun again in the place of the other."""
    last: dict[str, _Head] = {}
    for one in heads:
        if one.checkpoint.log != log:
            last[one.checkpoint.log] = one
    return [
        f"{one.witness} also has checkpoints of another log, {name[:16]}: {plural(one.checkpoint.rows, 'row')} "
        f"on {_day(one.checkpoint)}"
        for name, one in last.items()
    ]


def _nobody(_signature: bytes, _message: bytes) -> bool:
    return False


def _day(head: Checkpoint) -> str:
    try:
        return datetime.datetime.fromtimestamp(head.time, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "an impossible day"
