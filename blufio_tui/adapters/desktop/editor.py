"""Opens the person's editor on the prompt, without losing text if something fails, or on a file."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.commands.own_programs import find_program, own_environment

_FALLBACKS = ("nano", "vim", "vi")
_PLUS = frozenset(
    {
        "vi",
        "vim",
        "nvim",
        "view",
        "nano",
        "pico",
        "emacs",
        "emacsclient",
        "mg",
        "micro",
        "kak",
        "joe",
        "jed",
        "ne",
        "gvim",
    }
)
_GOTO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
_COLON = frozenset({"hx", "helix", "subl", "zed", "zeditor"})
"""How editors are told the line: `+12 FILE`, `--goto FILE:12`, `FILE:12`."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The text to continue with. `note` says what went wrong, "" if all is well."""

    text: str
    note: str = ""


def run_program(command: Sequence[str]) -> int:
    """Run in the foreground, on this terminal; the exit status."""
    return subprocess.run(list(command), check=False, env=own_environment()).returncode


def edit_text(
    text: str, environ: Mapping[str, str] = os.environ, run: Callable[[Sequence[str]], int] = run_program
) -> Edited:
    """Open `$VISUAL`, `$EDITOR` or the first common editor there is. Blocks; the caller must have released the
    terminal."""
    command = editor_command(environ)
    if not command:
        return Edited(text, "No editor is set: set EDITOR, for example EDITOR=nano.")
    try:
        folder = Path(tempfile.mkdtemp(prefix="blufio-"))  # 0700: a prompt may hold secrets
        file = folder / "prompt.md"
        file.write_text(text, encoding="utf-8", errors="replace")
        status = run([*command, str(file)])
        edited = _read_back(text, file, status, command[0])
        if not edited.note.endswith(str(file)):
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        return Edited(text, f"{command[0]} could not be started: {error.strerror or error}. The prompt is unchanged.")
    return edited


def open_file(
    file: Path, line: int, environ: Mapping[str, str] = os.environ, run: Callable[[Sequence[str]], int] = run_program
) -> str:
    """Open a file at a line, as far as the editor is known to take one. Blocks, as `edit_text`.

    Args:
        file: absolute, so that its name is never taken for an option.
        line: counted from 1; 0 for none.

    Returns:
        What went wrong, "" if nothing did.
    """
    command = editor_command(environ)
    if not command:
        return "No editor is set: set EDITOR, for example EDITOR=nano."
    try:
        status = run([*command, *_at_line(Path(command[0]).name, str(file.absolute()), line)])
    except OSError as error:
        return f"{command[0]} could not be started: {error.strerror or error}."
    return f"{command[0]} ended with status {status}." if status else ""


def _at_line(editor: str, file: str, line: int) -> list[str]:
    if line and editor in _PLUS:
        return [f"+{line}", file]
    if line and editor in _GOTO:
        return ["--goto", f"{file}:{line}"]
    return [f"{file}:{line}" if line and editor in _COLON else file]


def editor_command(environ: Mapping[str, str]) -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environ.get(name, ""))
            if words and (os.sep not in words[0] or Path(words[0]).is_absolute()):
                return words  # a bare name is found outside the project: `run_program` sees to that
        except ValueError:
            continue  # a quote without an end: as good as not set
    return next(([program] for name in _FALLBACKS if (program := find_program(name, environ=environ))), [])


def _read_back(before: str, file: Path, status: int, editor: str) -> Edited:
    """A note that ends in the file's path means that the file was left there."""
    data = file.read_bytes()
    try:
        after = data.decode("utf-8")
    except UnicodeDecodeError:
        return Edited(before, f"The editor saved something that is not UTF-8 text; it is kept in {file}")
    if after.endswith("\n") and not before.endswith("\n"):
        after = after[:-1]  # editors end the last line
    if status == 0:
        return Edited(after)
    if after == before:
        return Edited(before, f"{editor} ended with status {status}; the prompt is unchanged.")
    return Edited(before, f"{editor} ended with status {status}; the prompt is unchanged, what was saved is in {file}")
