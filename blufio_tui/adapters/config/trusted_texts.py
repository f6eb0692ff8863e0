"""Which text of which project the person has trusted: a private file of digests."""

import json
import re
from pathlib import Path

from blufio_tui.adapters.files.regular import read_regular
from blufio_tui.adapters.storage.private_file import locked, replace_file
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.text import strict_json

_MAX_BYTES = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class TrustedTexts:
    """
    Args:
        path: the file; two programs may change it at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def digest(self, project: Path) -> str | None:
        return self._stored().get(str(project))

    def knows(self, digest: str) -> bool:
        """Whether any project trusts what has this digest."""
        return digest in self._stored().values()

    def set(self, project: Path, digest: str | None) -> None:
        """Trust what has this digest; None takes the trust back.

        Raises:
            ConfigError: it cannot be stored.
        """
        try:
            with locked(self._path):
                stored = {key: value for key, value in self._stored().items() if key != str(project)}
                if digest is not None:
                    stored[str(project)] = digest
                replace_file(self._path, json.dumps(stored, indent=1).encode())
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot be written: {error.strerror}") from None

    def _stored(self) -> dict[str, str]:
        """Nothing is trusted where the file cannot be read, nor by what is no digest: files are named after those."""
        try:
            stored = strict_json.parsed(read_regular(self._path, _MAX_BYTES))
        except (OSError, ValueError):
            return {}
        pairs = stored.items() if isinstance(stored, dict) else ()
        return {key: value for key, value in pairs if isinstance(value, str) and _DIGEST.fullmatch(value)}
