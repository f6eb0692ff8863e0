"""Events as updates, without an editor."""

import pytest

from blufio_tui.acp.content import code_span, fenced
from blufio_tui.acp.updates import MAX_EFFECTS, TurnUpdates, effect_line
from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.events import (
    CallUsage,
    ErrorInfo,
    HostCallFinished,
    NestedEvent,
    NoticeLevel,
    NoticeRaised,
    ReplyDiscarded,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolOutputDelta,
)
from blufio_tui.core.text.json_types import JsonObject

PROJECT = "/home/ada/project"


def started(tool: str, arguments: JsonObject, call_id: str = "c1") -> ToolCallStarted:
    return ToolCallStarted("t1", call_id, tool, arguments)


def finished(content: str = "ok", *, call_id: str = "c1", is_error: bool = False) -> ToolCallFinished:
    error = ErrorInfo(ErrorKind.HOST_ERROR, content) if is_error else None
    return ToolCallFinished("t1", call_id, is_error, content, CallUsage(), 1.0, error=error)


def effect(verdict: Verdict = Verdict.ALLOW, outcome: str = "ok", resource: str = "/p/a") -> HostCallFinished:
    return HostCallFinished(
        "t1", "c1", "h1", Kind.FS_READ, resource, verdict, DecidedBy.MANIFEST, "no rule", outcome, 1.0, 7
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "place"),
    [
        ("file", {"action": "read", "path": "a.txt", "offset": 12}, "read", (f"{PROJECT}/a.txt", 12)),
        ("file", {"action": "write", "path": "/x/../y.txt", "content": ""}, "edit", ("/y.txt", None)),
        ("edit", {"path": "a.txt", "edits": []}, "edit", (f"{PROJECT}/a.txt", None)),
        ("search", {"pattern": "x", "path": "src"}, "search", (f"{PROJECT}/src", None)),
        ("bash", {"command": "ls"}, "execute", None),
        ("http", {"url": "https://example.org"}, "fetch", None),
        ("weather", {"path": "not-a-file"}, "other", None),
        ("file", {"action": "read", "path": 5}, "read", None),
        ("file", {"action": "read", "path": "a\0b"}, "read", None),
    ],
)
def test_a_call_has_a_kind_and_the_file_it_is_about(
    tool: str, arguments: JsonObject, kind: str, place: tuple[str, int | None] | None
) -> None:
    (start,) = TurnUpdates(PROJECT).of(started(tool, arguments))
    assert start.kind == kind  # type: ignore[union-attr]
    assert [(one.path, one.line) for one in start.locations] == ([place] if place else [])  # type: ignore[union-attr]


def test_an_edit_is_shown_as_its_differences_and_a_write_against_what_is_there() -> None:
    edits = [{"old": "a", "new": "b"}, {"old": "c", "new": "d"}, "nonsense", {"old": 1, "new": "x"}]
    (start,) = TurnUpdates(PROJECT).of(started("edit", {"path": "a.txt", "edits": edits}))  # type: ignore[dict-item]
    assert [(one.old_text, one.new_text) for one in start.content] == [("a", "b"), ("c", "d")]  # type: ignore[union-attr]
    write: JsonObject = {"action": "write", "path": "a.txt", "content": "new"}
    (start,) = TurnUpdates(PROJECT).of(started("file", write), before="old")
    assert [(one.old_text, one.new_text) for one in start.content] == [("old", "new")]  # type: ignore[union-attr]


def test_output_is_sent_whole_each_time_and_replaced_by_the_result() -> None:
    updates = TurnUpdates(PROJECT)
    updates.of(started("bash", {"command": "make"}))
    assert updates.live("c1") == []
    for piece in ("one\n", "50%\r100%\n", "\x1b[31mred\x1b[0m"):
        assert updates.of(ToolOutputDelta("t1", "c1", "stdout", piece)) == []
    (live,) = updates.live("c1")
    assert live.content[0].content.text == "```\none\n100%\nred\n```"  # type: ignore[union-attr]
    (end,) = updates.of(finished("exit 0"))
    assert [item.content.text for item in end.content] == ["```\nexit 0\n```"]  # type: ignore[union-attr]
    assert updates.live("c1") == []


def test_effects_are_listed_as_they_end_and_a_flood_of_them_is_counted() -> None:
    updates = TurnUpdates(PROJECT)
    updates.of(started("csv", {}))
    for number in range(MAX_EFFECTS + 5):
        updates.of(effect(resource=f"/p/{number}"))
    (end,) = updates.of(finished("sum"))
    listed = end.content[0].content.text  # type: ignore[union-attr]
    assert listed.startswith("- ✓ fs.read `/p/0` (manifest)\n")
    assert listed.endswith("- … and 5 more; the audit log has them")


def test_an_effect_says_what_was_decided_and_what_came_of_it() -> None:
    assert effect_line(effect()) == "✓ fs.read `/p/a` (manifest)"
    assert effect_line(effect(Verdict.DENY, "denied")) == "✗ fs.read `/p/a` (manifest: `no rule`)"
    assert effect_line(effect(outcome="error: gone")) == "✓ fs.read `/p/a` (manifest, `error: gone`)"


def test_a_failed_todo_is_no_plan() -> None:
    updates = TurnUpdates(PROJECT)
    assert updates.of(started("todo", {"items": "x"})) == []
    assert updates.of(finished("items must be a list", is_error=True)) == []


def test_what_a_sub_agent_does_stands_in_the_call_and_its_calls_are_calls() -> None:
    updates = TurnUpdates(PROJECT)
    updates.of(started("task", {"prompt": "look"}))
    assert updates.of(NestedEvent("t1", "c1", TextDelta("t1", "found it"))) == []
    (live,) = updates.live("c1")
    assert "found it" in live.content[0].content.text  # type: ignore[union-attr]
    (inner,) = updates.of(NestedEvent("t1", "c1", started("file", {"action": "read", "path": "a"}, "c2")))
    assert inner.title == "`task` › `file` `read a`"  # type: ignore[union-attr]


def test_the_programs_own_sentences_stand_apart_and_cannot_be_broken_out_of() -> None:
    notice = NoticeRaised("t1", NoticeLevel.WARNING, "one\n# two")
    (shown,) = TurnUpdates(PROJECT).of(notice)
    assert shown.content.text == "\n\n> ⚠ one\n> # two\n\n"  # type: ignore[union-attr]
    (again,) = TurnUpdates(PROJECT).of(ReplyDiscarded("t1", "cut"))
    assert "requested again: cut" in again.content.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a\nb\u202e\x1b[2J", "`a\\nb\\u202e\\e[2J`"),
        ("  ", ""),
        ("![x](http://evil)", "`![x](http://evil)`"),
    ],
)
def test_text_of_others_in_a_line_is_code(text: str, shown: str) -> None:
    assert code_span(text) == shown


def test_a_fence_cannot_be_ended_from_inside() -> None:
    text = fenced("```\n# not a heading\n````\u202e").content.text  # type: ignore[union-attr]
    assert text == "`````\n```\n# not a heading\n````\\u202e\n`````"


def test_lone_surrogates_from_a_model_do_not_end_the_connection() -> None:
    (start,) = TurnUpdates(PROJECT).of(started("weather", {"city": "\ud800"}))
    start.model_dump_json()
    (said,) = TurnUpdates(PROJECT).of(TextDelta("t1", "\ud800"))
    said.model_dump_json()
