"""Grants: the lasting ones in grants.toml, those of a session in memory.

The file is read again whenever it has changed, so that a grant that another process or an editor revoked no longer
counts. A file that cannot be read exactly blocks everything.
"""

import errno
import fcntl
import os
import stat
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from blufio_tui.adapters.config.trust import Trust
from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.own_writes import own_write
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.capability import ActorKind, Verdict
from blufio_tui.core.clock import Clock
from blufio_tui.core.errors import ConfigError, NotThere
from blufio_tui.core.policy.approval import Lifetime
from blufio_tui.core.policy.grant_toml import check_grant, grant_of, table_of
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.settings.foreign_changes import denials_of, gains_of_grants, safe_grants, that_deny

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AoT, Table

MAX_FILE_BYTES = 4 * 1024 * 1024
_LOCK_SECS = 2.0
_HEADER = "Answers you gave for longer than one session. `blufio-tui grants` lists and revokes them."

Stamp = tuple[int, int, int, int, int]
_NEVER_LOOKED: Stamp = (0, 0, 0, 0, 0)


class GrantsFile:
    """Implements `core.ports.GrantStore`.

    Raises:
        ConfigError: from everything that writes, when the file cannot be read or written.
    """

    def __init__(self, path: Path, clock: Clock, trust: Trust[tuple[Grant, ...]] | None = None) -> None:
        self.path = path
        self.trust = trust
        self._clock = clock
        self._session_grants: tuple[Grant, ...] = ()
        self._stamp: Stamp | None = _NEVER_LOOKED
        self._stored: tuple[Grant, ...] = ()
        self._blocked = ""

    @property
    def blocked(self) -> str:
        self._refresh()
        return self._blocked

    def grants(self) -> tuple[Grant, ...]:
        self._refresh()
        now = self._clock.now()
        return tuple(g for g in (*self._stored, *self._session_grants) if not g.expires or g.expires > now)

    async def add(self, grant: Grant) -> None:
        if grant.lifetime is Lifetime.SESSION:
            self._session_grants = (*self._session_grants, grant)
            return
        check_grant(grant)
        self._rewrite(lambda grants: [*grants, grant])

    async def revoke(self, grant_id: str) -> Grant | None:
        for grant in self._session_grants:
            if grant.grant_id == grant_id:
                self._session_grants = tuple(g for g in self._session_grants if g.grant_id != grant_id)
                return grant
        removed = [grant for grant in self._read_stored() if grant.grant_id == grant_id]
        if removed:
            self._rewrite(lambda grants: [g for g in grants if g.grant_id != grant_id])
        return removed[0] if removed else None

    async def replace(self, grant: Grant) -> None:
        """Put a changed grant in the place of the stored one with its id.

        Raises:
            UsageError: there is none.
        """
        check_grant(grant)
        if all(stored.grant_id != grant.grant_id for stored in self._read_stored()):
            raise NotThere(f"there is no stored grant {grant.grant_id}; `blufio-tui grants list` shows them")
        self._rewrite(lambda grants: [grant if g.grant_id == grant.grant_id else g for g in grants])

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        """Carry a skill's allowances over to an update that the same publisher signed and that widens nothing.

        The caller has verified both. Returns how many were carried over; those of an unsigned skill never are.
        """
        if not publisher:
            return 0

        def moved(grant: Grant) -> Grant:
            bound = (grant.actor_kind, grant.actor_name, grant.publisher, grant.content_hash)
            is_its = bound == (ActorKind.SKILL, name, publisher, old_hash) and grant.verdict is Verdict.ALLOW
            return replace(grant, content_hash=new_hash) if is_its else grant

        stored = self._read_stored()
        count = sum(moved(grant) != grant for grant in (*stored, *self._session_grants))
        self._session_grants = tuple(moved(grant) for grant in self._session_grants)
        if any(moved(grant) != grant for grant in stored):
            self._rewrite(lambda grants: [moved(grant) for grant in grants])
        return count

    # ── reading ────────────────────────────────────────────────────────────────────────────────────

    def _refresh(self) -> None:
        stamp = _stamp(self.path)
        if stamp == self._stamp:
            return
        self._blocked = ""
        try:
            self._stored = self.trust.see(_read(self.path).encode()) if self.trust else self._read_stored()
        except ConfigError as error:
            self._stored, self._blocked = (), str(error)
        self._stamp = stamp

    def _read_stored(self) -> tuple[Grant, ...]:
        return parse_grants(self.path, _read(self.path).encode())

    def confirmed(self) -> None:
        """Look at the file again: what it says counts now."""
        self._stamp = _NEVER_LOOKED

    # ── writing ────────────────────────────────────────────────────────────────────────────────────

    def _rewrite(self, change: Callable[[list[Grant]], list[Grant]]) -> None:
        """Read, change and replace under a lock; tables that stay the same keep their comments and layout."""
        with _writing(self.path):
            source = _read(self.path)
            document = _parse(self.path, source)
            before = list(grants_in(document.unwrap(), self.path))
            _update(document, before, change(before))
            with own_write(self.path, source.encode(), document.as_string().encode()):
                _replace_file(self.path, document.as_string())
        self._stamp = _NEVER_LOOKED


