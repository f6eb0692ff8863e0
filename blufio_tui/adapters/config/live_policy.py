"""The user's own rules as config.toml has them now: a rule added while the program runs holds at the next effect."""

from pathlib import Path

from blufio_tui.adapters.config.settings import keys_set, load_settings
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.settings.schema import Settings

_Stamp = tuple[int, int, int]


class LivePolicy:
    """
    Args:
        settings: as read at the start.
    """

    def __init__(self, config_file: Path, settings: Settings) -> None:
        self._file = config_file
        self._settings = settings
        self._stamp = self._look()
        self._set_keys = keys_set(config_file)

    def settings(self) -> Settings:
        """The configuration; as it was before, where the file cannot be read any more."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._settings = load_settings(self._file)
                self._set_keys = keys_set(self._file)
            except ConfigError:
                return self._settings  # half written, or wrong: `config check` and the next start say what
        return self._settings

    def is_set(self, key: str) -> bool:
        """Whether the file itself gives the setting, rather than its default."""
        self.settings()
        return key in self._set_keys

    def _look(self) -> _Stamp | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
