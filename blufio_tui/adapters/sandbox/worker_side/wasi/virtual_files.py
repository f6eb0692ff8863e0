"""A folder that exists only in the worker's memory and can only be read: what a runtime imports from."""

from collections.abc import Callable, Mapping, Sequence
from posixpath import normpath

from blufio_tui.adapters.sandbox.worker_side.wasi.host import Reply
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import FILESTAT, FileType, dirent

ROOT = "virtual:"
"""Stands where other folders have their path on the host; no path on a host looks like this."""
_FIRST_HANDLE = 1 << 40


class VirtualFiles:
    """Answers file operations below `ROOT` and on the handles that it gave out.

    Args:
        files: content by path, with slashes, relative to the root.
        streams: by such paths, what gives any number of bytes at each reading (`dev/urandom`).
    """

    def __init__(self, files: Mapping[str, bytes], streams: Mapping[str, Callable[[int], bytes]] | None = None) -> None:
        self._streams = streams or {}
        self._files = {**files, **dict.fromkeys(self._streams, b"")}
        self._folders = {"."} | {folder for path in self._files for folder in _folders_of(path)}
        self._inodes = {path: number for number, path in enumerate((*sorted(self._folders), *self._files), start=1)}
        self._open: dict[int, str] = {}

    def owns_root(self, root: str) -> bool:
        return root == ROOT or root.startswith(f"{ROOT}/")

    def owns_handle(self, handle: int) -> bool:
        return handle >= _FIRST_HANDLE

    def perform(self, operation: FileOperation) -> Reply:
        path = normpath(f"{operation.root.removeprefix(ROOT).lstrip('/')}/{operation.path}".lstrip("/"))
        if path == ".." or path.startswith("../"):
            raise WasiError(Errno.NOTCAPABLE)
        match operation.operation:
            case "stat":
                return Reply(0, self._stat(path))
            case "open":
                return self._opened(path, operation)
            case "readlink":
                self._type(path)
                raise WasiError(Errno.INVAL)
            case _:
                raise WasiError(Errno.ROFS)

    def on_handle(self, handle: int, operation: str, arguments: Sequence[int]) -> Reply:
        path = self._open.get(handle)
        if path is None:
            raise WasiError(Errno.BADF)
        match operation, arguments:
            case "read", (_, length) if path in self._streams:
                return Reply(0, self._streams[path](length))
            case "read", (offset, length):
                return Reply(0, self._files[path][offset : offset + length])
            case "stat", ():
                return Reply(0, self._stat(path))
            case "list", (cookie, length):
                return Reply(0, self._listing(path, cookie)[:length])
            case "close", ():
                del self._open[handle]
                return Reply()
            case "sync", _:
                return Reply()
            case _:
                raise WasiError(Errno.ROFS)

    def _opened(self, path: str, operation: FileOperation) -> Reply:
        filetype = self._type(path)
        if any(operation.options.get(option) for option in ("write", "create", "truncate")):
            raise WasiError(Errno.ROFS)
        if operation.options.get("directory") and filetype is not FileType.DIRECTORY:
            raise WasiError(Errno.NOTDIR)
        handle = _FIRST_HANDLE + len(self._open)
        while handle in self._open:
            handle += 1
        self._open[handle] = path
        return Reply(handle, bytes([filetype]) + (ROOT if path == "." else f"{ROOT}/{path}").encode())

    def _type(self, path: str) -> FileType:
        if path in self._folders:
            return FileType.DIRECTORY
        if path in self._files:
            return FileType.REGULAR_FILE
        raise WasiError(Errno.NOENT)

    def _stat(self, path: str) -> bytes:
        filetype = self._type(path)
        return FILESTAT.pack(0, self._inodes[path], filetype, 1, len(self._files.get(path, b"")), 0, 0, 0)

    def _listing(self, path: str, cookie: int) -> bytes:
        names = [".", "..", *sorted(_children(path, (*self._files, *self._folders)))]
        records = [
            dirent(number, self._inode(path, name), name.encode(), self._child_type(path, name))
            for number, name in enumerate(names, start=1)
        ]
        return b"".join(records[cookie:])

    def _inode(self, folder: str, name: str) -> int:
        return self._inodes.get(normpath(f"{folder}/{name}"), self._inodes["."])

    def _child_type(self, folder: str, name: str) -> FileType:
        path = normpath(f"{folder}/{name}")
        return FileType.REGULAR_FILE if path in self._files else FileType.DIRECTORY


def _folders_of(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _children(folder: str, paths: Sequence[str]) -> set[str]:
    prefix = "" if folder == "." else f"{folder}/"
    below = (path.removeprefix(prefix) for path in paths if path.startswith(prefix) and path not in (".", folder))
    return {path.split("/")[0] for path in below}
