"""Undo of a call's changes to files: what was stored, and what may be restored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptChange:
    """One change that a call made to a file.

    Attributes:
        path: absolute, canonical.
        before, after: SHA-256 (hex) of the content, "" if there was no file.
        mode: permission bits before.
        lost: why the old content was not kept, "" if it was.
    """

    path: str
    before: str
    after: str
    mode: int = 0o644
    lost: str = ""


class Keeper(Protocol):
    """Stores the old content of a file that a call changes."""

    def keep(self, call_id: str, path: str, before: bytes | None, mode: int) -> None:
        """Store old content after the change was made (None: there was no file before)."""
        ...

    def keep_before(self, call_id: str, path: str, before: bytes | None, mode: int, after: bytes) -> None:
        """Store old content before a change. Raises `HostError` if it cannot be stored."""
        ...

    def keep_lost(self, call_id: str, path: str, after: bytes, why: str) -> None:
        """Note a change whose old content is too large to store."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One file of an undo.

    Attributes:
        restore: SHA-256 of the content to put back, "" to remove the file.
        now: SHA-256 of what is there, "" for nothing.
        refused: why it is left alone, "" if it is restored.
        action: `write`, `remove`, `remove folder`, `make folder`, `make link`, `rename`, `exchange` or `mode`.
        other: where a renamed thing goes back to; where a link leads.
    """

    path: str
    restore: str = ""
    now: str = ""
    mode: int = 0o644
    refused: str = ""
    action: str = ""
    other: str = ""

    @property
    def in_words(self) -> str:
        match self.action:
            case _ if self.refused:
                return f"left alone: {self.path}: {self.refused}"
            case "rename":
                return f"move {self.path} back to {self.other}"
            case "exchange":
                return f"swap {self.path} and {self.other} back"
            case "make folder":
                return f"recreate the folder {self.path}"
            case "remove folder":
                return f"remove the folder {self.path}"
            case "make link":
                return f"recreate the link {self.path}"
            case "mode":
                return f"give {self.path} its mode {self.mode:04o} back"
            case _:
                return f"restore {self.path}" if self.restore else f"remove {self.path}"

    @property
    def result(self) -> str:
        """The path that this step restores."""
        return self.other if self.action == "rename" else self.path


@dataclass(frozen=True, slots=True)
class FileChange:
    """What calls changed in a file: a unified diff from before to after, or why there is none."""

    path: str
    difference: str


@dataclass(frozen=True, slots=True)
class AgainstGit:
    """The files that calls changed, compared with the last commit.

    Attributes:
        commit: its id.
        changes: from the commit to now.
        same: how many of the files are identical to the commit.
        outside: how many are not in the repository's folder.
    """

    commit: str
    changes: tuple[FileChange, ...]
    same: int
    outside: int


def changes_of_all(calls: Sequence[Iterable[KeptChange]]) -> tuple[tuple[KeptChange, KeptChange], ...]:
    """For each file that calls changed, the oldest call first: its first and last change, unless they cancel out."""
    spans: dict[str, tuple[KeptChange, KeptChange]] = {}
    for change in (change for changes in calls for change in changes):
        first = spans[change.path][0] if change.path in spans else change
        spans[change.path] = (first, change)
    return tuple(span for span in spans.values() if span[0].lost or span[0].before != span[1].after)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step and what it would change, as a unified difference or in words; "" for a file that is left alone."""

    step: Step
    difference: str = ""


def plan_undo(changes: Iterable[KeptChange], current: Callable[[str], str]) -> tuple[Step, ...]:
    """The step for each file that a call changed: back to before its first change, if it is still as after its last.

    Args:
        current: SHA-256 of what is at a path now, "" for nothing.
    """
    first: dict[str, KeptChange] = {}
    last: dict[str, KeptChange] = {}
    for change in changes:
        first.setdefault(change.path, change)
        last[change.path] = change
    return tuple(
        _step(first[path], last[path], current(path))
        for path in first
        if first[path].lost
        or first[path].before != last[path].after  # a temporary file that came and went is no change
    )


def plan_undo_of_all(calls: Sequence[Iterable[KeptChange]], current: Callable[[str], str]) -> tuple[Step, ...]:
    """As `plan_undo` for several calls, the oldest first: each file goes back to before the first that changed it.

    A file that something else changed between two of the calls is left alone, because that content was not stored. A
    file that is as one of the calls found or left it can go back, because all of these versions are stored.
    """
    spans: dict[str, list[tuple[KeptChange, KeptChange]]] = {}
    for changes in calls:
        first: dict[str, KeptChange] = {}
        last: dict[str, KeptChange] = {}
        for change in changes:
            first.setdefault(change.path, change)
            last[change.path] = change
        for path in first:
            spans.setdefault(path, []).append((first[path], last[path]))
    steps = [_step_over(spans[path], current(path)) for path in spans]
    return tuple(step for step in steps if step is not None)


def _step_over(spans: Sequence[tuple[KeptChange, KeptChange]], now: str) -> Step | None:
    """The step for a file that several calls changed; None if together they changed nothing."""
    first, last = spans[0][0], spans[-1][1]
    if first.before == last.after and not first.lost:
        return None
    step = Step(first.path, first.before, now, first.mode)
    lost = next((begun.lost for begun, _ in spans if begun.lost), "")
    if lost:
        return replace(step, refused=lost)
    if now == first.before:
        return replace(step, refused="it is already as it was before")
    if any(ended.after != begun.before for (_, ended), (begun, _) in pairwise(spans)):
        return replace(step, refused="something else changed it in the meantime")
    if now not in {content for begun, ended in spans for content in (begun.before, ended.after)}:
        return replace(step, refused="it changed since" if now else "it was removed since")
    return step


def _step(first: KeptChange, last: KeptChange, now: str) -> Step:
    step = Step(first.path, first.before, now, first.mode)
    if now == first.before and not first.lost:
        why = "it is already as it was before"
    elif now != last.after:
        why = "it was removed since" if not now else "it changed since"
    else:
        why = first.lost
    return Step(step.path, step.restore, step.now, step.mode, why) if why else step
