"""Every answer stored or taken back leaves a row."""

from dataclasses import replace

import pytest

from blufio_tui.core.audit.rows import RowType
from blufio_tui.core.capability import ActorKind, Kind, Verdict
from blufio_tui.core.errors import StorageError
from blufio_tui.core.gate.recorded_grants import RecordedGrants
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from tests.fakes.gate_world import FakeAudit, FakeGrants

GRANT = Grant(
    "g1", Verdict.ALLOW, ActorKind.TOOL, "bash", "", "", Kind.EXEC, Scope.EXACT, "git status", Lifetime.FOREVER
)


@pytest.fixture
def audit() -> FakeAudit:
    return FakeAudit([])


async def test_giving_and_taking_back_are_rows(audit: FakeAudit) -> None:
    grants = RecordedGrants(FakeGrants(), audit)  # type: ignore[arg-type]
    await grants.add(GRANT)
    assert await grants.revoke("g1") == GRANT
    rows = [(entry.row_type, entry.kind, entry.resource, entry.rule) for entry in audit.entries]
    words = "allow exact, for good"
    assert rows == [
        (RowType.GRANT, "grant", "exec git status", words),
        (RowType.REVOKE, "revoke", "exec git status", words),
    ]


async def test_a_grant_that_cannot_be_written_down_is_not_given(audit: FakeAudit) -> None:
    store = FakeGrants()
    audit.broken = lambda entry: True
    with pytest.raises(StorageError):
        await RecordedGrants(store, audit).add(GRANT)  # type: ignore[arg-type]
    assert store.grants() == ()


async def test_a_revocation_holds_even_where_it_cannot_be_written_down(audit: FakeAudit) -> None:
    store = FakeGrants()
    store.stored = [GRANT]
    audit.broken = lambda entry: True
    with pytest.raises(StorageError):
        await RecordedGrants(store, audit).revoke("g1")  # type: ignore[arg-type]
    assert store.grants() == ()


async def test_revoking_what_is_not_there_leaves_no_row(audit: FakeAudit) -> None:
    assert await RecordedGrants(FakeGrants(), audit).revoke("g1") is None  # type: ignore[arg-type]
    assert audit.entries == []


async def test_the_log_does_not_keep_a_grant_that_could_not_be_stored(audit: FakeAudit) -> None:
    store = FakeGrants()
    store.broken = True
    with pytest.raises(StorageError):
        await RecordedGrants(store, audit).add(GRANT)  # type: ignore[arg-type]
    assert [entry.row_type for entry in audit.entries] == [RowType.GRANT, RowType.REVOKE]
    assert "could not be stored: no space" in audit.entries[-1].detail


async def test_a_denial_holds_even_where_it_cannot_be_written_down(audit: FakeAudit) -> None:
    store = FakeGrants()
    audit.broken = lambda entry: True
    denial = replace(GRANT, verdict=Verdict.DENY)
    with pytest.raises(StorageError):
        await RecordedGrants(store, audit).add(denial)  # type: ignore[arg-type]
    assert store.grants() == (denial,)
