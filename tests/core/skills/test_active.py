"""`allowed-tools`, enforced while a skill is active."""

import pytest

from blufio_tui.core.skills.active import ActiveSkills, refusal, rule_offer
from blufio_tui.core.skills.load_skill import LoadSkill
from blufio_tui.core.text.json_types import JsonObject
from tests.fakes.skills import FakeLibrary, a_context, a_skill
from tests.fakes.tools import FakeTool


@pytest.mark.parametrize(
    ("allowed", "tool", "arguments"),
    [
        ("http", "http", {}),
        ("text-stats", "text_stats", {}),
        ("Read", "file", {"action": "read"}),
        ("Edit", "file", {"action": "write"}),
        ("Edit", "edit", {"path": "a"}),
        ("Grep", "search", {"pattern": "a"}),
        ("Glob", "find", {"glob": "*"}),
        ("LS", "file", {"action": "list"}),
        ("WebFetch", "http", {}),
        ("Bash", "bash", {"command": "rm x; ls"}),
        ("Bash(*)", "bash", {"command": "rm x"}),
        ("Bash(git log:*)", "bash", {"command": "git log"}),
        ("Bash(git log:*)", "bash", {"command": "git log -3"}),
        ("Bash(make test)", "bash", {"command": "make  test"}),
        ("Read", "load_skill", {}),
        ("Read", "read_result", {"call_id": "c1"}),
    ],
)
def test_what_is_listed_may_be_called(allowed: str, tool: str, arguments: JsonObject) -> None:
    assert refusal((allowed,), tool, arguments) == ""


@pytest.mark.parametrize(
    ("allowed", "tool", "arguments"),
    [
        ("http", "bash", {"command": "ls"}),
        ("Read", "file", {"action": "write"}),
        ("Read", "file", {}),
        ("Read", "bash", {"command": "cat x"}),
        ("Bash(git log:*)", "bash", {"command": "git push"}),
        ("Bash(git log:*)", "bash", {"command": "git logs"}),
        ("Bash(git log:*)", "bash", {"command": "git log; rm -rf x"}),
        ("Bash(git log:*)", "bash", {"command": "git log $(id)"}),
        ("Bash(git log:*)", "bash", {"command": "git log | sh"}),
        ("Bash(git log:*)", "bash", {"command": "git log\nid"}),
        ("Bash(make test)", "bash", {"command": "make test install"}),
        ("((", "bash", {"command": "ls"}),
    ],
)
def test_what_is_not_listed_is_refused(allowed: str, tool: str, arguments: JsonObject) -> None:
    assert "allows only" in refusal((allowed,), tool, arguments)


async def test_loading_a_skill_restricts_the_tools_for_the_rest_of_the_turn_only() -> None:
    active = ActiveSkills(limiting=True)
    bash = FakeTool("bash")
    (tool,) = active.wrap([bash])
    active.activate(a_skill("guide", manifest=None, allowed_tools=("Read",)), a_context("t1"))

    refused = await tool.invoke({"command": "ls"}, a_context("t1"))
    assert refused.is_error
    assert 'not permitted while the skill "guide" is active: it allows only: Read' in refused.content
    assert not (await tool.invoke({"command": "ls"}, a_context("t2"))).is_error


def test_loading_a_second_skill_does_not_lift_the_first_ones_restriction() -> None:
    active = ActiveSkills(limiting=True)
    active.activate(a_skill("strict", manifest=None, allowed_tools=("Read",)), a_context())
    active.activate(a_skill("loose", manifest=None, allowed_tools=("bash", "Read")), a_context())
    active.activate(a_skill("free", manifest=None), a_context())
    assert "strict" in active.refusal("bash", {}, "t1")
    assert active.refusal("file", {"action": "read"}, "t1") == ""


async def test_load_skill_activates_what_it_loads() -> None:
    skill = a_skill("guide", manifest=None, allowed_tools=())
    active = ActiveSkills(limiting=True)
    tool = LoadSkill(FakeLibrary({"guide": skill}, {"SKILL.md": b"---\nname: guide\n---\nDo."}), active)
    outcome = await tool.invoke({"name": "guide"}, a_context())
    assert "only these tools work: none" in outcome.content
    assert active.refusal("http", {}, "t1")
    assert active.refusal("load_skill", {}, "t1") == ""


async def test_unless_limits_are_asked_for_other_tools_go_on_working() -> None:
    skill = a_skill("guide", manifest=None, allowed_tools=("Read",))
    active = ActiveSkills()
    tool = LoadSkill(FakeLibrary({"guide": skill}, {"SKILL.md": b"---\nname: guide\n---\nDo."}), active)
    outcome = await tool.invoke({"name": "guide"}, a_context())
    assert "Its author expects these tools to be used: Read." in outcome.content
    assert active.refusal("http", {}, "t1") == ""


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("Bash(git log:*)", "--actor bash allow exec 'git log *'"),
        ("Bash(npm run build)", "--actor bash allow exec 'npm run build'"),
        ("WebFetch(domain:docs.example.com)", "--actor http allow net docs.example.com"),
        ("Bash", ""),
        ("Bash(*)", ""),
        ("Bash(git:*)", ""),
        ("Bash(python:*)", ""),
        ("Bash(python x.py:*)", ""),
        ("Bash(sudo ls:*)", ""),
        ("Bash(git log; rm -rf x)", ""),
        ("Bash(git log $(id))", ""),
        ("Bash(git log' --x)", ""),
        ("Bash(a\\nb)", ""),
        ("WebFetch", ""),
        ("WebFetch(domain:*)", ""),
        ("WebFetch(domain:com)", ""),
        ("Write", ""),
        ("Read(/etc/*)", ""),
        ("", ""),
    ],
)
def test_only_narrow_entries_are_offered_as_rules(entry: str, rule: str) -> None:
    assert rule_offer(entry) == rule
