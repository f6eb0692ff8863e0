"""What the built-in tools may do without anyone being asked: `file` reads below the project folder.

Names that usually hold credentials are asked about even there: being in the project is no reason to hand
`.env` to a model.
"""

import re
from posixpath import splitext

from blufio_tui.core.capability import ActorKind, CapabilityRequest, FileTarget
from blufio_tui.core.guards.paths import PROJECT, Places, covers
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability

_READS_PROJECT = Capabilities(filesystem=FilesystemCapability(read=(PROJECT,)))
_RIGHTS = dict.fromkeys(("file", "edit", "search", "find"), _READS_PROJECT)
_NOTHING = Capabilities()

BUILT_IN_TOOLS = frozenset({"bash", "edit", "file", "find", "http", "load_skill", "read_result", "search"})

_PRIVATE_FOLDERS = frozenset(
    {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla", ".thunderbird", "keyrings"}
    | {"keychains"}
)
_PRIVATE_FILES = re.compile(
    r"\.env([.-].+)?|.+\.env|\.envrc|[._]netrc|\.pgpass|\.my\.cnf|\.npmrc|\.yarnrc\.yml|\.pypirc|\.git-credentials|\.s3cfg"
    r"|\.boto|\.dockercfg|\.htpasswd|\.vault-token|\.terraformrc|kubeconfig|.+\.tfstate|.+\.tfvars"
    r"|\.?credentials(\.(json|toml|ya?ml|ini|xml))?|secrets?\.(json|toml|ya?ml|ini)|service[-_]account.*\.json"
    r"|\.(bash|zsh|sh|python|psql|mysql|node_repl|rediscli)_history"
    r"|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|.+\.(pem|p12|pfx|kdbx|key|ppk|jks|keystore)",
    re.IGNORECASE,
)
_PRIVATE_ENDINGS = ("/.git/config", "/gh/hosts.yml", "/.m2/settings.xml", "/.gradle/gradle.properties")
_PRIVATE_PLACES = tuple(f"/.config/{name}/" for name in ("gcloud", "op", "google-chrome", "chromium", "rclone"))
_EXAMPLES = frozenset({".example", ".sample", ".template", ".dist"})


def builtin_capabilities(tool: str) -> Capabilities:
    return _RIGHTS.get(tool, _NOTHING)


def is_sensitive(request: CapabilityRequest, places: Places) -> bool:
    """True for a file that a built-in tool must be allowed to read by a person, wherever it lies."""
    return request.actor.kind is ActorKind.TOOL and holds_credentials(request, places)


def holds_credentials(request: CapabilityRequest, places: Places) -> bool:
    """True for a file or folder of a kind that usually holds passwords, keys or tokens."""
    target = request.target
    if not isinstance(target, FileTarget):
        return False
    path = target.path.removeprefix(places.project) if covers(places.project, target.path) else target.path
    path = path.casefold()
    *folders, name = path.split("/")
    if not _PRIVATE_FOLDERS.isdisjoint((*folders, name)) or path.endswith(_PRIVATE_ENDINGS):
        return True
    if any(place in f"{path}/" for place in _PRIVATE_PLACES):
        return True
    return _PRIVATE_FILES.fullmatch(name) is not None and splitext(name)[1] not in _EXAMPLES
