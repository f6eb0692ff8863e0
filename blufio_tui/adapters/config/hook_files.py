"""Where hooks are written, and which of a project's the person trusts.

The person's own are in `hooks.json` beside config.toml. Those of a project, `.claude/settings.json`, run only after the
person has looked at them and said so; when one letter of them changes, they are asked about again.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.private_folder import make_private
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.hooks.hooks import Hook, parse_hooks
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
            f"This project has hooks that do not run, since you have not trusted them: {commands}{more}. "
            "`blufio-tui hooks list` shows them whole, `blufio-tui hooks trust` lets them run from the next start on."
        )
        return (asked, *self.problems)


class HookFiles:
    def __init__(self, config: Path, project: Path) -> None:
        self._own = config / "hooks.json"
        self._trusted = config / "trusted-hooks.json"
        self._project = project

    def find(self) -> FoundHooks:
        own, problems = _read(self._own)
        theirs: tuple[Hook, ...] = ()
        for name in _PROJECT_FILES:
            hooks, more = _read(self._project / name)
            theirs, problems = theirs + hooks, problems + more
        if theirs and self._digest(theirs) == self._trust().get(str(self._project)):
            return FoundHooks(own + theirs, (), problems)
        return FoundHooks(own, theirs, problems)

    def trust(self) -> tuple[Hook, ...]:
        """Trust the project's hooks as they are now; these.

        Raises:
            ConfigError: it cannot be stored.
        """
        found = self.find()
        if found.untrusted:
            self._store({**self._trust(), str(self._project): self._digest(found.untrusted)})
        return found.untrusted

    def distrust(self) -> bool:
        """False when they were not trusted."""
        trusted = self._trust()
        if trusted.pop(str(self._project), None) is None:
            return False
        self._store(trusted)
        return True

    def _digest(self, hooks: tuple[Hook, ...]) -> str:
        written = [[hook.event, hook.matcher, hook.command, hook.timeout_secs] for hook in hooks]
        return hashlib.sha256(json.dumps(written).encode()).hexdigest()

    def _trust(self) -> dict[str, str]:
        """Nothing is trusted where the file cannot be read."""
        try:
            stored = json.loads(self._trusted.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}

    def _store(self, trusted: dict[str, str]) -> None:
        make_private(self._trusted.parent)
        try:
            replace_file(self._trusted, json.dumps(trusted, indent=1).encode())
        except OSError as error:
            raise ConfigError(f"{self._trusted}: cannot be written: {error.strerror}") from None


def _read(path: Path) -> tuple[tuple[Hook, ...], tuple[str, ...]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            return (), (f"{path}: too large to be read for hooks",)
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (), ()
    except (OSError, ValueError) as error:
        return (), (f"{path}: cannot be read: {error}",)
    return parse_hooks(document, str(path))
