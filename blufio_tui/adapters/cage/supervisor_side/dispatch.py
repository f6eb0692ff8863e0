"""Which function answers which system call."""

from collections.abc import Callable, Mapping

from blufio_tui.adapters.cage.supervisor_side import attributes, names, opening, processes, sockets
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.kernel import NR, SIGNALS
from blufio_tui.adapters.cage.supervisor_side.replies import Reply
from blufio_tui.adapters.cage.supervisor_side.state import Cage

Handler = Callable[[Cage, Call], Reply]

_BY_NAME: Mapping[str, Handler] = {
    **{name: getattr(opening, name) for name in ("creat", "openat", "openat2")},
    "open": opening.open_,
    **{name: getattr(names, name) for name in ("unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2")},
    **{name: getattr(names, name) for name in ("link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat")},
    **{name: getattr(names, name) for name in ("mknod", "mknodat")},
    **{name: getattr(attributes, name) for name in ("chmod", "fchmod", "fchmodat", "fchmodat2", "truncate")},
    **{name: getattr(attributes, name) for name in ("chown", "fchown", "lchown", "fchownat")},
    **{name: getattr(attributes, name) for name in ("utime", "utimes", "futimesat", "utimensat")},
    **{name: getattr(attributes, name) for name in ("setxattr", "lsetxattr", "fsetxattr")},
    **{name: getattr(attributes, name) for name in ("removexattr", "lremovexattr", "fremovexattr")},
    **{name: getattr(attributes, name) for name in ("getxattr", "lgetxattr", "inotify_add_watch")},
}

HANDLERS: Mapping[int, Handler] = {
    **{NR[name]: handler for name, handler in _BY_NAME.items()},
    **sockets.CALLS,
    **processes.CALLS,
    **dict.fromkeys(SIGNALS.values(), processes.signal),
}
"""One for every number that the filter reports (checked by a test)."""
