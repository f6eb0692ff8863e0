from pathlib import Path

import pytest

from blufio_tui.core.guards.project_scope import wide_project


@pytest.mark.parametrize(
    ("project", "words"),
    [
        ("/", "the whole disk"),
        ("/home/ada", "your home folder"),
        ("/home", "a folder that holds your home folder"),
        ("/home/ada/p", ""),
        ("/home/adam", ""),
        ("/srv/p", ""),
    ],
)
def test_a_project_that_holds_everything_is_told_from_others(project: str, words: str) -> None:
    assert wide_project(Path(project), Path("/home/ada")) == words
