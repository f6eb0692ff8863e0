"""todo, ask_user, plan and task, end to end: whole sessions with a model on loopback."""

import json
from contextlib import AbstractContextManager
from typing import Any

from tests.e2e.conftest import World
from tests.e2e.in_process import Inside
from tests.e2e.terminal import Terminal
from tests.e2e.test_main_job import GO, NOT_YET
from tests.e2e.test_model import ask, connected, of_type
from tests.fakes.messages_api import MessagesApi, Reply, Step, served, serving, text, tool_use

TODO = "todo"
F3, HOME = "\x1bOR", "\x1b[H"


def items(*states: str) -> dict[str, Any]:
    return {"items": [{"text": f"step {number}", "state": state} for number, state in enumerate(states, 1)]}


def results(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in request["messages"][-1]["content"] if block["type"] == "tool_result"]


def result_text(request: dict[str, Any]) -> str:
    return json.dumps(results(request), ensure_ascii=False)


class ByConversation(MessagesApi):
    """Answers each conversation from its own script, by the first word of its prompt; side by side if need be."""

    def __init__(self, **scripts: list[Step]) -> None:
        super().__init__()
        self._scripts = scripts

    def _next(self) -> Step:
        return self._scripts[_prompt(self.requests[-1]).split()[0]].pop(0)

    def of(self, word: str) -> list[dict[str, Any]]:
        return [request for request in self.requests if _prompt(request).startswith(word)]


def _prompt(request: dict[str, Any]) -> str:
    content = request["messages"][0]["content"]
    return content if isinstance(content, str) else str(content[-1]["text"])


def at_the_model(world: World, api: MessagesApi, *arguments: str) -> AbstractContextManager[Terminal]:
    return World(world.home, world.project, world.outside, connected(world, api)).terminal(*arguments)


def ready(terminal: Terminal, words: str) -> None:
    """Go to a card with these words; it takes answers now."""

    def takes_answers(shown: str) -> bool:
        keys = shown.rstrip().rsplit("\n", 1)[-1]
        has_focus = "n No" in keys or "n Refuse" in keys
        return words in shown and has_focus and not any(hint in shown for hint in NOT_YET)

    terminal.wait_for(words)
    terminal.send(GO)
    terminal.wait_for(takes_answers)


def prompt(terminal: Terminal, words: str) -> None:
    terminal.wait_for("Ask for something")
    terminal.send(words)
    terminal.press("enter")


