"""What of a file operation has to be decided on, and how it reads on an approval card."""

from collections.abc import Iterator
from dataclasses import dataclass

from blufio_tui.adapters.files.wasi.actions import Call
from blufio_tui.adapters.files.wasi.paths import Resolved
from blufio_tui.core.capability import Kind
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.text.display import visible_line

_LABELS = {"rmdir": "remove", "unlink": "remove"}


@dataclass(frozen=True, slots=True)
class Need:
    """One question for the policy."""

    kind: Kind
    path: str
    operation: str
    requested: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.path)


def needs_of(effect: FileOperation, first: Resolved, second: Resolved | None) -> Iterator[Need]:
    name = _LABELS.get(effect.operation, effect.operation)
    match effect.operation:
        case "stat" | "readlink":
            yield Need(Kind.FS_READ, first.path, name, written(effect))
        case "open":
            yield from _open_needs(effect, first)
        case "rename" | "link" if second is not None:
            if effect.operation == "link" or _folder(first.path) != _folder(second.path):
                yield Need(Kind.FS_READ, first.path, name, written(effect))
            yield Need(Kind.FS_WRITE, first.path, name, written(effect))
            yield Need(Kind.FS_WRITE, second.path, name, written(effect, second=True))
        case _:
            yield Need(Kind.FS_WRITE, first.path, name, written(effect))


def _open_needs(effect: FileOperation, first: Resolved) -> Iterator[Need]:
    options = effect.options
    writes = any(options.get(option) for option in ("write", "create", "truncate"))
    if writes:
        yield Need(Kind.FS_WRITE, first.path, "create" if options.get("create") else "write", written(effect))
    if options.get("read") or not writes:
        yield Need(Kind.FS_READ, first.path, "list" if options.get("directory") else "read", written(effect))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def follows(effect: FileOperation) -> bool:
    """Whether a link at the end of the path is followed: if asked for, or behind a slash where POSIX does so."""
    if effect.operation not in ("stat", "open", "utimes"):
        return False
    if effect.options.get("create") and effect.options.get("exclusive"):
        return False
    return bool(effect.options.get("follow")) or effect.path.endswith("/")


def describe(call: Call) -> str:
    effect, first = call.effect, visible_line(call.first.path)
    second = visible_line(call.second.path) if call.second else ""
    options = effect.options
    match effect.operation:
        case "open":
            words = [word for word in ("read", "write", "create", "truncate") if options.get(word)]
            return f"open {first} to {', '.join(words) or 'look at it'}"
        case "rename":
            return f"rename {first}\nto     {second}"
        case "link":
            return f"give {first}\na second name: {second}"
        case "symlink":
            return f"make {first} a link to {visible_line(effect.other)}"
        case operation:
            return f"{operation} {first}"


def written(effect: FileOperation, *, second: bool = False) -> str:
    """A path as the guest wrote it, with the folder that it starts from."""
    root, path = (effect.other_root, effect.other) if second else (effect.root, effect.path)
    return f"{root.rstrip('/')}/{path}" if root else path
