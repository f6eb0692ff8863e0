"""Variables about certificates that cannot be used are named in a sentence."""

import os
from pathlib import Path

import pytest

from blufio_tui.adapters.certificates import trusted_certificates
from blufio_tui.adapters.net.connections import Connections
from blufio_tui.core.errors import ConfigError, HostError

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def places(folder: Path) -> dict[str, Path]:
    (folder / "text").write_text("no certificate")
    (folder / "empty").touch()
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    return {name: folder / name for name in ("missing", "text", "empty", "folder", "pipe")} | {
        "nowhere": folder / "no" / "file"
    }


@pytest.mark.parametrize(
    ("variable", "place", "why"),
    [
        ("SSL_CERT_FILE", "missing", "No such file"),
        ("SSL_CERT_FILE", "text", "holds no certificates"),
        ("SSL_CERT_FILE", "empty", "holds no certificates"),
        ("SSL_CERT_FILE", "folder", "not a plain file"),
        ("SSL_CERT_FILE", "pipe", "not a plain file"),
        ("SSL_CERT_DIR", "missing", "No such file"),
        ("SSL_CERT_DIR", "text", "not a folder"),
        ("SSLKEYLOGFILE", "nowhere", "No such file"),
        ("SSLKEYLOGFILE", "folder", "not a plain file"),
        ("SSLKEYLOGFILE", "pipe", "not a plain file"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, place: str, why: str
) -> None:
    path = places(tmp_path)[place]
    monkeypatch.setenv(variable, str(path))
    if variable == "SSLKEYLOGFILE":
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match=why) as raised:
        trusted_certificates()
    assert str(raised.value).startswith(f"{variable}={path} cannot be used: ")
    with pytest.raises(HostError, match=variable):
        Connections().pool()


def test_without_variables_the_systems_certificates_are_trusted() -> None:
    assert trusted_certificates().verify_mode.name == "CERT_REQUIRED"
