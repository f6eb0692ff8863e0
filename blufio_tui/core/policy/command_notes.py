"""Warnings about a command: it writes files that other programs act on, or runs a download.

Only text for the card; it decides nothing. A command can write such a file in ways that are not detected here.
"""

import re
from collections.abc import Iterator
from posixpath import join, normpath

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.shell.known_programs import SHELLS
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.loose_words import loose_words, written_by_redirection
from blufio_tui.core.shell.programs import programs_run
from blufio_tui.core.text.display import visible_line

_SOMEBODYS_HOME = "/home/_"
"""In place of `~`: who obeys a file is told by what stands below it."""

_WRITES_ARGUMENTS = frozenset(
    {
        "tee",
        "cp",
        "mv",
        "install",
        "ln",
        "rsync",
        "scp",
        "touch",
        "truncate",
        "sponge",
        "patch",
        "ed",
        "ex",
        "vi",
        "vim",
    }
    | {"nano", "emacs", "unlink", "rm", "chmod", "shred", "mkfifo", "split", "csplit", "link", "mkdir"}
)
_IN_PLACE = {"sed": re.compile(r"-[a-zA-Z]*i.*|--in-place.*"), "perl": re.compile(r"-[a-zA-Z0-9]*i.*")}
_OUTPUT_OPTION = re.compile(
    r"-(?:o|O|t)|--(?:output|output-document|target-directory|out|outfile|out-file|output-file)"
)
_OUTPUT_GLUED = re.compile(r"(?:--(?:output|output-document|target-directory|out|outfile|output-file)=|of=|-o)(.+)")
_GIT_SETTING = re.compile(
    r"(core|alias|include(if)?|filter|diff|merge|credential|gpg|sequence|init|pager|url|remote|protocol|http|submodule"
    r"|difftool|mergetool|browser|man|sendemail|hook|uploadpack|receive|fsmonitor|extensions|safe)\..+",
    re.IGNORECASE,
)
_SCHEDULERS = {
    "crontab": "cron runs it automatically, on a schedule",
    "at": "it runs later, automatically",
    "batch": "it runs later, automatically",
    "launchctl": "the system runs it automatically, at start-up or login",
}
_DOWNLOADERS = frozenset(
    {"curl", "wget", "fetch", "http", "https", "aria2c", "lynx", "nc", "ncat", "netcat", "socat", "ftp"}
)
_INTERPRETERS = SHELLS | frozenset(
    {
        "python",
        "python2",
        "python3",
        "perl",
        "ruby",
        "node",
        "nodejs",
        "deno",
        "bun",
        "php",
        "lua",
        "eval",
        "source",
        ".",
    }
)


def command_notes(target: ExecTarget) -> tuple[str, ...]:
    """Warnings in words, each once: `writes .git/hooks/pre-commit: git runs it automatically, …`."""
    notes = []
    for part in target.parts:
        for path in written_by_redirection(part):
            notes.append(_about_path(path, target.cwd))
    names = set()
    for program, *arguments in programs_run(target):
        names.add(program)
        notes += [_about_path(path, target.cwd) for path in _written(program, tuple(arguments))]
        notes.append(_about_settings(program, tuple(arguments)))
    if not _DOWNLOADERS.isdisjoint(names) and _runs_something_unseen(target):
        notes.append("runs a download that nobody has looked at")
    return tuple(dict.fromkeys(note for note in notes if note))


def _about_path(written: str, cwd: str) -> str:
    words = obeyed_by(_absolute(written, cwd))
    return f"writes {visible_line(written)}: {words}" if words else ""


def _absolute(written: str, cwd: str) -> str:
    for spelled in ("~", "$HOME", "${HOME}"):
        if written == spelled or written.startswith(spelled + "/"):
            written = _SOMEBODYS_HOME + written[len(spelled) :]
    return normpath(join(cwd, written)) + ("/" if written.endswith("/") else "")


def _written(program: str, arguments: Words) -> Iterator[str]:
    """Paths among the arguments that the program may write to, generously."""
    if program in _WRITES_ARGUMENTS or any(map(_IN_PLACE.get(program, re.compile(r"(?!)")).fullmatch, arguments)):
        yield from (word for word in arguments if not word.startswith("-"))
    for at, word in enumerate(arguments):
        if _OUTPUT_OPTION.fullmatch(word):
            yield from arguments[at + 1 : at + 2]
        elif glued := _OUTPUT_GLUED.fullmatch(word):
            yield glued[1]


def _about_settings(program: str, arguments: Words) -> str:
    reads = any(word.startswith(("--get", "--list", "-l")) for word in arguments)
    if program == "git" and "config" in arguments and not reads and any(map(_GIT_SETTING.fullmatch, arguments)):
        return "changes a git setting that can name commands to run"
    if program in _SCHEDULERS and "-l" not in arguments:
        return f"hands a command over: {_SCHEDULERS[program]}"
    if program == "systemctl" and not {"enable", "link", "edit"}.isdisjoint(arguments):
        return "hands a command over: the system runs it automatically, at start-up or login"
    return ""


def _runs_something_unseen(target: ExecTarget) -> bool:
    """A shell or an interpreter in the same line: behind a pipe, around a substitution, or on the file afterwards."""
    for part in target.parts:
        names = {word.rsplit("/", 1)[-1] for word in loose_words(part)[0]}
        if not _INTERPRETERS.isdisjoint(names):
            return True
        if any(word.startswith("+") and "x" in word for word in loose_words(part)[0]) and "chmod" in names:
            return True
    return False
