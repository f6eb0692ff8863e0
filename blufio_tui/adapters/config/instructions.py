"""What a project and the person tell every model: AGENTS.md and its like.

Instructions are code in effect, so a project's count only as the person has seen them: when one letter changes, they
are asked about again. They are read once, when the program starts or the person trusts them; what a command writes
into the file meanwhile tells the model nothing.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.adapters.config.trusted_texts import TrustedTexts
from blufio_tui.adapters.files.regular import NotPlainError, read_regular

MAX_BYTES = 64 * 1024
NAMES = ("AGENTS.override.md", "AGENTS.md", "CLAUDE.md")
"""In a project the first of these that is there counts."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """
    Attributes:
        own: the person's own, "" where there are none.
        file: the project's file, None where it has none.
        text: what is in it.
        is_trusted: whether the person has trusted exactly this text for this project.
        problem: why a file is not obeyed, "" when none is left out.
    """

    own: str = ""
    file: Path | None = None
    text: str = ""
    is_trusted: bool = False
    problem: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the person should know before the first turn."""
        said = [self.problem] if self.problem else []
        if self.file is not None and not self.is_trusted:
            lines = len(self.text.splitlines())
            said.append(
                f"This project has instructions for agents ({self.file.name}, {lines} lines). They are not used until "
                "you have looked at them: /instructions. Without a screen: --instructions trust."
            )
        return tuple(said)


class InstructionFiles:
    """
    Args:
        own: the person's own file.
        trusted: keeps which text is trusted for which project.
    """

    def __init__(self, own: Path, trusted: Path, project: Path) -> None:
        self._own = own
        self._trusted = TrustedTexts(trusted)
        self._project = project

    def find(self) -> Instructions:
        own, problem = _read(self._own, None)
        for name in NAMES:
            file = self._project / name
            if not os.path.exists(file):  # noqa: PTH110 (a path that cannot be looked at is no error here)
                continue
            text, trouble = _read(file, self._project)
            if trouble or not text.strip():
                return Instructions(own, problem=trouble or problem)
            found = Instructions(own, file, text, problem=problem)
            is_trusted = self._trusted.digest(self._project) == found.digest
            return Instructions(own, file, text, is_trusted, problem)
        return Instructions(own, problem=problem)

    def trust(self, shown: Instructions) -> None:
        """Trust what was shown, and nothing that has been written since.

        Raises:
            ConfigError: it cannot be stored.
        """
        self._trusted.set(self._project, shown.digest)


def _read(file: Path, root: Path | None) -> tuple[str, str]:
    """The text, and why it is not obeyed. A link that leads out of the folder is not followed; the person's own may
    be one."""
    try:
        return read_regular(file, MAX_BYTES, root).decode("utf-8-sig"), ""
    except FileNotFoundError:
        return "", ""
    except NotPlainError as error:
        return "", f"{file}: {error}, so it is not read as instructions"
    except OSError as error:
        return "", f"{file}: cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", f"{file}: not UTF-8 text, so it is not read as instructions"
