"""Sub-agents in the trace and in the conversation, the model's list, and calls that wait for the person."""

from dataclasses import replace

from blufio_tui.core.capability import DecidedBy, Kind, Verdict
from blufio_tui.core.conversation import Message, Role, TokenUsage, ToolResultBlock, ToolUseBlock
from blufio_tui.core.events import (
    CallUsage,
    Event,
    HostCallFinished,
    HostCallStarted,
    NestedEvent,
    NoticeLevel,
    NoticeRaised,
    PersonAsked,
    RequestFinished,
    RequestStarted,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    TurnFinished,
    TurnStarted,
)
from blufio_tui.core.sessions.records import MessageState, RequestRecord, StoredMessage, ToolCallRecord, Wait
from blufio_tui.core.text.json_types import Json, JsonObject
from blufio_tui.ui.content.entry_lines import entry_lines
from blufio_tui.ui.content.trace_rows import trace_details, trace_row
from blufio_tui.ui.state.entries import ToolLine, TurnEnd, UserSaid, fold_earlier_todos, tool_line
from blufio_tui.ui.state.restore import entries_from
from blufio_tui.ui.state.states import State
from blufio_tui.ui.state.trace import Trace
from blufio_tui.ui.state.transcript import Transcript

T = "turn"


def started(call_id: str, tool: str, **arguments: Json) -> ToolCallStarted:
    return ToolCallStarted(T, call_id, tool, arguments)


def finished(call_id: str, *, failed: bool = False) -> ToolCallFinished:
    return ToolCallFinished(T, call_id, failed, "done", CallUsage(), 1.0)


def inside(event: Event) -> NestedEvent:
    return NestedEvent(T, "t", event)


def asking(call_id: str, *, asks: bool) -> HostCallStarted:
    return HostCallStarted(T, call_id, f"h-{call_id}", Kind.NET, "https://x", asks)


SUB_AGENT: tuple[Event, ...] = (
    TurnStarted(T, "s", "hi"),
    RequestStarted(T, 1, "m"),
    started("t", "task", prompt="count\nthe lines"),
    inside(TurnStarted(T, "s", "count the lines")),
    inside(RequestStarted(T, 1, "m")),
    inside(TextDelta(T, "Let me look.")),
    inside(RequestFinished(T, "tool_use", TokenUsage(5, 6), 0.0, "m")),
    inside(started("c", "bash", command="wc -l")),
    inside(asking("c", asks=True)),
)


def shown(rows: Trace) -> list[str]:
    return [trace_row(node, rows.turn_of(node), 1.0, 90).plain.rstrip() for node in rows.rows()]


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def test_what_a_sub_agent_does_nests_in_its_call() -> None:
    trace = Trace()
    for event in SUB_AGENT:
        trace.apply(event, 1.0)
    assert [node.title for node in trace.rows()] == ["hi", "request 1", "task", "request 1", "bash", "net"]
    indents = [indent_of(line) for line in shown(trace)]
    assert indents == sorted(set(indents)), "each deeper than the one before"
    call = trace.get("t")
    assert call is not None and call.children[0].tokens == TokenUsage(5, 6)
    said = "\n".join(line.plain for line in trace_details(call.children[0], 80))
    assert "Let me look." in said
    trace.apply(inside(TurnFinished(T, "s", "end_turn", "7", 1, TokenUsage(50, 60), 0.5)), 2.0)
    assert call.tokens == TokenUsage(50, 60) and not call.state.is_over
    trace.apply(started("n", "file", path="x"), 2.0)
    assert [node.title for node in trace.rows()][-1] == "file" and trace.rows()[-1].depth == 2, "beside the task"
    trace.apply(finished("t"), 3.0)
    assert all(node.state.is_over for node in (call, *call.children))


def test_a_sub_agent_of_a_call_that_is_not_known_shows_nothing() -> None:
    trace, transcript = Trace(), Transcript()
    for event in (TurnStarted(T, "s", "hi"), inside(RequestStarted(T, 1, "m")), inside(started("c", "bash"))):
        trace.apply(event, 1.0)
        transcript.apply(event, 1.0)
    assert len(trace.rows()) == 1 and len(transcript.entries) == 1


