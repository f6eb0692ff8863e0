"""Hooks: what they say is obeyed only where it narrows; they run as commands through the gate."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.output_files import OutputFiles
from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.adapters.config.hook_files import HookFiles
from blufio_tui.cli import run
from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, RunCommand
from blufio_tui.core.errors import HostError
from blufio_tui.core.events import Event, NoticeRaised
from blufio_tui.core.hooks.hooks import (
    Hook,
    HookAnswer,
    HookEvent,
    answer_of,
    gains_of_hooks,
    matching,
    no_answer,
    parse_hooks,
    safe_hooks,
    tool_fields,
)
from blufio_tui.core.hooks.running import HOOK_ACTOR, HookedTool, HookRunner
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.tools import CallContext, HookAsks, ToolOutcome

PRE = Hook(HookEvent.PRE_TOOL_USE, "", "check", 60, "hooks.json")
STOP = Hook(HookEvent.STOP, "", "check", 60, "hooks.json")
PROMPT = Hook(HookEvent.USER_PROMPT_SUBMIT, "", "check", 60, "hooks.json")


def said(**value: object) -> str:
    return json.dumps(value)


@pytest.mark.parametrize(
    ("hook", "status", "stdout", "stderr", "answer"),
    [
        (PRE, 0, "", "", HookAnswer()),
        (PRE, 0, "looks fine", "", HookAnswer()),
        (PROMPT, 0, "today is Monday\n", "", HookAnswer(context="today is Monday")),
        (PRE, 2, "", "not on a Friday\n", HookAnswer(refused="not on a Friday")),
        (PRE, 2, "", "", HookAnswer(refused="the hook gave no reason")),
        (PRE, 0, said(decision="block", reason="no"), "", HookAnswer(refused="no")),
        (PRE, 0, said(**{"continue": False, "stopReason": "stop"}), "", HookAnswer(refused="stop")),
        (
            PRE,
            0,
            said(hookSpecificOutput={"permissionDecision": "deny", "permissionDecisionReason": "no"}),
            "",
            HookAnswer(refused="no"),
        ),
        (PRE, 0, said(hookSpecificOutput={"permissionDecision": "ask"}), "", HookAnswer(asks="it gave no reason")),
        (PRE, 0, said(decision="ask", reason="look\x1b"), "", HookAnswer(asks="look\\e")),
        (PROMPT, 0, said(decision="ask", reason="hm"), "", HookAnswer(refused="hm")),
        (STOP, 0, said(decision="block", reason="tests"), "", HookAnswer(refused="tests")),
        (STOP, 0, said(**{"continue": False, "stopReason": "enough"}), "", HookAnswer(context="enough")),
        (PRE, 0, said(decision="approve"), "", HookAnswer()),
        (PRE, 0, said(hookSpecificOutput={"permissionDecision": "allow", "updatedInput": {"x": 1}}), "", HookAnswer()),
        (PROMPT, 0, said(hookSpecificOutput={"additionalContext": "hi"}), "", HookAnswer(context="hi")),
        (PRE, 2, "", "a\u202eb\x1b[2J", HookAnswer(refused="a\\u202eb\\e[2J")),
        (PRE, 0, "[1]", "", HookAnswer()),
        (PRE, 0, "\ufeff" + said(decision="deny"), "", HookAnswer(refused="the hook gave no reason")),
        (
            PRE,
            0,
            said(hookSpecificOutput={"permissionDecision": "allow"}, decision="block", reason="no"),
            "",
            HookAnswer(refused="no"),
        ),
        (
            PRE,
            0,
            said(hookSpecificOutput={"permissionDecision": "allow"}, decision="ask", reason="hm"),
            "",
            HookAnswer(asks="hm"),
        ),
        (
            PRE,
            0,
            said(hookSpecificOutput={"permissionDecision": "ask"}, decision="deny", reason="no"),
            "",
            HookAnswer(refused="no"),
        ),
    ],
)
def test_only_what_narrows_is_obeyed(hook: Hook, status: int, stdout: str, stderr: str, answer: HookAnswer) -> None:
    assert answer_of(hook, status, stdout, stderr) == answer


@pytest.mark.parametrize(
    ("status", "stdout"),
    [
        (0, "{broken"),
        (0, '{"decision": "deny"'),
        (0, '{"decision": "deny"} and more'),
        (0, '{"decision": "allow"}{"decision": "deny"}'),
        (0, '{"decision": "deny", "reason": "a", "decision": "allow"}'),
        (0, '{"hookSpecificOutput": {"permissionDecision": "deny", "permissionDecision": "allow"}}'),
        (0, '{"a":' + "[" * 100_000),
        (0, '{"a":' + "9" * 5_000 + "}"),
        (0, said(decision="Deny")),
        (0, said(decision="refuse")),
        (0, said(decision=["deny"])),
        (0, said(decision={})),
        (0, said(decision=False)),
        (0, said(hookSpecificOutput=[{"permissionDecision": "deny"}])),
        (0, said(hookSpecificOutput=None)),
        (126, ""),
        (127, ""),
        (137, ""),
        (-9, ""),
    ],
)
def test_what_is_meant_for_an_answer_and_is_none_refuses_where_a_hook_can_refuse(status: int, stdout: str) -> None:
    for hook in (PRE, PROMPT):
        answer = answer_of(hook, status, stdout, "")
        assert answer.refused == answer.problem != ""
    assert not answer_of(STOP, status, stdout, "").refused
    assert answer_of(STOP, status, stdout, "").problem


def test_a_hook_that_fails_is_a_notice_and_one_that_cannot_run_refuses() -> None:
    failed = answer_of(PRE, 1, "", "crash")
    assert not failed.refused and "status 1: crash" in failed.problem
    assert "could not run: stopped after 1 s" in no_answer(PRE, "stopped after 1 s").refused
    assert not no_answer(Hook(HookEvent.POST_TOOL_USE, "", "x", 1, "f"), "gone").refused


@pytest.mark.parametrize(
    ("matcher", "tool", "arguments", "called"),
    [
        ("", "bash", {}, True),
        ("Bash", "bash", {}, True),
        ("bash", "bash", {}, True),
        ("Bash|Write", "file", {"action": "write"}, True),
        ("Bash|Write", "file", {"action": "read"}, False),
        ("Edit|MultiEdit", "edit", {}, True),
        ("Ba", "bash", {}, False),
        ("mcp__memory__.*", "memory__store", {}, True),
        ("mcp__.*", "bash", {}, False),
        ("WebFetch", "http", {}, True),
    ],
)
def test_a_matcher_is_about_whole_names_here_or_in_claude_code(
    matcher: str, tool: str, arguments: JsonObject, called: bool
) -> None:
    hook = Hook(HookEvent.PRE_TOOL_USE, matcher, "x", 1, "f")
    assert bool(matching([hook], HookEvent.PRE_TOOL_USE, tool, arguments)) is called
    assert not matching([hook], HookEvent.POST_TOOL_USE, tool, arguments)


def test_settings_of_claude_code_are_read_and_what_is_odd_is_said() -> None:
    document = {
        "permissions": {"allow": ["Bash"]},
        "hooks": {
            "PreToolUse": [
                {"matcher": "Bash", "hooks": [{"type": "command", "command": "a", "timeout": 5}]},
                {"matcher": "*", "hooks": [{"type": "command", "command": "b"}]},
                {"matcher": "(", "hooks": [{"type": "command", "command": "c"}, {"type": "prompt"}, 7]},
                {"matcher": 1},
            ],
            "Notification": [],
            "Stop": "x",
        },
    }
    hooks, problems = parse_hooks(document, "s.json")
    assert [(hook.command, hook.matcher, hook.timeout_secs) for hook in hooks] == [
        ("a", "Bash", 5.0),
        ("b", "", 60.0),
        ("c", "", 60.0),
    ]
    assert len(problems) == 6
    for nonsense in (None, [], 3, {"hooks": []}, {"hooks": {"Stop": [None]}}):
        assert parse_hooks(nonsense, "x")[0] == ()


@pytest.mark.parametrize(
    "matcher", ["(" * 5_000 + ")" * 5_000, "a{99999999999999999999}", "(?<=a+)b", "\\", "[[a]", "(?P<a>x)(?P<a>y)"]
)
@pytest.mark.filterwarnings("error")
def test_a_matcher_of_a_strangers_file_ends_nothing_and_prints_nothing(matcher: str) -> None:
    entry = {"matcher": matcher, "hooks": [{"type": "command", "command": "x"}]}
    ((hook,), problems) = parse_hooks({"hooks": {"PreToolUse": [entry]}}, "s.json")
    assert (hook.matcher == "") is bool(problems)


def test_thousands_of_mistakes_are_counted() -> None:
    _, problems = parse_hooks({"hooks": {f"e{number}": [] for number in range(5_000)}}, "s.json")
    assert len(problems) == 21
    assert problems[-1] == "s.json: 4980 more things in it are not obeyed"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (5, 5),
        (0, 1),
        (-1, 1),
        (10**400, 600),
        (-(10**400), 1),
        (1e999, 600),
        (-1e999, 1),
        (float("nan"), 60),
        (True, 60),
        ("9", 60),
        ([], 60),
        (None, 60),
    ],
)
def test_a_time_limit_is_a_number_within_bounds(written: object, seconds: float) -> None:
    entry = {"hooks": [{"type": "command", "command": "x", "timeout": written}]}
    ((hook,), _) = parse_hooks({"hooks": {"Stop": [entry]}}, "s.json")
    assert hook.timeout_secs == seconds


def test_a_call_is_shown_as_hooks_for_claude_code_expect_it() -> None:
    assert tool_fields("file", {"action": "write", "path": "a.py", "content": "x"}) == {
        "tool_name": "Write",
        "tool_input": {"action": "write", "path": "a.py", "content": "x", "file_path": "a.py"},
        "blufio_tool": "file",
    }
    assert tool_fields("bash", {"command": "ls"})["tool_name"] == "Bash"


class Inner:
    name = "bash"
    description = "d"
    input_schema: JsonObject = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.calls: list[JsonObject] = []
        self.asks: HookAsks | None = None

    def change_of(self, arguments: JsonObject) -> str:
        return f"bash {arguments.get('command', '')}"

    async def invoke(self, arguments: JsonObject, context: CallContext) -> ToolOutcome:
        self.calls.append(arguments)
        self.asks = context.hook_asks
        return ToolOutcome("done")


class World:
    """Hooks on a real shell."""

    def __init__(self, folder: Path, *hooks: Hook) -> None:
        self.events: list[Event] = []
        self.effects: list[tuple[Effect, Actor]] = []
        self.inner = Inner()
        shell = Shell({"PATH": os.environ["PATH"]}, outputs=OutputFiles(folder / "out"))

        async def perform(effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
            self.effects.append((effect, actor))
            assert isinstance(effect, RunCommand)
            return await shell.prepare(effect).execute()

        self.runner = HookRunner(perform, str(folder), hooks)
        (self.tool,) = self.runner.wrap([self.inner])

    async def call(self, **arguments: str) -> ToolOutcome:
        context = CallContext("s", "t", "c", self.events.append)
        return await asyncio.wait_for(self.tool.invoke(dict(arguments), context), 30)


def pre(command: str, matcher: str = "Bash", timeout: float = 20) -> Hook:
    return Hook(HookEvent.PRE_TOOL_USE, matcher, command, timeout, "hooks.json")


async def test_a_hook_reads_the_call_and_refuses_it(tmp_path: Path) -> None:
    guard = "grep -q '\"command\": \"rm' && { echo 'nothing is removed here' >&2; exit 2; }; exit 0"
    world = World(tmp_path, pre(guard))
    refused = await world.call(command="rm -rf x")
    assert refused.is_error and refused.content == "nothing is removed here"
    assert refused.for_model.startswith(
        'DENIED tool bash rm -rf x\nby: a hook of the person: "nothing is removed here"\n'
    )
    assert "nothing is removed here" in refused.content and world.inner.calls == []
    assert (await world.call(command="ls")).content == "done"
    assert [actor for _, actor in world.effects] == [HOOK_ACTOR, HOOK_ACTOR]


async def test_a_hook_has_the_person_asked_about_the_effects_of_a_call(tmp_path: Path) -> None:
    world = World(tmp_path, pre("""echo '{"decision": "ask", "reason": "on a Friday"}'"""))
    await world.call(command="ls")
    assert world.inner.asks == HookAsks("on a Friday", reads_too=False)
    world.inner.name = "task"
    outcome = await HookedTool(world.inner, world.runner).invoke({}, CallContext("s", "t", "c", lambda _: None))
    assert not outcome.is_error  # the matcher is for bash alone
    everything = World(tmp_path, pre("""echo '{"decision": "ask", "reason": "on a Friday"}'""", matcher=""))
    everything.inner.name = "task"
    refused = await everything.call()
    assert refused.is_error and "a person should be asked (on a Friday), and task does nothing" in refused.content


async def test_much_input_reaches_a_hook_that_does_not_read_it(tmp_path: Path) -> None:
    world = World(tmp_path, pre("exit 0"), pre("wc -c > size"))
    await world.call(command="x" * 1_000_000)
    assert int((tmp_path / "size").read_text()) > 1_000_000


async def test_a_hook_that_hangs_refuses_after_its_time(tmp_path: Path) -> None:
    world = World(tmp_path, pre("sleep 600", timeout=0.2))
    refused = await world.call(command="ls")
    assert refused.is_error and "could not run" in refused.content and world.inner.calls == []


async def test_a_remark_after_the_call_is_read_by_the_model(tmp_path: Path) -> None:
    after = Hook(HookEvent.POST_TOOL_USE, "", "grep -q done && echo 'run the tests' >&2; exit 2", 20, "f")
    world = World(tmp_path, after, pre("exit 1"))
    outcome = await world.call(command="ls")
    assert outcome.content == "done\n\n[a hook of the user remarks: run the tests]" and not outcome.is_error
    assert any(isinstance(event, NoticeRaised) and "status 1" in event.message for event in world.events)


def test_a_tool_with_hooks_still_answers_for_itself(tmp_path: Path) -> None:
    world = World(tmp_path, pre("x"))
    assert isinstance(world.tool, HookedTool) and world.tool.change_of({"command": "ls"}) == "bash ls"


async def test_a_hook_that_the_gate_denies_refuses_the_call() -> None:
    async def perform(effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        raise HostError("denied by your rule")

    inner = Inner()
    (tool,) = HookRunner(perform, "/p", [pre("x")]).wrap([inner])
    outcome = await tool.invoke({}, CallContext("s", "t", "c", lambda _: None))
    assert outcome.is_error and inner.calls == []


def test_hooks_of_a_project_run_only_once_trusted_and_only_as_they_were(tmp_path: Path) -> None:
    config, project = tmp_path / "config", tmp_path / "project"
    (project / ".claude").mkdir(parents=True)
    config.mkdir()
    settings = project / ".claude/settings.json"

    def write(command: str) -> None:
        entry = {"hooks": [{"type": "command", "command": command}]}
        settings.write_text(json.dumps({"hooks": {"PreToolUse": [entry]}}))

    write("check")
    (config / "hooks.json").write_text(settings.read_text().replace("check", "mine"))
    files = HookFiles(config, project)
    assert [hook.command for hook in files.find().active] == ["mine"]
    files.trust(files.find().untrusted)
    assert [hook.command for hook in files.find().active] == ["mine", "check"]
    assert [hook.command for hook in HookFiles(config, tmp_path / "other").find().active] == ["mine"]
    write("check; curl evil")
    assert [hook.command for hook in files.find().active] == ["mine"]
    seen = files.find().untrusted
    write("check --quietly")
    files.trust(seen)  # it changed between showing and answering
    assert [hook.command for hook in files.find().untrusted] == ["check --quietly"]
    write("check")
    files.trust(files.find().untrusted)
    assert files.distrust() and not files.distrust()
    assert [hook.command for hook in files.find().untrusted] == ["check"]
    (config / "trusted-hooks.json").write_text("[broken")
    assert files.find().untrusted


def test_hooks_are_listed_and_trusted_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    (tmp_path / ".claude").mkdir()
    entry = {"hooks": [{"type": "command", "command": "check"}]}
    settings = tmp_path / ".claude/settings.json"
    settings.write_text(json.dumps({"hooks": {"Stop": [entry]}}))
    there = ["--project", str(tmp_path)]
    assert run(["hooks", "list", "--json", *there]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["event"], shown["command"], shown["runs"]) == ("Stop", "check", False)
    assert run(["hooks", "trust", "--yes", *there]) == 0
    assert run(["hooks", "list", *there]) == 0
    assert "(runs;" in capsys.readouterr().out
    assert run(["hooks", "distrust", *there]) == 0
    written = settings.read_text()
    monkeypatch.setattr(
        "builtins.input", lambda _question: settings.write_text(written.replace("check", "evil")) and "y"
    )
    assert run(["hooks", "trust", *there]) == 1
    assert "changed after they were shown" in capsys.readouterr().out
    assert run(["hooks", "list", *there]) == 0
    assert "evil  (does not run: not trusted;" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("trusted", "found", "gains"),
    [
        ((), (), ()),
        ((PRE,), (PRE,), ()),
        ((PRE, PROMPT), (PROMPT, PRE), ()),
        ((), (PRE,), ("it runs `check` at PreToolUse of every tool",)),
        ((PRE,), (), ("it no longer runs `check` at PreToolUse of every tool",)),
        (
            (PRE,),
            (replace(PRE, matcher="Bash"),),
            ("it runs `check` at PreToolUse of Bash", "it no longer runs `check` at PreToolUse of every tool"),
        ),
        ((PRE,), (replace(PRE, timeout_secs=1),), None),
        ((), (replace(PRE, command="x" * 9_000),), (f"it runs `{'x' * 9_000}` at PreToolUse of every tool",)),
        ((), (replace(PRE, command="a\x1b[2J\nb"),), ("it runs `a\\e[2J\\nb` at PreToolUse of every tool",)),
    ],
)
def test_a_changed_hook_counts_only_once_it_is_confirmed(
    trusted: tuple[Hook, ...], found: tuple[Hook, ...], gains: tuple[str, ...] | None
) -> None:
    told = gains_of_hooks(trusted, found)
    assert told == gains if gains is not None else len(told) == 2
    assert safe_hooks(trusted, found) == (trusted if told else found)
