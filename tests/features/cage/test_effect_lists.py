"""Why a call has no list of effects."""

import pytest

from blufio_tui.core.audit.rows import AuditEntry, RowType
from blufio_tui.features.cage.effect_lists import why_no_list


def row(detail: str, decision: str = "allow") -> AuditEntry:
    return AuditEntry(RowType.DECISION, "exec", "make", decision=decision, detail=detail)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no caged command has ended in the call c"),
        ([row("in /p")], "the command of the call c ran outside the cage, where nobody sees what it does"),
        ([row("in /p, in the cage")], "no caged command has ended in the call c"),
        ([row("in /p", "deny")], "no caged command has ended in the call c"),
        ([row("in /p"), row("in /p, in the cage")], "no caged command has ended in the call c"),
    ],
)
def test_what_ran_outside_the_cage_is_said_to_have_run_there(rows: list[AuditEntry], said: str) -> None:
    assert why_no_list("c", rows) == said