def test_the_line_of_a_task_says_what_it_does_and_when_it_waits() -> None:
    transcript = Transcript()
    for event in SUB_AGENT:
        transcript.apply(event, 1.0)
    (line,) = [entry for entry in transcript.entries if isinstance(entry, ToolLine)]
    assert line.state is State.ASKING and "waits for you" in "\n".join(c.plain for c in entry_lines(line, 80))
    assert "bash wc -l" in "\n".join(c.plain for c in entry_lines(line, 80))
    done = HostCallFinished(T, "c", "h-c", Kind.NET, "x", Verdict.ALLOW, DecidedBy.USER, "you", "ok", 1.0, 7)
    transcript.apply(inside(done), 1.0)
    assert line.state is State.RUNNING


def test_a_call_that_asks_the_person_waits_until_the_answer() -> None:
    transcript, trace = Transcript(), Trace()
    for event in (TurnStarted(T, "s", "hi"), started("q", "ask_user", question="which?"), PersonAsked(T, "q", True)):
        transcript.apply(event, 1.0)
        trace.apply(event, 1.0)
    line, node = transcript.entries[-1], trace.get("q")
    assert isinstance(line, ToolLine) and node is not None
    assert (line.state, node.state, line.summary) == (State.ASKING, State.ASKING, "which?")
    for state in (transcript, trace):
        state.apply(PersonAsked(T, "q", False), 2.0)
    assert (line.state, node.state) == (State.RUNNING, State.RUNNING)


def test_what_a_sub_agent_did_nests_again_in_a_reopened_session() -> None:
    trace = Trace()

    def request(at: float, parent: str = "") -> RequestRecord:
        return RequestRecord("s", T, "m", TokenUsage(5, 6), 0.5, at, "end_turn", 100.0, parent)

    task = ToolCallRecord("s", T, "t", "task", {"prompt": "go"}, 2.0, finished=True, duration_ms=3000)
    inner = ToolCallRecord("s", T, "c", "bash", {"command": "ls"}, 4.0, finished=True, parent_call_id="t")
    trace.restore([task, inner], [request(1.9), request(3.0, "t"), request(4.9, "t"), request(6.0)], {T: "hi"})
    assert [(node.title, node.depth) for node in trace.rows()] == [
        ("hi", 0),
        ("request 1", 1),
        ("task", 2),
        ("request 1", 3),
        ("bash", 4),
        ("request 2", 3),
        ("request 2", 1),
    ]
    call, turn = trace.get("t"), trace.turns[0]
    assert call is not None and (call.tokens, call.cost_usd) == (TokenUsage(10, 12), 1.0)
    assert (turn.tokens, turn.cost_usd) == (TokenUsage(20, 24), 2.0)


def todo(*states: str) -> JsonObject:
    return {"items": [{"text": f"step {number}", "state": state} for number, state in enumerate(states, 1)]}


def lines_of(entry: ToolLine) -> str:
    return "\n".join(line.plain for line in entry_lines(entry, 80))


def test_the_list_is_shown_until_a_newer_one_or_until_all_is_done() -> None:
    transcript = Transcript()
    transcript.apply(TurnStarted(T, "s", "hi"), 1.0)
    entries = []
    for number, states in enumerate((("running", "pending"), ("done", "running"), ("done", "done"))):
        transcript.apply(ToolCallStarted(T, str(number), "todo", todo(*states)), 1.0)
        transcript.apply(finished(str(number)), 1.0)
        entry = transcript.entries[-1]
        assert isinstance(entry, ToolLine)
        entries.append(entry)
        assert [one.is_current for one in entries] == [False] * number + [True]
        assert ("step 2" in lines_of(entry)) is (number < 2)
    assert "step 2" not in lines_of(entries[0]) and "step 1" not in lines_of(entries[1])
    assert "2 of 2 done" in lines_of(entries[2])


def test_a_list_that_was_refused_leaves_the_one_before() -> None:
    transcript = Transcript()
    for event in (
        ToolCallStarted(T, "1", "todo", todo("running")),
        finished("1"),
        ToolCallStarted(T, "2", "todo", todo("done")),
        finished("2", failed=True),
    ):
        transcript.apply(event, 1.0)
    first, second = [entry for entry in transcript.entries if isinstance(entry, ToolLine)]
    assert first.is_current and not second.is_current


