"""Changes to the policy's files by other programs, and their confirmation."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from blufio_tui.adapters.config.grants_file import GrantsFile
from blufio_tui.adapters.config.hook_files import OwnHooks
from blufio_tui.adapters.config.trust import Trust
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import DecidedBy
from blufio_tui.core.policy.foreign_changes import ForeignChange

if TYPE_CHECKING:
    from blufio_tui.adapters.config.live_settings import LiveSettings


class HeldChanges:
    """
    Args:
        redact: takes secrets out of what reaches the log; a server's variables and headers may hold some.
    """

    def __init__(
        self,
        settings: "LiveSettings",
        grants: GrantsFile,
        hooks: OwnHooks,
        audit: AuditLog,
        redact: Callable[[str], str],
    ) -> None:
        self._redact = redact
        self._shown: list[ForeignChange] = []
        self._settings = settings
        self._grants = grants
        self._hooks = hooks
        self._audit = audit

    def news(self) -> Sequence[ForeignChange]:
        """What changed since the last call; looks at all the files."""
        self._look()
        news = [change for trust in self._trusts() for change in trust.news()]
        return [replace(change, is_shown=change in self._shown) for change in news]

    def waiting(self) -> Sequence[ForeignChange]:
        """What waits for a person, to be shown to one."""
        self._look()
        self._shown = [change for trust in self._trusts() if (change := trust.held()) is not None]
        return self._shown

    async def confirm(self, shown: Sequence[ForeignChange]) -> bool:
        """Confirm what was shown; False if the files have changed again. The audit rows are written first.

        Raises:
            StorageError: the log cannot be written; nothing is confirmed.
        """
        if list(shown) != list(self.waiting()):
            return False
        await self._audit.append_many([self._entry(change) for change in shown])
        trusts = {trust.path: trust for trust in self._trusts()}
        done = [trusts[change.file].confirm(change) for change in shown]
        self._settings.confirmed()
        self._grants.confirmed()
        self._hooks.confirmed()
        return all(done)

    def _look(self) -> None:
        self._settings.now()
        self._grants.grants()
        self._hooks.hooks()

    def _trusts(self) -> Sequence[Trust[Any]]:
        return [one for one in (self._settings.trust, self._grants.trust, self._hooks.trust) if one is not None]

    def _entry(self, change: ForeignChange) -> AuditEntry:
        """The row for a change that a person confirmed."""
        return AuditEntry(
            RowType.CHANGE,
            "change",
            str(change.file),
            actor="user",
            decided_by=DecidedBy.USER.value,
            rule=self._redact(f"confirmed: {'; '.join(change.gains)}"),
            outcome="ok",
        )