def leave(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait_for_exit() == 0


# ── without a screen ───────────────────────────────────────────────────────────────────────────────


def test_without_a_screen_nobody_can_be_asked_and_no_plan_be_approved(inside: Inside) -> None:
    calls = Reply(
        tool_use("q", "ask_user", {"question": "Which?"}),
        tool_use("p", "plan", {"markdown": "# All of it"}),
        tool_use("w", "file", {"action": "write", "path": "new.txt", "content": "x"}),
    )
    with serving(Reply(tool_use("q", "ask_user", {"question": "Which?"})), calls, Reply(text("Then I assume."))) as api:
        events = ask(inside, api, "decide", "--mode", "plan")
    assert "nobody can be asked in this run" in result_text(api.requests[1])
    said = result_text(api.requests[2])
    assert said.count("NOT RUN") == 2, "what depends on an answer waits for it"
    assert not (inside.world.project / "new.txt").exists()
    assert "mode plan" in json.dumps(api.requests[0]["system"])
    assert [event["waiting"] for event in of_type(events, "person_asked")][:2] == [True, False]


def test_a_plan_without_the_mode_is_work_undone(inside: Inside) -> None:
    with serving(Reply(tool_use("p", "plan", {"markdown": "# All"})), Reply(text("I just do it."))) as api:
        ask(inside, api, "go")
    assert "the mode is deny, not plan" in result_text(api.requests[1])
    assert "The person has set the mode plan" not in json.dumps(api.requests[0]["system"])


def test_a_task_counts_into_the_session_and_its_rows_name_it(inside: Inside) -> None:
    api = ByConversation(
        review=[
            Reply(tool_use("t1", "task", {"prompt": "count the words", "tools": ["file", "search"]})),
            Reply(text("It has five.")),
        ],
        count=[
            Reply(tool_use("same", "file", {"action": "read", "path": "README.md"})),
            Reply(tool_use("same", "task", {"prompt": "deeper"}), tool_use("b", "bash", {"command": "id"})),
            Reply(text("five words")),
        ],
    )
    with served(api):
        events = ask(inside, api, "review the readme")
    assert api.refused == []
    assert result_text(api.of("review")[1]).count("five words") == 1
    inner = api.of("count")
    assert sorted(tool["name"] for tool in inner[0]["tools"]) == ["file", "search"]
    assert len(inner[0]["messages"]) == 1, "nothing of the other conversation"
    refused = result_text(inner[2])
    assert 'there is no tool \\"task\\"' in refused and "NOT RUN" in refused
    nested = [event["event"] for event in of_type(events, "nested")]
    assert {"tool_call_started", "host_call", "request_finished", "turn_finished"} <= {one["type"] for one in nested}
    rows = inside("audit", "list", "--json").json
    read = [row for row in rows if row["kind"] == "fs.read" and row["resource"].endswith("README.md")]
    assert read and all(row["detail"].startswith("for task 1") for row in read)
    assert events[-1]["usage"]["output_tokens"] == 100, "its own two requests, and three of the task"
    assert sum(one["usage"]["output_tokens"] for one in nested if one["type"] == "request_finished") == 60


def test_a_task_in_mode_plan_changes_nothing_either(inside: Inside) -> None:
    api = ByConversation(
        delegate=[Reply(tool_use("t", "task", {"prompt": "write it"})), Reply(text("It could not."))],
        write=[
            Reply(tool_use("w", "edit", {"path": "new.txt", "edits": [{"old": "", "new": "x"}]})),
            Reply(text("refused")),
        ],
    )
    with served(api):
        ask(inside, api, "delegate it", "--mode", "plan")
    assert "DENIED" in result_text(api.of("write")[1]) and not (inside.world.project / "new.txt").exists()


def test_a_list_survives_a_new_start_of_the_program(inside: Inside) -> None:
    with serving(Reply(tool_use("1", TODO, items("done", "running"))), Reply(text("Working."))) as api:
        session = ask(inside, api, "begin")[-1]["session_id"]
    assert "1 of 2 done; now: step 2" in result_text(api.requests[1])
    with serving(Reply(text("On with it."))) as api:
        ask(inside, api, "go on", "--resume", session)
    assert "step 2" in json.dumps(api.requests[0]["messages"])


# ── in a terminal ──────────────────────────────────────────────────────────────────────────────────


def test_a_question_is_answered_by_its_digit_and_the_list_is_there_again_after_a_restart(world: World) -> None:
    steps = (
        Reply(tool_use("l", TODO, items("done", "running", "pending"))),
        Reply(tool_use("q", "ask_user", {"question": "Which port?", "options": ["8080", "any free one"]})),
        Reply(text("A free one it is.")),
    )
    with serving(*steps) as api:
        with at_the_model(world, api) as terminal:
            prompt(terminal, "set it up")
            ready(terminal, "A question from the model")
            assert "◐ step 2" in terminal.text and "○ step 3" in terminal.text
            terminal.press("2")
            terminal.wait_for("A free one it is.")
            leave(terminal)
        assert "The person answers: any free one" in result_text(api.requests[2])
        with at_the_model(world, api, "--continue") as terminal:
            terminal.wait_for("◐ step 2")
            leave(terminal)
    assert api.refused == []


def test_a_plan_is_refused_with_words_then_approved_and_carried_out(world: World, inside: Inside) -> None:
    change = {"path": "README.md", "edits": [{"old": "one two", "new": "1 2"}]}
    steps = (
        Reply(tool_use("e", "edit", change), tool_use("b", "bash", {"command": "touch made.txt"})),
        Reply(tool_use("b", "bash", {"command": "touch made.txt; echo more >> README.md"})),
        Reply(tool_use("p1", "plan", {"markdown": "# Rewrite everything"})),
        Reply(tool_use("p2", "plan", {"markdown": "# Change one line\n\n1. `README.md`"})),
        Reply(tool_use("e2", "edit", change)),
        Reply(text("Carried out.")),
    )
    with serving(*steps) as api, at_the_model(world, api, "--mode", "plan") as terminal:
        prompt(terminal, "shorten the readme")
        ready(terminal, "Rewrite everything")
        assert (world.project / "README.md").read_text().startswith("one two"), "nothing changes in mode plan"
        terminal.press("r")
        terminal.wait_for("Your words")
        terminal.send("too much")
        terminal.press("enter")
        ready(terminal, "Change one line")
        terminal.press("e")
        terminal.confirm("Enter to approve the plan")
        terminal.wait_for("Carried out.")
        assert "accept-edits" in terminal.text
        leave(terminal)
    assert "by: the mode plan" in result_text(api.requests[1]) and "NOT RUN" in result_text(api.requests[1])
    assert "show the person the whole plan" in result_text(api.requests[1])
    assert not (world.project / "made.txt").exists(), "a command changes nothing either"
    assert "refused the plan: too much" in result_text(api.requests[3])
    assert "The mode is now accept-edits" in result_text(api.requests[4])
    assert (world.project / "README.md").read_text().startswith("1 2")
    modes = [row for row in inside("audit", "list", "--json").json if row["kind"] == "mode"]
    assert [row["resource"] for row in modes] == ["accept-edits"]


def test_a_plan_is_changed_in_the_editor_before_it_is_approved(world: World) -> None:
    editor = world.home.parent / "editor"
    editor.write_text("#!/bin/sh\nprintf '# Change nothing but the docs\\n' > \"$1\"\n")
    editor.chmod(0o755)
    steps = (Reply(tool_use("p", "plan", {"markdown": "# Change everything"})), Reply(text("Only the docs, then.")))
    with serving(*steps) as api:
        env = {**connected(world, api), "EDITOR": str(editor), "VISUAL": ""}
        with World(world.home, world.project, world.outside, env).terminal("--mode", "plan") as terminal:
            prompt(terminal, "plan it")
            ready(terminal, "Change everything")
            terminal.press("c")
            ready(terminal, "Change nothing but the docs")
            terminal.press("y")
            terminal.confirm("Enter to approve the plan")
            terminal.wait_for("Only the docs, then.")
            leave(terminal)
    said = result_text(api.requests[1])
    assert "changed the plan and approved it" in said and "Change nothing but the docs" in said


def test_two_tasks_run_side_by_side_and_their_questions_say_whose_they_are(world: World) -> None:
    outside = str(world.outside)
    api = ByConversation(
        split=[
            Reply(tool_use("t1", "task", {"prompt": "first half"}), tool_use("t2", "task", {"prompt": "second half"})),
            Reply(text("Both are done.")),
        ],
        first=[Reply(tool_use("r", "file", {"action": "read", "path": outside})), Reply(text("seven words"))],
        second=[Reply(tool_use("r", "file", {"action": "read", "path": outside})), Reply(text("not read"))],
    )
    with served(api), at_the_model(world, api) as terminal:
        prompt(terminal, "split it")
        terminal.wait_for("2 approvals waiting")  # both tasks wait: they run side by side
        ready(terminal, "(in task")
        terminal.press("y")
        terminal.wait_for("1 approval waiting")
        ready(terminal, "(in task")
        terminal.press("n")
        terminal.wait_for("Both are done.")
        leave(terminal)
    assert api.refused == []
    inner = [result_text(api.of(word)[1]) for word in ("first", "second")]
    assert sum("a b c d e f g" in one for one in inner) == 1 and sum("DENIED" in one for one in inner) == 1


def test_three_files_go_back_from_the_trace_and_the_undo_itself_too(world: World, inside: Inside) -> None:
    for name in ("one", "two"):
        (world.project / f"{name}.txt").write_text(f"{name} before\n")
    changes = [
        tool_use(f"e{number}", "edit", {"path": f"{name}.txt", "edits": [{"old": "before", "new": "after"}]})
        for number, name in enumerate(("one", "two"))
    ]
    made = tool_use("e2", "edit", {"path": "three.txt", "edits": [{"old": "", "new": "made\n"}]})
    with (
        serving(Reply(*changes, made), Reply(text("Changed."))) as api,
        at_the_model(world, api, "--mode", "accept-edits") as terminal,
    ):
        prompt(terminal, "change them")
        terminal.wait_for("Changed.")
        assert (world.project / "one.txt").read_text() == "one after\n" and (world.project / "three.txt").exists()
        terminal.send(F3)
        shown = terminal.wait_for("m Message")
        assert "u Undo" not in shown, "there is nothing to undo on this row"
        terminal.send("u")
        terminal.wait_for("No call here can be undone")  # the cursor stands at the last row, a request
        terminal.send(HOME)
        terminal.send("u")
        terminal.wait_for(lambda shown: "3 files would go back" in shown and "+one before" in shown)
        terminal.agree("y", "3 files would go back")
        terminal.wait_for("Restored 3 files")
        assert (world.project / "two.txt").read_text() == "two before\n"
        assert not (world.project / "three.txt").exists()
        terminal.wait_for("u Undo")
        terminal.press("escape")
        terminal.wait_for("Enter Send")
        terminal.send("/undo")
        terminal.press("enter")
        terminal.wait_for(lambda shown: "3 files would go back" in shown and "+one after" in shown)
        terminal.agree("y", "3 files would go back")
        terminal.wait_for(lambda _: (world.project / "three.txt").exists())
        leave(terminal)
    assert (world.project / "one.txt").read_text() == "one after\n"
    undone = [row for row in inside("audit", "list", "--json").json if row["kind"] == "undo"]
    assert [row["outcome"] for row in undone] == ["ok", "ok"]
