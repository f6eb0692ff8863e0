"""The profile of one command on this machine: what is there, and what the person has said about it."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

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
)
_PROC_SECRETS = frozenset(
    {"kcore", "kallsyms", "kmsg", "keys", "key-users", "sysrq-trigger", "kpagecount", "kpageflags", "kpagecgroup"}
    | {"slabinfo", "vmallocinfo", "timer_list", "sched_debug", "latency_stats", "kpagecache"}
)
_LIBRARIES = frozenset({"node_modules", "site-packages", "dist-packages", "vendor", "__pycache__", "target", ".git"})
QUIET = {"npm_config_update_notifier": "false", "NO_UPDATE_NOTIFIER": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""Variables that keep tools from asking their makers for news, which would be a question each time."""

MAX_LOOKED_AT = 30_000
"""Names of the project that are looked at for secrets; with more, every open is served, as if there were one."""


def toolchains(override: Path | None) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The groups that come with the program, with the person's own laid over them.

    Raises:
        ConfigError: the person's file is not TOML, or holds something else than lists of paths.
    """
    groups = tomllib.loads(Path(__file__).with_name("toolchains.toml").read_text("utf-8"))
    if override is not None and override.exists():
        try:
            groups |= tomllib.loads(override.read_text("utf-8"))
        except (OSError, ValueError) as error:
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
        read, write: folders or files that the person has added.
    """
    groups, below_home = toolchains(overrides), _below(home)
    own = tuple(os.path.realpath(path) for path in protected)
    caches = [path for group in groups.values() for path in below_home(group.get("write", ()))] if writes else []
    writable = (*caches, *map(os.path.realpath, write))
    denied = tuple(denials)
    rules: dict[str, int] = {}
    readable = [path for group in groups.values() for path in below_home(group.get("read", ()))]
    given = [os.path.realpath(path) for path in (*read, *write)]
    for path in (*_SYSTEM, *_MORE, *readable, *_program_folders(environment, home), *caches, *given):
        _add(rules, path, Right.FREE)
    _add_children(rules, "/etc", _ETC_SECRETS)
    _add_children(rules, "/proc", _PROC_SECRETS, numbers=False)
    for folder in ("/etc/ssl", "/etc/ssh"):
        _add_children(rules, folder, frozenset({"private"}), keys=False)
    for device in _DEVICES:
        _add(rules, f"/dev/{device}", Right.READ | Right.WRITE | Right.IOCTL)
    _add(rules, project, Right.FREE)
    _add(rules, tmp, Right.ALL)
    files = [os.path.realpath(path) for group in groups.values() for path in below_home(group.get("files", ()))]
    strict = (
        holds_secret(project)
        or any(denial.kind == "fs.read" for denial in denied)
        or any(covers(folder, path) for path in own for folder in rules)
    )
    return Profile(project, home, tmp, tuple(rules.items()), tuple(files), writable, own, denied, writes, strict)


def _below(home: str) -> Any:
    def paths(names: Iterable[str]) -> list[str]:
        return [os.path.normpath(os.path.join(home, name)) for name in names if name and name != "."]

    return paths


def _add(rules: dict[str, int], path: str, rights: int) -> None:
    real = os.path.realpath(path)
    if real != "/" and os.path.exists(real):
        rules[real] = rules.get(real, 0) | rights


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


def _program_folders(environment: Mapping[str, str], home: str) -> list[str]:
    """What `PATH` leads to; for the `bin` of an installation below the home folder, the installation."""
    found = []
    for folder in environment.get("PATH", "").split(os.pathsep):
        real = os.path.realpath(folder) if folder.startswith("/") else ""
        if not real or covers(real, home) or not os.path.isdir(real):
            continue
        found.append(real)
        above = os.path.dirname(real)
        if os.path.exists(os.path.join(above, "pyvenv.cfg")):
            found.append(above)
            found += _base_of_venv(above)
    return found


def _base_of_venv(venv: str) -> list[str]:
    """The installation that a virtual environment runs on, when it is not the system's."""
    with suppress(OSError, UnicodeDecodeError):
        for line in Path(venv, "pyvenv.cfg").read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "home":
                return [os.path.dirname(os.path.realpath(value.strip()))]
    return []


def holds_secret(project: str) -> bool:
    """Whether something in the project may not be read unasked, by its name; True when there is too much to look at."""
    looked = 0
    for folder, folders, files in os.walk(project):
        inside = folder[len(project) :]
        folders[:] = [name for name in folders if name not in _LIBRARIES]
        looked += len(files) + len(folders)
        if looked > MAX_LOOKED_AT:
            return True
        if any(is_private(f"{inside}/{name}") for name in (*files, *folders)):
            return True
    return False
