"""Where a guest's path leads: component by component, and never out of the folder it started from."""

import errno
import os
import stat
from dataclasses import dataclass, field

from blufio_tui.adapters.files.guard import FileGuard
from blufio_tui.core.errors import NeverRule

_MAX_LINKS = 40


@dataclass(frozen=True, slots=True)
class Resolved:
    """
    Attributes:
        path: canonical absolute path; when resolution failed half-way, the rest as it was written.
        failure: error number that the operation ends with once it is allowed, 0 for none. It is not told
            before, or a guest could feel its way around in folders it may not see.
        folder_only: the path ended in a slash.
        is_root: it is the very folder that the guest started from.
        root: that folder, canonical; "" for a path without one.
    """

    path: str
    failure: int = 0
    folder_only: bool = False
    is_root: bool = False
    root: str = ""


def resolve(guard: FileGuard, root: str, path: str, *, follow: bool) -> Resolved:
    """Follow `path` from `root`, links included; the last component's link only with `follow`.

    Raises:
        NeverRule: the path is absolute, or `..` or a link leads out of `root`.
    """
    if not root:
        return Resolved(guard.canonical(path, follow=follow))
    if path.startswith("/"):
        raise NeverRule(f"the path {path!r} is absolute; a path of a WASI module starts at one of its folders")
    walk = _Walk(guard.canonical(root), path)
    walk.run(follow=follow)
    return Resolved(walk.path, walk.failure, folder_only=path.endswith("/"), is_root=not walk.names, root=walk.root)


@dataclass(slots=True)
class _Walk:
    root: str
    written: str
    names: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    failure: int = 0
    links: int = 0

    @property
    def path(self) -> str:
        return os.path.join(self.root, *self.names)  # noqa: PTH118 - a Path would normalise what must stay as it is

    def run(self, *, follow: bool) -> None:
        self._push(self.written)
        while self.pending:
            name = self.pending.pop()
            if name == "..":
                self._leave()
            else:
                self._enter(name, follow=follow or bool(self.pending))

    def _push(self, path: str) -> None:
        self.pending.extend(part for part in reversed(path.split("/")) if part not in ("", "."))

    def _leave(self) -> None:
        if not self.names:
            raise NeverRule(f"the path {self.written!r} leads out of the folder {self.root}")
        if not self.failure and not _is_folder(self.path):
            self.failure = errno.ENOTDIR
        self.names.pop()

    def _enter(self, name: str, *, follow: bool) -> None:
        self.names.append(name)
        if self.failure:
            return
        try:
            mode = os.lstat(self.path).st_mode
        except OSError as error:
            self._missing(error)
            return
        if stat.S_ISLNK(mode) and follow:
            self._follow_link()

    def _missing(self, error: OSError) -> None:
        """The last component may be missing: the operation itself says what that means."""
        if self.pending or error.errno != errno.ENOENT:
            self.failure = error.errno or errno.EIO

    def _follow_link(self) -> None:
        target = os.readlink(self.path)  # noqa: PTH115 - as above
        if target.startswith("/"):
            raise NeverRule(f"the link {self.path} leads out of the folder {self.root}")
        self.links += 1
        if self.links > _MAX_LINKS:
            self.failure = errno.ELOOP
            return
        self.names.pop()
        self._push(target)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def check_link_text(root: str, link: str, text: str) -> None:
    """A new symlink may only point to what is below `root`, so that it cannot mislead another program either.

    Args:
        root: canonical folder that the guest started from.
        link: canonical path of the new link.

    Raises:
        NeverRule: it would point elsewhere.
    """
    target = os.path.normpath(os.path.join(os.path.dirname(link), text))  # noqa: PTH118, PTH120
    if text.startswith("/") or not (target == root or target.startswith(f"{root.rstrip('/')}/")):
        raise NeverRule(f"the link {link} would lead out of the folder {root}")
