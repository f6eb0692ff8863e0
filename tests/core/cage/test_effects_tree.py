"""What a command did, as a list that is stored and as a tree that is shown."""

import pytest

from blufio_tui.core.cage.effects_tree import Did, counts, read_listing, tree
from blufio_tui.core.cage.report import Effects, Program, Written
from blufio_tui.core.errors import StorageError
from blufio_tui.core.text.json_types import JsonObject


def _question(pid: int, resource: str, decision: str) -> JsonObject:
    return {
        "kind": "net", "resource": resource, "operation": "connect", "decision": decision, "decided_by": "user",
        "rule": "by you", "program": "curl", "pid": pid, "outcome": "ok", "seq": 1,
    }  # fmt: skip


EFFECTS = Effects(
    decided=[_question(12, "example.org:443", "allow"), _question(99, "evil.example:1", "deny")],
    started=[
        Program(10, "/bin/sh -c make"),
        Program(10, "/usr/bin/make", ()),
        Program(11, "/usr/bin/gcc a.c", (10,)),
        Program(12, "/usr/bin/curl x", (55, 10)),
    ],
    written=(Written("/p/a.o", "", "cc", 11), Written("/p/b", "bb", "", 10), Written("/p/c", "bb", "cc", 10)),
    files_read=812,
    programs=4,
)


def test_the_tree_has_programs_below_those_that_started_them_and_what_each_did() -> None:
    rows = read_listing(EFFECTS.listing())
    assert counts(rows) == "read 812 files, wrote 3, started 4 programs, reached example.org"
    assert tree(rows) == (
        Did(0, "net", "connect evil.example:1", "deny", "user: by you"),
        Did(0, "program", "/bin/sh -c make"),
        Did(1, "program", "/usr/bin/make"),
        Did(2, "fs.write", "removed /p/b"),
        Did(2, "fs.write", "wrote /p/c"),
        Did(2, "program", "/usr/bin/gcc a.c"),
        Did(3, "fs.write", "made /p/a.o"),
        Did(2, "program", "/usr/bin/curl x"),
        Did(3, "net", "connect example.org:443", "allow", "user: by you"),
    )


def test_a_program_that_starts_itself_twenty_thousand_times_is_no_trouble() -> None:
    many = Effects(started=[Program(7, f"again {number}") for number in range(20_000)])
    assert tree(read_listing(many.listing()))[-1].depth == 19_999


@pytest.mark.parametrize("data", [b"nonsense", b"[]", b'{"kind": 1}', b'{"no": "kind"}', b"\xff"])
def test_what_is_no_list_is_said_to_be_damaged(data: bytes) -> None:
    with pytest.raises(StorageError, match="damaged"):
        read_listing(data)


def test_one_of_a_thing_is_told_as_one() -> None:
    assert Effects(files_read=1, programs=1).in_words() == "read 1 file, wrote 0, started 1 program"
