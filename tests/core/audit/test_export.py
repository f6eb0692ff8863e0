"""What leaves the log as text commands neither a terminal nor a spreadsheet."""

import csv
import io
import json

import pytest

from blufio_tui.core.audit.export import csv_header, csv_line, jsonl_line
from blufio_tui.core.audit.rows import AuditEntry, AuditRow, RowType

HOSTILE = "\x1b[2J\x9b31m\u202egnp.exe\u2066\x7f\u200b\n=1+1"


def row(resource: str) -> AuditRow:
    return AuditRow(1, 0.0, AuditEntry(RowType.DECISION, "exec", resource, rule="é and 日本"), "00")


def test_json_lines_obey_nothing_and_read_back_the_same() -> None:
    line = jsonl_line(row(HOSTILE))
    assert line.removesuffix("\n").isprintable()
    assert "日本" in line
    assert json.loads(line)["resource"] == HOSTILE


@pytest.mark.parametrize("resource", [HOSTILE, "=cmd|'/C calc'!A0", " =1+1", "\t=1", "@SUM(A1)", "-2", "＝1"])
def test_a_cell_is_neither_a_formula_nor_a_command_to_the_terminal(resource: str) -> None:
    text = csv_header() + csv_line(row(resource))
    assert text.replace("\r\n", "").isprintable()
    (read,) = csv.DictReader(io.StringIO(text, newline=""))
    assert not read["resource"].lstrip().startswith(("=", "@", "-", "＝"))
