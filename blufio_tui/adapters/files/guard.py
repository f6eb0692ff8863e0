"""Opens files only by the path that was decided on.

A path is made canonical first (`FileGuard.canonical`), decided on by the policy, and opened here by walking
from `/` through directory descriptors, refusing every symbolic link on the way: whatever is swapped after
the decision turns into an error, never into another file.
"""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from posixpath import basename, dirname, join

from blufio_tui.adapters.files.inode_guard import InodeCheck, InodeGuard
from blufio_tui.core.errors import HostError, NeverRule
from blufio_tui.core.guards.paths import Places, Protected, absolute, refuse_special, with_side_files

MAX_LINKS = 40
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# On Linux a folder can be walked through with search permission only, as the kernel does for a plain path.
_PASS_THROUGH = getattr(os, "O_PATH", os.O_RDONLY)
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def places(project: Path, home: Path | None = None) -> Places:
    """`~` and `${PROJECT}`, canonical; `home` defaults to the user's."""
    return Places(os.path.realpath(home or Path.home()), os.path.realpath(project))


class FileGuard:
    """Canonical paths, the never-rules, and opening files accordingly.

    Args:
        places: what `~` and `${PROJECT}` stand for.
        protected: files and folders that are never touched (`Paths.own_files`).
    """

    def __init__(self, places: Places, protected: Iterable[Path] = ()) -> None:
        self.places = places
        own = [side for path in protected for side in with_side_files(os.path.realpath(path))]
        self._protected = Protected(own)
        self._inodes = InodeGuard(own)

    def absolute(self, written: str) -> str:
        """As `core.guards.paths.absolute`."""
        return absolute(written, self.places)

    def canonical(self, path: str, *, follow: bool = True) -> str:
        """An absolute path with `..` and symbolic links resolved; the part that does not exist is kept as text.

        Args:
            follow: whether a link in the last place is followed.

        Raises:
            NeverRule: the way leads through /proc, /sys or /dev.
            HostError: a loop of links.
        """
        current, links = "/", 0
        pending = path.split("/")[::-1]
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                current = dirname(current)
                continue
            candidate = join(current, name)
            refuse_special(candidate)
            target = _link_target(candidate) if follow or any(one not in ("", ".") for one in pending) else None
            if target is None:
                current = candidate
                continue
            links += 1
            if links > MAX_LINKS:
                raise HostError(f"{path}: too many levels of symbolic links", errno.ELOOP)
            current = "/" if target.startswith("/") else current
            pending.extend(reversed(target.split("/")))
        return current

    def check(self, canonical: str, *, operation: str = "read") -> None:
        """
        Raises:
            NeverRule: a view of the system, or one of the program's own files.
        """
        refuse_special(canonical)
        self._protected.refuse(canonical, operation)

    def open_parent(self, canonical: str) -> tuple[int, str]:
        """A readable descriptor of the folder that holds a path, and the last name (`.` for `/`).

        The caller closes the descriptor.

        Raises:
            NeverRule: a folder on the way is now a link, or is one of the program's own.
            OSError: it does not exist, no permission, …
        """
        folder, _, name = canonical.rpartition("/")
        return self.open_folder(folder or "/"), name or "."

    def open_folder(self, canonical: str) -> int:
        """A readable descriptor of a folder; raises as `open_parent`."""
        names = [name for name in canonical.split("/") if name]
        check = self._inodes.checker()
        current = os.open("/", _FOLDER | (_PASS_THROUGH if names else os.O_RDONLY))
        for position, name in enumerate(names):
            last = position == len(names) - 1
            try:
                below = self._step(current, name, os.O_RDONLY if last else _PASS_THROUGH, canonical, check)
            finally:
                os.close(current)
            current = below
        return current

    def _step(self, parent: int, name: str, access: int, canonical: str, check: InodeCheck) -> int:
        folder = _open_no_link(name, _FOLDER | access, parent, canonical)
        try:
            check(os.fstat(folder), canonical)
        except BaseException:
            os.close(folder)
            raise
        return folder

    def make_folder(self, canonical: str) -> int:
        """As `open_folder`, making what is missing."""
        missing: list[str] = []
        while True:
            try:
                current = self.open_folder(canonical)
                break
            except FileNotFoundError:
                missing.append(basename(canonical))
                canonical = dirname(canonical)
        for name in reversed(missing):
            canonical = join(canonical, name)
            try:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=current)
                below = self._step(current, name, os.O_RDONLY, canonical, self._inodes.checker())
            finally:
                os.close(current)
            current = below
        return current

    def open_file(self, canonical: str, flags: int, mode: int = 0o666) -> int:
        """A descriptor of a regular file; never waits, never follows a link in any place.

        `O_TRUNC` is carried out only once it is sure what was opened.

        Raises:
            NeverRule: not a regular file, one of the program's own under another name, or swapped for a link.
            OSError: it does not exist, no permission, …
        """
        parent, name = self.open_parent(canonical)
        try:
            self.refuse_irregular(parent, name, canonical)
            opened = _open_no_link(name, (flags & ~os.O_TRUNC) | _FILE, parent, canonical, mode)
        finally:
            os.close(parent)
        try:
            self._check_opened(os.fstat(opened), canonical)
            if flags & os.O_TRUNC:
                os.ftruncate(opened, 0)
        except BaseException:
            os.close(opened)
            raise
        return opened

    def refuse_irregular(self, parent: int, name: str, canonical: str) -> None:
        """Refuse what is there under a name unless it is a regular file or nothing.

        This comes before opening, because opening a device can already do something.
        """
        try:
            found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return
        self._check_opened(found, canonical)

    def _check_opened(self, found: os.stat_result, canonical: str) -> None:
        if stat.S_ISLNK(found.st_mode):
            raise _swapped(canonical)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), canonical)
        if not stat.S_ISREG(found.st_mode):
            raise NeverRule(f"{canonical} is {kind_of(found.st_mode)}; only regular files can be opened")
        self._inodes.checker(look_inside=found.st_nlink > 1)(found, canonical)


def explain(error: OSError, path: str) -> HostError:
    """An operating system's error as one for people, with its number."""
    number = error.errno or errno.EIO
    return HostError(f"{path}: {os.strerror(number)}", number)


def kind_of(mode: int) -> str:
    """What a file mode stands for, with its article."""
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFBLK: "a device",
        stat.S_IFCHR: "a device",
        stat.S_IFREG: "a file",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


def _link_target(path: str) -> str | None:
    """Where a symbolic link leads; None for everything else, also for what cannot be looked at."""
    try:
        return os.readlink(path)  # noqa: PTH115 (pathlib would fold the text)
    except OSError:
        return None


def _open_no_link(name: str, flags: int, parent: int, canonical: str, mode: int = 0o666) -> int:
    """Open with `O_NOFOLLOW` in `flags`, and distinguish a link that replaced `name` from an ordinary error."""
    try:
        return os.open(name, flags, mode, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK) and _is_link(parent, name):
            raise _swapped(canonical) from error
        raise


def _is_link(parent: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _swapped(canonical: str) -> NeverRule:
    return NeverRule(f"{canonical} changed into a symbolic link after it was decided on")
