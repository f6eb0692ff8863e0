"""Undo for commands, which change names as well as content: their changes are reverted in reverse order.

A command renames, links, creates folders and sets modes. So its changes are stored in order, each with the number of
the object that it changed, together with the final state of each object. Objects that are no longer in that state are
left alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from blufio_tui.core.files.undo import Step


@dataclass(frozen=True, slots=True)
class CommandChange:
    """
    Attributes:
        what: `created`, `linked` (one more name of a file), `changed`, `mode`, `removed`, `renamed` or `exchanged`.
        path: absolute, canonical, at that time; for `renamed` where it came to.
        object: the same for the same file, folder or link, whatever its name is.
        kind: `file`, `folder`, `link` or `other`.
        origin: for `renamed` and `exchanged` the other path.
        before: SHA-256 (hex) of the old content.
        mode: permission bits before.
        link: where a link led that was removed.
        lost: why the old content was not kept, "" if it was, or there was none.
    """

    what: str
    path: str
    object: int
    kind: str = "file"
    origin: str = ""
    before: str = ""
    mode: int = 0
    link: str = ""
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is at a path. `kind` is "" for nothing, `unreadable` for what cannot be read."""

    kind: str = ""
    sha256: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """An object in the state in which the command left it."""

    object: int
    path: str
    found: Found


def last_paths(changes: Iterable[CommandChange]) -> dict[int, str]:
    """The final path of each object (one of several names), without removed ones."""
    names: dict[str, int] = {}
    for change in changes:
        match change.what:
            case "removed":
                names.pop(change.path, None)
            case "renamed" | "exchanged":
                _rename(names, change)
                names[change.path] = change.object
            case _:
                names[change.path] = change.object
    return {number: path for path, number in names.items()}


def _rename(names: dict[str, int], change: CommandChange) -> None:
    """Rename a path and everything below it; for an exchange also the reverse."""
    if change.what == "renamed" and change.kind != "folder":
        if change.origin in names:
            names[change.path] = names.pop(change.origin)
        return
    ways = [(change.origin, change.path)]
    if change.what == "exchanged":
        ways.append((change.path, change.origin))
    moved = {}
    for path in list(names):
        for here, there in ways:
            if path == here or path.startswith(here + "/"):
                moved[there + path[len(here) :]] = names.pop(path)
                break
    names.update(moved)


def _new_names(changes: Sequence[CommandChange]) -> tuple[set[int], set[int]]:
    """Find names of files and links that did not exist before.

    Returns:
        The positions of the changes by which those that are left came to be called so, and the positions of all other
        changes about such names, which need not be taken back one by one.
    """
    names: dict[str, int] = {}
    passing: set[int] = set()
    for index, change in enumerate(changes):
        if change.what in ("created", "linked") and change.kind != "folder":
            names[change.path] = index
        elif change.what == "removed" and change.path in names:
            passing |= {index, names.pop(change.path)}
        elif change.what == "renamed" and change.kind != "folder" and change.origin in names:
            passing.add(names.pop(change.origin))
            names[change.path] = index
        elif change.what in ("renamed", "exchanged"):
            _rename(names, change)
    return set(names.values()), passing


def plan_replay(
    changes: Sequence[CommandChange], left: Iterable[Left], look: Callable[[str], Found]
) -> tuple[Step, ...]:
    """The steps of the undo, in order. Refused steps say why; the others do not depend on them.

    Args:
        look: returns what is at a path now.
    """
    return tuple(_merged(_Replay(changes, left, look).steps()))


