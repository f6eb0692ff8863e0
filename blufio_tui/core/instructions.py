"""What a project and the person tell every model, as a value."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


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
