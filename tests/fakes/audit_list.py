"""An audit log that keeps its entries in a list, until it is `broken`; it vouches for them until it is `tampered`."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from blufio_tui.core.acting import Acting
from blufio_tui.core.audit.rows import AuditEntry, AuditFilter, AuditRow, Verification
from blufio_tui.core.errors import StorageError

T = TypeVar("T")


def acting_after(appending: asyncio.Future[list[int]], work: Callable[[], T]) -> Acting[list[int], T]:
    """What `begin_acting` gives for rows that are being appended."""
    acting: Acting[list[int], T] = Acting(work)

    def told(appended: asyncio.Future[list[int]]) -> None:
        failure = appended.exception()
        acting.tell(None if failure else appended.result(), failure)

    appending.add_done_callback(told)
    return acting


class AuditList:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.broken = False
        self.tampered = False

    async def append(self, entry: AuditEntry) -> int:
        if self.broken:
            raise StorageError("the disk is full")
        self.entries.append(entry)
        return len(self.entries)

    def begin_append(self, entries: Sequence[AuditEntry]) -> asyncio.Future[list[int]]:
        return asyncio.ensure_future(self.append_many(entries))

    def begin_acting(self, entries: Sequence[AuditEntry], work: Callable[[], T]) -> Acting[list[int], T]:
        return acting_after(self.begin_append(entries), work)

    async def append_many(self, entries: Sequence[AuditEntry]) -> list[int]:
        return [await self.append(entry) for entry in entries]

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        return [AuditRow(seq, 0.0, entry, "") for seq, entry in enumerate(self.entries, 1)]

    async def count(self, where: AuditFilter) -> int:
        return len(self.entries)

    async def vouches_for_session(self, session_id: str) -> bool:
        return not self.tampered

    async def doubt(self, seqs: Sequence[int]) -> str:
        return ""

    async def verify(self, told: Callable[[int], None] | None = None) -> Verification:
        return Verification(True, len(self.entries))
