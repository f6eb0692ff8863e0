"""Named connections in config.toml."""

from pathlib import Path

import pytest

from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.model.connections import Connections
from blufio_tui.core.connections import Connection
from blufio_tui.core.errors import ConfigError

CONFIG = """\
# mine
[model]
name = "m"  # the usual one

# the box under the desk
[connections.local]
base_url = "http://127.0.0.1:8080"
model = "small"  # fits
key = "none"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return file


def test_connections_are_read_in_order(file: Path) -> None:
    assert Connections(file).all() == (Connection("local", "http://127.0.0.1:8080", "small", "none"),)
    assert Connections(file.with_name("none.toml")).all() == ()


def test_adding_and_changing_keeps_comments_and_everything_else(file: Path) -> None:
    connections = Connections(file)
    connections.save(Connection("local", "http://127.0.0.1:9090", "small", "none"))
    connections.save(Connection("work", key="env:WORK_KEY"))
    text = file.read_text()
    assert text.startswith(CONFIG.replace("8080", "9090"))
    assert connections.get("work") == Connection("work", key="env:WORK_KEY")
    assert load_settings(file).model.name == "m"


def test_a_value_that_is_taken_back_leaves_the_file(file: Path) -> None:
    Connections(file).save(Connection("local", "http://127.0.0.1:8080"))
    assert Connections(file).get("local") == Connection("local", "http://127.0.0.1:8080")


def test_the_first_connection_makes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "home" / "config.toml"
    Connections(file).save(Connection("a", "https://example.org"))
    assert Connections(file).get("a").base_url == "https://example.org"
    assert file.stat().st_mode & 0o077 == 0


def test_removing_leaves_the_others(file: Path) -> None:
    connections = Connections(file)
    connections.save(Connection("two"))
    assert connections.remove("local")
    assert not connections.remove("local")
    assert [one.name for one in connections.all()] == ["two"]


def test_an_unknown_name_lists_the_known(file: Path) -> None:
    with pytest.raises(ConfigError, match='no connection "x"; there are: local'):
        Connections(file).get("x")


@pytest.mark.parametrize(
    "connection",
    [
        Connection("bad name"),
        Connection("a", "ftp://x"),
        Connection("a", "https://user:pw@host"),
        Connection("a", key="sk-ant-secret"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_file_stays(file: Path, connection: Connection) -> None:
    with pytest.raises(ConfigError) as raised:
        Connections(file).save(connection)
    assert "secret" not in str(raised.value)
    assert file.read_text() == CONFIG


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[connections.a]\nurl = 'x'", "unknown setting"),
        ("[connections.a]\nmodel = 1", "expected a string"),
        ("[connections]\na = 1", r"expected a table \[connections.a\]"),
        ("connections = 1", "expected tables"),
        ("[", "not valid TOML"),
    ],
)
def test_a_table_that_is_no_connection_is_named(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=says):
        Connections(file).all()


@pytest.mark.parametrize(
    ("connection", "warns"),
    [
        (Connection("a", "http://192.168.1.5:8080"), True),
        (Connection("a", "http://192.168.1.5:8080", key="none"), False),
        (Connection("a", "http://localhost:8080"), False),
        (Connection("a", "https://example.org"), False),
    ],
)
def test_a_key_on_an_open_line_is_warned_about(connection: Connection, warns: bool) -> None:
    assert bool(connection.warning) is warns