def test_words_of_a_step_cannot_break_out_of_their_line() -> None:
    transcript = Transcript()
    evil: JsonObject = {"items": [{"text": "a\n[bold]b[/bold]\x1b[2J‮", "state": "running"}]}
    transcript.apply(ToolCallStarted(T, "1", "todo", evil), 1.0)
    transcript.apply(finished("1"), 1.0)
    entry = transcript.entries[0]
    assert isinstance(entry, ToolLine)
    text = lines_of(entry)
    assert "\x1b" not in text and "‮" not in text and "[bold]" in text
    assert text.count("\n") == 2, "the gap, the call and one line for its one step"


def stored(number: int, role: Role, *blocks: ToolUseBlock | ToolResultBlock) -> StoredMessage:
    return StoredMessage(number, number - 1, T, Message(role, blocks), MessageState.COMPLETE, 1.0)


def test_the_list_of_a_stored_session_is_there_again() -> None:
    messages = [
        stored(1, Role.ASSISTANT, ToolUseBlock("1", "todo", todo("running", "pending"))),
        stored(2, Role.USER, ToolResultBlock("1", "0 of 2 done")),
        stored(3, Role.ASSISTANT, ToolUseBlock("2", "todo", todo("done", "running"))),
        stored(4, Role.USER, ToolResultBlock("2", "1 of 2 done")),
    ]
    first, second = [entry for entry in entries_from(messages) if isinstance(entry, ToolLine)]
    assert not first.is_current and second.is_current and "step 2" in lines_of(second)
    (earlier,) = [entry for entry in entries_from(messages[:2]) if isinstance(entry, ToolLine)]
    fold_earlier_todos([earlier], [])
    assert earlier.is_current
    fold_earlier_todos([earlier], [second])
    assert not earlier.is_current


def test_a_call_that_failed_says_why_below_it_in_two_lines_at_most() -> None:
    line = ToolLine("c", "edit", "a.py", 0.0, State.ERROR)
    line.content = f"\na.py: nothing was edited. {'why ' * 60}\nmore"
    said = [row.plain.rstrip() for row in entry_lines(line, 60)]
    assert len(said) == 4 and said[2].startswith("  │ a.py: nothing was edited. why") and said[3].endswith("…")
    assert max(len(row) for row in said) <= 60
    line.content = "no such file"
    assert [row.plain.rstrip() for row in entry_lines(line, 60)][2:] == ["  │ no such file"]
    line.state = State.DENIED
    assert len(entry_lines(line, 60)) == 2, "who denied it knows; the trace opens by itself"


def test_what_the_person_answered_stays_in_the_conversation() -> None:
    line = tool_line("c", "ask_user", {"question": "Which one?"}, 0.0, State.OK)
    line.content = "The person answers: the second one"
    assert [row.plain.rstrip() for row in entry_lines(line, 60)][2:] == ["  │ the second one"]
    line.content = "The person closed the question without an answer. Go on with what you know."
    assert len(entry_lines(line, 60)) == 2


def test_a_plan_stays_in_the_conversation_as_it_was_approved() -> None:
    line = tool_line("c", "plan", {"markdown": "\n# Aim\n\nFix **it**."}, 0.0, State.ASKING)
    assert [row.plain.split() for row in entry_lines(line, 60)][1:] == [["?", "plan", "Aim", "waits", "for", "you"]]
    line.state, line.content = State.OK, "The person approved the plan as you wrote it. Carry it out."
    assert "  │ Fix it." in [row.plain.rstrip() for row in entry_lines(line, 60)]
    line.content = (
        "The person changed the plan and approved it. Carry out this, not what you wrote:\n\nFix both.\n\nTest."
    )
    shown = [row.plain.rstrip() for row in entry_lines(line, 60)]
    assert "  │ Fix both." in shown and "  │ Test." in shown and "  │ Fix it." not in shown


_NEWS = "[now mode ask: reading the project is free, the rest needs approval]\n"
_CHANGED = "The person changed the plan and approved it. Carry out this, not what you wrote:\n\nFix both."


def test_what_the_model_reads_about_the_mode_does_not_hide_the_plan_that_was_approved_or_why_a_call_failed() -> None:
    transcript = Transcript()
    for event in (
        TurnStarted(T, "s", "hi"),
        RequestStarted(T, 1, "m"),
        started("p", "plan", markdown="Fix it."),
        ToolCallFinished(T, "p", False, _NEWS + _CHANGED, CallUsage(), 1.0),
        started("e", "edit", path="x"),
        ToolCallFinished(T, "e", True, f"{_NEWS}no such file: x", CallUsage(), 1.0),
    ):
        transcript.apply(event, 1.0)
    use = (ToolUseBlock("p", "plan", {"markdown": "Fix it."}), ToolUseBlock("e", "edit", {"path": "x"}))
    results = (ToolResultBlock("p", _NEWS + _CHANGED), ToolResultBlock("e", f"{_NEWS}no such file: x", True))
    messages = [stored(1, Role.ASSISTANT, *use), stored(2, Role.USER, *results)]
    for entries in (transcript.entries, entries_from(messages)):
        shown = [row.plain.strip() for entry in entries for row in entry_lines(entry, 60)]
        assert "│ Fix both." in shown and "│ no such file: x" in shown and not any("now mode" in row for row in shown)


def test_what_a_command_of_the_person_printed_is_shown_once() -> None:
    transcript = Transcript()
    for event in (
        TurnStarted(T, "s", "!ls"),
        started("c", "bash", command="ls"),
        ToolCallFinished(T, "c", True, "$ ls → exit 2\nno such file", CallUsage(), 1.0),
        TextDelta(T, "```\n$ ls → exit 2\nno such file\n```"),
        TurnFinished(T, "s", "end_turn", "", 0),
    ):
        transcript.apply(event, 1.0)
    shown = [row.plain for entry in transcript.entries for row in entry_lines(entry, 60)]
    assert sum("no such file" in row for row in shown) == 1


def test_a_call_that_is_read_back_took_as_long_as_when_it_was_seen() -> None:
    """A person thought from 2 to 8 and, about a call beside it, from 5 to 9."""
    record = ToolCallRecord("s", T, "c", "plan", {}, 1.0, True, "ok", duration_ms=8_000, waits=(Wait(2.0, 8.0),))
    beside = replace(record, call_id="d", waits=(Wait(5.0, 9.0),))
    trace = Trace()
    trace.restore([record, beside], [], {T: "hi"})
    call, turn = trace.get("c"), trace.turns[0]
    assert call is not None and call.duration_ms(20.0) == 2_000 and turn.duration_ms(20.0) == 1_000
    use = stored(1, Role.ASSISTANT, ToolUseBlock("c", "plan", {}))
    (line,) = entries_from([use], {"c": record})
    assert isinstance(line, ToolLine) and line.duration_ms == 2_000


def test_a_prompt_is_shown_before_its_turn_begins_and_only_once() -> None:
    transcript, trace = Transcript(), Trace()
    for event in (
        TurnStarted("", "s", "/far:poem"),
        NoticeRaised("", NoticeLevel.WARNING, "x.png is too large"),
        TurnStarted(T, "s", "a poem", ("y.txt",)),
    ):
        transcript.apply(event, 1.0)
        trace.apply(event, 1.0)
    said, _ = transcript.entries
    assert isinstance(said, UserSaid) and (said.text, said.turn_id, said.attached) == ("a poem", T, ("y.txt",))
    assert [turn.key for turn in trace.turns] == [T]
    transcript.apply(TurnFinished(T, "s", "end_turn", "", 1), 2.0)
    transcript.apply(TurnStarted("", "s", "refused"), 3.0)
    transcript.apply(TurnFinished("", "s", "error", "", 0), 4.0)
    transcript.apply(TurnStarted("u", "s", "next"), 5.0)
    assert [one.text for one in transcript.entries if isinstance(one, UserSaid)] == ["a poem", "refused", "next"]


def test_the_line_that_closes_a_turn_keeps_a_number_with_its_unit() -> None:
    rows = [row.plain.strip() for row in entry_lines(TurnEnd("2 requests · 240 tokens · $0.0008 · 11.4 s"), 44)]
    assert rows == ["", "2 requests · 240 tokens · $0.0008", "11.4 s"]
