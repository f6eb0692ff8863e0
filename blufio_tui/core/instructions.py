"""Instructions of the project and of the person, as a value."""

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from blufio_tui.core.text.amounts import plural


@dataclass(frozen=True, slots=True)
class Instructions:
    """
    Attributes:
        own: the person's own, "" if there are none.
        file: the project's file, None if it has none.
        text: its content, followed by what it imports.
        is_trusted: whether the person has trusted exactly this text for this project.
        trusted_before: the text that the person trusted last, if different; else "".
        problem: why a file is ignored, "" if none is.
    """

    own: str = ""
    file: Path | None = None
    text: str = ""
    is_trusted: bool = False
    trusted_before: str = ""
    problem: str = ""

    @property
    def digest(self) -> str:
        return digest_of(self.text)

    @property
    def difference(self) -> str:
        """The diff from the text that was trusted last; "" if none was."""
        if not self.trusted_before:
            return ""
        old, new = self.trusted_before.splitlines(), self.text.splitlines()
        return "\n".join(difflib.unified_diff(old, new, "as you trusted it", "as it is now", lineterm="", n=2))

    def remarks_in(self, project: Path) -> tuple[str, ...]:
        """The same for instructions of a folder below the project."""
        said = [self.problem] if self.problem else []
        if self.file is not None and not self.is_trusted:
            lines = plural(len(self.text.splitlines()), "line")
            said.append(
                f"{self.file.relative_to(project)} has instructions for agents ({lines}). They are not used "
                "until you have reviewed them: /instructions."
            )
        return tuple(said)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the person should know before the first turn."""
        said = [self.problem] if self.problem else []
        if self.file is not None and not self.is_trusted:
            lines = plural(len(self.text.splitlines()), "line")
            said.append(
                f"This project has instructions for agents ({self.file.name}, {lines}). They are not used until "
                "you have reviewed them: /instructions. Without a screen: --instructions trust."
            )
        return tuple(said)


def digest_of(text: str) -> str:
    """Hex SHA-256 of a text, as stored for trusted texts."""
    return hashlib.sha256(text.encode()).hexdigest()
