"""Ordinary work in a real terminal, in mode ask, with the questions counted: at most two, none about reading."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.test_model_tools import ByConversation, at_the_model, leave, prompt, ready, result_text
from tests.fakes.messages_api import Reply, served, serving, text, tool_use

MOST_QUESTIONS = 2
FILES = 40
CHARS_PER_TOKEN = 3.5


def answered(inside: Inside) -> list[str]:
    """What the person was asked about: the kinds of the effects that they decided on."""
    rows = inside("audit", "list", "--json", "--limit", "1000").json
    return [
        row["kind"]
        for row in rows
        if row["type"] == "decision" and row["decided_by"] == "user" and row["kind"] != "model"
    ]


def call(name: str, **arguments: Any) -> Reply:
    return Reply(tool_use(f"{name}_{len(json.dumps(arguments))}", name, arguments))


def test_a_bug_in_a_file_of_5000_lines_is_one_edit_and_one_question(world: World, inside: Inside) -> None:
    lines = [f"def rate_{number}(amount):\n    return amount * {number}\n" for number in range(2_500)]
    whole = "".join(lines)
    (world.project / "rates.py").write_text(whole)
    fix = {"path": "rates.py", "edits": [{"old": "return amount * 1234\n", "new": "return amount / 1234\n"}]}
    steps = (
        call("search", pattern="def rate_1234", path="rates.py"),
        call("file", action="read", path="rates.py", offset=2460, limit=20),
        call("edit", **fix),
        Reply(text("Rate 1234 divides now.")),
    )
    with serving(*steps) as api, at_the_model(world, api) as terminal:
        prompt(terminal, "rate 1234 must divide")
        ready(terminal, "return amount / 1234")
        terminal.press("y")
        terminal.wait_for("Rate 1234 divides now.")
        leave(terminal)
    assert api.refused == []
    assert "2469: def rate_1234(amount):" in result_text(api.requests[1])
    assert "changed rates.py (+1 −1)" in result_text(api.requests[3])
    assert (world.project / "rates.py").read_text() == whole.replace("return amount * 1234\n", "return amount / 1234\n")
    assert len(json.dumps(fix)) / CHARS_PER_TOKEN < 300
    assert answered(inside) == ["fs.write"]


@pytest.mark.corpus
def test_a_function_is_renamed_over_40_files_with_one_answer_for_the_project(world: World, inside: Inside) -> None:
    names = [f"part_{number:02}.py" for number in range(FILES)]
    for name in names:
        (world.project / name).write_text("from lib import old_name\n\nold_name()\n")
    rename = {"old": "old_name", "new": "new_name", "all": True}
    edits = [tool_use(f"e{name}", "edit", {"path": name, "edits": [rename]}) for name in names]
    steps = (
        call("search", pattern=r"\bold_name\b", mode="count"),
        Reply(*edits),
        call("search", pattern=r"\bold_name\b", mode="files"),
        Reply(text("Renamed in 40 files.")),
    )
    with serving(*steps) as api, at_the_model(world, api) as terminal:
        prompt(terminal, "rename old_name to new_name")
        ready(terminal, "part_00.py")
        terminal.press("e")
        terminal.confirm("Enter to store")
        terminal.wait_for("Renamed in 40 files.")
        leave(terminal)
    assert api.refused == []
    assert all(f"{name}: 2" in result_text(api.requests[1]) for name in names)
    assert result_text(api.requests[2]).count("2 places") == FILES
    assert f"no match in {FILES + 1} files" in result_text(api.requests[3])
    assert {(world.project / name).read_text() for name in names} == {"from lib import new_name\n\nnew_name()\n"}
    assert answered(inside) == ["fs.write"]


@pytest.mark.corpus
def test_two_tasks_that_read_the_project_and_change_a_file_each_ask_once_each(world: World, inside: Inside) -> None:
    def half(word: str) -> list[Any]:
        return [
            Reply(tool_use("s", "search", {"pattern": "three"}), tool_use("f", "find", {"glob": "*.md"})),
            Reply(tool_use("e", "edit", {"path": f"{word}.txt", "edits": [{"old": "", "new": f"{word}\n"}]})),
            Reply(text(f"{word} is done")),
        ]

    tasks = [tool_use(word, "task", {"prompt": f"{word} half"}) for word in ("first", "second")]
    api = ByConversation(
        split=[Reply(*tasks), Reply(text("Both are done."))], first=half("first"), second=half("second")
    )
    with served(api), at_the_model(world, api) as terminal:
        prompt(terminal, "split it")
        terminal.wait_for("2 approvals waiting")
        for left in ("1 approval waiting", "Both are done."):
            ready(terminal, "(in task")
            terminal.press("y")
            terminal.wait_for(left)
        leave(terminal)
    assert api.refused == []
    assert {(world.project / f"{word}.txt").read_text() for word in ("first", "second")} == {"first\n", "second\n"}
    assert answered(inside) == ["fs.write"] * MOST_QUESTIONS
