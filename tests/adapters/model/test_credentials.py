"""API keys: found where they are, kept where only the owner sees them, never in a message."""

import json
import stat
from pathlib import Path

import pytest

from blufio_tui.adapters.model.credentials import Credentials, Keyring
from blufio_tui.core.errors import ConfigError, UsageError

KEY = "sk-ant-test-0123456789"


class MemoryKeyring:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything and keeps nothing, as keyring's null backend does."""

    def set_password(self, service: str, name: str, value: str) -> None:
        return None


class BrokenKeyring(MemoryKeyring):
    def get_password(self, service: str, name: str) -> str | None:
        raise RuntimeError(f"locked; last value was {KEY}")

    def set_password(self, service: str, name: str, value: str) -> None:
        raise RuntimeError(f"cannot store {value}")


def no_keyring() -> Keyring:
    raise AssertionError("the keyring must not be opened")


def test_the_environment_comes_first_and_opens_no_keyring(tmp_path: Path) -> None:
    key = Credentials(tmp_path, {"ANTHROPIC_API_KEY": f" {KEY}\n"}, no_keyring).key()
    assert key
    assert (key.value, key.source) == (KEY, "environment variable ANTHROPIC_API_KEY")
    assert KEY not in repr(key)


def test_nothing_stored_is_none_and_opens_no_keyring(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, {}, no_keyring)
    assert credentials.key() is None
    assert credentials.key("work") is None
    assert credentials.key("none") is None
    assert credentials.where() == ""
    assert not credentials.forget("work")


def test_a_key_is_kept_in_the_keyring_and_not_in_the_file(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    credentials = Credentials(tmp_path, {}, lambda: keyring)
    assert credentials.store("anthropic", f"{KEY}\n") == "The key is kept in the system's keyring."
    key = Credentials(tmp_path, {}, lambda: keyring).key()
    assert key
    assert key.value == KEY
    assert credentials.where() == "keyring"
    assert KEY not in "".join(file.read_text() for file in tmp_path.iterdir())
    assert credentials.forget("anthropic")
    assert keyring.kept == {}
    assert credentials.key() is None


@pytest.mark.parametrize("keyring", [ForgetfulKeyring(), BrokenKeyring()])
def test_where_the_keyring_does_not_work_a_private_file_is_used_and_it_says_so(
    tmp_path: Path, keyring: Keyring
) -> None:
    folder = tmp_path / "keys"
    credentials = Credentials(folder, {}, lambda: keyring)
    said = credentials.store("work", KEY)
    file = folder / "credentials.json"
    assert str(file) in said
    assert "keyring" in said
    assert KEY not in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    key = Credentials(folder, {}, no_keyring).key("work")
    assert key
    assert key.value == KEY


def test_a_key_of_another_variable_is_found_by_its_name(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, {"LOCAL_KEY": KEY}, no_keyring)
    key = credentials.key("env:LOCAL_KEY")
    assert key
    assert key.value == KEY
    assert credentials.key("env:OTHER") is None


def test_a_locked_keyring_is_an_error_without_the_key_in_it(tmp_path: Path) -> None:
    Credentials(tmp_path, {}, MemoryKeyring().__class__).store("anthropic", KEY)
    (tmp_path / "credentials.json").write_text(json.dumps({"anthropic": {"in": "keyring"}}))
    (tmp_path / "credentials.json").chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be used: RuntimeError") as raised:
        Credentials(tmp_path, {}, BrokenKeyring).key()
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "sk-\x1b[0m", "schlüssel", "a\nb"])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError) as raised:
        Credentials(tmp_path, {}, no_keyring).store("x", key)
    assert not key.strip() or key not in str(raised.value)


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}', '{"a": {"key": 1}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials.json").write_text(content)
    (tmp_path / "credentials.json").chmod(0o600)
    with pytest.raises(ConfigError, match=r"credentials\.json"):
        Credentials(tmp_path, {}, no_keyring).key()
