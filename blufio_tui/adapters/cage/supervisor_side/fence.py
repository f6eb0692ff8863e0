"""The fence: a Landlock rule set over the folders that are free as a whole."""

import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, open_object, system_call
from blufio_tui.core.cage.profile import Right

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_LINKS = 4  # RESOLVE_NO_SYMLINKS
_RIGHTS_BY_VERSION = {3: 15, 4: 15, 5: 16}
_ON_FILES = Right.EXECUTE | Right.WRITE | Right.READ | 1 << 14 | Right.IOCTL
SIGNALS_SINCE = 6
"""The version from which signals and abstract sockets stay inside."""


def version() -> int:
    """The kernel's Landlock version, 0 if there is none."""
    with suppress(OSError):
        return system_call(_CREATE, 0, 0, 1)
    return 0


def restrict(rules: Iterable[tuple[str, int]], abi: int) -> None:
    """Restrict this thread and all it starts, for good. A path that is not there gets no rule.

    Raises:
        OSError: the kernel refused; nothing is restricted.
    """
    handled = (1 << _RIGHTS_BY_VERSION[min(abi, 5)]) - 1
    attributes = struct.pack("QQQ", handled, 3 if abi >= 4 else 0, 3 if abi >= SIGNALS_SINCE else 0)
    size = 8 if abi < 4 else 16 if abi < SIGNALS_SINCE else 24
    ruleset = system_call(_CREATE, attributes, size, 0)
    try:
        for path, rights in rules:
            _add(ruleset, path, rights & handled)
        system_call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _add(ruleset: int, path: str, rights: int) -> None:
    """A path is canonical; where a link has come in its way since, there is no rule."""
    opened = open_object(AT_FDCWD, os.fsencode(path), os.O_PATH | os.O_CLOEXEC, _NO_LINKS)
    if opened < 0:
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _ON_FILES
        if rights:
            system_call(_ADD, ruleset, 1, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)
