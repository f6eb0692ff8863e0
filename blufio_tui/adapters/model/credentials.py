"""API keys: from the environment, the system's keyring, or a file that only the owner may read.

An index beside the file says which keys are in the keyring, so that the keyring (slow to import, and able to
ask for a password) is touched only when it holds the key that is wanted. No key ever reaches a message.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.adapters.storage.vault import (
    DEFAULT_KEY,
    KEY_INDEX,
    Keyring,
    Namespace,
    Vault,
    read_key_index,
    reason,
    system_keyring,
)
from blufio_tui.core.errors import ConfigError, UsageError

__all__ = ["DEFAULT_NAME", "ENVIRONMENT_NAME", "ApiKey", "Credentials", "Keyring", "system_keyring"]

DEFAULT_NAME = DEFAULT_KEY
ENVIRONMENT_NAME = "ANTHROPIC_API_KEY"
_IN_SHARED_SERVICE = {"in": "keyring"}
"""As versions before the namespaces wrote it."""
_IN_KEYRING = {"in": "keyring", "service": str(Namespace.MODEL_KEY)}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`source` says where it was found, in words. The value does not show in a repr."""

    value: str = field(repr=False)
    source: str


class Credentials:
    """
    Args:
        folder: where the file of keys is (mode 0700).
        keyring: opens the system's keyring; called only when needed.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] = STARTED_WITH,
        keyring: Callable[[], Keyring] = system_keyring,
    ) -> None:
        self._file = folder / KEY_INDEX
        self._environ = environ
        self._vault = Vault(Namespace.MODEL_KEY, keyring)

    def key(self, reference: str = "") -> ApiKey | None:
        """The key that a connection refers to; None if there is none.

        Args:
            reference: "" for ANTHROPIC_API_KEY or else the key stored as "anthropic"; `env:NAME`; `none`;
                or the name of a stored key.

        Raises:
            ConfigError: the key is stored and cannot be read.
        """
        if reference == "none":
            return None
        if reference.startswith("env:"):
            return self._from_environment(reference.removeprefix("env:"))
        if not reference:
            return self._from_environment(ENVIRONMENT_NAME) or self._stored(DEFAULT_NAME)
        return self._stored(reference)

    def store(self, name: str, key: str) -> str:
        """Keep a key in the keyring, else in the file; a sentence that says which, and why.

        Raises:
            UsageError: it cannot be a key.
            ConfigError: it cannot be written.
        """
        value = _checked(key)
        problem = self._vault.put(name, value)
        if self._read().get(name) == _IN_SHARED_SERVICE:
            self._vault.drop_shared(name)
        self._change(name, _IN_KEYRING if not problem else {"key": value})
        if not problem:
            return "The key is kept in the system's keyring."
        return f"The key is kept in {self._file}, which only you can read ({problem})."

    def forget(self, name: str) -> bool:
        """Remove a stored key from wherever it is; False if there was none.

        Raises:
            ConfigError: the keyring would not remove it, or the file cannot be written.
        """
        entry = self._read().get(name)
        if entry is None:
            return False
        if "in" in entry:
            try:
                if entry == _IN_SHARED_SERVICE:
                    self._vault.take_shared(name)
                self._vault.delete(name)
            except Exception as error:
                raise ConfigError(f'the keyring would not remove the key "{name}": {reason(error)}') from error
        self._change(name, None)
        return True

    def where(self, name: str = DEFAULT_NAME) -> str:
        """`keyring`, the file, or "" if no such key is stored. Opens no keyring."""
        entry = self._read().get(name)
        if entry is None:
            return ""
        return "keyring" if "in" in entry else str(self._file)

    def _from_environment(self, name: str) -> ApiKey | None:
        value = self._environ.get(name, "").strip()
        return ApiKey(value, f"environment variable {name}") if value else None

    def _stored(self, name: str) -> ApiKey | None:
        entry = self._read().get(name)
        if entry is None:
            return None
        if "key" in entry:
            return ApiKey(entry["key"], str(self._file))
        try:
            value = self._moved(name) if entry == _IN_SHARED_SERVICE else self._vault.get(name)
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(
                f'the key "{name}" is in the system\'s keyring, which cannot be used: {reason(error)}; '
                f"unlock it, or set {ENVIRONMENT_NAME}"
            ) from error
        return ApiKey(value, "system keyring") if value else None

    def _moved(self, name: str) -> str | None:
        """A key of the shared service, which skills' secrets were kept in too, moved to the keys' own."""
        value = self._vault.take_shared(name)
        if value and self._vault.get(name) == value:
            self._change(name, _IN_KEYRING)
        return value

    def _read(self) -> dict[str, dict[str, str]]:
        return read_key_index(self._file)

    def _change(self, name: str, entry: dict[str, str] | None) -> None:
        try:
            with locked(self._file):
                entries = self._read()
                entries.pop(name, None)
                if entry is not None:
                    entries[name] = entry
                replace_file(self._file, json.dumps(entries, indent=1).encode() + b"\n")
        except OSError as error:
            raise ConfigError(f"{self._file} cannot be written: {error.strerror}") from None


def _checked(key: str) -> str:
    value = key.strip()
    if not value:
        raise UsageError("the key is empty")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError(
            "this cannot be an API key: it contains a space or another character that no key has; copy it again"
        )
    return value
