"""Copying, and not claiming more than is known."""

import base64
import os
from pathlib import Path

import pytest

from blufio_tui.adapters.desktop.clipboard import MAX_OSC52_BYTES, Clipboard


def tool(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


class Terminal:
    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    path = f"{tmp_path}:/usr/bin:/bin"
    monkeypatch.setenv("PATH", path)
    return {"PATH": path, "HOME": os.environ.get("HOME", "/")}


async def test_the_systems_own_clipboard_is_certain(
    tmp_path: Path, terminal: Terminal, environ: dict[str, str]
) -> None:
    tool(tmp_path, "wl-copy", f"cat > {tmp_path}/copied")
    copied = await Clipboard(terminal.write, {**environ, "WAYLAND_DISPLAY": "w"}, "linux").copy("grüße")
    assert copied.ok is True
    assert copied.message == "Copied 5 characters (wl-copy)."
    assert (tmp_path / "copied").read_text() == "grüße"
    assert terminal.written == []


async def test_a_tool_that_fails_gives_way_to_the_next_and_then_to_the_terminal(
    tmp_path: Path, terminal: Terminal, environ: dict[str, str]
) -> None:
    tool(tmp_path, "xclip", "cat > /dev/null; exit 1")
    tool(tmp_path, "xsel", "exit 1")
    copied = await Clipboard(terminal.write, {**environ, "DISPLAY": ":0"}, "linux").copy("x" * 100_0)
    assert copied.ok is None
    assert terminal.written == [f"\x1b]52;c;{base64.b64encode(b'x' * 1000).decode()}\x07"]


async def test_the_terminal_is_never_claimed_to_have_taken_it(terminal: Terminal, environ: dict[str, str]) -> None:
    copied = await Clipboard(terminal.write, environ, "linux").copy("text")
    assert copied.ok is None
    assert "does not say whether" in copied.message


async def test_over_ssh_the_other_machines_clipboard_is_not_used(
    tmp_path: Path, terminal: Terminal, environ: dict[str, str]
) -> None:
    tool(tmp_path, "xclip", f"cat > {tmp_path}/copied")
    clipboard = Clipboard(terminal.write, {**environ, "DISPLAY": ":10", "SSH_CONNECTION": "a b"}, "linux")
    assert (await clipboard.copy("text")).ok is None
    assert not (tmp_path / "copied").exists()
    assert len(terminal.written) == 1


async def test_tmux_gets_it_and_passes_it_on(tmp_path: Path, terminal: Terminal, environ: dict[str, str]) -> None:
    tool(tmp_path, "tmux", f'echo "$@" > {tmp_path}/args; cat > {tmp_path}/copied')
    copied = await Clipboard(terminal.write, {**environ, "TMUX": "/tmp/t,1,0"}, "linux").copy("text")
    assert copied.ok is None
    assert (tmp_path / "args").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "copied").read_text() == "text"


async def test_in_screen_the_sequence_is_wrapped(terminal: Terminal, environ: dict[str, str]) -> None:
    await Clipboard(terminal.write, {**environ, "TERM": "screen-256color"}, "linux").copy("a")
    assert terminal.written == ["\x1bP\x1b]52;c;YQ==\x07\x1b\\"]


async def test_too_much_for_the_terminal_is_a_failure_and_says_what_to_do(
    terminal: Terminal, environ: dict[str, str]
) -> None:
    copied = await Clipboard(terminal.write, environ, "linux").copy("x" * MAX_OSC52_BYTES)
    assert copied.ok is False
    assert "install wl-clipboard, xclip or xsel" in copied.message
    assert terminal.written == []


async def test_nothing_is_not_copied(terminal: Terminal, environ: dict[str, str]) -> None:
    assert (await Clipboard(terminal.write, environ, "linux").copy("")).ok is False


async def test_an_image_is_read_from_the_systems_clipboard(
    tmp_path: Path, terminal: Terminal, environ: dict[str, str]
) -> None:
    tool(tmp_path, "xclip", 'case "$*" in *image/png*) printf PNGDATA;; *) exit 1;; esac')
    assert await Clipboard(terminal.write, {**environ, "DISPLAY": ":0"}, "linux").image() == b"PNGDATA"
    assert await Clipboard(terminal.write, environ, "linux").image() == b""
    assert await Clipboard(terminal.write, {**environ, "WAYLAND_DISPLAY": "w"}, "linux").image() == b""
