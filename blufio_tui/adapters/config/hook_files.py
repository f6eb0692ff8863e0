"""Finds hooks, and which of a project's hooks the person trusts.

The person's own are in `hooks.json` beside config.toml; a change that another program makes to it while this one runs
waits for the person. Those of a project, `.claude/settings.json`, run only after the
person has reviewed and trusted them; after any change, they must be trusted again.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.config.trust import Trust
from blufio_tui.adapters.config.trusted_texts import TrustedTexts
from blufio_tui.adapters.files.regular import NotPlainError, read_regular
from blufio_tui.core.hooks.hooks import Hook, gains_of_hooks, parse_hooks, safe_hooks
from blufio_tui.core.text import strict_json
from blufio_tui.core.text.display import visible_line

MAX_BYTES = 256 * 1024
_PROJECT_FILES = (".claude/settings.json", ".claude/settings.local.json")


@dataclass(frozen=True, slots=True)
class FoundHooks:
    """
    Attributes:
        active: those that run.
        untrusted: the project's that do not run, since the person has not trusted them as they are now.
        problems: what is not obeyed, each a sentence.
    """

    active: tuple[Hook, ...]
    untrusted: tuple[Hook, ...]
    problems: tuple[str, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the person should know before the first turn."""
        if not self.untrusted:
            return self.problems
        commands = ", ".join(f"`{visible_line(hook.command[:60])}`" for hook in self.untrusted[:3])
        more = f" and {len(self.untrusted) - 3} more" if len(self.untrusted) > 3 else ""
        asked = (
            f"This project has hooks that do not run because you have not trusted them: {commands}{more}. "
            "`blufio-tui hooks list` shows them in full; `blufio-tui hooks trust` lets them run from the next start."
        )
        return (asked, *self.problems)


class OwnHooks:
    """The person's own hooks, as this program left the file or found it at its start.

    Args:
        keys: the folder where the trusted content is kept while a change waits.
    """

    def __init__(self, config: Path, keys: Path) -> None:
        path = config / "hooks.json"
        self.trust: Trust[tuple[Hook, ...]] = Trust(
            path,
            keys / "trusted-own-hooks.json",
            lambda content: _parse(content, path)[0],
            safe_hooks,
            gains_of_hooks,
        )
        self._stamp: tuple[int, ...] | None = ()
        self._hooks: tuple[Hook, ...] = ()
        self.problems: tuple[str, ...] = ()

    def hooks(self) -> tuple[Hook, ...]:
        """Those that count now.

        Raises:
            ConfigError: what was trusted cannot be kept.
        """
        stamp = _stamp(self.trust.path)
        if stamp != self._stamp:
            content, problems = _content(self.trust.path)
            self._hooks = self.trust.see(content)
            self.problems = problems + _parse(content, self.trust.path)[1]
            self._stamp = stamp
        return self._hooks

    def confirmed(self) -> None:
        """Look at the file again: what it says counts now."""
        self._stamp = ()


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns


class HookFiles:
    def __init__(self, config: Path, project: Path, own: OwnHooks | None = None) -> None:
        self._own = own or OwnHooks(config, config / "keys")
        self._trusted = TrustedTexts(config / "trusted-hooks.json")
        self._project = project

    def find(self) -> FoundHooks:
        """
        Raises:
            ConfigError: what was trusted of the person's own cannot be kept.
        """
        own, problems = self._own.hooks(), self._own.problems
        theirs: tuple[Hook, ...] = ()
        for name in _PROJECT_FILES:
            hooks, more = _read(self._project / name, self._project)
            theirs, problems = theirs + hooks, problems + more
        if theirs and self._digest(theirs) == self._trusted.digest(self._project):
            return FoundHooks(own + theirs, (), problems)
        return FoundHooks(own, theirs, problems)

    def trust(self, shown: tuple[Hook, ...]) -> None:
        """Trust the project's hooks as they were shown. If the files say something else by now, that does not run.

        Raises:
            ConfigError: it cannot be stored.
        """
        self._trusted.set(self._project, self._digest(shown))

    def distrust(self) -> bool:
        """False if they were not trusted."""
        was_trusted = self._trusted.digest(self._project) is not None
        if was_trusted:
            self._trusted.set(self._project, None)
        return was_trusted

    def _digest(self, hooks: tuple[Hook, ...]) -> str:
        written = [[hook.event, hook.matcher, hook.command, hook.timeout_secs] for hook in hooks]
        return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def _read(path: Path, within: Path | None = None) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    content, problems = _content(path, within)
    hooks, more = _parse(content, path)
    return hooks, problems + more


def _content(path: Path, within: Path | None = None) -> tuple[bytes, tuple[str, ...]]:
    """What the file holds, nothing if there is none or it is not to be read; and why not, in a sentence."""
    try:
        return read_regular(path, MAX_BYTES, within), ()
    except FileNotFoundError:
        return b"", ()
    except NotPlainError as error:
        return b"", (f"{path}: {error}, so it is not read for hooks",)
    except OSError as error:
        return b"", (f"{path}: cannot be read: {error}",)


def _parse(content: bytes, path: Path) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    if not content:
        return (), ()
    try:
        document = strict_json.parsed(content)
    except ValueError as error:
        return (), (f"{path}: cannot be read: {error}",)
    return parse_hooks(document, str(path))
