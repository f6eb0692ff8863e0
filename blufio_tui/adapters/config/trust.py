"""Tracks whether a policy file is as this program left it, and which parts of a foreign change apply.

What the file said when the program started is trusted, and so is what the program itself writes on top of that.
Anything else may come from a command that was allowed to run. The trusted content is kept beside the keys as long as
a change waits for confirmation, so that restarting the program does not activate the change.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from blufio_tui.adapters.config.settings import MAX_BYTES, parse_source
from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.own_writes import after_own_writes, count_own_writes
from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.adapters.storage.vault import read_private
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.policy.foreign_changes import ForeignChange
from blufio_tui.core.settings.foreign_changes import denials_of, gains_of_settings, safe_settings, settings_that_deny
from blufio_tui.core.settings.schema import Settings

T = TypeVar("T")


class Trust(Generic[T]):
    """
    Args:
        marker: keeps the trusted content while a change waits.
        parse: what the content means; may raise `ConfigError`.
        safe: of the trusted and the found meaning, what counts.
        gains: what the found one would add, in words.
        denials: what of a meaning denies.
        deny: a meaning with these denials, too.
    """

    def __init__(
        self,
        path: Path,
        marker: Path,
        parse: Callable[[bytes], T],
        safe: Callable[[T, T], T],
        gains: Callable[[T, T], tuple[str, ...]],
        denials: Callable[[T], Iterable[Any]] = lambda _: (),
        deny: Callable[[T, Iterable[Any]], T] = lambda meaning, _: meaning,
    ) -> None:
        self.path = path
        self._marker = marker
        self._parse = parse
        self._safe = safe
        self._gains = gains
        self._denials = denials
        self._deny = deny
        self._denied_since: dict[Any, None] = {}
        """Denials that were in the file while a change waited: what takes one out waits, too."""
        self._trusted: tuple[bytes, T] | None = None
        self._seen: tuple[bytes, T] | None = None
        self._own_writes = count_own_writes(path)
        self._unreported: list[ForeignChange] = []

    def see(self, content: bytes) -> T:
        """The meaning of this content that is in effect.

        Raises:
            ConfigError: the content, or the trusted content that was kept, cannot be understood.
        """
        found = (content, self._parse(content))
        if self._trusted is None:
            kept = read_private(self._marker)
            self._trusted = found if kept is None else (kept, self._parse(kept))
            self._seen = found
            if (waiting := self.held()) is not None:
                self._unreported.append(waiting)
            return self._settle()
        trusted = after_own_writes(self.path, self._trusted[0], self._own_writes)
        is_new = self._seen is None or self._seen[0] != content
        if self._seen is not None and content == after_own_writes(self.path, self._seen[0], self._own_writes):
            self._take_back(self._seen[1], found[1])
        if trusted != self._trusted[0]:
            self._trusted, is_new = (trusted, self._parse(trusted)), True
        self._seen = found
        if is_new and content != trusted:
            self._unreported.append(self._change())
        return self._settle()

    def _take_back(self, before: T, after: T) -> None:
        """What this program itself took out is no denial any more."""
        stays = set(self._denials(after))
        for one in self._denials(before):
            if one not in stays:
                self._denied_since.pop(one, None)

    def held(self) -> ForeignChange | None:
        """The change that waits for a person, if one does."""
        if self._trusted is None or self._seen is None:
            return None
        change = self._change()
        return change if change.gains else None

    def _change(self) -> ForeignChange:
        """From what is trusted to what was seen last."""
        import hashlib

        assert self._trusted is not None
        assert self._seen is not None
        gains = self._gains(self._basis(self._trusted[1]), self._seen[1])
        return ForeignChange(self.path, gains, hashlib.sha256(self._seen[0]).hexdigest())

    def _basis(self, trusted: T) -> T:
        return self._deny(trusted, self._denied_since)

    def news(self) -> list[ForeignChange]:
        """Changes since the last call, for the log."""
        news, self._unreported = self._unreported, []
        return news

    def confirm(self, shown: ForeignChange) -> bool:
        """Trust what was shown to a person; False if the file says something else now."""
        if self._seen is None or self.held() != shown:
            return False
        self._trusted = self._seen
        self._denied_since = {}
        self._settle()
        return True

    def _settle(self) -> T:
        """Keep the trusted content while something waits, and no longer."""
        assert self._trusted is not None
        assert self._seen is not None
        self._own_writes = count_own_writes(self.path)
        if self.held() is None:
            self._trusted = (self._seen[0], self._safe(self._basis(self._trusted[1]), self._seen[1]))
            self._denied_since = {}
            self._marker.unlink(missing_ok=True)
            return self._trusted[1]
        self._denied_since |= dict.fromkeys(self._denials(self._seen[1]))
        if not self._marker.exists():
            try:
                replace_file(self._marker, self._trusted[0])
            except OSError as error:
                raise ConfigError(f"{self._marker} cannot be written: {error.strerror}") from error
        return self._safe(self._basis(self._trusted[1]), self._seen[1])


def settings_trust(config_file: Path, keys: Path) -> Trust[Settings]:
    return Trust(
        config_file,
        keys / "trusted-config.toml",
        lambda content: parse_source(config_file, content),
        safe_settings,
        gains_of_settings,
        lambda settings: denials_of(settings.policy.rules),
        settings_that_deny,
    )


def trusted_settings(config_file: Path, keys: Path) -> Settings:
    """The configuration to start with: without what still waits to be confirmed.

    Raises:
        ConfigError: as `load_settings`.
    """
    return settings_trust(config_file, keys).see(read_content(config_file))


def read_content(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
