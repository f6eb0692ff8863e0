"""Times on the screen do not depend on where the tests run."""

import os
import time
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
def utc() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(autouse=True)
def quiet_when_nothing_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `tests/ui`."""
    monkeypatch.setattr(pilot, "wait_for_idle", until_quiet)
    monkeypatch.setattr(app, "wait_for_idle", until_quiet)


@pytest.fixture(autouse=True)
def painted_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `tests/ui`: pictures paint the whole screen themselves."""

    def nothing(compositor: Compositor, *_: object, **__: object) -> None:
        compositor._dirty_regions.clear()

    monkeypatch.setattr(Compositor, "render_update", nothing)
