"""Recovers caged commands that ran when this program was killed: their audit rows, and their changes for undo."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from blufio_tui.adapters.cage.program_side.interrupted import Interrupted, take_up_all
from blufio_tui.adapters.cage.program_side.listings import Listings
from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.cage.keeper import CommandKeeper
from blufio_tui.core.cage.report import Effects, closing_entry, file_entries
from blufio_tui.core.errors import StorageError
from blufio_tui.core.text.amounts import plural
from blufio_tui.core.text.display import visible_line
from blufio_tui.core.text.unicode import well_formed

_SHOWN = 60
OUTCOME = "error: blufio-tui ended while it ran"


async def take_up_interrupted(kept: Path, listings: Path, keeper: CommandKeeper, audit: AuditLog) -> tuple[str, ...]:
    """Take up what killed programs left: first the undo store has it, then the log says so.

    Args:
        kept: where the old content of running commands is.
        listings: folder for the stored lists of effects.

    Returns:
        A sentence for each command, for the person.
    """
    if not kept.is_dir():
        return ()
    taken = await asyncio.to_thread(take_up_all, kept, keeper)
    return tuple([await _write_down(one, listings, audit) for one in taken])


async def _write_down(one: Interrupted, listings: Path, audit: AuditLog) -> str:
    note, effects = one.note, Effects(written=one.written)
    base = AuditEntry(
        RowType.EFFECTS, "exec", note.command, actor=note.actor,
        session_id=note.session_id, turn_id=note.turn_id, call_id=note.call_id,
    )  # fmt: skip
    listing = await asyncio.to_thread(effects.listing)
    closing = replace(closing_entry(effects, listing, note.command, base), outcome=OUTCOME)
    with suppress(OSError):  # the digest in the log stands by itself
        await asyncio.to_thread(Listings(listings).store, listing)
    shown = visible_line(note.command)[:_SHOWN]
    said = f"`{shown}` was running when blufio-tui was killed, and had made {plural(one.changes, 'change')} to files"
    try:
        entries = [*file_entries(effects, base), closing]
        await audit.append_many([replace(entry, resource=well_formed(entry.resource)) for entry in entries])
    except StorageError as error:
        said += f" (not in the audit log: {error})"
    if one.problem:
        return f"{said}; {one.problem}"
    return f"{said}; `blufio-tui undo {note.call_id}` undoes them" if one.changes else said
