"""The current permission mode; a change is logged before it takes effect."""

from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy, Mode


class LiveMode:
    def __init__(self, mode: Mode, audit: AuditLog) -> None:
        self._mode = mode
        self._audit = audit

    def get(self) -> Mode:
        return self._mode

    async def set(self, mode: Mode) -> None:
        """
        Raises:
            StorageError: the change cannot be recorded, and so is not made.
        """
        if mode is self._mode:
            return
        await self._audit.append(
            AuditEntry(
                RowType.MODE,
                "mode",
                mode.value,
                actor="user",
                decided_by=DecidedBy.USER.value,
                rule=f"the permission mode changed from {self._mode.value} to {mode.value}",
                outcome="ok",
            )
        )
        self._mode = mode
