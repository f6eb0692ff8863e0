"""What the command line refuses: the exit code, and a sentence that says what, where and what to do."""

import errno
from pathlib import Path

import pytest

from blufio_tui.cli import run
from blufio_tui.core.text.display import is_hidden


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def code_of(*arguments: str) -> int:
    try:
        return run(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("serve --port 99999", 2, "from 1 to 65535"),
        ("serve --port -1", 2, "from 1 to 65535"),
        ("serve --project nowhere", 2, "name another with --project"),
        ("audit list --limit -1", 2, "from 0"),
        ("session import nowhere", 1, "No such file"),
        ("session show caf\udce9", 2, "not UTF-8"),
        ("skill run nowhere", 1, "blufio-tui skill list"),
        ("skill run clac", 1, 'there is no folder clac, and there is no skill "clac"; did you mean "calc"?'),
        ("secret set bad-name", 2, "not a valid secret name"),
        ("grants edit x", 2, "--until"),
        ("ask hi --resume=", 1, "session list"),
        ("ask hi --base-url http://[::1", 2, "model.base_url"),
    ],
)
def test_what_cannot_be_done_is_said(line: str, code: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*line.split()) == code
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


def test_serve_does_not_begin_with_a_configuration_that_cannot_be_read(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[")
    assert code_of("serve") == 2
    assert str(home / "config.toml") in capsys.readouterr().err


def test_a_setting_that_cannot_be_stored_is_a_failure_not_wrong_usage(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("blufio_tui.adapters.config.settings.replace_file", full)
    assert code_of("config", "set", "ui.vim_keys", "true") == 1
    assert f"{home / 'config.toml'}: cannot be written: No space left" in capsys.readouterr().err


def test_a_signing_key_that_cannot_be_written_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert code_of("skill", "keygen", "--key", "key.pem") == 1
    assert "key.pem cannot be written: No space left" in capsys.readouterr().err
    assert not Path("key.pem").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["why", "a\x1b]0;owned\x07\u202etxt"],
        ["session", "import", "no\x9b2Jwhere"],
        ["session", "show", "\x1b[2J"],
        ["skill", "show", "\u200b\x1b[2J"],
        ["nothing\x1b[2J"],
        ["audit", "list", "--\x1b[2J"],
    ],
)
def test_no_name_in_a_message_commands_the_terminal(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*words) in (1, 2)
    said = capsys.readouterr().err
    assert said and not [char for char in said if char != "\n" and is_hidden(char)]
