"""What a caged command may do without approval, as one value, and the function that judges a file access.

The same value draws the fence (Landlock, in the kernel) and decides, in the supervisor, what the fence
leaves open. Paths are canonical: no links, no `..`.
"""

from dataclasses import asdict, dataclass, field, fields
from enum import IntFlag, StrEnum
from typing import Any

from blufio_tui.core.cage.obeyed import folder_obeyed_in_cage, obeyed_in_cage
from blufio_tui.core.cage.private_names import is_private
from blufio_tui.core.guards.paths import Places, covers, loose
from blufio_tui.core.policy.patterns import path_denied


class Right(IntFlag):
    """Rights of a fence rule; the values are Landlock's."""

    EXECUTE = 1
    WRITE = 2
    READ = 4
    LIST = 8
    IOCTL = 1 << 15
    FREE = EXECUTE | READ | LIST
    ALL = (1 << 16) - 1


class Want(StrEnum):
    """The access that a system call wants."""

    READ = "read"
    LIST = "list"
    WRITE = "write"
    CREATE = "create"
    FOLDER = "make folder"
    SYMLINK = "make link"
    REMOVE = "remove"
    RENAME = "rename"
    LINK = "link"
    ATTRIBUTES = "change attributes"

    @property
    def reads(self) -> bool:
        return self in (Want.READ, Want.LIST)


class Ruling(StrEnum):
    FREE = "free"
    ASK = "ask"
    NEVER = "never"
    QUIET = "quiet"
    """Refused without a question or a row: nobody misses it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`why` explains the question or the refusal to the person; "" if nothing needs saying."""

    ruling: Ruling
    why: str = ""


FREE = Judgement(Ruling.FREE)


