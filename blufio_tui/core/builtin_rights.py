"""What the built-in tools may do without anyone being asked: `file` reads below the project folder.

Names that usually hold credentials are asked about even there: being in the project is no reason to hand
`.env` to a model.
"""

import re

from blufio_tui.core.capability import ActorKind, CapabilityRequest, FileTarget
from blufio_tui.core.guards.paths import PROJECT, Places
from blufio_tui.core.manifest import Capabilities, FilesystemCapability

_RIGHTS = {"file": Capabilities(filesystem=FilesystemCapability(read=(PROJECT,)))}
_NOTHING = Capabilities()

_PRIVATE_FOLDERS = frozenset(
    {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla", ".thunderbird", "keyrings"}
)
_PRIVATE_FILES = re.compile(
    r"\.env(\..+)?|\.netrc|\.pgpass|\.npmrc|\.pypirc|\.git-credentials|\.vault-token|credentials(\.json)?"
    r"|id_(rsa|dsa|ecdsa|ed25519)|.+\.(pem|p12|pfx|kdbx|key)",
    re.IGNORECASE,
)
_EXAMPLES = re.compile(r".*\.(example|sample|template|dist)", re.IGNORECASE)


def builtin_capabilities(tool: str) -> Capabilities:
    return _RIGHTS.get(tool, _NOTHING)


def is_sensitive(request: CapabilityRequest, places: Places) -> bool:
    """True for a file that a built-in tool must be allowed to read by a person, wherever it lies."""
    target = request.target
    if request.actor.kind is not ActorKind.TOOL or not isinstance(target, FileTarget):
        return False
    return _holds_credentials(target.path.removeprefix(places.project))


def _holds_credentials(path: str) -> bool:
    *folders, name = path.split("/")
    if _PRIVATE_FOLDERS & {*folders, name}:
        return True
    return _PRIVATE_FILES.fullmatch(name) is not None and _EXAMPLES.fullmatch(name) is None
