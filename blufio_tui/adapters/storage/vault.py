"""The one way to stored secrets: a keyring with a namespace for each kind, and files read under one set of checks.

Model keys and the values that skills may use have names that a stranger's manifest can choose. They shared the
keyring's service once, so a skill that declared `anthropic` was handed the model's key. Each kind now has a service
of its own. What is still stored under the old, shared service moves to its namespace when it is first read.
"""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from blufio_tui.adapters.storage.keyring_access import ASKING, Asking, Keyring, KeyringSilent, system_keyring
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.text import strict_json

__all__ = ["Keyring", "KeyringSilent", "Namespace", "Vault", "read_private", "reason", "system_keyring"]

SHARED_SERVICE = "blufio-tui"
"""Where both kinds were kept before; read only to move what is left there."""
KEY_INDEX = "credentials.json"
DEFAULT_KEY = "anthropic"
MAX_FILE_BYTES = 4 * 1024 * 1024


class Namespace(StrEnum):
    """The keyring's service for each kind of secret."""

    MODEL_KEY = "blufio-tui model keys"
    SERVER_LOGIN = "blufio-tui MCP logins"
    SKILL_SECRET = "blufio-tui skill secrets"  # noqa: S105 - a name, not a value
    AUDIT = "blufio-tui audit log"


class Vault:
    """One namespace of the keyring. Every method may raise whatever a backend raises, but for `put`; and
    `KeyringSilent` for one that does not answer.
    """

    def __init__(
        self, namespace: Namespace, keyring: Callable[[], Keyring] = system_keyring, asking: Asking = ASKING
    ) -> None:
        self.namespace = namespace
        self._keyring = keyring
        self._asking = asking

    def get(self, name: str) -> str | None:
        return self._asking.ask(lambda: self._keyring().get_password(self.namespace, name))

    def put(self, name: str, value: str) -> str:
        """Why it could not be kept, "" if it was. Read back, since one backend takes all and keeps nothing."""

        def kept() -> bool:
            keyring = self._keyring()
            keyring.set_password(self.namespace, name, value)
            return keyring.get_password(self.namespace, name) == value

        try:
            return "" if self._asking.ask(kept) else "the system's keyring did not keep it"
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            return f"the system's keyring cannot be used: {reason(error)}"

    def delete(self, name: str) -> None:
        self._asking.ask(lambda: self._keyring().delete_password(self.namespace, name))

    def take_shared(self, name: str) -> str | None:
        """The value under the old shared service, moved into this namespace where the keyring lets us.

        The caller has made sure that the name is one of its kind.
        """
        value = self._asking.ask(lambda: self._keyring().get_password(SHARED_SERVICE, name))
        if value and not self.put(name, value):
            self.drop_shared(name)
        return value or None

    def drop_shared(self, name: str) -> None:
        with suppress(Exception):  # what stays there is given to nobody but its own kind
            self._asking.ask(lambda: self._keyring().delete_password(SHARED_SERVICE, name))


def reason(error: Exception) -> str:
    """The error without the secret value, which a backend's message may quote."""
    if isinstance(error, KeyringSilent):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def read_private(path: Path, limit: int = MAX_FILE_BYTES) -> bytes | None:
    """The content of a file that holds secrets; None if there is none.

    Raises:
        ConfigError: it is a link, not a plain file, somebody else's, readable by others, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a symlink" if error.errno == errno.ELOOP else error.strerror
        raise ConfigError(f"{path} cannot be read: {why}") from error
    try:
        if problem := private_problem(os.fstat(descriptor)):
            raise ConfigError(problem.format(path=path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise ConfigError(f"{path} is larger than {limit // 1024} KiB; move it away")
    return content


def private_problem(status: os.stat_result) -> str:
    """Why a file with this status may not hold secrets, with `{path}` to fill in; "" if it may."""
    if not stat.S_ISREG(status.st_mode):
        return "{path} is not a plain file; move it away"
    if status.st_uid != os.geteuid():
        return "{path} belongs to another user; move it away"
    if status.st_mode & 0o077:
        return "{path} can be read by others; run: chmod 600 '{path}'"
    return ""


def read_key_index(file: Path) -> dict[str, dict[str, str]]:
    """The stored model keys by name: where each is, or the key itself where there is no keyring.

    Raises:
        ConfigError: the file cannot be trusted or understood.
    """
    content = read_private(file)
    if content is None:
        return {}
    try:
        entries = strict_json.parsed(content)
    except ValueError as error:
        raise ConfigError(f"{file} cannot be read: {reason(error)}; move it away and store the keys again") from None
    if not isinstance(entries, dict) or not all(map(_is_entry, entries.values())):
        raise ConfigError(f"{file} is damaged; move it away and store the keys again")
    return entries


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and (entry.get("in") == "keyring" or isinstance(entry.get("key"), str))
