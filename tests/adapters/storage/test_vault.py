"""Model keys and skills' secrets cannot be mistaken for each other, whatever name a manifest chooses."""

import json
from pathlib import Path

import pytest

from blufio_tui.adapters.model.credentials import Credentials
from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.storage.vault import KEY_INDEX, SHARED_SERVICE, Namespace
from blufio_tui.core.errors import ConfigError

KEY, SECRET = "sk-ant-model-key-0123", "value-of-a-skills-secret"


class MemoryKeyring:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def ring() -> MemoryKeyring:
    return MemoryKeyring()


def stores(folder: Path, ring: MemoryKeyring) -> tuple[Credentials, SecretStore]:
    return Credentials(folder, {}, lambda: ring), SecretStore(folder / "secrets.toml", {}, keyring=lambda: ring)


@pytest.mark.parametrize("name", ["anthropic", "work", "GITHUB_TOKEN"])
def test_a_key_and_a_secret_of_one_name_are_two_things(tmp_path: Path, ring: MemoryKeyring, name: str) -> None:
    keys, secrets = stores(tmp_path, ring)
    keys.store(name, KEY)
    assert secrets.get(name) is None
    secrets.set(name, SECRET)
    found = keys.key(name)
    assert found is not None
    assert (found.value, secrets.get(name)) == (KEY, SECRET)
    secrets.delete(name)
    assert keys.key(name) is not None


@pytest.mark.parametrize("name", ["anthropic", "work"])
def test_a_key_of_the_shared_service_is_no_skills_and_moves_when_it_is_used(
    tmp_path: Path, ring: MemoryKeyring, name: str
) -> None:
    keys, secrets = stores(tmp_path, ring)
    ring.set_password(SHARED_SERVICE, name, KEY)
    (tmp_path / KEY_INDEX).write_text(json.dumps({name: {"in": "keyring"}}))
    (tmp_path / KEY_INDEX).chmod(0o600)
    assert secrets.get(name) is None
    secrets.set(name, SECRET)
    secrets.delete(name)
    found = keys.key(name)
    assert found is not None
    assert found.value == KEY
    assert ring.kept == {(Namespace.MODEL_KEY, name): KEY}
    assert keys.key(name) == found
    assert keys.forget(name)
    assert ring.kept == {}


def test_the_default_key_is_no_skills_even_without_an_index(tmp_path: Path, ring: MemoryKeyring) -> None:
    ring.set_password(SHARED_SERVICE, "anthropic", KEY)
    assert stores(tmp_path, ring)[1].get("anthropic") is None


def test_a_secret_of_the_shared_service_moves_when_it_is_used(tmp_path: Path, ring: MemoryKeyring) -> None:
    ring.set_password(SHARED_SERVICE, "GITHUB_TOKEN", SECRET)
    secrets = stores(tmp_path, ring)[1]
    assert secrets.get("GITHUB_TOKEN") == SECRET
    assert ring.kept == {(Namespace.SKILL_SECRET, "GITHUB_TOKEN"): SECRET}
    assert secrets.get("GITHUB_TOKEN") == SECRET


def test_an_index_that_cannot_be_trusted_gives_no_shared_value_away(tmp_path: Path, ring: MemoryKeyring) -> None:
    ring.set_password(SHARED_SERVICE, "work", KEY)
    (tmp_path / KEY_INDEX).write_text("{")
    (tmp_path / KEY_INDEX).chmod(0o600)
    with pytest.raises(ConfigError, match="store the keys again"):
        stores(tmp_path, ring)[1].get("work")


@pytest.mark.parametrize("file", [KEY_INDEX, "secrets.toml"])
@pytest.mark.parametrize(
    ("fault", "said"), [("others", "chmod 600"), ("link", "symlink"), ("folder", "not a plain file")]
)
def test_both_files_pass_the_same_checks(tmp_path: Path, ring: MemoryKeyring, file: str, fault: str, said: str) -> None:
    keys, secrets = stores(tmp_path, ring)
    place = tmp_path / file
    match fault:
        case "others":
            place.write_text("{}" if file == KEY_INDEX else "")
            place.chmod(0o640)
        case "link":
            (tmp_path / "elsewhere").touch(mode=0o600)
            place.symlink_to(tmp_path / "elsewhere")
        case "folder":
            place.mkdir()
    with pytest.raises(ConfigError, match=said):
        keys.key("work") if file == KEY_INDEX else secrets.get("work")


def test_a_variable_of_a_connection_is_no_skills_secret(tmp_path: Path, ring: MemoryKeyring) -> None:
    store = SecretStore(tmp_path / "s.toml", {"LOCAL": KEY}, keyring=lambda: ring, own=["LOCAL"])
    with pytest.raises(ConfigError, match="model connection"):
        store.get("LOCAL")
