"""How a skill has been used, as values for lists and screens."""

from dataclasses import dataclass

from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.skills.declared_use import DeclaredUse


@dataclass(frozen=True, slots=True)
class SkillUse:
    """`last_used` in seconds since the epoch, 0 if never."""

    calls: int = 0
    denials: int = 0
    last_used: float = 0.0


@dataclass(frozen=True, slots=True)
class SkillReport:
    """
    Attributes:
        declared: what the manifest declares against what was used; None if there is no manifest.
        decisions: how many decisions of the audit log that was made from.
        recent: the last calls, oldest first.
        source: where it was installed from, "" if it was not installed.
    """

    declared: DeclaredUse | None
    decisions: int = 0
    recent: tuple[ToolCallRecord, ...] = ()
    source: str = ""
