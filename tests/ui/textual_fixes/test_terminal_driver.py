"""Reading the terminal: Enter that was typed before it gave keys one by one, and the end."""

import os
import pty
import select
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from textual.app import App
from textual.drivers import web_driver

from blufio_tui.ui.textual_fixes.key_bursts import came_together, mark_bursts_of_browsers
from blufio_tui.ui.textual_fixes.terminal_driver import TerminalDriver, screen_file, typed_before, with_enter


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


@pytest.mark.parametrize("is_there", [True, False])
def test_the_screen_is_drawn_on_the_terminal_when_errors_go_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    master, slave = pty.openpty()
    with open(slave, "w", encoding="latin-1") as terminal, (tmp_path / "errors.log").open("w") as elsewhere:
        monkeypatch.setattr(sys, "__stdout__", terminal)
        monkeypatch.setattr(sys, "__stderr__", elsewhere if is_there else None)
        assert screen_file() is terminal
        assert terminal.encoding == "utf-8"
        monkeypatch.setattr(sys, "__stderr__", terminal)
        assert screen_file() is terminal
    os.close(master)


async def test_the_driver_draws_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdin__", Path(os.devnull).open())  # noqa: SIM115 - closed with the test
    with (tmp_path / "errors.log").open("w") as elsewhere:
        monkeypatch.setattr(sys, "__stderr__", elsewhere)
        assert TerminalDriver(App())._file is sys.__stdout__
    sys.__stdin__.close()


def test_keys_from_a_browser_are_told_apart_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_driver, "XTermParser", object)
    mark_bursts_of_browsers()
    assert [came_together(key) for key in web_driver.XTermParser().feed("yes")] == [True, True, True]  # type: ignore[attr-defined]


def _reading(file: int) -> tuple[TerminalDriver, Thread]:
    driver = TerminalDriver.__new__(TerminalDriver)  # the rest of it needs an app
    driver.fileno, driver.exit_event, driver._debug = file, Event(), False
    thread = Thread(target=driver.run_input_thread, daemon=True)
    thread.start()
    return driver, thread


def test_reading_ends_with_what_took_the_place_of_a_terminal_that_is_gone() -> None:
    with open(os.devnull, "rb") as nothing:
        _, thread = _reading(nothing.fileno())
        thread.join(20)
        assert not thread.is_alive()


def test_reading_ends_when_it_is_told_so_at_any_time() -> None:
    for _ in range(30):
        master, slave = pty.openpty()
        try:
            driver, thread = _reading(slave)
            driver.end_input()
            thread.join(20)
            assert not thread.is_alive()
        finally:
            os.close(master)
            os.close(slave)
