"""Environment variables as effects, and the environment that commands run with."""

import os
import re
from collections.abc import Callable, Iterable, Mapping

from blufio_tui.adapters.commands.own_environment import STARTED_WITH
from blufio_tui.core.capability import EnvTarget
from blufio_tui.core.effects import EffectResult, GetEnv
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.secret_names import OWN_CREDENTIALS, is_secret_name
from blufio_tui.core.shell.state import is_carried
from blufio_tui.core.text.redaction import MIN_KNOWN, Redactor

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}", re.ASCII)

_PAGERS = [
    "PAGER",
    "GIT_PAGER",
    "MANPAGER",
    "SYSTEMD_PAGER",
    "AWS_PAGER",
    "GH_PAGER",
    "GLAB_PAGER",
    "BAT_PAGER",
    "DELTA_PAGER",
    "PSQL_PAGER",
]
_EDITORS = [
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "HGEDITOR",
    "SVN_EDITOR",
    "JJ_EDITOR",
    "KUBE_EDITOR",
    "SUDO_EDITOR",
]

# Nothing may page, prompt or colour: there is no terminal. BASH_ENV would run a file before each command. With `true`
# as the editor `git rebase --continue` takes the message that is there, and `git commit` says that it is empty.
_FOR_COMMANDS = {
    "TERM": "dumb",
    **dict.fromkeys(_PAGERS, "cat"),
    **dict.fromkeys(_EDITORS, "true"),
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "force",
    "SUDO_ASKPASS": "false",
    "GCM_INTERACTIVE": "never",
    "GIT_MERGE_AUTOEDIT": "no",
    "PIP_NO_INPUT": "1",
    "DEBIAN_FRONTEND": "noninteractive",
}
_NOT_FOR_COMMANDS = frozenset(
    {"BASH_ENV", "ENV", "BLUFIO_HOME", "CDPATH", "GLOBIGNORE", "SHELLOPTS", "BASHOPTS", "PS4"}
)


class Environment:
    """Reads single variables for skills.

    Args:
        learn: called with the name and value of each credential that is passed on (`Redactor.learn`).
        own: variables that hold keys of model connections.
    """

    def __init__(
        self,
        variables: Mapping[str, str] = STARTED_WITH,
        learn: Callable[[str, str], None] | None = None,
        own: Iterable[str] = (),
    ) -> None:
        self._variables = variables
        self._learn = learn
        self._own = OWN_CREDENTIALS | frozenset(own)

    def prepare(self, effect: GetEnv) -> "PreparedEnv":
        """
        Raises:
            NeverRule: not a variable's name, or the program's own credential.
        """
        if not _NAME.fullmatch(effect.key):
            raise NeverRule(f"malformed name: {effect.key!r} is not the name of an environment variable")
        if effect.key in self._own:
            raise NeverRule(f"{effect.key} is blufio-tui's own credential; no skill may read it")
        return PreparedEnv(self._variables, EnvTarget(effect.key), self._learn)


class PreparedEnv:
    """One variable; its value is not looked at before the decision."""

    def __init__(
        self, variables: Mapping[str, str], target: EnvTarget, learn: Callable[[str, str], None] | None
    ) -> None:
        self._variables = variables
        self._target = target
        self._learn = learn

    @property
    def target(self) -> EnvTarget:
        return self._target

    def describe(self) -> str:
        return f"read the value of the environment variable {self._target.key}"

    async def preflight(self) -> None:
        """Nothing to look up."""

    async def execute(self) -> EffectResult:
        value = self._variables.get(self._target.key)
        if value is None:
            return EffectResult(-1)
        if self._learn is not None and is_secret_name(self._target.key):
            self._learn(self._target.key, value)
        data = value.encode("utf-8", "surrogateescape")
        return EffectResult(len(data), data)


def command_environment(
    variables: Mapping[str, str],
    known_secrets: Iterable[str] = (),
    passed: Iterable[str] = (),
    own: Iterable[str] = (),
) -> dict[str, str]:
    """The variables that a command gets: without credentials, recognised by name or by value.

    Args:
        known_secrets: values that are not passed on, whatever the variable is called.
        passed: names that are passed on although they look like credentials, except the program's own.
        own: variables that hold keys of model connections: never passed on.
    """
    never = OWN_CREDENTIALS | frozenset(own)
    keep, secret = frozenset(passed) - never, tuple(one for one in known_secrets if len(one) >= MIN_KNOWN)
    redactor = Redactor()
    clean = {
        name: value
        for name, value in variables.items()
        if name in keep
        or not (
            name in never or is_secret_name(name) or name in _NOT_FOR_COMMANDS or _looks_secret(value, secret, redactor)
        )
    }
    if "PATH" in clean:
        clean["PATH"] = _without_here(clean["PATH"])
    return clean | _FOR_COMMANDS


def with_exports(environment: Mapping[str, str], exports: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The variables, with those exported by earlier commands; variables that keep commands from hanging are kept."""
    added = {name: value for name, value in exports if is_carried(name) and name not in OWN_CREDENTIALS}
    if "PATH" in added:
        added["PATH"] = _without_here(added["PATH"])
    return {**environment, **added, **_FOR_COMMANDS}


def _without_here(path: str) -> str:
    """The search path without the current folder, so that a project cannot substitute its own `git`."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if folder.strip("./"))


def _looks_secret(value: str, known: tuple[str, ...], redactor: Redactor) -> bool:
    return any(one in value for one in known) or redactor.redact(value) != value
