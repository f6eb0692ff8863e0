"""Where secret values come from, and that nobody else can read them."""

import stat
from pathlib import Path

import pytest
from keyring.errors import PasswordDeleteError

from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.storage.vault import Namespace
from blufio_tui.core.errors import ConfigError


class MemoryKeyring:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.values.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.values[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.values.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "secrets.toml"


def test_the_environment_comes_first_then_the_file_then_the_keyring(file: Path) -> None:
    ring = MemoryKeyring()
    ring.set_password(Namespace.SKILL_SECRET, "A", "from keyring")
    environment: dict[str, str] = {}
    store = SecretStore(file, environment, keyring=lambda: ring)
    assert (store.get("A"), store.where("A")) == ("from keyring", "keyring")
    SecretStore(file, use_keyring=False).set("A", "from file")
    assert (store.get("A"), store.where("A")) == ("from file", str(file))
    environment["A"] = "from environment"
    assert (store.get("A"), store.where("A")) == ("from environment", "environment variable A")
    assert (store.get("B"), store.where("B")) == (None, "")


def test_values_are_stored_in_the_keyring_and_deleted_everywhere(file: Path) -> None:
    ring = MemoryKeyring()
    store = SecretStore(file, {}, keyring=lambda: ring)
    assert store.set("A", "x") == "keyring"
    assert not file.exists()
    SecretStore(file, {}, use_keyring=False).set("A", "y")
    store.delete("A")
    store.delete("A")
    assert store.get("A") is None


def test_the_file_is_for_its_owner_only(file: Path) -> None:
    store = SecretStore(file, {}, use_keyring=False)
    assert store.set("A", 'va"l\\ue\n') == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert store.known() == {"A": 'va"l\\ue\n'}
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        store.get("A")


def test_a_file_that_cannot_be_understood_is_an_error_not_an_empty_one(file: Path) -> None:
    store = SecretStore(file, {}, use_keyring=False)
    store.set("A", "x")
    file.write_text("A = ")
    with pytest.raises(ConfigError, match="not valid TOML"):
        store.get("A")


def test_a_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    (tmp_path / "elsewhere").write_text('A = "x"')
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="cannot be read"):
        SecretStore(file, {}, use_keyring=False).get("A")


def test_a_machine_without_keyring_uses_the_file(file: Path) -> None:
    from keyring.backends.fail import Keyring

    store = SecretStore(file, {}, keyring=Keyring)
    assert store.set("A", "x") == str(file)
    assert store.get("A") == "x"
    store.delete("A")
    assert store.get("A") is None
