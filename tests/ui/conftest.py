"""The app without a terminal: taken for quiet although something on it moves, and painted when it is looked at."""

import pytest
from textual import app, pilot
from textual._compositor import Compositor

from tests.fakes.quiet_loop import until_quiet


@pytest.fixture(autouse=True)
def quiet_although_something_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After each key Textual waits for 20 ms in which the process used less than 1 ms, but for no more than a second.
    A spinner or a countdown uses more, and so does a busy machine: 4 ms are as quiet, and most waits end at once.
    """
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
