"""Each bundled skill with an input about a thousand times that of its example. Skills that take no input of a size are
left out: environment-info, github-repo, weather."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import World, made_world
from tests.e2e.in_process import Inside

SKILLS = Path(__file__).parents[2] / "skills"
NUMBERS = 20_000


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One home for all of these, in which a skill is compiled once; each test has files of its own in the project."""
    with tempfile.TemporaryDirectory(prefix="b") as folder:
        yield made_world(Path(folder).resolve())


def call(inside: Inside, name: str, **given: Any) -> dict[str, Any]:
    return inside.call(SKILLS / name, given=json.dumps(given))


def summary(inside: Inside, **given: Any) -> dict[str, Any]:
    result = call(inside, "csv-summary", **given)
    assert not result["is_error"], result["content"]
    content: dict[str, Any] = json.loads(result["content"])
    return content


@pytest.mark.corpus
def test_csv_summary_takes_long_tables_and_its_sums_are_exact(inside: Inside) -> None:
    rows = "".join(f"{n},0.1,2026-{n % 12 + 1:02}-15,word {n % 500}\n" for n in range(100_000))
    (inside.world.project / "long.csv").write_text("id,amount,day,name\n" + rows)
    found = summary(inside, path="long.csv")
    assert found["rows"] == 100_000
    identifier, amount, day, name = found["columns"]
    assert (identifier["min"], identifier["max"], identifier["sum"]) == (0, 99_999, 4_999_950_000)
    assert (amount["sum"], amount["mean"], amount["distinct"]) == (10_000, 0.1, 1)
    assert (day["type"], day["first"], day["last"]) == ("date", "2026-01-15", "2026-12-15")
    assert name["most_common"][0] == {"value": "word 0", "count": 200}
    assert name["distinct"] == 500


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2.5"], {"type": "number", "sum": 3.5, "mean": 1.75, "min": 1, "max": 2.5}),
        (["-.5", "+1", "1e3"], {"type": "number", "sum": 1000.5, "min": -0.5, "max": 1000}),
        (["123456789012345678", "876543210987654322"], {"sum": 1_000_000_000_000_000_000}),
        (["0.1"] * 10, {"sum": 1, "mean": 0.1}),
        (["1", "2", "x"], {"type": "text", "numbers": 2, "first": "1", "last": "x"}),
        (["007", "010"], {"type": "text", "first": "007"}),
        (["", " "], {"type": "empty", "values": 0, "empty": 2, "distinct": 0}),
        (["2026-02-29", "2026-01-01"], {"type": "text"}),
        (["2024-02-29", "2026-01-01T12:30:00Z"], {"type": "date", "last": "2026-01-01T12:30:00Z"}),
        (["31.12.2025", "01.01.2026"], {"type": "date", "first": "31.12.2025", "last": "01.01.2026"}),
        (["13/1/2026", "2/3/2026"], {"type": "date", "read_as": "day/month/year", "last": "2/3/2026"}),
        (["1/13/2026", "2/3/2026"], {"type": "date", "read_as": "month/day/year"}),
        (["1/2/2026"], {"type": "date", "read_as": "day/month/year or month/day/year: no date tells"}),
        (["a", "b", "b"], {"most_common": [{"value": "b", "count": 2}, {"value": "a", "count": 1}]}),
        (["nan", "inf"], {"type": "text"}),
    ],
)
def test_csv_summary_says_what_a_column_holds(inside: Inside, values: list[str], expected: dict[str, Any]) -> None:
    (column, _) = summary(inside, text="a,b\n" + "".join(f"{value},x\n" for value in values))["columns"]
    assert {key: column.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "rows", "ragged"),
    [
        ("a,b\n1,2", 1, 0),
        ("a,b\r\n1,2\r\n\r\n3,4\r\n", 2, 0),
        ("a,b\r1,2\r", 1, 0),
        ("\ufeffa,b\n1,\n", 1, 0),
        ("a,b\n1,", 1, 0),
        ("a,b\n1\n1,2,3\n", 2, 2),
        ('a,b\n"x\ny, z","q ""r"""\n', 1, 0),
        ('a,b\n"never closed,2\n', 1, 1),
        ("a;b\n1;2\n", 1, 0),
        ("a,b\n", 0, 0),
    ],
)
def test_csv_summary_reads_rows_as_the_format_has_them(inside: Inside, text: str, rows: int, ragged: int) -> None:
    found = summary(inside, text=text)
    assert (found["rows"], found.get("rows_with_another_number_of_fields", 0)) == (rows, ragged)
    assert [column["name"] for column in found["columns"]] == ["a", "b"]


