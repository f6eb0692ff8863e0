"""Makes a checkpoint each 1,000 rows and at the end of a run, and passes it to the witnesses."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from blufio_tui.adapters.audit import query as audit_query
from blufio_tui.adapters.audit.checkpoints import Checkpoints, Signed, stored_checkpoints
from blufio_tui.adapters.audit.witnesses import KeyringHead, append, ask, stop_all
from blufio_tui.adapters.heap import give_back_what_is_free
from blufio_tui.adapters.storage.database import Database
from blufio_tui.core.audit.chain import CHAINED_COLUMNS
from blufio_tui.core.audit.checkpoint import EVERY_ROWS
from blufio_tui.core.audit.rows import RowType, Verification
from blufio_tui.core.audit.witness import KEYRING, Judgement, WitnessReport, WitnessSpec, judge, rows_to_look_at
from blufio_tui.core.audit.written import WrittenRow
from blufio_tui.core.errors import ConfigError, StorageError
from blufio_tui.core.tasks import aside, begin

PATIENCE_SECS = 15.0
"""How long the end of the program waits for a checkpoint and the witnesses."""
T = TypeVar("T")
STORED = "a stored checkpoint"
_ROW_TYPE, _RULE = CHAINED_COLUMNS.index("row_type"), CHAINED_COLUMNS.index("rule")
_GONE = "rows at the end of the audit log are gone"
_GONE_ADVICE = (
    "if an older copy of the database was put in its place, quit and put the newer one back; "
    "`blufio-tui audit verify` checks the log"
)
TableCheck = Callable[[sqlite3.Connection], tuple[int, str] | None]
"""Says of stored things that rows of the log name what of them is not what was stored: the number of the row (0 when no
one row names it) and a sentence; None when all is."""


class Guardian:
    """
    Args:
        witnesses: the configured witnesses; may raise `ConfigError`.
        complain: called once with each problem.
        tables: checks of what is stored beside the log and bound to its rows.
    """

    def __init__(
        self,
        database: Database,
        checkpoints: Checkpoints,
        witnesses: Callable[[], Sequence[WitnessSpec]],
        keyring: KeyringHead,
        complain: Callable[[str], None],
        tables: Sequence[TableCheck] = (),
    ) -> None:
        self._database = database
        self._tables = tables
        self.checkpoints = checkpoints
        self._witnesses = witnesses
        self._keyring = keyring
        self._complain = complain
        self._complained: set[str] = set()
        self._work: asyncio.Task[None] | None = None
        self._due_at: int | None = None
        self._seen = 0
        self.head: Signed | None = None

    def appended(self, rows: Sequence[WrittenRow]) -> None:
        """The log has come to the last of these rows; on the event loop, and at once."""
        self.checkpoints.appended(rows)
        for row in rows:
            if row.row[_ROW_TYPE] == RowType.BREAK:
                self._complain_once(f"{_GONE}: {row.row[_RULE]!s}; {_GONE_ADVICE}")
        seq = rows[-1].seq
        self._seen = max(self._seen, seq)
        if (self._due_at is None or seq >= self._due_at) and (self._work is None or self._work.done()):
            self._work = begin(self._make_if_due(seq))

    async def finish(self) -> None:
        """At the end of a run: make a checkpoint and pass it to the witnesses, in at most PATIENCE_SECS."""
        try:
            async with asyncio.timeout(PATIENCE_SECS):
                if self._work is not None:
                    await asyncio.gather(self._work, return_exceptions=True)
                if self._seen:
                    await self._make()
        except TimeoutError:
            what = "the checkpoint at the end of this run was not made, or a witness did not answer"
            self._complain_once(f"{what}, within {PATIENCE_SECS:.0f} s; the next run catches up")
        finally:
            stop_all()

    async def verified(self, result: Verification) -> Verification:
        """The verification of the chain, of checkpoints, of the tables bound to rows, and by witnesses."""
        if not result.ok:
            return result
        unsound = await self.checkpoints.unsound() if result.rows else None
        for check in self._tables:
            unsound = unsound or await self._database.read(check)
        if unsound is not None:
            seq, problem = unsound
            return Verification(False, result.rows, max(seq, 1), f"{problem}; the rows of the log are as written")
        judgement = await self._judgement(result.rows)
        if judgement.first_bad_seq:
            return Verification(False, result.rows, judgement.first_bad_seq, judgement.reason)
        return replace(result, notes=(*result.notes, *judgement.notes))

    async def _make_if_due(self, seq: int) -> None:
        try:
            due = await self.checkpoints.is_due(seq)
        except StorageError as error:
            self._complain_once(str(error))
            return
        if due:
            await self._make()
            give_back_what_is_free()  # the first one of a run imports the libraries of the keyring and the signature
        self._due_at = self.checkpoints.covered + EVERY_ROWS

    async def _make(self) -> None:
        try:
            signed = await self.checkpoints.make()
        except StorageError as error:
            self._due_at = self._seen + EVERY_ROWS  # not again at each row
            self._complain_once(f"no checkpoint of the audit log could be made: {error}")
            return
        if signed is None or signed == self.head:
            return
        self.head = signed
        await self._tell(json.dumps(signed.envelope))

    async def _tell(self, line: str) -> None:
        try:
            witnesses = self._witnesses()
        except ConfigError as error:
            self._complain_once(f"the witnesses of the audit log cannot be read: {error}")
            witnesses = ()
        telling = [aside(partial(append, spec, line)) for spec in witnesses]
        results = await asyncio.gather(*telling, self._keep_head(line), return_exceptions=True)
        for result in results:
            if isinstance(result, StorageError):
                self._complain_once(str(result))
            elif isinstance(result, str) and result:
                self._complain_once(result)
            elif isinstance(result, BaseException):
                raise result

    async def _keep_head(self, line: str) -> None:
        """Store the head in the keyring, unless the stored one contradicts the log: it may be the only evidence of
        that."""
        known = await _asked(KEYRING, self._keyring.ask)
        if known is not None and (judgement := await self._judged([known], 0)).first_bad_seq:
            self._complain_once(f"the audit log: {judgement.reason}; see `blufio-tui audit verify`")
            return
        await aside(partial(self._keyring.keep, line))

    async def _judgement(self, rows: int) -> Judgement:
        return await self._judged(await self._reports(), rows)

    async def _judged(self, reports: Sequence[WitnessReport], rows: int) -> Judgement:
        rows = max(rows, await self._database.read(audit_query.last_seq))  # others may continue writing
        if not rows:
            return judge(reports, "", 0, {}, "", _nobody)
        first = await self._database.read(partial(audit_query.row_hashes, seqs=[1]))
        log = first.get(1, "")
        named = rows_to_look_at(reports, log)
        hashes = await self._database.read(partial(audit_query.row_hashes, seqs=sorted(named)))
        signing = self.checkpoints.signing
        public = await aside(signing.public) if signing.exists() else None
        return await asyncio.to_thread(
            judge,
            reports,
            log,
            rows,
            hashes,
            public.key_id if public else "",
            public.verify if public else _nobody,
        )

    async def _reports(self) -> list[WitnessReport]:
        stored = await self._database.read(stored_checkpoints)
        try:
            witnesses = self._witnesses()
        except ConfigError as error:
            return [WitnessReport("audit.witness", problem=str(error))]
        asked = await asyncio.gather(*(_asked(str(spec), partial(ask, spec)) for spec in witnesses))
        keyring = await _asked(KEYRING, self._keyring.ask)
        return [
            *([WitnessReport(STORED, [text for _, text in stored])] if stored else []),
            *asked,
            *([keyring] if keyring else []),
        ]

    def _complain_once(self, what: str) -> None:
        if what not in self._complained:
            self._complained.add(what)
            self._complain(what)


async def _asked(witness: str, question: Callable[[], T]) -> T | WitnessReport:
    try:
        async with asyncio.timeout(PATIENCE_SECS):
            return await aside(question)
    except TimeoutError:
        return WitnessReport(witness, problem=f"it did not answer within {PATIENCE_SECS:.0f} s")


def _nobody(_signature: bytes, _message: bytes) -> bool:
    return False