@dataclass(frozen=True, slots=True)
class Denial:
    """A deny rule of the person about files: what it names is never free. `kind` is `fs.read` or `fs.write`."""

    kind: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Profile:
    """
    Attributes:
        project: what the command works in.
        tmp: the private temporary folder of this call, all rights.
        fence: canonical path and rights; what lies below a folder has them too.
        files: single files outside that anyone may read (`~/.gitconfig`).
        writable: folders outside the project that may be changed (caches of toolchains, `--write`).
        protected: this program's own files; nobody is asked about them.
        denials: the person's deny rules for files.
        obeyed: paths of the project (a folder covers what is below it) that other programs obey because a
            configuration or a link of the person's leads there, each with who does.
        writes: False in the modes that only read: then a change in the project is asked about or denied, too.
        strict: something below the fence must not be read, so the fence alone never settles an open.
        folders: where a secret may come into the project while the command runs, relative to it ("" is the project);
            empty where `strict`.
        looked_at: when the project was looked through, in nanoseconds since the epoch.
    """

    project: str
    home: str
    tmp: str
    fence: tuple[tuple[str, int], ...] = ()
    files: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    denials: tuple[Denial, ...] = ()
    obeyed: tuple[tuple[str, str], ...] = ()
    writes: bool = True
    strict: bool = False
    folders: tuple[str, ...] = ()
    looked_at: int = 0
    rights: dict[str, int] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.rights.update((path, int(rights)) for path, rights in self.fence)  # flags are slow

    @property
    def places(self) -> Places:
        return Places(self.home, self.project)

    def fence_rights(self, path: str) -> int:
        """The rights that the fence grants on a canonical path."""
        rights = self.rights.get(path, 0)
        while len(path) > 1:
            path = path.rpartition("/")[0] or "/"
            rights |= self.rights.get(path, 0)
        return rights

    def to_json(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in ("rights", "denials")} | {
            "denials": [asdict(one) for one in self.denials]
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Profile":
        lists: dict[str, Any] = {name: tuple(value[name]) for name in ("files", "writable", "protected", "folders")}
        lists |= {name: tuple((path, what) for path, what in value[name]) for name in ("fence", "obeyed")}
        denials = tuple(Denial(**one) for one in value["denials"])
        return cls(**{**value, **lists, "denials": denials})


def judge(profile: Profile, path: str, want: Want) -> Judgement:
    """Whether an access is free, needs approval, or is always refused.

    Objects without a real path (pipes, memory files, terminals, `/proc`) are the supervisor's business: it knows the
    process tree, this function only paths.
    """
    if _is_own(profile, path, want):
        return Judgement(Ruling.NEVER, f"{path} is one of blufio-tui's own files, which no tool and no skill may touch")
    if denied := _denied(profile, path, want):
        return Judgement(Ruling.ASK, denied)
    if covers(profile.tmp, path):
        return FREE
    if covers(profile.project, path):
        return _in_project(profile, path[len(profile.project) :] or "/", want)
    if any(covers(folder, path) for folder in profile.writable):
        return _in_cache(profile, path, want)
    if not want.reads:
        if "__pycache__" in path.split("/"):
            return Judgement(Ruling.QUIET)  # Python tries to, and continues without
        return Judgement(Ruling.ASK, "it lies outside the project")
    needed = Right.LIST if want is Want.LIST else Right.READ
    if (
        path in profile.files
        or profile.fence_rights(path) & needed
        or (want is Want.LIST and _on_the_way(profile, path))
    ):
        return FREE
    return Judgement(Ruling.ASK, "it lies outside the project")


def _in_cache(profile: Profile, path: str, want: Want) -> Judgement:
    """Anything is free in a cache, except to replace the cache folder itself by a link, which would mislead later
    commands."""
    if path in profile.writable and want is Want.SYMLINK:
        return Judgement(Ruling.ASK, "toolchains keep their cache there")
    return FREE


def _in_project(profile: Profile, inside: str, want: Want) -> Judgement:
    """`inside` starts with `/` and is relative to the project."""
    if want is not Want.LIST and is_private(inside):
        return Judgement(Ruling.ASK, "such a file usually holds credentials")
    if want.reads:
        return FREE
    if (who := _obeyed(profile, inside, want)) and not _is_harmless(inside, want):
        return Judgement(Ruling.ASK, who)
    if _is_setting_of_the_person(profile, profile.project + inside):
        return Judgement(Ruling.ASK, "programs keep their settings there, and your shell runs some of them")
    return FREE if profile.writes else Judgement(Ruling.ASK, "the mode allows reading only")


def _obeyed(profile: Profile, inside: str, want: Want) -> str:
    moves = want in (Want.RENAME, Want.REMOVE, Want.SYMLINK)
    for place, who in profile.obeyed:
        asked, place = loose(profile.project + inside), loose(place)
        if covers(place, asked) or (moves and covers(asked, place)):
            return who
    return obeyed_in_cage(inside) or (folder_obeyed_in_cage(inside) if want is Want.SYMLINK else "")


def _is_setting_of_the_person(profile: Profile, path: str) -> bool:
    """If the home folder is the project: whether a path is a hidden name in it (except caches and a repository) or a
    program."""
    home = profile.home
    if not covers(profile.project, home) or path == home or not covers(home, path):
        return False
    first = path[len(home) :].split("/")[1].casefold()
    hidden = first.startswith(".") and not first.startswith(".git")
    return (hidden or first in ("bin", "library")) and not any(covers(folder, path) for folder in profile.writable)


def _is_harmless(inside: str, want: Want) -> bool:
    """git makes its folders, and sets modes, by itself; only a hook becomes another thing by its mode."""
    return want is Want.FOLDER or (want is Want.ATTRIBUTES and "hooks" not in inside.casefold())


def _is_own(profile: Profile, path: str, want: Want) -> bool:
    asked, moves = loose(path), want in (Want.REMOVE, Want.RENAME, Want.LINK)
    return any(covers(own, asked) or (moves and covers(asked, own)) for own in profile.protected)


_OPERATIONS = {Want.REMOVE: "remove", Want.RENAME: "rename", Want.LINK: "link"}


def _denied(profile: Profile, path: str, want: Want) -> str:
    operation = _OPERATIONS.get(want, str(want))
    for denial in profile.denials:
        about = denial.kind == ("fs.read" if want.reads else "fs.write")
        moves = denial.kind == "fs.read" and want in (Want.RENAME, Want.LINK)
        if (about or moves) and path_denied(denial.pattern, path, operation, profile.places):
            return "your own rule is about it"
    return ""


def _on_the_way(profile: Profile, path: str) -> bool:
    """Folders above the project and the caches, which programs inspect when they look upwards for configuration."""
    return any(covers(path, below) for below in (profile.project, *profile.writable))
