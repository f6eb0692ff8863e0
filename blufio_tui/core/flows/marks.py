"""What one effect means for the flow of information: pure, the same for an effect that is asked for and for its row.

Three things together are how data is stolen from an agent: it read something private, it took in the text of a
stranger (who may have told it what to do), and it can send something out. Each alone is everyday work.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join, normpath
from urllib.parse import urlsplit

from blufio_tui.core.capability import Kind
from blufio_tui.core.flows.commands import may_fetch, shows_private_data, words_of
from blufio_tui.core.guards.addresses import parse_address
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.domains import host_matches
from blufio_tui.core.guards.paths import Places, covers, loose
from blufio_tui.core.guards.secret_names import is_secret_name

OUTSIDE_THE_CAGE = ", outside the cage"
"""In the row of what a local server does that is not caged: what it answers may come from anywhere."""


class Mark(StrEnum):
    PRIVATE = "private data was read"
    FOREIGN = "a stranger's content came in"
    OUT = "something can be sent out"


@dataclass(frozen=True, slots=True)
class FlowRules:
    """What counts as what; the person's own words are added to what counts anyway.

    Attributes:
        guard: `ask`, `deny` or `off`.
        private: path patterns of files that are private wherever they lie.
        foreign: path patterns of files that others wrote.
        own_hosts: host patterns that belong to the person: what they say is no stranger's, and sending to them is no
            way out.
    """

    guard: str = "ask"
    private: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """An effect as its row tells it.

    Attributes:
        resource: canonical target: a path, a URL or `host:port`, a variable's name, a command.
        detail: what the row says besides (method of a request, operation on a file).
        caged: of a command: what it does beyond the cage is an effect of its own.
        reads_only: of a command: certain to only read.
        bare: of a request: it has neither a body nor headers of its own.
    """

    kind: str
    resource: str
    detail: str = ""
    caged: bool = False
    reads_only: bool = False
    bare: bool = False


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYSTEM = _names(
    "/usr /bin /sbin /lib /lib32 /lib64 /opt /etc /nix /snap /dev /sys /proc /tmp /private/tmp /var/tmp /var/lib"
    " /Library /System /Applications"
)
_TOOLCHAINS = _names(
    ".cache .cargo .rustup .npm .nvm .pyenv .rbenv .gradle .m2 .pub-cache .deno .bun .asdf .sdkman go/pkg .gitconfig"
    " bin .config/git .local/lib .local/bin .local/share/uv .local/share/mise .local/share/pnpm .bashrc .profile .zshrc"
)

_PERSONAL = re.compile(
    r".*(salar(y|ies)|payroll|payslip|invoice|bank.?statement|tax.?return|medical|patient|diagnos|passport"
    r"|customers|clients|employees|contacts|address.?book|personal|private|confidential|secret|password)s?([-_. ]?\w*)?"
    r"\.(csv|tsv|xlsx?|ods|numbers|json|jsonl|sqlite3?|db|parquet|txt|md|docx?|odt|pdf|pages|eml|vcf)"
    r"|.*\.(mbox|eml|msg|pst|ost|vcf|kdbx?|ofx|qif|qfx|gnucash|1pux|psafe3|gpg|asc|age)"
)
_FOREIGN_FOLDERS = frozenset(
    _names("node_modules site-packages dist-packages vendor third_party bower_components pods .cargo .npm downloads")
)
_FOREIGN_NAMES = re.compile(r".*\.(eml|mbox|msg|ics|rss|atom|har|warc)")
_SYNCED = frozenset(
    _names(
        "dropbox onedrive nextcloud owncloud pcloud seafile syncthing megasync creativecloud com~apple~clouddocs"
        " cloudstorage keybase gvfs public_html ipfs .ipfs rclone"
    )
)
_SYNCED_STARTS = ("google drive", "googledrive", "my drive", "icloud", "mobile documents", "onedrive -", "box sync")
_GOES_HOME = re.compile(r"(?:^|[;&|({\n])\s*cd\s*(?:$|[;&|)}\n])")
_HOME_VARIABLE = re.compile(r"\$(?:HOME\b|\{HOME\})")
_SECRET_NAMES = (".env", ".env.local", ".netrc", ".npmrc", ".pgpass", "id_rsa", "id_ed25519", "key.pem")
"""What a pattern such as `.en*` may mean."""
_FOLDER = re.compile(
    r"(?:^|; )in (/.*?)(?:, with [\w, ]+ exported before)?(?:, in the background)?(?:, in the cage)?\Z", re.DOTALL
)


def is_private(path: str, places: Places, rules: FlowRules) -> bool:
    """Whether what is at a canonical path is nobody else's business: credentials, what usually holds data about
    people or money, and whatever lies in the person's folders outside the project."""
    if usually_holds_credentials(path, places) or _fits(path, rules.private, places):
        return True
    if covers(places.project, path) and not covers(places.project, places.home):
        return _PERSONAL.fullmatch(loose(basename(path))) is not None
    if covers(places.home, path):
        return not any(covers(join(places.home, folder), path) for folder in _TOOLCHAINS)
    return not any(covers(folder, path) for folder in _SYSTEM)


