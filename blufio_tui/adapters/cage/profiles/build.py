"""Builds the profile of one command from what exists on this machine and from the person's settings."""

import os
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blufio_tui.adapters.cage.profiles.obeyed_places import obeyed_places
from blufio_tui.adapters.cage.profiles.unchanged import unchanged
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.core.cage.private_names import is_private
from blufio_tui.core.cage.profile import Denial, Profile, Right
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.paths import covers

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/opt", "/nix", "/snap", "/sys", "/home/linuxbrew")
_MORE = ("/var/lib/dpkg", "/var/lib/rpm", "/var/cache/fontconfig", "/run/systemd/resolve", "/var/lib/gems")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ETC_SECRETS = frozenset(
    {"shadow", "shadow-", "gshadow", "gshadow-", "sudoers", "sudoers.d", "ssh", "ssl", "krb5.keytab", "security"}
    | {"NetworkManager", "wpa_supplicant", "docker", "kubernetes", "rancher", "machine-id.secret", "polkit-1", "cups"}
    | {"letsencrypt", "wireguard", "openvpn", "ppp", "ipsec.d", "ipsec.secrets", "mysql", "exim4", "dovecot", "samba"}
)
_PROC_SECRETS = frozenset(
    {"kcore", "kallsyms", "kmsg", "keys", "key-users", "sysrq-trigger", "kpagecount", "kpageflags", "kpagecgroup"}
    | {"slabinfo", "vmallocinfo", "timer_list", "sched_debug", "latency_stats", "kpagecache"}
)
_LIBRARIES = frozenset({"node_modules", "site-packages", "dist-packages", "vendor", "__pycache__", "target", ".git"})
QUIET = {"npm_config_update_notifier": "false", "NO_UPDATE_NOTIFIER": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""Variables that keep tools from asking their makers for news, which would be a question each time."""

_MAX_OVERRIDE = 1024 * 1024
_CLOCK_LAG = 2_000_000_000
MAX_LOOKED_AT = 30_000
"""Names of the project that are looked at for secrets; with more, every open is served, as if there were one."""


def toolchains(override: Path | None) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The built-in groups, overridden by the person's own.

    Raises:
        ConfigError: the person's file is not TOML, or contains something other than lists of paths.
    """
    groups = tomllib.loads(Path(__file__).with_name("toolchains.toml").read_text("utf-8"))
    if override is not None and override.exists():
        try:
            groups |= tomllib.loads(read_regular(override, _MAX_OVERRIDE).decode())
        except (OSError, ValueError, RecursionError) as error:
            raise ConfigError(f"{override}: {error}") from error
    return {name: _group(name, group) for name, group in groups.items()}


def _group(name: str, group: Any) -> dict[str, tuple[str, ...]]:
    fits = isinstance(group, dict) and all(
        key in ("read", "files", "write") and isinstance(value, list) and all(isinstance(one, str) for one in value)
        for key, value in group.items()
    )
    if not fits:
        raise ConfigError(f"toolchains.toml: [{name}] may hold lists of paths only: read, files, write")
    return {key: tuple(value) for key, value in group.items()}


def build_profile(
    project: str,
    tmp: str,
    *,
    environment: Mapping[str, str],
    home: str,
    protected: Iterable[str] = (),
    denials: Iterable[Denial] = (),
    read: Iterable[str] = (),
    write: Iterable[str] = (),
    writes: bool = True,
    overrides: Path | None = None,
) -> Profile:
    """
    Args:
        project, tmp, home: canonical paths.
        read, write: folders or files that the person has added, canonical when they were given.
    """
    groups = toolchains(overrides)
    changeable = (project, tmp, *_caches(groups, home), *write)
    given_to_write = [path for path in (unchanged(one, changeable) for one in write) if path]
    given = [path for path in (unchanged(one, changeable) for one in read) if path] + given_to_write
    paths = _Toolchains(groups, home, changeable)
    own = tuple(os.path.realpath(path) for path in protected)
    caches = paths.of("write") if writes else []
    denied, looked = tuple(denials), look_at(project)
    rules: dict[str, int] = {}
    programs = _program_folders(environment, home, changeable)
    for path in (*map(os.path.realpath, (*_SYSTEM, *_MORE)), *paths.of("read"), *programs, *caches, *given):
        _add(rules, path, Right.FREE)
    _add_children(rules, "/etc", _ETC_SECRETS)
    _add_children(rules, "/proc", _PROC_SECRETS, numbers=False)
    for folder in ("/etc/ssl", "/etc/ssh"):
        _add_children(rules, folder, frozenset({"private"}), keys=False)
    for device in _DEVICES:
        _add(rules, f"/dev/{device}", Right.READ | Right.WRITE | Right.IOCTL)
    _add(rules, project, Right.FREE)
    _add(rules, tmp, Right.ALL)
    strict = (
        looked.has_secret
        or any(denial.kind == "fs.read" for denial in denied)
        or any(covers(folder, path) for path in own for folder in rules)
    )
    return Profile(
        project,
        home,
        tmp,
        fence=tuple(rules.items()),
        files=tuple(paths.of("files")),
        writable=(*caches, *given_to_write),
        protected=own,
        denials=denied,
        obeyed=obeyed_places(project, home, looked.repositories),
        writes=writes,
        strict=strict,
        folders=() if strict else looked.folders,
        looked_at=looked.begun,
    )


def _caches(groups: Mapping[str, Mapping[str, tuple[str, ...]]], home: str) -> list[str]:
    """The cache paths by name. Whatever exists there, even a link, may have been made by an earlier command."""
    names = [name for group in groups.values() for name in group.get("write", ())]
    return [
        os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in _below(home, names)
    ]


class _Toolchains:
    """The paths of the groups, without those that a link leads to which a command could have made."""

    def __init__(
        self, groups: Mapping[str, Mapping[str, tuple[str, ...]]], home: str, changeable: Sequence[str]
    ) -> None:
        self._groups, self._home, self._changeable = groups, home, changeable

    def of(self, key: str) -> list[str]:
        names = [name for group in self._groups.values() for name in group.get(key, ())]
        found = (unchanged(path, self._changeable) for path in _below(self._home, names))
        return [path for path in found if path and not covers(path, self._home)]


def _below(home: str, names: Iterable[str]) -> list[str]:
    return [os.path.normpath(os.path.join(home, name)) for name in names if name and name != "."]


def _add(rules: dict[str, int], path: str, rights: int) -> None:
    """`path` is canonical, and stays what it is: looked up again, it could lead elsewhere now."""
    if path != "/" and os.path.exists(path):
        rules[path] = rules.get(path, 0) | rights


def _add_children(
    rules: dict[str, int], folder: str, secrets: frozenset[str], *, numbers: bool = True, keys: bool = True
) -> None:
    """A rule for each child but the secret ones; the folder itself can be listed."""
    if folder != "/proc":
        _add_listing(rules, folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in secrets or (not numbers and (entry.name.isdigit() or entry.is_symlink())):
                continue
            if keys or "key" not in entry.name:
                target = os.path.realpath(entry.path)
                if covers(folder, target):
                    _add(rules, target, Right.FREE)


def _add_listing(rules: dict[str, int], folder: str) -> None:
    if os.path.isdir(folder):
        rules[folder] = rules.get(folder, 0) | Right.LIST


def _program_folders(environment: Mapping[str, str], home: str, changeable: Sequence[str]) -> list[str]:
    """What `PATH` leads to; for the `bin` of an installation, the installation.

    Nothing that a command can change widens what later ones may read: no folder in the project or in a cache counts,
    no link there, and no `pyvenv.cfg` there.
    """
    found = [] if _is_too_wide(sys.base_prefix, home, changeable) else [os.path.realpath(sys.base_prefix)]
    for folder in environment.get("PATH", "").split(os.pathsep):
        real = unchanged(folder, changeable) if folder.startswith("/") else ""
        if not real or not os.path.isdir(real) or _is_too_wide(real, home, changeable):
            continue
        found.append(real)
        above = os.path.dirname(real)
        if os.path.exists(os.path.join(above, "pyvenv.cfg")) and not _is_too_wide(above, home, changeable):
            found.append(above)
            found += [base for base in _base_of_venv(above) if not _is_too_wide(base, home, changeable)]
    return found


def _is_too_wide(folder: str, home: str, changeable: Sequence[str]) -> bool:
    """It holds the home folder or a changeable place, or lies in one."""
    return covers(folder, home) or any(covers(place, folder) or covers(folder, place) for place in changeable)


def _base_of_venv(venv: str) -> list[str]:
    """The installation that a virtual environment runs on, when it is one."""
    with suppress(OSError, UnicodeDecodeError):
        for line in read_regular(Path(venv, "pyvenv.cfg"), 64 * 1024).decode().splitlines():
            key, _, value = line.partition("=")
            folder = os.path.realpath(value.strip())
            if key.strip() == "home" and any(os.path.exists(f"{folder}/python{end}") for end in ("", "3")):
                return [os.path.dirname(folder)]
    return []


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look through a project has found.

    Attributes:
        has_secret: something may not be read unasked, by its name; True if there was too much to look at.
        repositories: folders called `.git`.
        folders: those that were looked through, relative to the project.
        begun: when, in nanoseconds since the epoch, less what a file system's clock may lag behind.
    """

    has_secret: bool
    repositories: tuple[str, ...]
    folders: tuple[str, ...] = ()
    begun: int = 0


def look_at(project: str) -> Looked:
    """Look through the names of a project."""
    looked, repositories, secret, seen = 0, list[str](), False, list[str]()
    begun = time.time_ns() - _CLOCK_LAG
    for folder, folders, files in os.walk(project):
        inside = folder[len(project) :]
        seen.append(inside)
        if ".git" in folders:
            repositories.append(os.path.join(folder, ".git"))
        folders[:] = [name for name in folders if name not in _LIBRARIES]
        looked += len(files) + len(folders)
        if looked > MAX_LOOKED_AT:
            return Looked(True, tuple(repositories))
        secret = secret or any(is_private(f"{inside}/{name}") for name in (*files, *folders))
    return Looked(secret, tuple(repositories), tuple(seen), begun)
