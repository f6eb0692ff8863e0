"""Suggests names if a file that a model named does not exist, which saves it a request.

Listing folders passes the gate like everything else, and is done only where it needs no approval.
"""

import errno
import json

from blufio_tui.core.builtin.common import Perform
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import FindFiles, ListDir
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.text.advice import likely_name, missing_file
from blufio_tui.core.tools import CallContext

_MOST_FOUND = 5
_GLOB_CHARACTERS = frozenset("*?[]{}!")


async def describe_missing(path: str, perform: Perform, actor: Actor, context: CallContext) -> str:
    """The error for a missing file, with what may have been meant."""
    if not _is_plain(path):
        return missing_file(path, ())
    folder, _, name = path.rpartition("/")
    beside = await _names(folder or ".", perform, actor, context)
    if likely_name(name, beside) or not name or _GLOB_CHARACTERS.intersection(name):
        return missing_file(path, beside)
    try:
        found = await perform(FindFiles(".", name, _MOST_FOUND), actor, context)
    except (HostError, CapabilityDenied):
        return missing_file(path, beside)
    return missing_file(path, beside, json.loads(found.data)["found"])


async def named_better(error: HostError, path: str, perform: Perform, actor: Actor, context: CallContext) -> HostError:
    """The error about a path; if nothing exists there, with what may have been meant."""
    if not is_missing(error):
        return error
    return HostError(await describe_missing(path, perform, actor, context), error.errno)


def is_missing(error: HostError) -> bool:
    return error.errno in (errno.ENOENT, errno.ENOTDIR)


def _is_plain(path: str) -> bool:
    """Whether a path is in the project and in no hidden folder; others might need approval."""
    parts = path.split("/")
    return not path.startswith(("/", "~")) and not any(part.startswith(".") and part != "." for part in parts)


async def _names(folder: str, perform: Perform, actor: Actor, context: CallContext) -> list[str]:
    try:
        listed = await perform(ListDir(folder), actor, context)
    except (HostError, CapabilityDenied):
        return []
    return [str(entry["name"]) + ("/" if entry["type"] == "dir" else "") for entry in json.loads(listed.data)]