def is_foreign(path: str, places: Places, rules: FlowRules) -> bool:
    """Whether others wrote what is at a canonical path: dependencies, downloads, mail."""
    is_inside = covers(places.project, path) and places.project != "/"
    spelled = loose(path.removeprefix(places.project) if is_inside else path)
    if not _FOREIGN_FOLDERS.isdisjoint(spelled.split("/")) or _FOREIGN_NAMES.fullmatch(basename(spelled)):
        return True
    return _fits(path, rules.foreign, places)


def is_synced(path: str) -> bool:
    """Whether a program carries what is written there to other machines."""
    names = loose(path).split("/")
    return names[:2] == ["", "net"] or any(name in _SYNCED or name.startswith(_SYNCED_STARTS) for name in names)


def is_own_host(host: str, rules: FlowRules) -> bool:
    """This machine, and what the person calls theirs."""
    address = parse_address(host)
    if host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback):
        return True
    return any(host_matches(pattern, host) for pattern in rules.own_hosts)


def host_of(resource: str) -> str:
    """The host of a URL or of `host:port`, "" if there is none."""
    try:
        return urlsplit(resource if "://" in resource else f"//{resource}").hostname or ""
    except ValueError:
        return ""


def marks_after(seen: Seen, places: Places, rules: FlowRules) -> frozenset[Mark]:
    """What an effect that was done has brought into the session: PRIVATE, FOREIGN, both or nothing."""
    marks = set()
    match seen.kind:
        case Kind.FS_READ:
            if is_private(seen.resource, places, rules) or "private files" in seen.detail:
                marks.add(Mark.PRIVATE)
            if is_foreign(seen.resource, places, rules):
                marks.add(Mark.FOREIGN)
        case Kind.NET if not is_own_host(host_of(seen.resource), rules):
            marks.add(Mark.FOREIGN)
        case Kind.ENV if is_secret_name(seen.resource):
            marks.add(Mark.PRIVATE)
        case Kind.EXEC if not seen.caged:
            words = words_of(_HOME_VARIABLE.sub(lambda _match: places.home, seen.resource))
            in_folder = _FOLDER.search(seen.detail)
            folder = in_folder[1] if in_folder else places.project
            paths = [path for word in words if (path := _as_path(word, folder, places))]
            if folder != "/":
                paths.append(folder)
            if _GOES_HOME.search(seen.resource):
                paths.append(places.home)
            is_command = in_folder is not None and not seen.reads_only  # a use of a local server names no folder
            if any(is_private(path, places, rules) for path in paths) or (
                is_command and shows_private_data(seen.resource)
            ):
                marks.add(Mark.PRIVATE)
            fetches = OUTSIDE_THE_CAGE in seen.detail or (is_command and may_fetch(seen.resource))
            if fetches or any(is_foreign(path, places, rules) for path in paths):
                marks.add(Mark.FOREIGN)
    return frozenset(marks)


def sends_out(seen: Seen, rules: FlowRules) -> bool:
    """Whether an effect that is asked for could carry something away from here.

    A request carries in its address and headers what it does not carry in its body, so every request does; a command
    outside the cage may do anything.
    """
    match seen.kind:
        case Kind.NET:
            return not is_own_host(host_of(seen.resource), rules)
        case Kind.UNIX:
            return True
        case Kind.EXEC:
            return not seen.caged and not seen.reads_only
        case Kind.FS_WRITE:
            return is_synced(seen.resource)
        case _:
            return False


def _fits(path: str, patterns: tuple[str, ...], places: Places) -> bool:
    """A pattern without a slash is a name anywhere; one with a slash is a path, a folder covers what is below it."""
    spelled = loose(path)
    for pattern in patterns:
        wanted = loose(pattern.replace("${PROJECT}", places.project).rstrip("/"))
        if wanted == "~" or wanted.startswith("~/"):
            wanted = loose(places.home) + wanted[1:]
        if "/" not in wanted:
            if any(fnmatchcase(name, wanted) for name in spelled.split("/")):
                return True
        else:
            wanted = wanted if wanted.startswith("/") else join(loose(places.project), wanted)
            if fnmatchcase(spelled, wanted) or covers(wanted, spelled) or fnmatchcase(spelled, f"{wanted}/*"):
                return True
    return False


def _as_path(word: str, folder: str, places: Places) -> str:
    """The path that a word may name, "" for none; of a pattern, a secret that it fits. Of an option, what is glued to
    it: `-d@/x`."""
    if word.startswith("-"):
        glued = re.search(r"[@/~]", word)
        word = word[glued.start() :] if glued else ""
    word = word.removeprefix("@")
    if word.startswith("~"):
        user, slash, rest = word[1:].partition("/")
        word = (join(dirname(places.home), user) if user else places.home) + slash + rest
    name = basename(word)
    if name.strip("*?[]") and not name.isidentifier():
        word = next((join(dirname(word), one) for one in _SECRET_NAMES if fnmatchcase(one, name)), word)
    if "/" not in word and not covers(places.project, folder):
        return ""  # any word: what lies in that folder is judged by the folder
    return normpath(join(folder, word)) if word else ""
