"""The clipboard: the system's if it belongs to this machine, else the terminal's by OSC 52.

Terminals do not confirm OSC 52, so this module cannot either.
"""

import asyncio
import base64
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from blufio_tui.adapters.commands.own_programs import find_program, own_path

MAX_OSC52_BYTES = 74_994
"""What common terminals take in one sequence, after base64."""

_TIMEOUT_SECS = 3.0


@dataclass(frozen=True, slots=True)
class Copied:
    """`ok` is None if it was sent to the terminal, which does not confirm. `message` is a sentence for the person."""

    ok: bool | None
    message: str


class Clipboard:
    """
    Args:
        terminal_write: writes an escape sequence to the terminal (past the screen's own drawing).
    """

    def __init__(
        self,
        terminal_write: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
        platform: str = sys.platform,
    ) -> None:
        self._terminal_write = terminal_write
        self._environ = environ
        self._platform = platform

    async def copy(self, text: str) -> Copied:
        """Put `text` on the clipboard; never raises."""
        if not text:
            return Copied(False, "There is nothing to copy.")
        data = text.encode("utf-8", "replace")
        for command in self._native_commands():
            if await _feed(command, data, self._environ):
                return Copied(True, f"Copied {len(text):,} characters ({command[0]}).")
        return await self._copy_by_terminal(data, len(text))

    async def image(self) -> bytes:
        """An image on the system's clipboard as PNG; b"" if there is none, or none that can be reached (a terminal
        pastes text only)."""
        for command in self._image_commands():
            if data := await _output(command, self._environ):
                return data
        return b""

    async def _copy_by_terminal(self, data: bytes, characters: int) -> Copied:
        encoded = base64.b64encode(data).decode("ascii")
        if len(encoded) > MAX_OSC52_BYTES:
            return Copied(
                False, f"Not copied: {characters:,} characters are too many for the terminal; {self._advice()}"
            )
        if self._environ.get("TMUX") and await _feed(("tmux", "load-buffer", "-w", "-"), data, self._environ):
            return Copied(None, f"Copied {characters:,} characters to tmux and offered them to the terminal.")
        self._terminal_write(osc52(encoded, in_screen=self._environ.get("TERM", "").startswith("screen")))
        return Copied(
            None,
            f"Offered {characters:,} characters to the terminal, which does not say whether it took them; "
            f"if pasting brings something else, {self._advice()}",
        )

    def _native_commands(self) -> Sequence[tuple[str, ...]]:
        """Commands for the clipboard that the person sees; none over SSH, where it is not this machine's."""
        if self._is_remote():
            return ()
        candidates: list[tuple[str, ...]] = []
        if self._platform == "darwin":
            candidates.append(("pbcopy",))
        if self._environ.get("WAYLAND_DISPLAY"):
            candidates.append(("wl-copy",))
        if self._environ.get("DISPLAY"):
            candidates += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
        return [command for command in candidates if find_program(command[0], environ=self._environ)]

    def _image_commands(self) -> Sequence[tuple[str, ...]]:
        if self._is_remote():
            return ()
        candidates: list[tuple[str, ...]] = []
        if self._platform == "darwin":
            candidates.append(("pngpaste", "-"))
        if self._environ.get("WAYLAND_DISPLAY"):
            candidates.append(("wl-paste", "--type", "image/png"))
        if self._environ.get("DISPLAY"):
            candidates.append(("xclip", "-selection", "clipboard", "-target", "image/png", "-out"))
        return candidates

    def _is_remote(self) -> bool:
        return bool(self._environ.get("SSH_CONNECTION") or self._environ.get("SSH_TTY"))

    def _advice(self) -> str:
        if self._is_remote():
            return "allow OSC 52 in the terminal's settings, or use /export."
        return "install wl-clipboard, xclip or xsel, or use /export."


def osc52(encoded: str, *, in_screen: bool = False) -> str:
    """The escape sequence that offers base64 text to the terminal's clipboard."""
    sequence = f"\x1b]52;c;{encoded}\x07"
    return f"\x1bP{sequence}\x1b\\" if in_screen else sequence


async def _output(command: Sequence[str], environ: Mapping[str, str]) -> bytes:
    """What a program writes, b"" if it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            find_program(command[0], environ=environ) or "/nonexistent",
            *command[1:],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environ, "PATH": own_path(environ=environ)},
        )
    except OSError:
        return b""
    try:
        data, _ = await asyncio.wait_for(process.communicate(), _TIMEOUT_SECS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return b""
    return data if process.returncode == 0 else b""


async def _feed(command: Sequence[str], data: bytes, environ: Mapping[str, str]) -> bool:
    """Run a program with `data` on its standard input; whether it took it. Such programs leave a child behind that
    holds the selection, so nothing waits for their output to close."""
    try:
        process = await asyncio.create_subprocess_exec(
            find_program(command[0], environ=environ) or "/nonexistent",
            *command[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environ, "PATH": own_path(environ=environ)},
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(data), _TIMEOUT_SECS)
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
