"""A keyring that never answers holds nobody up for long."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.net.secrets import SecretStore
from blufio_tui.adapters.storage import vault
from blufio_tui.adapters.storage.keyring_access import Asking, KeyringSilent
from blufio_tui.core.errors import ConfigError

VALUE = "value-of-a-secret"


class SilentKeyring:
    """Answers nothing until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.calls = 0

    def get_password(self, _service: str, _name: str) -> str | None:
        self.calls += 1
        self.released.wait(30)
        return VALUE

    def set_password(self, service: str, name: str, _value: str) -> None:
        self.get_password(service, name)

    def delete_password(self, service: str, name: str) -> None:
        self.get_password(service, name)


@pytest.fixture
def ring() -> Iterator[SilentKeyring]:
    one = SilentKeyring()
    yield one
    one.released.set()


@pytest.fixture
def silent(ring: SilentKeyring) -> vault.Vault:
    return vault.Vault(vault.Namespace.SKILL_SECRET, lambda: ring, Asking(patience=0.02))


def test_it_is_waited_for_only_so_long_and_not_asked_twice_at_once(silent: vault.Vault, ring: SilentKeyring) -> None:
    with pytest.raises(KeyringSilent, match="did not answer in time"):
        silent.get("a")
    with pytest.raises(KeyringSilent, match="does not answer"):
        silent.delete("a")
    assert silent.put("a", VALUE) == "the system's keyring cannot be used: it does not answer"
    assert ring.calls == 1


def test_once_it_has_answered_it_is_asked_again(ring: SilentKeyring) -> None:
    asking = Asking(patience=0.02)
    with pytest.raises(KeyringSilent):
        asking.ask(lambda: ring.get_password("s", "a"))
    ring.released.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(10)
    assert asking.ask(lambda: ring.get_password("s", "a")) == VALUE


def test_the_end_of_the_program_shortens_a_wait_that_has_begun(
    ring: SilentKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blufio_tui.adapters.storage.keyring_access.LAST_PATIENCE_SECS", 0.0)
    asking = Asking(patience=600)
    told: list[str] = []

    def wait() -> None:
        try:
            asking.ask(lambda: ring.get_password("s", "a"))
        except KeyringSilent as error:
            told.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not ring.calls:
        pass
    asking.end()
    waiting.join(10)
    assert told == ["it did not answer in time"]


def test_what_a_backend_raises_is_raised(ring: SilentKeyring) -> None:
    def broken() -> str:
        raise RuntimeError("locked")

    with pytest.raises(RuntimeError, match="locked"):
        Asking().ask(broken)


def test_a_silent_keyring_is_not_the_same_as_no_secret(
    tmp_path: Path, silent: vault.Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = SecretStore(tmp_path / "secrets.toml", {})
    monkeypatch.setattr(secrets, "_vault", silent)
    with pytest.raises(ConfigError, match="the secret TOKEN may be in the system's keyring: it did not answer in time"):
        secrets.get("TOKEN")
