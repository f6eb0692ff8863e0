"""The lists of what caged commands did, by the call that they belong to: found in the log, opened, and checked."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from blufio_tui.adapters.audit.store import AuditStore
from blufio_tui.adapters.cage.program_side.listings import Listings
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.cage.effects_tree import CommandEffects, read_listing
from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import NotThere
from blufio_tui.core.gate.effect_records import IN_THE_CAGE
from blufio_tui.features.stored.stores import audit_on, open_database


class EffectLists:
    """
    Args:
        folder: where the runner stores the lists.
    """

    def __init__(self, audit: AuditStore, folder: Path) -> None:
        self._audit = audit
        self._listings = Listings(folder)

    async def of_call(self, call_id: str) -> tuple[CommandEffects, ...]:
        """
        Raises:
            NotThere: no caged command ended in this call, or a list is not there any more.
            StorageError: the log or a list cannot be read, a list is not the one that the log names, or a row of the
                call is not what was written.
        """
        rows = await self._audit.sealed(call_id, Kind.EXEC) if call_id else []
        closing = [row for row in rows if row.entry.row_type is RowType.EFFECTS]
        if not closing:
            raise NotThere(why_no_list(call_id, [row.entry for row in rows]))
        effects = []
        for row in closing:
            listing = await asyncio.to_thread(self._listings.load, row.entry.body_sha256)
            read = await asyncio.to_thread(read_listing, listing)
            effects.append(CommandEffects(row.seq, row.entry.resource, row.entry.body_sha256, read))
        return tuple(effects)


def why_no_list(call_id: str, commands: Sequence[AuditEntry]) -> str:
    """Why a call has no list, from the rows about its commands."""
    begun = [entry for entry in commands if entry.row_type is RowType.DECISION and entry.decision == Verdict.ALLOW]
    if begun and not any(entry.detail.endswith(IN_THE_CAGE) for entry in begun):
        return f"the command of the call {call_id} ran outside the cage, where nobody sees what it does"
    return f"no caged command has ended in the call {call_id}"


@contextmanager
def open_effect_lists() -> Iterator[EffectLists]:
    """The lists of what caged commands did, beside the log that speaks of them."""
    paths = Paths.from_environment()
    with open_database(paths) as database:
        yield EffectLists(audit_on(database, paths), paths.effects)
