"""What carries over between commands of a session: the working folder and exported variables.

A variable that makes later programs run something else without saying so on their command line is not carried
over: what a person allowed as `git status` must stay `git status`. What a command in the cage exported, which nobody
was asked about, reaches commands in the cage only: `HOME` or `PATH` alone would have others run what it left behind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from blufio_tui.core.guards.secret_names import is_secret_name
from blufio_tui.core.text.display import visible_line

MAX_CARRIED = 32 * 1024
"""Characters of names and values together."""

_OF_THE_SHELL = frozenset({"PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "BASHPID"})
_STEERING = re.compile(
    r"LD_.*|DYLD_.*|BASH_.*|ENV|IFS|PS[0-4]|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|CDPATH|GLOBIGNORE|GIT_.*|SSH_ASKPASS.*"
    r"|(GIT_|MAN|SYSTEMD_)?PAGER|EDITOR|VISUAL|.*_EDITOR|LESSOPEN|LESSCLOSE|BROWSER|PYTHONSTARTUP|PYTHONHOME"
    r"|PERL5(OPT|DB)|PERLLIB|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|BLUFIO_.*|RIPGREP_CONFIG_PATH"
)

OF_READERS = frozenset({"HOME", "XDG_CONFIG_HOME", "GCONV_PATH", "LOCPATH", "NLSPATH", "GLIBC_TUNABLES"})
"""Exported, these have `ls` or git read a configuration, or load code, that somebody else may have put there."""


def is_carried(name: str) -> bool:
    """False for what the shell sets itself and for what turns later programs into others."""
    return name not in _OF_THE_SHELL and not _STEERING.fullmatch(name)


@dataclass(frozen=True, slots=True)
class Carried:
    """
    Attributes:
        exports: name and value, sorted; what differs from the environment that every command gets.
        left_out: names that were exported and are not carried over.
    """

    exports: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def carried(base: Mapping[str, str], at_end: Mapping[str, str]) -> Carried:
    """What the next command gets on top of `base`, judged by the environment that this one ended with."""
    changed = {name: value for name, value in sorted(at_end.items()) if base.get(name) != value}
    left_out = [name for name in changed if name not in _OF_THE_SHELL and not is_carried(name)]
    kept, size = [], 0
    for name, value in changed.items():
        if not is_carried(name):
            continue
        size += len(name) + len(value)
        if size > MAX_CARRIED:
            left_out.append(name)
        else:
            kept.append((name, value))
    return Carried(tuple(kept), tuple(left_out))


def exports_in_words(exports: tuple[tuple[str, str], ...]) -> str:
    """For the card, in one line; the value of what is called like a credential is not shown."""
    shown = [f"{name}={'…' if is_secret_name(name) else _short(value)}" for name, value in exports]
    return visible_line(" ".join(shown))


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:59] + "…"


@dataclass(frozen=True, slots=True)
class ShellState:
    """
    Attributes:
        exports: what commands outside the cage exported.
        caged_exports: what commands in the cage get: that, and what others of them exported.
    """

    cwd: str
    exports: tuple[tuple[str, str], ...] = ()
    caged_exports: tuple[tuple[str, str], ...] = ()

    def after(self, cwd: str, exports: tuple[tuple[str, str], ...], *, caged: bool) -> "ShellState":
        """The state once a command has ended with these exports."""
        if caged:
            return ShellState(cwd, self.exports, exports)
        gone = {name for name, _ in self.exports} - {name for name, _ in exports}
        added = dict(set(exports) - set(self.exports))
        inside = {name: value for name, value in self.caged_exports if name not in gone} | added
        return ShellState(cwd, exports, tuple(sorted(inside.items())))


@dataclass(slots=True)
class ShellStates:
    """The state of each session, in memory only."""

    project: str
    _of_session: dict[str, ShellState] = field(default_factory=dict)

    def get(self, session_id: str) -> ShellState:
        return self._of_session.get(session_id) or ShellState(self.project)

    def put(self, session_id: str, state: ShellState) -> None:
        self._of_session[session_id] = state

    def forget(self, session_id: str) -> None:
        self._of_session.pop(session_id, None)
