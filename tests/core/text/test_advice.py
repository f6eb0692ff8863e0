"""What a model is told beside what went wrong: one row for each kind of error."""

import re

import pytest

from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.manifest.schema import check
from blufio_tui.core.skills.failures import failure_for_model
from blufio_tui.core.text.advice import missing_file, unknown_skill, unknown_tool, wrong_input
from blufio_tui.core.text.json_types import Json

TOOLS = ("bash", "edit", "file", "find", "find_tool", "http", "load_skill", "search")
LIST = "The tools are: bash, edit, file, find, find_tool, http, load_skill, search."
SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": ["read", "write", "list"]},
        "path": {"type": "string"},
        "limit": {"type": "integer"},
    },
    "required": ["action", "path"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("read_file", '; file {"action": "read", "path": …} does that'),
        ("ReadFile", '; file {"action": "read", "path": …} does that'),
        ("Grep", '; search {"pattern": …} does that'),
        ("str_replace_based_edit_tool", '; edit {"path": …, "edits": [{"old": …, "new": …}]} does that'),
        ("run_terminal_cmd", '; bash {"command": …} does that'),
        ("WebFetch", '; http {"url": …} does that'),
        ("serach", "; did you mean search?"),
        ("wether", "; did you mean weather?"),
        ("send_mail", '; find_tool {"query": …} looks for more'),
        ("task_agent\u202e", '; find_tool {"query": …} looks for more'),
    ],
)
def test_a_tool_there_is_not_names_the_one_that_does_it(name: str, hint: str) -> None:
    said = unknown_tool(name, TOOLS, ["weather"])
    assert said.endswith(f"{hint}. {LIST}")
    assert said.isprintable()


def test_a_tool_that_is_not_offered_is_not_named() -> None:
    assert unknown_tool("curl", ("bash",)) == 'there is no tool "curl". The tools are: bash.'
    assert unknown_tool("x" * 500, ()) == f'there is no tool "{"x" * 79}…". The tools are: none.'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"action": "read", "file": "a", "path": "b"},
            "Additional properties are not allowed ('file' was unexpected). Its fields are: action, path, limit?.",
        ),
        (
            {"action": "read", "paht": "a", "path": "b"},
            "Additional properties are not allowed ('paht' was unexpected). \"paht\" may be meant as path. "
            "Its fields are: action, path, limit?.",
        ),
        ({"action": "remove", "path": "a"}, "at action: 'remove' is not one of ['read', 'write', 'list']"),
        ({"path": "a"}, "'action' is a required property. Its fields are: action, path, limit?."),
        ({"action": "read", "path": "a", "limit": "x"}, "at limit: 'x' is not of type 'integer'"),
        (["a"], "['a'] is not of type 'object'. Its fields are: action, path, limit?."),
    ],
)
def test_a_wrong_field_or_action_lists_the_right_ones(value: Json, said: str) -> None:
    assert wrong_input("file", SCHEMA, value, check(SCHEMA, value)) == f"the input of file is not valid: {said}"


@pytest.mark.parametrize(
    ("kind", "message", "said"),
    [
        (
            ErrorKind.FUEL_EXHAUSTED,
            "used up its 5 units of fuel; raise resources.fuel in skill.toml if it needs more",
            "the skill used all the computation that it may: give it less, or use another tool",
        ),
        (
            ErrorKind.MEMORY_LIMIT,
            "asked for more, over the limit of 16 MiB; raise resources.memory_mb in skill.toml if it needs more",
            "the skill needed more memory than it may have: give it less, or use another tool",
        ),
        (
            ErrorKind.TRAP,
            'KeyError: nope\n  File "skill.py", line 3, in <module>\n  File "skill.py", line 2, in f',
            "KeyError: nope (skill.py, line 2)",
        ),
        (ErrorKind.TRAP, "abort: there is no column b", "there is no column b"),
        (ErrorKind.TRAP, 'two lines\nof a message with File "x"', 'two lines\nof a message with File "x"'),
        (ErrorKind.HOST_ERROR, "host error: x.csv: No such file or directory", "x.csv: No such file or directory"),
        (
            ErrorKind.HOST_ERROR,
            "host error: x has 9 bytes, over the limit; raise resources.response_kb in skill.toml if it needs more",
            "x has 9 bytes, over the limit; give it less, or use another tool",
        ),
        (
            ErrorKind.INTEGRITY,
            'the files of "x" are not the ones that were installed (changed: /opt/x); blufio-tui skill remove x',
            "the skill's files are not those that were installed, so it does not run; use another tool, and say so",
        ),
    ],
)
def test_a_skill_that_failed_is_told_in_a_line_that_a_model_can_act_on(
    kind: ErrorKind, message: str, said: str
) -> None:
    assert failure_for_model(kind, message) == said


@pytest.mark.parametrize("kind", ErrorKind)
def test_no_failure_of_a_skill_gives_advice_for_its_author(kind: ErrorKind) -> None:
    said = failure_for_model(kind, "too much; raise resources.response_kb in skill.toml if it needs more")
    assert not re.search(r"skill\.toml|resources\.|blufio-tui |call_[0-9a-f]", said)


def test_a_skill_there_is_not_lists_those_that_are() -> None:
    assert (
        unknown_skill("pdf-formz", ["pdf-forms", "tax"]) == 'there is no skill "pdf-formz"; did you mean "pdf-forms"?'
    )
    assert (
        unknown_skill("mail", ["pdf-forms", "tax"], ["calc"])
        == 'there is no skill "mail"; there are: pdf-forms, tax, calc'
    )


def test_a_folder_of_any_size_is_looked_through_at_once() -> None:
    names = [f"part-{number:06}.parquet" for number in range(20_000)]
    said = missing_file("data/report.csv", names)
    assert said.endswith("and 19970 more")
    assert len(said) < 1_000
