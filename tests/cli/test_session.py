"""`blufio-tui session`: what scripts get and what people see."""

import argparse
import io
import json
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from blufio_tui.adapters.sessions.store import SqliteSessions
from blufio_tui.adapters.storage.database import Database
from blufio_tui.cli import session as command
from blufio_tui.core.conversation import Message, Role, TextBlock
from blufio_tui.core.errors import NotThere, UsageError
from blufio_tui.features.stored import stores
from tests.fakes.session_clock import SettableClock

Run = Callable[..., int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "blufio.db"


@contextmanager
def opened(path: Path) -> Iterator[SqliteSessions]:
    database = Database(path)
    database.open()
    yield SqliteSessions(database, SettableClock())
    database.close()


@pytest.fixture
def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(stores, "open_sessions", lambda: opened(path))

    def run(*words: str) -> int:
        parser = argparse.ArgumentParser()
        parser.set_defaults(project=None)
        command.add_parser(parser.add_subparsers())
        args = parser.parse_args(["session", *words])
        return int(args.run(args))

    return run


@pytest.fixture
async def session_id(path: Path) -> str:
    with opened(path) as store:
        session_id = await store.create("/p")
        for role, text in ((Role.USER, "where is the heron?"), (Role.ASSISTANT, "In the \x1b[31mreeds.")):
            await store.append(session_id, "t", Message(role, (TextBlock(text),)))
    return session_id


def printed(capsys: pytest.CaptureFixture[str]) -> object:
    return json.loads(capsys.readouterr().out)


def test_list_and_search_print_arrays_for_scripts(
    run: Run, session_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", "--json") == 0
    [item] = printed(capsys)
    assert (item["session_id"], item["title"], item["snippet"]) == (
        session_id,
        "where is the heron?",
        "where is the heron?",
    )
    assert item["updated"] > 0
    assert run("search", "reeds", "--json") == 0
    [item] = printed(capsys)
    assert (item["session_id"], "reeds" in item["snippet"]) == (session_id, True)
    assert run("search", "flamingo", "--json") == 0
    assert printed(capsys) == []


def test_people_see_one_line_a_session_and_nothing_that_commands_the_terminal(
    run: Run, session_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("list")
    run("search", "reeds")
    run("show", session_id[:5])
    out = capsys.readouterr().out
    assert out.startswith(session_id)
    assert "In the \\e[31mreeds." in out
    assert "\x1b" not in out


def test_an_empty_list_says_so_beside_the_output(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert capsys.readouterr() == ("", "no sessions\n")


def test_what_is_exported_as_json_can_be_deleted_and_imported(
    run: Run, session_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("export", session_id, "--format", "json")
    file = tmp_path / "session.json"
    file.write_text(capsys.readouterr().out)
    assert run("delete", session_id, "--json") == 0
    assert printed(capsys)["session_id"] == session_id  # type: ignore[index]
    assert run("import", str(file)) == 0
    assert capsys.readouterr().out == f"imported as {session_id}  where is the heron?\n"


def test_an_export_for_people_is_markdown(run: Run, session_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("export", session_id)
    assert capsys.readouterr().out.startswith("# where is the heron?\n")


def test_import_reads_standard_input(
    run: Run, session_id: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("export", session_id, "--format", "json")
    document = capsys.readouterr().out.encode()
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(document)))
    assert run("import", "-", "--json") == 0
    assert printed(capsys)["session_id"] != session_id  # type: ignore[index]


def test_a_session_is_renamed(run: Run, session_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("rename", session_id, "Of", "birds")
    assert capsys.readouterr().out == f"renamed {session_id}  Of birds\n"


@pytest.mark.parametrize(
    "words", [("show", "nope"), ("delete", "nope"), ("import", "/no/such/file"), ("import", "/dev/null")]
)
def test_wrong_usage_is_an_error_with_a_sentence(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises((NotThere, UsageError), match=r"nope|cannot be"):
        run(*words)