class _Replay:
    def __init__(self, changes: Sequence[CommandChange], left: Iterable[Left], look: Callable[[str], Found]) -> None:
        self._changes = changes
        self._left = {one.object: one for one in left}
        odd = {number: _changed_since(one.found, look(one.path)) for number, one in self._left.items()}
        self._odd = {number: why for number, why in odd.items() if why}
        self._made = _made(changes)
        self._new, self._passing = _new_names(changes)
        self._told: set[int] = set()
        self._restored: dict[int, str] = {}
        self._look = look
        self._occupied = {one.path for one in self._left.values()}
        self._moves = any(change.what in ("renamed", "exchanged") and change.kind == "folder" for change in changes)

    def steps(self) -> Iterable[Step]:
        for index, change in reversed(list(enumerate(self._changes))):
            number = change.object
            if index in self._passing or (number in self._made and number not in self._left):
                continue  # it came and went
            if number in self._odd:
                if number not in self._told:
                    self._told.add(number)
                    yield Step(self._left[number].path, refused=self._odd[number])
                continue
            step = self._remove(change) if index in self._new else self._step(change)
            if step is not None:
                yield step

    def _step(self, change: CommandChange) -> Step | None:
        match change.what:
            case "created":
                return self._remove(change)
            case "renamed":
                return Step(change.path, action="rename", other=change.origin)
            case "exchanged":
                return Step(change.path, action="exchange", other=change.origin)
            case "mode":
                return Step(change.path, mode=change.mode, action="mode")
            case "changed":
                return self._restore(change)
            case _:
                return self._bring_back(change)

    def _remove(self, change: CommandChange) -> Step:
        """Remove a path, if it is as the command left it or was just restored under another name."""
        found = self._left[change.object].found if change.object in self._left else Found()
        now = self._restored.get(change.object, found.sha256)
        action = "remove folder" if change.kind == "folder" else "remove"
        return Step(change.path, now=now, action=action, other=found.link)

    def _restore(self, change: CommandChange) -> Step | None:
        """Restore old content. For a file that was removed later, the content before the change was stored then."""
        left = self._left.get(change.object)
        if left is None or change.before == left.found.sha256:
            return None
        if change.lost:
            return Step(change.path, refused=change.lost)
        self._restored[change.object] = change.before
        return Step(change.path, change.before, left.found.sha256, change.mode, action="write")

    def _bring_back(self, change: CommandChange) -> Step | None:
        if change.lost:
            return Step(change.path, refused=change.lost)
        if self._is_taken(change.path):
            return Step(change.path, refused="something else is there now")
        match change.kind:
            case "folder":
                return Step(change.path, mode=change.mode, action="make folder")
            case "link":
                return Step(change.path, action="make link", other=change.link)
            case "file":
                return Step(change.path, change.before, "", change.mode, action="write")
            case _:
                return Step(change.path, refused="it was not a regular file")

    def _is_taken(self, path: str) -> bool:
        """Whether something that is not the command's is there. While folders are moved, this is known only during the
        undo."""
        return not self._moves and path not in self._occupied and bool(self._look(path).kind)


def _made(changes: Iterable[CommandChange]) -> set[int]:
    """Objects that the command created."""
    first: dict[int, str] = {}
    for change in changes:
        first.setdefault(change.object, change.what)
    return {number for number, what in first.items() if what == "created"}


def _changed_since(left: Found, now: Found) -> str:
    if not now.kind:
        return "it was removed since"
    if now.kind != left.kind or (left.kind == "file" and now.sha256 != left.sha256) or now.link != left.link:
        return "it changed since"
    return ""


def _merged(steps: Iterable[Step]) -> Iterable[Step]:
    """Merge removing a file and putting another in its place into one step, so that the path always exists."""
    held: Step | None = None
    for step in steps:
        if held is not None and step.action == "write" and step.path == held.path and not step.now and held.now:
            held = replace(step, now=held.now)
            continue
        if held is not None:
            yield held
        held = step
    if held is not None:
        yield held


class Recorder:
    """Records what an undo does, so that it can be undone in turn."""

    def __init__(self) -> None:
        self.changes: list[CommandChange] = []
        self._numbers: dict[str, int] = {}
        self._first: dict[int, str] = {}
        self._last_number = 0

    def note(self, step: Step, before: str, mode: int, link: str = "") -> None:
        """
        Args:
            before: SHA-256 of the content that was there, "" for none.
            mode, link: of what was there.
        """
        match step.action:
            case "rename" | "exchange":
                self._rename(step)
            case "mode":
                self._add("mode", step.path, mode=mode)
            case "write" if before:
                self._first.setdefault(self._number(step.path), before)
                self._add("changed", step.path, before=before, mode=mode)
            case "write" | "make folder" | "make link":
                kinds: Mapping[str, str] = {"make folder": "folder", "make link": "link"}
                self._numbers.pop(step.path, None)
                self._add("created", step.path, kind=kinds.get(step.action, "file"))
            case _:
                kind = "folder" if step.action == "remove folder" else "link" if link else "file"
                before = self._first.pop(self._number(step.path), before)  # as of before its first change
                self._add("removed", step.path, kind=kind, before=before, mode=mode, link=link)
                self._numbers.pop(step.path, None)

    def _rename(self, step: Step) -> None:
        """It goes from `path` back to `other`. Whatever is moved may be a folder."""
        number = self._number(step.path)
        if step.action == "exchange":
            self.changes.append(CommandChange("exchanged", step.other, number, "folder", step.path))
            _exchange_keys(self._numbers, step.path, step.other)
            return
        self.changes.append(CommandChange("renamed", step.other, number, "folder", step.path))
        for path in [one for one in self._numbers if one == step.path or one.startswith(step.path + "/")]:
            self._numbers[step.other + path[len(step.path) :]] = self._numbers.pop(path)

    def _add(
        self, what: str, path: str, *, kind: str = "file", before: str = "", mode: int = 0, link: str = ""
    ) -> None:
        self.changes.append(CommandChange(what, path, self._number(path), kind, "", before, mode, link))

    def _number(self, path: str) -> int:
        if path not in self._numbers:
            self._last_number += 1
            self._numbers[path] = self._last_number
        return self._numbers[path]


def _exchange_keys(numbers: dict[str, int], one: str, other: str) -> None:
    moved = {}
    for path in list(numbers):
        for here, there in ((one, other), (other, one)):
            if path == here or path.startswith(here + "/"):
                moved[there + path[len(here) :]] = numbers.pop(path)
                break
    numbers.update(moved)
