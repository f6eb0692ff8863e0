"""What `why` says, and how sure it is."""

import pytest

from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType
from blufio_tui.core.proof.line_history import Source
from blufio_tui.core.proof.why import Why, WhyCall, why_json, why_lines

ROW = AuditRow(7, 0.0, AuditEntry(RowType.DECISION, "fs.write", "/p/a", actor="edit", call_id="c1"), "aa")
NOTE = "as the stored conversation has it, which the log does not cover"


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (WhyCall(), ""),
        (WhyCall(command="make", command_allowed="user: once"), ""),
        (WhyCall(tool="edit"), "tool"),
        (WhyCall(tool="edit", session_title="A title", prompt="do it"), "tool, prompt, title"),
    ],
)
def test_what_only_the_conversation_says_is_named_as_that(call: WhyCall, named: str) -> None:
    why = Why("/p/a", 1, "x", Source.CALL, ROW, call, "in the keyed chain", 1)
    notes = [line for line in why_lines(why) if NOTE in line]
    assert notes == ([f"  note     {named}: {NOTE}"] if named else [])
    assert why_json(why)["uncovered"] == (named.split(", ") if named else [])
