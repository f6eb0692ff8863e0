"""Limits on the effects of one call of a skill, whose deadline pauses while the host works.

Without them, 12,000 reads ran for minutes and wrote as many rows, and one call could fill the log with 100 MB of names.
"""

from dataclasses import dataclass

from blufio_tui.core.errors import HostError

MAX_EFFECTS = 5_000
MAX_DENIED = 200
MAX_NAMED_BYTES = 4 * 1024 * 1024
"""Of the resources that a call names: they stand in the rows of the log."""


@dataclass(slots=True)
class CallBudget:
    effects: int = 0
    denied: int = 0
    named: int = 0

    def spend(self, resource: str) -> None:
        """Count one effect before anything is done about it.

        Raises:
            HostError: a limit is reached; further effects get no rows.
        """
        if problem := self._problem(len(resource)):
            raise HostError(f"this call reached its limit of {problem}; split the work into several calls")
        self.effects += 1
        self.named += len(resource)

    def _problem(self, size: int) -> str:
        if self.effects >= MAX_EFFECTS:
            return f"{MAX_EFFECTS:,} host calls"
        if self.denied >= MAX_DENIED:
            return f"{MAX_DENIED} denied host calls"
        if self.named + size > MAX_NAMED_BYTES:
            return f"{MAX_NAMED_BYTES // 1024 // 1024} MiB of names in the audit log"
        return ""