def parse_grants(path: Path, content: bytes) -> tuple[Grant, ...]:
    """
    Raises:
        ConfigError: the content is anything but valid grants; `path` is for the message.
    """
    try:
        return grants_in(tomllib.loads(content.decode()), path)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _not_toml(path, error) from error


def grants_trust(path: Path, keys: Path) -> Trust[tuple[Grant, ...]]:
    return Trust(
        path,
        keys / "trusted-grants.toml",
        lambda content: parse_grants(path, content),
        safe_grants,
        gains_of_grants,
        denials_of,
        that_deny,
    )


def grants_in(content: Mapping[str, object], path: Path) -> tuple[Grant, ...]:
    """
    Raises:
        ConfigError: the document holds anything but valid grants.
    """
    try:
        if unknown := set(content) - {"grant"}:
            raise ConfigError(f"unknown key `{sorted(unknown)[0]}`")
        tables = content.get("grant", [])
        if not isinstance(tables, list):
            raise ConfigError("`grant` is not a list of tables")
        grants = tuple(grant_of(table) for table in tables)
        ids = [grant.grant_id for grant in grants]
        if twice := next((one for one in ids if ids.count(one) > 1), ""):
            raise ConfigError(f"two grants have the id {twice}")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}; correct it or move the file away") from error
    return grants


def _update(document: "TOMLDocument", before: list[Grant], after: list[Grant]) -> None:
    """Change only the tables that differ."""
    import tomlkit

    tables = _tables(document)
    wanted = {grant.grant_id: grant for grant in after}
    for index in reversed(range(len(before))):
        new = wanted.get(before[index].grant_id)
        if new is None:
            del tables[index]
        elif new != before[index]:
            _change_table(tables[index], new)
    known = {grant.grant_id for grant in before}
    for grant in after:
        if grant.grant_id not in known:
            table = tomlkit.table()
            table.update(table_of(grant))
            tables.append(table)
    if not tables:  # `grant = []` would stand in the way of a `[[grant]]` that somebody writes below it
        del document["grant"]


def _tables(document: "TOMLDocument") -> "AoT":
    import tomlkit
    from tomlkit.items import AoT

    if not document.get("grant"):
        document.pop("grant", None)
        document["grant"] = tomlkit.aot()
    tables = document["grant"]
    if not isinstance(tables, AoT):
        raise ConfigError(
            "grants.toml must list each grant as a table of its own, `[[grant]]`; please rewrite it that way"
        )
    return tables


def _change_table(table: "Table", grant: Grant) -> None:
    fresh = table_of(grant)
    for key in [key for key in table if key not in fresh]:
        del table[key]
    table.update(fresh)


def _read(path: Path) -> str:
    """The file's text, "" if there is none.

    Raises:
        ConfigError: it is not a plain file that only its owner can read and write.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    except OSError as error:
        reason = "it is a symlink" if error.errno == errno.ELOOP else error.strerror
        raise ConfigError(f"{path} cannot be read: {reason}") from error
    try:
        _check_status(path, os.fstat(descriptor))
        content = _read_up_to(descriptor, MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB; move it away")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text; correct it or move it away") from error


def _check_status(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is not a plain file; move it away")
    if status.st_mode & 0o077:
        raise ConfigError(f"others can read or write {path}; check its content, then run: chmod 600 '{path}'")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"{path} belongs to another user; move it away")


def _read_up_to(descriptor: int, limit: int) -> bytes:
    content = b""
    while len(content) < limit and (piece := os.read(descriptor, limit - len(content))):
        content += piece
    return content


def _parse(path: Path, text: str) -> "TOMLDocument":
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if not text:
        document = tomlkit.document()
        document.add(tomlkit.comment(_HEADER))
        document.add(tomlkit.nl())
        return document
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise _not_toml(path, error) from error


def _not_toml(path: Path, error: Exception) -> ConfigError:
    return ConfigError(f"{path} is not valid TOML: {error}; correct it or move it away")


def _stamp(path: Path) -> Stamp | None:
    """What changes when the file does; None if there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return (0, 0, 0, 0, error.errno or 1)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """One writer at a time, across processes. The lock is a file of its own, since the file itself is replaced."""
    try:
        make_private(path.parent)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path.with_name(path.name + ".lock"), flags, 0o600)
        try:
            _lock(descriptor, path)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}; check the folder and the disk") from error


def _lock(descriptor: int, path: Path) -> None:
    """Wait for the lock, but not forever: another program must not be able to block this one."""
    until = time.monotonic() + _LOCK_SECS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                message = f"{path} has been locked by another program for over {_LOCK_SECS:g} s; end it, then retry"
                raise ConfigError(message) from None
            time.sleep(0.01)
        else:
            return


def _replace_file(path: Path, text: str) -> None:
    replace_file(path, text.encode("utf-8"))
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
