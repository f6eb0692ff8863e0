"""`search` and `find` on real files, with the worker as its own process."""

import json
import os
import shutil
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from blufio_tui.adapters.commands import own_programs
from blufio_tui.adapters.files import ripgrep, search
from blufio_tui.adapters.files.guard import FileGuard, places
from blufio_tui.adapters.files.search import PreparedSearch
from blufio_tui.core.builtin.search import search_report
from blufio_tui.core.effects import EffectResult, FindFiles, SearchFiles
from blufio_tui.core.errors import NeverRule


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in {
        "a.py": "one\nneedle here\nthree\n",
        "src/b.py": "needle\r\nneedle\r\n",
        "src/c.ts": "nothing\n",
        "ignored/d.py": "needle\n",
        ".env": "needle=secret\n",
        ".gitignore": "ignored/\n*.log\n",
        "x.log": "needle\n",
        "bin": "\0needle",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


async def run(project: Path, effect: SearchFiles | FindFiles, own: tuple[Path, ...] = ()) -> tuple[EffectResult, Any]:
    guard = FileGuard(places(project), own)
    result = await PreparedSearch(guard, effect, lambda path: path.endswith(".env")).execute()
    assert isinstance(result, EffectResult)
    return result, json.loads(result.data)


async def test_matches_come_with_line_numbers_and_what_was_left_out_is_named(project: Path) -> None:
    effect = SearchFiles(".", "^needle", context=1)
    result, report = await run(project, effect)
    assert [(one["path"], one["count"]) for one in report["found"]] == [("a.py", 1), ("src/b.py", 2)]
    assert search_report(effect, result) == (
        "a.py\n1- one\n2: needle here\n3- three\nsrc/b.py\n1: needle\n2: needle\n3- \n"
        "[not searched, because they usually hold credentials or a rule denies it: .env]"
    )


async def test_what_is_left_out_says_the_same_whether_it_holds_a_match_or_not(project: Path) -> None:
    _, with_match = await run(project, SearchFiles(".", "secret"))
    _, without = await run(project, SearchFiles(".", "absent"))
    assert with_match == without and with_match["skipped"] == [".env"]


async def test_a_glob_narrows_and_an_ignored_folder_is_searched_when_it_is_named(project: Path) -> None:
    assert (await run(project, SearchFiles(".", "nothing|needle", glob="*.ts")))[1]["of"] == 1
    assert [one["path"] for one in (await run(project, SearchFiles("ignored", "needle")))[1]["found"]] == ["d.py"]
    assert [one["path"] for one in (await run(project, SearchFiles("src/b.py", "needle")))[1]["found"]] == ["b.py"]


async def test_find_lists_what_fits(project: Path) -> None:
    assert (await run(project, FindFiles(".", "**/*.py")))[1]["found"] == ["a.py", "src/b.py"]


async def test_links_and_the_programs_own_files_under_another_name_are_not_searched(
    project: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.db"
    own.write_text("needle")
    (project / "link.py").symlink_to(own)
    os.link(own, project / "hard.py")
    assert {one["path"] for one in (await run(project, SearchFiles(".", "needle"), (own,)))[1]["found"]} == {
        "a.py",
        "src/b.py",
    }


@pytest.mark.parametrize("effect", [FindFiles("src", "*"), SearchFiles("src", ".")])
async def test_a_folder_that_became_a_link_after_it_was_decided_on_is_refused(
    project: Path, tmp_path: Path, effect: SearchFiles | FindFiles
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "names-say-enough").write_text("needle")
    prepared = PreparedSearch(FileGuard(places(project)), effect, lambda _: False)
    (project / "src").rename(project / "before")
    (project / "src").symlink_to(tmp_path / "outside")
    with pytest.raises(NeverRule, match="changed into a symbolic link"):
        await prepared.execute()


def test_a_folder_that_becomes_a_link_during_the_walk_is_not_entered(project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "names-say-enough").write_text("needle")
    (project / "last").mkdir()
    walked = search._Walk(str(project)).files()
    first = next(walked)
    (project / "last").rename(tmp_path / "moved")
    (project / "last").symlink_to(tmp_path / "outside")
    assert [first, *walked] == [".env", ".gitignore", "a.py", "bin", "src/b.py", "src/c.ts"]


async def test_an_expression_that_never_ends_is_ended(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCH_SECS", 0.5)
    (project / "long.py").write_text("a" * 60 + "!\n")
    _, report = await run(project, SearchFiles("long.py", "(a+)+$"))
    assert report["incomplete"] and not report["found"]


async def test_the_limit_stops_the_search_and_says_so(project: Path) -> None:
    _, report = await run(project, SearchFiles(".", "needle", limit=1))
    assert len(report["found"]) == 1 and report["incomplete"]


async def test_files_that_are_too_large_to_search_are_named(project: Path) -> None:
    with (project / "large.py").open("wb") as file:
        file.truncate(9 * 1024 * 1024)
    effect = SearchFiles(".", "needle", glob="*.py", mode="files")
    result, report = await run(project, effect)
    assert report["too_large"] == ["large.py"] and not report["incomplete"]
    assert search_report(effect, result).splitlines() == [
        "a.py",
        "src/b.py",
        "[not searched, because they are larger than 8 MiB: large.py; `bash` with grep can]",
    ]


async def test_a_find_that_was_cut_says_that_it_is_not_complete(project: Path) -> None:
    _, report = await run(project, FindFiles(".", "*.py", 1))
    assert report["found"] == ["a.py"] and report["of"] == 2 and report["incomplete"]
    assert not (await run(project, FindFiles(".", "*.py")))[1]["incomplete"]


def test_a_long_report_is_cut_at_the_end_of_a_line_and_says_by_how_much() -> None:
    found = [{"path": f"folder/file-{number:05}.py", "count": 1, "lines": []} for number in range(2_000)]
    data = json.dumps({"found": found, "of": 2_000, "skipped": [], "too_large": [], "incomplete": False}).encode()
    report = search_report(SearchFiles(".", "x", mode="files"), EffectResult(0, data)).splitlines()
    assert report[-2].endswith(".py")
    assert report[-1] == f"[{2_000 - len(report) + 1:,} more lines; narrow the pattern, the glob or the path]"


@pytest.mark.skipif(shutil.which("rg") is None, reason="rg is not installed")
@pytest.mark.parametrize(
    "pattern", ["needle", r"need\w+ 1\d\b", "(?i)NEEDLE", "two|needle 7", "nowhere", "tail é$", "é 5"]
)
@pytest.mark.parametrize("mode", ["content", "files", "count"])
async def test_with_rg_the_results_and_their_order_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, mode: str
) -> None:
    _many(tmp_path)
    effect = SearchFiles(".", pattern, mode=mode, context=1)
    monkeypatch.setattr(ripgrep, "LEAST_FILES", 1_000)
    _, without = await run(tmp_path, effect)
    monkeypatch.setattr(ripgrep, "LEAST_FILES", 1)
    monkeypatch.setattr(ripgrep, "_BATCH_BYTES", 400)
    _, by_rg = await run(tmp_path, effect)
    assert by_rg == without
    assert without["too_large"] == ["large.txt"]


def _many(root: Path) -> None:
    """Files of every kind that could make a difference."""
    for number in range(40):
        place = root / f"folder-{number % 3}" / f"{number}.txt"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"line\nneedle {number}\ntail é\n")
    (root / "-e").write_text("needle 1 of an option\r\nnext\r\n")
    (root / ".hidden").write_bytes(b"\xef\xbb\xbfneedle 12\n")
    (root / "utf16.txt").write_text("needle 13\n", encoding="utf-16")
    (root / "broken.txt").write_bytes(b"\xff\xfeneedle 14 \xff\n")
    (root / "late.bin").write_bytes(b"a" * 9_000 + b"\0\nneedle 15\n")
    (root / "early.bin").write_bytes(b"\0\nneedle 16\n")
    (root / "large.txt").write_bytes(b"x\n" * (5 * 1024 * 1024))
    (root / os.fsdecode(b"odd-\xff\n.txt")).write_text("needle 17\n")
    (root / ".gitignore").write_text("folder-2/\n")


@pytest.mark.parametrize(
    ("program", "kept"),
    [
        ("#!/bin/sh\nprintf './b\\0'\n", ["b"]),
        ("#!/bin/sh\nexit 1\n", []),
        ("#!/bin/sh\nprintf './b\\0'; exit 2\n", ["a", "b", "c"]),
        ("#!/bin/sh\nkill -9 $$\n", ["a", "b", "c"]),
        ("#!/bin/sh\nexec sleep 60\n", ["a", "b", "c"]),
        ("#!/nowhere/sh\n", ["a", "b", "c"]),
    ],
)
async def test_an_rg_that_fails_rules_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, kept: list[str]
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "rg").write_text(program)
    (folder / "rg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(ripgrep, "LEAST_FILES", 1)
    monkeypatch.setattr(ripgrep, "_BATCH_SECS", 0.3)
    async with aclosing(ripgrep.may_match(str(tmp_path), ["a", "b", "c"], "x")) as batches:
        assert [name async for batch in batches for name in batch] == kept


async def test_an_rg_of_the_project_is_never_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rg").write_text("#!/bin/sh\ntouch started\n")
    (tmp_path / "rg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:.:/nonexistent")
    monkeypatch.setattr(ripgrep, "LEAST_FILES", 1)
    monkeypatch.setattr(own_programs, "_distrusted", {str(tmp_path)})
    async with aclosing(ripgrep.may_match(str(tmp_path), ["a"], "x")) as batches:
        assert [name async for batch in batches for name in batch] == ["a"]
    assert not (tmp_path / "started").exists()
