"""What a project and the person tell every model: AGENTS.md and its like.

Instructions are code in effect, so a project's count only as the person has seen them: when one letter changes, they
are asked about again. They are read once, when the program starts or the person trusts them; what a command writes
into the file meanwhile tells the model nothing.
"""

import json
from pathlib import Path

from blufio_tui.adapters.storage.private_file import replace_file
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.instructions import Instructions

MAX_BYTES = 64 * 1024
NAMES = ("AGENTS.override.md", "AGENTS.md", "CLAUDE.md")
"""In a project the first of these that is there counts."""


class InstructionFiles:
    """
    Args:
        own: the person's own file.
        trusted: keeps which text is trusted for which project.
    """

    def __init__(self, own: Path, trusted: Path, project: Path) -> None:
        self._own = own
        self._trusted = trusted
        self._project = project

    def find(self) -> Instructions:
        own, problem = _read(self._own, self._own.parent)
        for name in NAMES:
            file = self._project / name
            if not file.exists():
                continue
            text, trouble = _read(file, self._project)
            if trouble or not text.strip():
                return Instructions(own, problem=trouble or problem)
            found = Instructions(own, file, text, problem=problem)
            is_trusted = self._stored().get(str(self._project)) == found.digest
            return Instructions(own, file, text, is_trusted, problem)
        return Instructions(own, problem=problem)

    def trust(self, shown: Instructions) -> None:
        """Trust what was shown, and nothing that has been written since.

        Raises:
            ConfigError: it cannot be stored.
        """
        try:
            self._trusted.parent.mkdir(parents=True, exist_ok=True)
            replace_file(
                self._trusted, json.dumps({**self._stored(), str(self._project): shown.digest}, indent=1).encode()
            )
        except OSError as error:
            raise ConfigError(f"{self._trusted}: cannot be written: {error.strerror}") from None

    def _stored(self) -> dict[str, str]:
        """Nothing is trusted where the file cannot be read."""
        try:
            stored = json.loads(self._trusted.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in stored.items()} if isinstance(stored, dict) else {}


def _read(file: Path, root: Path) -> tuple[str, str]:
    """The text, and why it is not obeyed. A link that leads out of the folder is not followed."""
    try:
        if not file.resolve().is_relative_to(root.resolve()):
            return "", f"{file}: leads out of the folder, so it is not read as instructions"
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return "", f"{file}: over {MAX_BYTES // 1024} KiB, so it is not read as instructions"
        return data.decode("utf-8-sig"), ""
    except FileNotFoundError:
        return "", ""
    except OSError as error:
        return "", f"{file}: cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", f"{file}: not UTF-8 text, so it is not read as instructions"
