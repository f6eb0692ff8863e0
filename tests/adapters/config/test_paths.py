"""Where the program keeps its files, and that no tool may touch them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from blufio_tui.adapters.config.paths import Paths

PATHS = Paths(Path("/c"), Path("/d"), Path("/cache"))
NOT_CLOSED = {
    "own_files": "is the list",
    "replaced_files": "is a list of others",
}


def kept() -> Iterator[tuple[str, Path]]:
    """Each file and folder that a property names: a new one cannot be forgotten."""
    for name, value in vars(Paths).items():
        if isinstance(value, property) and name not in NOT_CLOSED:
            found = getattr(PATHS, name)
            yield from ((name, path) for path in (found if isinstance(found, tuple) else (found,)))


@pytest.mark.parametrize(("name", "path"), kept())
def test_everything_that_the_program_keeps_is_closed_to_tools(name: str, path: Path) -> None:
    assert any(path.is_relative_to(own) for own in PATHS.own_files), name


def test_what_is_replaced_as_a_whole_is_closed_to_tools() -> None:
    for path in PATHS.replaced_files:
        assert any(path.is_relative_to(own) for own in PATHS.own_files), path
