"""A change to the policy's files that another program made while this one ran."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ForeignChange:
    """
    Attributes:
        gains: what the file would now allow or set, in words; each is inactive until it is confirmed.
        digest: SHA-256 (hex) of the file as it was found. Who confirms the words confirms this file, and no other of
            which one could say the same.
        is_shown: a person was shown it already.
    """

    file: Path
    gains: tuple[str, ...] = ()
    digest: str = ""
    is_shown: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if not self.gains:
            return f"{self.file.name} was changed by another program; its denials are active"
        return (
            f"{self.file.name} was changed by another program; inactive until you confirm it: {'; '.join(self.gains)}"
        )
