"""Wider answers for built-in tools: this folder, edits in this project, `pytest *`, a domain.

Each is a pattern with a function that says what it covers, and covers nothing else. No folder covers files that other
programs act on or that usually hold credentials: only their own name does.
"""

from posixpath import dirname

from blufio_tui.core.capability import FileTarget, Kind, NetTarget
from blufio_tui.core.guards.addresses import parse_address
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.guards.paths import PARENT_CHANGES, PROJECT, Places, covers
from blufio_tui.core.policy.patterns import absolute_pattern, host_covers
from blufio_tui.core.shell.literal import Words, literal_words
from blufio_tui.core.shell.words import join_words


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHARED_PLACES = _names("/etc /usr /var /opt /srv /home /root /tmp /mnt /media /boot")
"""Folders in which things lie together that have nothing to do with each other."""

# ── files ──────────────────────────────────────────────────────────────────────────────────────────


def folder_offered(target: FileTarget, places: Places) -> str:
    """The folder that "this folder" means, "" if it would be far wider than anyone intends."""
    folder = target.path if target.operation == "list" else dirname(target.path)
    holds_home = covers(folder, places.home) or covers(folder, places.project)
    if holds_home or folder == "/" or folder in _SHARED_PLACES or usually_holds_credentials(folder, places):
        return ""
    if target.kind is Kind.FS_WRITE and not covers(places.project, folder):
        return ""
    return "" if not_by_folder(target, places) else folder


def not_by_folder(target: FileTarget, places: Places) -> bool:
    """True for a file that an answer about its folder must not cover."""
    if usually_holds_credentials(target.path, places):
        return True
    return target.kind is Kind.FS_WRITE and (bool(obeyed_by(target.path)) or target.operation in PARENT_CHANGES)


def folder_covers(pattern: str, target: FileTarget, places: Places) -> bool:
    """Whether an answer about a folder, or about the project, covers the file."""
    folder = absolute_pattern(pattern, places)
    if not folder or folder == "/" or not covers(folder, target.path):
        return False
    return target.path == folder or not not_by_folder(target, places)


def project_edits_offered(target: FileTarget, places: Places) -> bool:
    inside = covers(places.project, target.path) and target.path != places.project
    home_is_project = covers(places.project, places.home)
    return target.kind is Kind.FS_WRITE and inside and not home_is_project and not not_by_folder(target, places)


PROJECT_EDITS = PROJECT

# ── hosts ──────────────────────────────────────────────────────────────────────────────────────────

_PLAIN_ENDINGS = frozenset({"com", "org", "net", "edu", "gov", "int"})
"""Below these every name of two labels belongs to one owner, but for those next."""

_RENTED_OUT = _names(
    "akamaihd.net amazonaws.com appspot.com azure.com azurewebsites.net blogspot.com cloudapp.net "
    "cloudfront.net de.com digitaloceanspaces.com duckdns.org dyndns.org edgekey.net eu.com fastly.net "
    "firebaseapp.com gb.net ghost.org githubusercontent.com googleapis.com googleusercontent.com "
    "herokuapp.com hubspot.com linodeobjects.com myshopify.com netlify.com no-ip.org onrender.com "
    "pythonanywhere.com rackcdn.com readthedocs.org sharepoint.com squarespace.com tumblr.com uk.com "
    "uk.net us.com vercel.com weebly.com windows.net wixsite.com wordpress.com zendesk.com "
)
"""Domains that rent names below them to anybody."""


def domain_offered(target: NetTarget) -> str:
    """The domain above the host, "" if sibling names may belong to somebody else.

    Only for reading (GET and HEAD without a body): hosts that receive data are approved one by one.
    """
    if target.method not in ("GET", "HEAD") or target.body_bytes or parse_address(target.host) is not None:
        return ""
    labels = target.host.split(".")
    domain = ".".join(labels[-2:])
    if len(labels) < 3 or labels[-1] not in _PLAIN_ENDINGS or domain in _RENTED_OUT:
        return ""
    return f"{target.method} {domain}:{target.port}"


def domain_covers(pattern: str, target: NetTarget) -> bool:
    """`METHOD domain:port`, for requests without a body to the domain and all below it."""
    method, _, place = pattern.partition(" ")
    domain, _, port = place.rpartition(":")
    if not domain or "*" in domain or method != target.method or port != str(target.port) or target.body_bytes:
        return False
    return method in ("GET", "HEAD") and target.scheme == "https" and host_covers(domain, target.host)


# ── commands ───────────────────────────────────────────────────────────────────────────────────────

_PYTEST = _names(
    "-x -q -qq -v -vv -s -l -k -m -n --lf --ff --sw --last-failed --exitfirst --no-header --tb=short --tb=long --tb=no"
)
_FAMILIES: dict[Words, frozenset[str]] = {
    ("pytest",): _PYTEST,
    ("python", "-m", "pytest"): _PYTEST,
    ("python3", "-m", "pytest"): _PYTEST,
    ("cargo", "test"): _names("--release --lib --all --workspace --no-run -q -- --nocapture"),
    ("cargo", "check"): _names("--release --all-targets --workspace -q"),
    ("cargo", "build"): _names("--release --all-targets --workspace -q"),
    ("cargo", "clippy"): _names("--all-targets --workspace -q"),
    ("go", "test"): _names("-v -run -race -short -cover -count=1"),
    ("go", "build"): _names("-v -race"),
    ("go", "vet"): frozenset(),
    ("ruff", "check"): _names("--fix --select -q --diff"),
    ("ruff", "format"): _names("--check --diff -q"),
    ("mypy",): _names("--strict"),
    ("tsc",): _names("--noEmit"),
    ("eslint",): _names("--fix --quiet"),
    ("jest",): _names("-t --watch=false --ci --silent"),
    ("vitest", "run"): _names("-t --silent"),
}
"""Programs that run, build or check the project's own code, and options that neither load other code nor write
elsewhere. Whoever allows one of them once has allowed the project's code to run."""

RUN_FAMILIES = tuple(join_words(words) + " *" for words in _FAMILIES)


CHECKS = "@checks"
"""Pattern of the answer about all of these programs at once."""


def checks_cover(words: Words) -> bool:
    """Whether the command is one of the project's tests, builds and linters."""
    return bool(run_family(words))


def run_family(words: Words) -> str:
    """`pytest *` for a command of such a program that it covers, else ""."""
    for start in _FAMILIES:
        if words[: len(start)] == start and run_family_covers(join_words(start) + " *", words):
            return join_words(start) + " *"
    return ""


def run_family_covers(pattern: str, words: Words) -> bool:
    """True if the command is of that family, with plain options and with arguments that stay below the folder."""
    start = literal_words(pattern.removesuffix(" *"))
    if start is None or not pattern.endswith(" *") or start not in _FAMILIES or words[: len(start)] != start:
        return False
    return all(word in _FAMILIES[start] or _stays_below(word) for word in words[len(start) :])


def _stays_below(word: str) -> bool:
    """Whether an argument is not an option, stays below the folder, and contains no embedded path."""
    return not word.startswith(("-", "/", "~", "@")) and ".." not in word.split("/") and "=" not in word
