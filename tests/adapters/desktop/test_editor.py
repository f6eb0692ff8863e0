"""The prompt goes to the editor and back, and is never lost on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from blufio_tui.adapters.desktop.editor import edit_text, editor_command, run_program

ENVIRON = {"EDITOR": "my-editor --wait", "PATH": "/nowhere"}


def editor(save: bytes | None, status: int = 0) -> Callable[[Sequence[str]], int]:
    def run(command: Sequence[str]) -> int:
        if save is not None:
            Path(command[-1]).write_bytes(save)
        return status

    return run


def test_what_was_saved_comes_back_without_the_editors_last_newline() -> None:
    assert edit_text("old", ENVIRON, editor("neü\ntext\n".encode())).text == "neü\ntext"


def test_the_editor_is_given_the_prompt_in_a_private_file_that_is_gone_afterwards() -> None:
    seen: list[Path] = []

    def run(command: Sequence[str]) -> int:
        file = Path(command[-1])
        seen.append(file)
        assert list(command[:-1]) == ["my-editor", "--wait"]
        assert file.read_text() == "the prompt"
        assert file.parent.stat().st_mode & 0o077 == 0
        return 0

    assert edit_text("the prompt", ENVIRON, run) == edit_text("the prompt", ENVIRON, editor(None))
    assert not seen[0].parent.exists()


def test_leaving_the_editor_with_an_error_changes_nothing() -> None:
    edited = edit_text("mine", ENVIRON, editor(None, status=1))
    assert edited.text == "mine"
    assert "status 1" in edited.note


@pytest.mark.parametrize(("save", "status"), [(b"much work", 3), (b"\xff\xfe", 0)])
def test_what_cannot_be_taken_over_is_kept_in_a_file_that_is_named(save: bytes, status: int) -> None:
    edited = edit_text("mine", ENVIRON, editor(save, status))
    assert edited.text == "mine"
    assert Path(edited.note.rpartition(" ")[2]).read_bytes() == save


def test_an_editor_that_cannot_be_started_is_said() -> None:
    edited = edit_text("mine", {"EDITOR": "/no/such/editor"}, run_program)
    assert edited.text == "mine"
    assert "/no/such/editor could not be started" in edited.note


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({"VISUAL": "code --wait", "EDITOR": "vi"}, ["code", "--wait"]),
        ({"VISUAL": " ", "EDITOR": "'my editor' -x"}, ["my editor", "-x"]),
        ({"EDITOR": "unbalanced '", "PATH": "/nowhere"}, []),
        ({"PATH": "/nowhere"}, []),
    ],
)
def test_the_persons_choice_of_editor_counts(environ: dict[str, str], command: list[str]) -> None:
    assert editor_command(environ) == command


def test_without_any_editor_the_note_says_how_to_set_one() -> None:
    assert "set EDITOR" in edit_text("mine", {"PATH": "/nowhere"}).note
