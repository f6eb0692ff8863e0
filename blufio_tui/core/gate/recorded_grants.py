"""A grant store that writes an audit row for every answer stored or revoked."""

from blufio_tui.core.audit.log import AuditLog
from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.core.capability import Verdict
from blufio_tui.core.errors import BlufioError
from blufio_tui.core.policy.grant_store import GrantStore
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.wording import lifetime_in_words


class RecordedGrants:
    """Implements `core.ports.GrantStore` around another one.

    The row comes first: an allowance that cannot be logged is not stored. A denial or revocation takes effect even if
    the log cannot be written, and reports that afterwards.
    """

    def __init__(self, store: GrantStore, audit: AuditLog) -> None:
        self._store = store
        self._audit = audit

    @property
    def blocked(self) -> str:
        return self._store.blocked

    def grants(self) -> tuple[Grant, ...]:
        return self._store.grants()

    async def add(self, grant: Grant) -> None:
        if grant.verdict is Verdict.DENY:
            await self._store.add(grant)
            await self._audit.append(grant_entry(RowType.GRANT, grant))
            return
        await self._audit.append(grant_entry(RowType.GRANT, grant))
        try:
            await self._store.add(grant)
        except BlufioError as error:
            await self._audit.append(grant_entry(RowType.REVOKE, grant, note=f"it could not be stored: {error}"))
            raise

    async def revoke(self, grant_id: str) -> Grant | None:
        grant = await self._store.revoke(grant_id)
        if grant is not None:
            await self._audit.append(grant_entry(RowType.REVOKE, grant))
        return grant

    async def replace(self, grant: Grant) -> None:
        """As `GrantsFile.replace`: the old answer is revoked and the new one given."""
        before = next((one for one in self._store.grants() if one.grant_id == grant.grant_id), None)
        await self._audit.append(grant_entry(RowType.GRANT, grant, note="changed"))
        try:
            await self._store.replace(grant)
        except BlufioError as error:
            note = f"the change could not be stored: {error}"
            await self._audit.append(
                grant_entry(RowType.GRANT if before else RowType.REVOKE, before or grant, note=note)
            )
            raise

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        """As `GrantsFile.rebind`."""
        count = await self._store.rebind(name, publisher, old_hash, new_hash)
        if count:
            rule = f"{count} grants carried over to a signed update that widens nothing"
            await self._audit.append(
                AuditEntry(RowType.GRANT, "grant", name, actor=name, actor_hash=new_hash, rule=rule, decided_by="grant")
            )
        return count


def grant_entry(row_type: RowType, grant: Grant, note: str = "") -> AuditEntry:
    return AuditEntry(
        row_type=row_type,
        kind=str(row_type),
        resource=f"{grant.kind} {grant.pattern}",
        actor=grant.actor_name,
        actor_hash=grant.content_hash,
        session_id=grant.session_id,
        decision=str(grant.verdict) if row_type is RowType.GRANT else "",
        decided_by="user",
        rule=f"{grant.verdict} {grant.scope}, {lifetime_in_words(grant)}",
        detail=", ".join(text for text in (f"grant {grant.grant_id}", note, grant.note) if text),
    )
