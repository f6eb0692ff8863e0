"""The user's own rules as config.toml has them now: a denial added while the program runs holds at the next effect,
an allowance too if the program itself wrote it; one that another program wrote waits for a person."""

from blufio_tui.adapters.config.settings import keys_set
from blufio_tui.adapters.config.trust import Trust, read_content
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.settings.schema import Settings

_Stamp = tuple[int, int, int, int]


class LivePolicy:
    """
    Args:
        settings: as read at the start.
    """

    def __init__(self, trust: Trust[Settings], settings: Settings) -> None:
        self.trust = trust
        self._settings = settings
        self._stamp: _Stamp | None = (0, 0, 0, 0)
        self._set_keys: frozenset[str] = frozenset()
        self.settings()

    def settings(self) -> Settings:
        """What counts of the configuration; as it was before, where the file cannot be read any more."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._settings = self.trust.see(read_content(self.trust.path))
                self._set_keys = keys_set(self.trust.path)
            except ConfigError:
                return self._settings  # half written, or wrong: `config check` and the next start say what
        return self._settings

    def confirmed(self) -> None:
        """Look at the file again: what it says counts now."""
        self._stamp = (0, 0, 0, 0)

    def is_set(self, key: str) -> bool:
        """Whether the file itself gives the setting, rather than its default."""
        self.settings()
        return key in self._set_keys

    def _look(self) -> _Stamp | None:
        try:
            found = self.trust.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns
