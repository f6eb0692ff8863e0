"""Skills as values, a sandbox and a gate that only take notes, and a library of files in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blufio_tui.core.capability import Actor
from blufio_tui.core.effects import Effect, EffectResult, Perform
from blufio_tui.core.errors import SkillError
from blufio_tui.core.events import CallUsage
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.tools import CallContext


def a_skill(name: str = "greeter", **values: Any) -> Skill:
    manifest = values.pop("manifest", Manifest(name, "1.0.0", "Greets."))
    defaults: dict[str, Any] = {
        "version": "1.0.0",
        "description": "Greets.",
        "kind": SkillKind.WASM if manifest else SkillKind.INSTRUCTIONS,
        "status": SkillStatus.UNSIGNED,
        "folder": Path("/skills") / name,
        "content_hash": "c" * 64,
        "module_sha256": "d" * 64,
    }
    return Skill(name=name, manifest=manifest, **{**defaults, **values})


def a_context(turn_id: str = "t1") -> CallContext:
    return CallContext("s1", turn_id, "c1", lambda _event: None)


@dataclass
class FakeSandbox:
    """Answers every call with `result` and keeps the calls."""

    result: SandboxResult = SandboxResult("done", None, CallUsage(fuel=7), ())
    calls: list[SandboxCall] = field(default_factory=list)

    async def run(self, call: SandboxCall, perform: Perform) -> SandboxResult:
        self.calls.append(call)
        return self.result

    async def close(self) -> None:
        pass


@dataclass
class FakeGate:
    actors: list[Actor] = field(default_factory=list)

    def bind(self, actor: Actor, context: CallContext) -> Perform:
        self.actors.append(actor)

        async def perform(effect: Effect) -> EffectResult:
            return EffectResult(0)

        return perform


@dataclass
class FakeLibrary:
    """Skills with their files. `tampered` names those whose check fails."""

    skills: Mapping[str, Skill]
    files: Mapping[str, bytes] = field(default_factory=dict)
    tampered: tuple[str, ...] = ()

    def get(self, name: str) -> Skill:
        if name not in self.skills:
            raise SkillError(f'there is no skill "{name}"')
        return self.skills[name]

    def find(self, name: str) -> Skill | None:
        return self.skills.get(name)

    def runnable(self) -> list[Skill]:
        return [skill for skill in self.skills.values() if skill.enabled]

    async def check(self, skill: Skill) -> None:
        if skill.name in self.tampered:
            raise SkillError("its files are not the ones that were installed")

    async def file_names(self, skill: Skill) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    async def read(self, skill: Skill, file: str) -> bytes:
        if file not in self.files:
            raise SkillError(f'the skill "{skill.name}" has no file "{file}"')
        return self.files[file]
