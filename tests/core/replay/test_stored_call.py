"""Which records are missing, from what the rows of the log say."""

import pytest

from blufio_tui.core.replay.stored_call import RecordRow, first_missing, made_room


def kept(seq: int, session_id: str = "s") -> RecordRow:
    return RecordRow(seq, True, f"c{seq}", session_id, "probe")


def erased(seq: int, session_id: str) -> RecordRow:
    return RecordRow(seq, False, "", session_id, f"session {session_id}")


def room(seq: int, last: int) -> RecordRow:
    return RecordRow(seq, False, "", "", made_room(last, 2, "1 KiB", "512 MiB").resource)


@pytest.mark.parametrize(
    ("rows", "stored", "missing"),
    [
        ([], {}, 0),
        ([kept(1), kept(2)], {1, 2}, 0),
        ([kept(1), kept(2)], {2}, 1),
        ([kept(2), kept(1)], {}, 1),
        ([kept(1), erased(2, "s")], {}, 0),
        ([kept(1), erased(2, "other")], {}, 1),
        ([kept(1, ""), erased(2, "s")], {}, 1),
        ([erased(1, "s"), kept(2)], {}, 2),
        ([kept(1), erased(2, "s"), kept(3), erased(4, "s")], {}, 0),
        ([kept(1), kept(2), kept(3), room(4, 2)], {3}, 0),
        ([kept(1), kept(2), kept(3), room(4, 2)], {}, 3),
        ([kept(1), kept(2), room(3, 1), room(4, 2)], {}, 0),
        ([kept(3), room(2, 3)], {}, 3),
        ([kept(1), RecordRow(2, False, "", "", "2 stored outputs")], {}, 1),
        ([kept(1), RecordRow(2, False, "", "", "the records of calls up to row x")], {}, 1),
    ],
)
def test_a_record_is_missing_unless_a_later_row_says_that_it_was_erased(
    rows: list[RecordRow], stored: set[int], missing: int
) -> None:
    found = first_missing(rows, stored)
    assert (found.seq if found else 0) == missing
