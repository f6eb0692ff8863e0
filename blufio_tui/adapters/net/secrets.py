"""Where secret values are kept: the environment, a file of 0600, the desktop's keyring."""

import os
import stat
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError

SERVICE = "blufio-tui"


class SecretStore:
    """Values by name. `get` looks in the environment, then in the file, then in the keyring.

    Args:
        file: TOML, `NAME = "value"`; it must be readable by its owner only.
        use_keyring: False where no desktop is (a keyring may ask its user to unlock it).
    """

    def __init__(self, file: Path, variables: Mapping[str, str] = os.environ, *, use_keyring: bool = True) -> None:
        self._file = file
        self._variables = variables
        self._use_keyring = use_keyring

    def get(self, name: str, /) -> str | None:
        """
        Raises:
            ConfigError: the file cannot be read, or others can read it.
        """
        return self._variables.get(name) or self._from_file().get(name) or self._from_keyring(name)

    def where(self, name: str) -> str:
        """Where the value would come from, in words; "" when there is none."""
        if self._variables.get(name):
            return f"environment variable {name}"
        if name in self._from_file():
            return str(self._file)
        return "keyring" if self._from_keyring(name) else ""

    def set(self, name: str, value: str) -> str:
        """Store a value in the keyring, else in the file; says where."""
        if self._use_keyring and _keyring_set(name, value):
            return "keyring"
        self._write(self._from_file() | {name: value})
        return str(self._file)

    def delete(self, name: str) -> None:
        values = self._from_file()
        if values.pop(name, None) is not None:
            self._write(values)
        if self._use_keyring:
            _keyring_delete(name)

    def known(self) -> dict[str, str]:
        """Every value that can be listed, for redaction: those of the file. The keyring cannot be listed."""
        return self._from_file()

    def _from_file(self) -> dict[str, str]:
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"{self._file} cannot be read: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as opened:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                raise ConfigError(f"{self._file} can be read by others; run: chmod 600 {self._file}")
            try:
                values = tomllib.load(opened)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{self._file} is not valid TOML: {error}") from error
        return {name: value for name, value in values.items() if isinstance(value, str)}

    def _write(self, values: Mapping[str, str]) -> None:
        import tomlkit

        replace_file(self._file, tomlkit.dumps(dict(values)).encode())

    def _from_keyring(self, name: str) -> str | None:
        if not self._use_keyring:
            return None
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(SERVICE, name)
        except (KeyringError, RuntimeError):
            return None  # no keyring on this machine, or it stays locked: the same as no value


def _keyring_set(name: str, value: str) -> bool:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, name, value)
        return keyring.get_password(SERVICE, name) == value  # a backend may accept everything and keep nothing
    except (KeyringError, RuntimeError):
        return False


def _keyring_delete(name: str) -> None:
    import keyring
    from keyring.errors import KeyringError

    with suppress(KeyringError, RuntimeError):
        keyring.delete_password(SERVICE, name)
