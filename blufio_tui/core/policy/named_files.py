"""Files that a folder does not cover: those that usually hold credentials, and those that other programs act on.

Allowing a project means its documents and sources. A rule, grant, manifest or mode covers `.env` or
`.git/hooks/pre-commit` only if it names them.
"""

from blufio_tui.core.capability import CapabilityRequest, FileTarget, Kind
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.builtin_rights import holds_credentials
from blufio_tui.core.policy.patterns import absolute_pattern

_LOOKS_ONLY = frozenset({"stat", "readlink"})


def manifest_names(pattern: str, request: CapabilityRequest, places: Places) -> bool:
    """Whether a declared pattern that covers a file is also enough for it.

    A file that usually holds credentials must be named itself: a skill's author does not know what a user's folder
    contains.
    """
    target = request.target
    if not isinstance(target, FileTarget) or target.operation in _LOOKS_ONLY:
        return True
    if holds_credentials(request, places):
        return absolute_pattern(pattern, places) == target.path and not target.secret_name
    return _obeyed_is_named(pattern, target, places)


def allowance_names(pattern: str, request: CapabilityRequest, places: Places) -> bool:
    """As `manifest_names`, for what a person wrote or answered: a place of that kind names what is in it."""
    target = request.target
    if not isinstance(target, FileTarget) or target.operation in _LOOKS_ONLY:
        return True
    folder = absolute_pattern(pattern, places)
    if folder == target.path:
        return True
    if holds_credentials(request, places):
        return bool(folder) and usually_holds_credentials(folder, places)
    return _obeyed_is_named(pattern, target, places)


def _obeyed_is_named(pattern: str, target: FileTarget, places: Places) -> bool:
    if target.kind is not Kind.FS_WRITE or not (words := obeyed_by(target.path)):
        return True
    folder = absolute_pattern(pattern, places)
    return bool(folder) and (folder == target.path or obeyed_by(folder + "/") == words)


def is_ordinary(request: CapabilityRequest, places: Places) -> bool:
    """True for a file that neither holds credentials nor is acted on by another program."""
    target = request.target
    return isinstance(target, FileTarget) and not holds_credentials(request, places) and not obeyed_by(target.path)
