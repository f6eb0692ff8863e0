"""A skill as a tool."""

import json

import pytest

from blufio_tui.core.errors import ErrorKind, SkillError
from blufio_tui.core.events import CallUsage, ErrorInfo, LogLine
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Limits, Manifest
from blufio_tui.core.skills.sandbox import SandboxResult
from blufio_tui.core.skills.skill import Skill
from blufio_tui.core.skills.tool import SkillHost, SkillTool
from tests.fakes.skills import FakeGate, FakeSandbox, a_context, a_skill

PLACES = Places("/home/p", "/home/p/work")
MANIFEST = Manifest(
    "file-reader",
    "1.0.0",
    "Reads.",
    capabilities=Capabilities(
        filesystem=FilesystemCapability(read=("${PROJECT}", "~/notes"), write=("~/notes",)),
        env=("LANG",),
        secrets={"TOKEN": ("api.example.com",)},
    ),
    limits=Limits(fuel=5),
    entry="skill.wasm",
    parameters={"type": "object", "required": ["path"]},
)


async def intact(_skill: Skill) -> None:
    return None


def make(sandbox: FakeSandbox, gate: FakeGate, **values: bool) -> SkillTool:
    skill = a_skill("file-reader", manifest=MANIFEST, publisher="ab" * 32)
    return SkillTool(skill, SkillHost(sandbox, gate, intact, PLACES), **values)


async def test_a_call_carries_module_input_limits_and_declared_places() -> None:
    sandbox, gate = FakeSandbox(), FakeGate()
    outcome = await make(sandbox, gate).invoke({"path": "ü"}, a_context())
    call = sandbox.calls[0]
    assert (outcome.content, outcome.is_error, outcome.usage.fuel) == ("done", False, 7)
    assert str(call.module) == "/skills/file-reader/skill.wasm"
    assert (call.module_sha256, call.content_hash) == ("d" * 64, "c" * 64)
    assert json.loads(call.input_json) == {"path": "ü"}
    assert call.limits == Limits(fuel=5)
    assert call.env_keys == ("LANG",)
    assert call.secrets == (("TOKEN", ("api.example.com",)),)
    assert dict(call.preopens) == {
        "${PROJECT}": "/home/p/work",
        "/home/p/work": "/home/p/work",
        ".": "/home/p/work",
        "~/notes": "/home/p/notes",
        "/home/p/notes": "/home/p/notes",
    }


@pytest.mark.parametrize(
    ("given", "read"),
    [("\ud800", "?"), ("a\udcffb", "a?b"), ("\ud83d\ude00", "\N{GRINNING FACE}"), ("ü", "ü")],
)
async def test_the_guest_reads_utf8_whatever_the_model_wrote(given: str, read: str) -> None:
    sandbox = FakeSandbox()
    await make(sandbox, FakeGate()).invoke({"path": given}, a_context())
    assert json.loads(sandbox.calls[0].input_json.decode()) == {"path": read.replace("?", "\ufffd")}


async def test_a_number_that_json_cannot_hold_reaches_no_guest() -> None:
    sandbox = FakeSandbox()
    outcome = await make(sandbox, FakeGate()).invoke({"path": float("inf")}, a_context())
    assert outcome.is_error
    assert "not JSON" in outcome.content
    assert sandbox.calls == []


async def test_the_gate_sees_name_publisher_hash_and_the_approved_manifest() -> None:
    gate = FakeGate()
    await make(FakeSandbox(), gate).invoke({"path": "a"}, a_context())
    actor = gate.actors[0]
    assert (actor.name, actor.publisher, actor.content_hash) == ("file-reader", "ab" * 32, "c" * 64)
    assert actor.manifest is MANIFEST


async def test_without_approval_the_manifest_is_only_declared() -> None:
    gate = FakeGate()
    await make(FakeSandbox(), gate, approved=False).invoke({"path": "a"}, a_context())
    assert gate.actors[0].manifest is None
    assert gate.actors[0].declared is MANIFEST


async def test_input_that_does_not_fit_is_an_error_for_the_model_and_nothing_runs() -> None:
    sandbox = FakeSandbox()
    outcome = await make(sandbox, FakeGate()).invoke({}, a_context())
    assert outcome.is_error
    assert "'path' is a required property" in outcome.content
    assert sandbox.calls == []


async def test_a_skill_that_was_tampered_with_does_not_run_and_says_so() -> None:
    async def tampered(_skill: Skill) -> None:
        raise SkillError("changed: skill.wasm")

    sandbox = FakeSandbox()
    tool = SkillTool(a_skill(), SkillHost(sandbox, FakeGate(), tampered, PLACES))
    outcome = await tool.invoke({}, a_context())
    assert outcome.error == ErrorInfo(ErrorKind.INTEGRITY, "changed: skill.wasm")
    assert sandbox.calls == []


async def test_an_error_of_the_sandbox_reaches_the_model_with_logs_and_usage() -> None:
    error = ErrorInfo(ErrorKind.TIMEOUT, "took longer than 5 s")
    sandbox = FakeSandbox(SandboxResult("half", error, CallUsage(fuel=9), (LogLine("info", "hi"),)))
    outcome = await SkillTool(a_skill(), SkillHost(sandbox, FakeGate(), intact, PLACES)).invoke({}, a_context())
    assert outcome.is_error
    assert (outcome.content, outcome.error, outcome.usage.fuel) == ("took longer than 5 s", error, 9)
    assert outcome.logs == (LogLine("info", "hi"),)


def test_hyphens_become_underscores_in_the_name_of_the_tool() -> None:
    assert make(FakeSandbox(), FakeGate()).name == "file_reader"


def test_an_instruction_skill_is_no_tool() -> None:
    with pytest.raises(SkillError, match="no code to run; use load_skill"):
        SkillTool(a_skill(manifest=None), SkillHost(FakeSandbox(), FakeGate(), intact, PLACES))
