"""The app without a terminal: on any machine quiet when it is, and painted when it is looked at."""

from collections.abc import Iterator

import pytest
from textual import app, pilot
from textual._compositor import Compositor

from tests.fakes.parsed_once import styles_parsed_once
from tests.fakes.quiet_loop import until_quiet


@pytest.fixture(autouse=True, scope="session")
def styles_are_parsed_once() -> Iterator[None]:
    with styles_parsed_once():
        yield


@pytest.fixture(autouse=True)
def quiet_when_nothing_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each key, and wherever a test pauses."""
    monkeypatch.setattr(pilot, "wait_for_idle", until_quiet)
    monkeypatch.setattr(app, "wait_for_idle", until_quiet)


@pytest.fixture(autouse=True)
def painted_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a terminal Textual paints each frame and throws it away, which is two fifths of these tests' time.
    `screen_text` paints the whole screen, and so does `running` at the end of each test; real frames are for
    `tests/snapshot` and, in a terminal, `tests/e2e`.
    """

    def nothing(compositor: Compositor, *_: object, **__: object) -> None:
        compositor._dirty_regions.clear()

    monkeypatch.setattr(Compositor, "render_update", nothing)
