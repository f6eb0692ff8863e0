"""The configuration while the program runs; decides which changes apply, and when.

A denial added to config.toml applies to the next effect, and so does an allowance if this program wrote it; what
another program wrote waits for confirmation.
"""

from blufio_tui.adapters.config.settings import keys_set
from blufio_tui.adapters.config.trust import Trust, read_content
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.settings.schema import Settings, applied

_Stamp = tuple[int, int, int, int]


class LiveSettings:
    """
    Attributes:
        at_start: what the program was started with, the command line included; who reads it when the program is built
            keeps to it until the end.
    """

    def __init__(self, trust: Trust[Settings], at_start: Settings) -> None:
        self.trust = trust
        self.at_start = at_start
        self._in_file = at_start
        self._now = at_start
        self._stamp: _Stamp | None = (0, 0, 0, 0)
        self._set_keys: frozenset[str] = frozenset()
        self.now()

    def now(self) -> Settings:
        """The settings in effect now: those from the start, with later changes that apply without a restart.

        The gate reads it for each effect and so follows changes at once; a turn reads it when it starts.
        """
        self._look()
        return self._now

    def in_file(self) -> Settings:
        """What config.toml says, as far as it is trusted, for who applies a change of it without a restart."""
        self._look()
        return self._in_file

    def confirmed(self) -> None:
        """Look at the file again: what it says counts now."""
        self._stamp = (0, 0, 0, 0)

    def is_set(self, key: str) -> bool:
        """Whether the file itself gives the setting, rather than its default."""
        self._look()
        return key in self._set_keys

    def _look(self) -> None:
        """Read the file if it has changed. Where it cannot be read any more, what it said before counts."""
        try:
            status = self.trust.path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns)
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._in_file = self.trust.see(read_content(self.trust.path))
        except ConfigError:
            return  # half written, or wrong: `config check` and the next start say what
        self._now = applied(self.at_start, self._in_file)
        self._set_keys = keys_set(self.trust.path)
