"""The audit log as the core sees it."""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from blufio_tui.core.acting import Acting
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, Verification

T = TypeVar("T")


class AuditLog(Protocol):
    """The append-only chain. `append` returns only once the row is durable.

    Every method raises `StorageError` when the log cannot be read or written.
    """

    async def append(self, entry: AuditEntry) -> int:
        """Write a row; its `seq`."""
        ...

    async def append_many(self, entries: Sequence[AuditEntry]) -> list[int]:
        """Write rows in this order, all or none; their `seq`s."""
        ...

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        """Rows in rising `seq`: the newest `limit` below `before_seq` (0: of all), or the oldest above `after_seq`
        (-1: of all). Outcome rows are folded into their decision rows."""
        ...

    async def count(self, where: AuditFilter) -> int: ...

    async def vouches_for_session(self, session_id: str) -> bool:
        """Whether the rows from about the first one of a session on are what was written, without a gap up to where
        the log has been; True for a session without rows."""
        ...

    async def doubt(self, seqs: Sequence[int]) -> str:
        """What speaks against relying on these rows, in words; "" if nothing does.

        Looked at are the rows and their outcomes, those between them if they lie near each other, and whether the
        end of the log was cut off. It takes milliseconds for a page; `verify` looks at everything.
        """
        ...

    async def verify(self, told: Callable[[int], None] | None = None) -> Verification:
        """Check the whole chain; `told` is called now and then with the number of rows checked, on the caller's
        thread."""
        ...


class BegunAuditLog(AuditLog, Protocol):
    """A log whose rows can be begun before anybody waits for them."""

    def begin_append(self, entries: Sequence[AuditEntry]) -> Future[list[int]]:
        """As `append_many`, begun at once. Await it shielded: a caller that is cancelled must not cancel it."""
        ...

    def begin_acting(self, entries: Sequence[AuditEntry], work: Callable[[], T]) -> Acting[list[int], T]:
        """As `begin_append`, and `work` on a thread once the rows are durable, never before."""
        ...
