"""Enter that was typed before the terminal gave keys one by one."""

import os
import pty
import select

import pytest
from textual.drivers import web_driver

from blufio_tui.ui.textual_fixes.key_bursts import came_together, mark_bursts_of_browsers
from blufio_tui.ui.textual_fixes.terminal_driver import typed_before, with_enter


@pytest.mark.parametrize(
    ("data", "early", "keys"),
    [
        (b"hello\n", 6, b"hello\r"),
        (b"hello\nx\n", 6, b"hello\rx\n"),
        (b"\n\n", 0, b"\n\n"),
        (b"ab", 9, b"ab"),
        (b"", 3, b""),
    ],
)
def test_only_what_was_there_before_is_changed(data: bytes, early: int, keys: bytes) -> None:
    assert with_enter(data, early) == keys


def test_what_waits_on_a_terminal_is_counted_and_a_file_has_nothing() -> None:
    master, slave = pty.openpty()
    try:
        assert typed_before(slave) == 0
        os.write(master, b"hello\r")
        assert select.select([slave], [], [], 10)[0]
        assert typed_before(slave) == 6
    finally:
        os.close(master)
        os.close(slave)
    with open(os.devnull, "rb") as nothing:
        assert typed_before(nothing.fileno()) == 0


def test_keys_from_a_browser_are_told_apart_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_driver, "XTermParser", object)
    mark_bursts_of_browsers()
    assert [came_together(key) for key in web_driver.XTermParser().feed("yes")] == [True, True, True]  # type: ignore[attr-defined]
