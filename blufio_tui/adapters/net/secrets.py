"""Secret values for skills: from the environment, a file with mode 0600, or the desktop's keyring."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.adapters.storage.vault import (
    DEFAULT_KEY,
    KEY_INDEX,
    Keyring,
    KeyringSilent,
    Namespace,
    Vault,
    read_key_index,
    read_private,
    system_keyring,
)
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.secret_names import OWN_CREDENTIALS


class SecretStore:
    """Values by name. `get` looks in the environment, then in the file, then in the keyring's namespace for skills.

    Args:
        file: TOML, `NAME = "value"`; it must be readable by its owner only. The index of model keys lies beside it.
        use_keyring: False if no desktop is (a keyring may ask its user to unlock it).
        own: variables that hold keys of model connections; they are never a skill's secret.
    """

    def __init__(
        self,
        file: Path,
        variables: Mapping[str, str] = STARTED_WITH,
        *,
        use_keyring: bool = True,
        keyring: Callable[[], Keyring] = system_keyring,
        own: Iterable[str] = (),
    ) -> None:
        self._file = file
        self._variables = variables
        self._use_keyring = use_keyring
        self._vault = Vault(Namespace.SKILL_SECRET, keyring)
        self._own = OWN_CREDENTIALS | frozenset(own)

    def get(self, name: str, /) -> str | None:
        """
        Raises:
            ConfigError: the file cannot be read, or others can read it; the name is of a model key's variable; or the
                keyring does not answer.
        """
        return self._from_environment(name) or self._from_file().get(name) or self._from_keyring(name)

    def where(self, name: str) -> str:
        """Where the value would come from, in words; "" if there is none."""
        if self._from_environment(name):
            return f"environment variable {name}"
        if name in self._from_file():
            return str(self._file)
        return "keyring" if self._from_keyring(name) else ""

    def set(self, name: str, value: str) -> str:
        """Store a value in the keyring, else in the file; says where."""
        if self._use_keyring and not self._vault.put(name, value):
            return "keyring"
        self._change(lambda values: values | {name: value})
        return str(self._file)

    def delete(self, name: str) -> None:
        if name in self._from_file():
            self._change(lambda values: {key: value for key, value in values.items() if key != name})
        if not self._use_keyring:
            return
        with suppress(Exception):  # backends raise what they like for what is not there
            self._vault.delete(name)
        if self._may_be_shared(name):
            self._vault.drop_shared(name)

    def known(self) -> dict[str, str]:
        """Every value that can be listed, for redaction: those of the file. The keyring cannot be listed."""
        return self._from_file()

    def _from_environment(self, name: str) -> str | None:
        if name in self._own:
            raise ConfigError(f"{name} is the key of a model connection; no skill may use it")
        return self._variables.get(name)

    def _from_file(self) -> dict[str, str]:
        content = read_private(self._file)
        try:
            values = tomllib.loads(content.decode()) if content else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ConfigError(f"{self._file} is not valid TOML: {error}") from error
        return {name: value for name, value in values.items() if isinstance(value, str)}

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        import tomlkit

        with locked(self._file):
            replace_file(self._file, tomlkit.dumps(change(self._from_file())).encode())

    def _from_keyring(self, name: str) -> str | None:
        if not self._use_keyring:
            return None
        shared = self._may_be_shared(name)
        try:
            return self._vault.get(name) or (self._vault.take_shared(name) if shared else None)
        except KeyringSilent as error:
            raise ConfigError(f"the secret {name} may be in the system's keyring: {error}; unlock it") from None
        except Exception:  # noqa: BLE001 - no keyring on this machine, or it stays locked: the same as no value
            return None

    def _may_be_shared(self, name: str) -> bool:
        """Whether what the old, shared service has under this name can be a skill's secret: never a model's key.

        Raises:
            ConfigError: the index of model keys cannot be read, so that nobody can tell.
        """
        return name != DEFAULT_KEY and name not in read_key_index(self._file.with_name(KEY_INDEX))