@pytest.mark.corpus
def test_text_stats_and_file_digest_take_large_files(inside: Inside) -> None:
    (inside.world.project / "large.txt").write_text("The quick – fox.\n" * 200_000)
    counted = json.loads(call(inside, "text-stats", path="large.txt")["content"])
    assert counted == {"lines": 200_000, "words": 800_000, "characters": 3_400_000, "bytes": 3_800_000}
    digest = json.loads(call(inside, "file-digest", path="large.txt")["content"])
    assert digest["bytes"] == 3_800_000


@pytest.mark.corpus
def test_diff_text_takes_long_files(inside: Inside) -> None:
    lines = [f"line {number}\n" for number in range(14_000)]
    (inside.world.project / "a").write_text("".join(lines))
    lines[7_000:7_100] = ["changed\n"] * 100
    (inside.world.project / "b").write_text("".join(lines))
    few = call(inside, "diff-text", old_path="a", new_path="b")["content"]
    assert few.count("\n-line") == 100 and few.count("\n+changed") == 100
    (inside.world.project / "c").write_text("".join(line.upper() for line in lines))
    assert not call(inside, "diff-text", old_path="a", new_path="c")["is_error"]


def test_json_query_takes_long_documents(inside: Inside) -> None:
    items = [{"title": f"t{number}", "price": number % 100} for number in range(NUMBERS)]
    (inside.world.project / "store.json").write_text(json.dumps({"items": items}))
    found = call(inside, "json-query", path="store.json", query="$.items[?price < 1].title")["content"]
    assert len(json.loads(found)) == NUMBERS // 100


@pytest.mark.corpus
def test_notes_and_tasks_may_be_many(inside: Inside) -> None:
    notes = inside.world.project / "notes"
    notes.mkdir()
    for number in range(1_000):
        (notes / f"note-{number}.md").write_text("# Note\n")
    assert len(json.loads(call(inside, "note-keeper", action="list")["content"])["notes"]) == 1_000
    assert not call(inside, "note-keeper", text="the release is on Friday " * 1_000)["is_error"]
    (inside.world.project / "TODO.md").write_text("".join(f"- [ ] task {number}\n" for number in range(3_000)))
    assert json.loads(call(inside, "todo-list", action="add", text="one more")["content"])["open"] == 3_001


@pytest.mark.corpus
def test_regex_tester_takes_all_that_its_schema_allows(inside: Inside) -> None:
    text = ("anna saw a kayak " * 6_000)[:100_000]
    replaced = call(inside, "regex-tester", pattern=r"\b(\w)\w*\1\b", text=text, replace="_")
    assert json.loads(replaced["content"])["matches"] == 11_765


@pytest.mark.corpus
def test_calc_takes_all_that_its_schema_allows(inside: Inside) -> None:
    assert json.loads(call(inside, "calc", expression="+".join(["0.1"] * 500))["content"])["result"] == "50"


def test_fetch_page_takes_long_pages_and_passes_on_no_hidden_text(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "fetch-page"
    folder.mkdir()
    source = SKILLS / "fetch-page"
    for name in ("SKILL.md", "skill.wasm"):
        (folder / name).write_bytes((source / name).read_bytes())
    manifest = (source / "skill.toml").read_text().partition("[[examples]]")[0]
    call_it = '[[examples]]\nsay = "x {url}"\ninput = { url = "https://example.com/" }\n'
    example = call_it + 'output_contains = "left_out_bytes"\n'
    (folder / "skill.toml").write_text(manifest + example)
    (folder / "tests").mkdir()
    page = "<p style='display:none'>secret</p><p>seen by all</p>" * 20_000
    (folder / "tests" / "page.html").write_text(f"<!doctype html><title>x</title><body>{page}</body>")
    recorded = [{"url": "https://example.com/", "headers": {"content-type": "text/html"}, "body_file": "page.html"}]
    (folder / "tests" / "responses.json").write_text(json.dumps(recorded))
    assert inside("skill", "test", str(folder)).code == 0
    example = example.replace("left_out_bytes", "secret")
    (folder / "skill.toml").write_text(manifest + example)
    assert inside("skill", "test", str(folder)).code == 1
