"""The pilot takes the app for quiet although something on it moves."""

import pytest
from textual import _wait


@pytest.fixture(autouse=True)
def quiet_although_something_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After each key Textual waits for 20 ms in which the process used less than 1 ms, but for no more than a second.
    A spinner or a countdown uses more, and so does a busy machine: 4 ms are as quiet, and most waits end at once.
    """
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.004)
