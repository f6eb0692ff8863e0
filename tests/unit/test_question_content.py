"""What the approval card tells about an effect: whole, and nothing twice."""

import pytest

from blufio_tui.core.capability import FileTarget, Kind
from blufio_tui.ui.content.question import facts
from tests.fakes.ui_agent import Effect, question

PATH = "/home/ada/lamp.py"
DIFF = "@@ -1 +1 @@\n-BLINKS = 2\n+BLINKS = 3"


def _lines(preview: str, *, requested: str = PATH, tight: bool = False) -> list[str]:
    target = FileTarget(Kind.FS_WRITE, PATH, requested, "write")
    asked = question("file", Effect(target, preview=preview))
    return [line.plain.rstrip() for line in facts(asked, 76, tight=tight)]


@pytest.mark.parametrize("preview", ["", f"write {PATH}", f"write {PATH}\nasked for as lamp.py"])
def test_what_the_target_says_already_is_not_said_again(preview: str) -> None:
    assert "what it would do" not in _lines(preview, requested="lamp.py")


def test_a_difference_is_shown_from_its_first_hunk() -> None:
    lines = _lines(f"write {PATH}\n--- now\n+++ after\n{DIFF}")
    assert lines[-4:] == ["what it would do", *DIFF.split("\n")]


def test_where_there_are_few_lines_the_difference_stands_right_below_the_file() -> None:
    lines = _lines(f"write {PATH}\n--- now\n+++ after\n{DIFF}", tight=True)
    assert lines[:4] == [PATH, *DIFF.split("\n")]
    assert any(line.startswith("why asked") for line in lines)


def test_a_warning_in_the_preview_stays() -> None:
    warning = "has 2 hard links: the same content is in use under other names too"
    assert _lines(f"write {PATH}\n{warning}")[-1] == warning
