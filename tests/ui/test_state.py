"""The values behind the panes, without a terminal."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import TokenUsage
from blufio_tui.core.errors import ErrorKind, UsageError
from blufio_tui.core.events import (
    CallUsage,
    ErrorInfo,
    HostCallFinished,
    HostCallStarted,
    LogLine,
    RequestFinished,
    RequestStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.policy.approval import Lifetime, Offer, Scope
from blufio_tui.core.text.amounts import dollars, duration, plural, short, size
from blufio_tui.ui.commands.arguments import run_arguments
from blufio_tui.ui.content.resources import short_input, short_resource
from blufio_tui.ui.content.trace_rows import trace_details
from blufio_tui.ui.state.audit_query import parse_audit_query
from blufio_tui.ui.state.choices import choices_for
from blufio_tui.ui.state.entries import Reply, ToolLine, UserSaid
from blufio_tui.ui.state.layout import (
    Arrangement,
    Layout,
    PaneName,
    Shares,
    arrangement_for,
    layout_from,
    layout_values,
)
from blufio_tui.ui.state.offsets import Offsets
from blufio_tui.ui.state.pastes import Pastes
from blufio_tui.ui.state.recall import Recall
from blufio_tui.ui.state.states import State
from blufio_tui.ui.state.trace import NodeKind, Trace
from blufio_tui.ui.state.transcript import Transcript
from blufio_tui.ui.widgets.status_bar import Figures, status_line
from tests.fakes.ui_agent import question, read


@given(st.lists(st.integers(1, 5), max_size=30), st.data())
def test_offsets_find_every_line(heights: list[int], data: st.DataObject) -> None:
    offsets = Offsets(heights)
    if heights:
        place = data.draw(st.integers(0, len(heights) - 1))
        heights[place] = data.draw(st.integers(1, 9))
        offsets.change(place, heights[place])
    expected = [(block, line) for block, height in enumerate(heights) for line in range(height)]
    assert [offsets.at(line) for line in range(offsets.total)] == expected


def _trace(*events: object) -> Trace:
    trace = Trace()
    for at, event in enumerate(events):
        trace.apply(event, float(at))  # type: ignore[arg-type]
    return trace


def test_host_calls_stand_below_their_tool_call_also_when_calls_run_side_by_side() -> None:
    trace = _trace(
        TurnStarted("t", "s", "go"),
        RequestStarted("t", 1, "m"),
        ToolCallStarted("t", "a", "one", {}),
        ToolCallStarted("t", "b", "two", {}),
        HostCallStarted("t", "a", "a/1", Kind.FS_READ, "/x"),
        HostCallStarted("t", "b", "b/1", Kind.NET, "https://y"),
    )
    assert [row.key for row in trace.rows()] == ["t", "t/1", "a", "a/1", "b", "b/1"]
    assert [row.kind for row in trace.rows()][2:4] == [NodeKind.TOOL, NodeKind.HOST]


def test_a_call_waits_while_one_of_its_host_calls_is_asked_about() -> None:
    started = [
        TurnStarted("t", "s", "go"),
        ToolCallStarted("t", "a", "one", {}),
        HostCallStarted("t", "a", "a/1", Kind.FS_READ, "/x", asking=True),
    ]
    trace = _trace(*started)
    assert trace.get("a").state is State.ASKING
    done = HostCallFinished("t", "a", "a/1", Kind.FS_READ, "/x", Verdict.DENY, DecidedBy.USER, "", "denied", 5.0, 7)
    trace.apply(done, 9.0)
    assert trace.get("a").state is State.RUNNING
    assert trace.get("a/1").state is State.DENIED


def test_an_interrupted_turn_leaves_nothing_running() -> None:
    trace = _trace(
        TurnStarted("t", "s", "go"),
        RequestStarted("t", 1, "m"),
        ToolCallStarted("t", "a", "one", {}),
        TurnFinished("t", "s", "interrupted", "", 1),
    )
    assert {row.state for row in trace.rows()} == {State.CANCELLED}


def test_a_denied_call_is_told_from_one_that_failed() -> None:
    for kind, state in ((ErrorKind.CAPABILITY_DENIED, State.DENIED), (ErrorKind.TRAP, State.ERROR)):
        finished = ToolCallFinished("t", "a", True, "", CallUsage(), 1.0, (), ErrorInfo(kind, "no"))
        assert _trace(ToolCallStarted("t", "a", "one", {}), finished).get("a").state is state


def test_deny_comes_first_and_every_answer_has_its_own_letter() -> None:
    base = question("text_stats", read("/x"))
    wide = (
        *base.offers,
        Offer(Lifetime.SESSION, Scope.DECLARED, "~/notes", "the folder"),
        Offer(Lifetime.SESSION, Scope.KIND, "*", "everything"),
        Offer(Lifetime.FOREVER, Scope.DECLARED, "~/notes", "the folder for good"),
    )
    import dataclasses

    choices = choices_for(dataclasses.replace(base, offers=wide))
    assert choices[0].letter == "n" and not choices[0].allows
    letters = [choice.letter for choice in choices]
    assert letters == ["n", "y", "s", "a", "S", "1", "A", "r", "N"]


def test_layout_never_hides_the_last_pane_and_survives_nonsense() -> None:
    layout = Layout().toggle_hidden(PaneName.TRACE).toggle_hidden(PaneName.AUDIT).toggle_hidden(PaneName.CHAT)
    assert layout.visible(Arrangement.THREE) == (PaneName.CHAT,)
    assert layout_from(layout_values(layout)).hidden == layout.hidden
    assert layout_from({"chat_share": "wide", "hidden": ["chat", "trace", "audit"]}) == Layout()
    assert layout_from({"chat_share": 999, "trace_share": -4}).two == Shares(80, 20)


def test_three_columns_have_shares_of_their_own_that_are_remembered() -> None:
    layout = Layout().widen_chat(Arrangement.THREE, 2).widen_trace(Arrangement.TWO, -1)
    assert layout.three == Shares(Layout().three.chat + 8, Layout().three.trace)
    assert layout.two == Shares(Layout().two.chat, Layout().two.trace - 4)
    assert layout_from(layout_values(layout)) == layout


def test_what_was_remembered_before_three_columns_had_their_own_shares_still_counts() -> None:
    moved, unmoved = {"chat_share": 60, "trace_share": 54}, {"chat_share": 46, "trace_share": 54}
    assert layout_from({**moved, "hidden": []}).three == Shares(60, 54)
    assert layout_from({**unmoved, "hidden": ["audit"]}).three == Layout().three


@pytest.mark.parametrize(
    ("width", "arrangement"), [(80, "tabs"), (99, "tabs"), (100, "two"), (179, "two"), (180, "three")]
)
def test_columns_by_width(width: int, arrangement: str) -> None:
    assert arrangement_for(width) == arrangement


def test_recall_goes_back_and_returns_the_draft() -> None:
    recall = Recall(["a", "b"])
    assert [recall.earlier("draft"), recall.earlier("b"), recall.earlier("a")] == ["b", "a", None]
    assert [recall.later(), recall.later(), recall.later()] == ["b", "draft", None]


def test_a_wall_of_text_becomes_a_mark_and_comes_back_whole() -> None:
    pastes, wall = Pastes(), "line\n" * 400
    mark = pastes.fold(wall)
    assert mark == "[paste 1: 400 lines]"
    assert pastes.expand(f"see {mark} please") == f"see {wall} please"
    assert pastes.fold("short") == "short"


def test_words_above_the_audit_log_narrow_it() -> None:
    noon = 1_780_000_000.0
    where = parse_audit_query("denied net by:fetch-page yesterday example.com", noon)
    assert (where.decision, where.kind, where.actor, where.text) == ("deny", "net", "fetch-page", "example.com")
    assert 0 < noon - where.until < 86_400 and round(where.until - where.since) in (82_800, 86_400, 90_000)
    assert parse_audit_query("", noon) == type(where)()
    since = parse_audit_query("since:2026-01-30 until:2026-01-31 session:s1 a:b", noon)
    assert (since.session_id, since.text) == ("s1", "a:b")
    assert round(since.until - since.since) in (2 * 86_400 - 3600, 2 * 86_400, 2 * 86_400 + 3600)
    assert parse_audit_query("2026-13-01", noon).text == "2026-13-01"


def test_run_takes_a_json_object() -> None:
    assert run_arguments('text-stats {"text": "x"}') == ("text_stats", {"text": "x"})
    assert run_arguments("text-stats") == ("text_stats", {})
    for bad in ("x [1]", "x {"):
        with pytest.raises(UsageError):
            run_arguments(bad)


@given(st.floats(0, 1e9))
def test_durations_and_counts_stay_short(value: float) -> None:
    assert len(duration(value)) <= 7
    assert len(short(value)) <= 6
    assert len(size(int(value))) <= 10


def test_amounts_read_well() -> None:
    assert [duration(x) for x in (0, 3.04, 840, 12_340, 245_000)] == ["0 ms", "3.0 ms", "840 ms", "12.3 s", "4m05s"]
    assert [dollars(x) for x in (None, 0, 0.00412, 1.25)] == ["$?", "$0", "$0.0041", "$1.25"]
    assert [plural(1, "entry"), plural(2, "entry"), plural(1200, "row")] == ["1 entry", "2 entries", "1,200 rows"]


def test_log_lines_over_the_limit_are_shown_as_dropped() -> None:
    trace = Trace()
    trace.apply(TurnStarted("t", "s", "p"), 0)
    trace.apply(ToolCallStarted("t", "c", "chatty", {}), 1)
    trace.apply(ToolCallFinished("t", "c", False, "", CallUsage(), 1.0, (LogLine("info", "one"),), None, 2_400), 2)
    assert [line.message for line in trace.get("c").logs] == [
        "one",
        "2,400 more log lines were over the limit and were dropped",
    ]


@given(st.text("ab/日🚀", max_size=60), st.integers(8, 40))
def test_a_cut_path_fits_whatever_its_letters_are_as_wide_as(text: str, width: int) -> None:
    for kind in ("exec", "fs.read", "net"):
        cut = short_resource(kind, text, width)
        assert cell_len(cut) <= width
        assert cut == text or "…" in cut


@given(
    st.from_regex(r"\A(https?://[a-z.]{1,20}|~|\.|/etc)(/[a-z日]{0,12}){1,6}(\?[a-z=]{1,30})?\Z"), st.integers(8, 60)
)
def test_a_cut_address_fits(text: str, width: int) -> None:
    for kind in ("fs.read", "net"):
        assert cell_len(short_resource(kind, text, width)) <= width


@pytest.mark.parametrize(
    ("kind", "resource", "width", "shown"),
    [
        ("net", "https://api.example.org/repos/sea/lighthouse/issues", 38, "api.example.org/…/lighthouse/issues"),
        (
            "net",
            "https://api.example.org/v1/forecast?latitude=54.3&longitude=10.1",
            40,
            "api.example.org/v1/forecast?latitude=54…",
        ),
        ("net", "https://api.example.org/v1/repos/forecast?latitude=54.3", 30, "api.example.org/…/forecast"),
        ("net", "https://api.example.org/v1/forecast", 18, "api.example.org/…"),
        ("net", "https://login.very.long.name.example.org/", 16, "…ame.example.org"),
        ("net", "http://127.0.0.1:8080/v1/chat/completions", 36, "http://127.0.0.1:8080/…/completions"),
        ("fs.read", "/home/ada/lighthouse/docs/adr/0007-the-lamp.md", 40, "./docs/adr/0007-the-lamp.md"),
        ("fs.read", "/home/ada/lighthouse/docs/adr/0007-the-lamp.md", 26, "./…/adr/0007-the-lamp.md"),
        ("fs.write", "/home/ada/notes/2026/may/harbour.txt", 26, "/home/…/may/harbour.txt"),
        ("fs.read", "/home/ada/notes/2026/may/harbour.txt", 14, "…/harbour.txt"),
        ("fs.read", "~/notes/2026/a-name-that-is-much-longer-than-the-room.txt", 20, "a-name-…the-room.txt"),
        ("exec", "/usr/bin/find . -name '*.log' -delete", 20, "/usr/bi…log' -delete"),
    ],
)
def test_of_what_was_touched_the_telling_part_is_kept(kind: str, resource: str, width: int, shown: str) -> None:
    assert short_resource(kind, resource, width, Path("/home/ada/lighthouse")) == shown


@pytest.mark.parametrize(
    ("summary", "width", "shown"),
    [
        ("read docs/adr/2026/0012-the-lamp.md", 30, "read docs/…/0012-the-lamp.md"),
        ("GET https://api.example.org/v1/forecast?days=3", 32, "GET api.example.org/v1/forecast…"),
        ("git log --oneline -- docs | head -40", 20, "git log --oneline -- docs | head -40"),
        ("one more than there is room for a/b", 12, "one more than there is room for a/b"),
    ],
)
def test_of_an_input_that_ends_in_a_path_the_end_is_kept(summary: str, width: int, shown: str) -> None:
    """Any other is cut at its end by whoever shows it."""
    assert short_input(summary, width) == shown


def test_the_trace_says_where_asking_again_cannot_help() -> None:
    error = ErrorInfo(ErrorKind.CAPABILITY_DENIED, "capability not permitted")

    def offered(decided_by: DecidedBy) -> str:
        trace = _trace(
            TurnStarted("t", "s", "go"),
            ToolCallStarted("t", "a", "http", {}),
            HostCallFinished("t", "a", "a/1", Kind.NET, "http://x", Verdict.DENY, decided_by, "", "denied", 5.0, 7),
            ToolCallFinished("t", "a", True, "", CallUsage(), 5.0, error=error),
        )
        return " ".join(line.plain.strip() for line in trace_details(trace.get("a"), 200))

    assert "with what you have allowed since" in offered(DecidedBy.USER)
    assert "nobody can allow what was denied here" in offered(DecidedBy.NEVER_RULE)


def test_a_reply_that_is_blank_takes_no_room_and_one_that_begins_blank_keeps_its_indentation() -> None:
    transcript = Transcript()
    transcript.apply(TurnStarted("t", "s", "hi"), 1.0)
    transcript.apply(RequestStarted("t", 1, "m"), 1.0)
    assert transcript.apply(TextDelta("t", "\n\n"), 1.1) == []
    transcript.apply(ToolCallStarted("t", "c1", "bash", {}), 1.2)
    transcript.apply(RequestStarted("t", 2, "m"), 1.3)
    assert transcript.apply(TextDelta("t", "    "), 1.4) == []
    transcript.apply(TextDelta("t", "code"), 1.5)
    assert [type(entry) for entry in transcript.entries] == [UserSaid, ToolLine, Reply]
    assert transcript.entries[-1].text.source == "    code"


def test_the_status_line_says_where_commands_are_not_caged() -> None:
    assert "not caged" in status_line(Figures("m", not_caged=True), 80, Content("")).plain
    assert "caged" not in status_line(Figures("m"), 80, Content("")).plain


def test_where_there_is_little_room_the_status_line_keeps_the_cost_longest() -> None:
    figures = Figures("claude-sonnet-4-5", usage=TokenUsage(2_870, 323, 4_590), cost_usd=0.0148)
    figures = replace(figures, context_tokens=4_000, context_window=200_000)
    everything = status_line(figures, 80, Content("")).plain
    assert "↑7.5k ↓323" in everything and "$0.0148" in everything and everything.endswith("context 2% ")
    busy = status_line(figures, 80, Content("◐ text_stats 5 s for a while")).plain
    assert "↑" not in busy and busy.endswith("$0.0148  ·  context 2% ")
    assert status_line(figures, 64, Content("◐ text_stats 5 s for a while")).plain.endswith(" $0.0148 ")


def test_the_tokens_of_a_turn_are_counted_as_in_the_status_line_with_what_the_cache_held() -> None:
    usage = TokenUsage(420, 188, cache_read_tokens=2_450)
    transcript = Transcript()
    transcript.apply(TurnStarted("t", "s", "hi"), 1.0)
    transcript.apply(TurnFinished("t", "s", "end_turn", "", 1, usage, 0.01), 2.0)
    assert "3.1k tokens" in transcript.entries[-1].summary
    trace = Trace()
    trace.apply(TurnStarted("t", "s", "hi"), 1.0)
    trace.apply(RequestStarted("t", 1, "m"), 1.0)
    trace.apply(RequestFinished("t", "end_turn", usage, 0.01, "m"), 2.0)
    (request,) = (row for row in trace.rows() if row.title == "request 1")
    said = " ".join(line.plain for line in trace_details(request, 100))
    assert "2,870 in · 188 out · of those in, 2,450 read from the cache" in said
