"""What changes skills, and what their use was, without any skill behind it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from blufio_tui.core.capability import Kind
from blufio_tui.core.errors import SkillError
from blufio_tui.core.events import CallUsage, ErrorInfo
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.sessions.records import ToolCallRecord
from blufio_tui.core.skills.declared_use import Asked, Declaration, DeclaredUse
from blufio_tui.core.skills.offer import SkillNews
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.skills.update import SkillChange
from blufio_tui.core.skills.use import SkillReport, SkillUse
from tests.fakes.ui_agent import SKILL_HASH
from tests.fakes.ui_clock import FixedClock
from tests.fakes.ui_services import FakeSkills

GUIDE = Skill(
    "city-guide",
    "0.1.0",
    "Facts about a city: 天気, sights and how to get there.",
    SkillKind.SCRIPT,
    SkillStatus.UNSIGNED,
    Path("/home/ada/.local/share/blufio/skills/city-guide"),
    SKILL_HASH,
    Manifest(
        "city-guide",
        "0.1.0",
        "Facts about a city",
        capabilities=Capabilities(
            NetworkCapability(("api.example.org",), ("GET",)), FilesystemCapability(("${PROJECT}",)), ("CITY_LANG",)
        ),
        parameters={
            "type": "object",
            "required": ["city", "days"],
            "additionalProperties": False,
            "properties": {
                "city": {"type": "string", "minLength": 2, "description": "The city, as people call it."},
                "days": {"type": "integer", "minimum": 1, "maximum": 14},
                "style": {"type": "string", "enum": ["short", "long"], "default": "short"},
                "night": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        },
    ),
    author="Ada [b]Lovelace[/b]",
)
ASKS = ("send GET requests to api.example.org and its subdomains", "read the project folder and everything below it")
WIDER = SkillChange(
    "city-guide", "0.1.0", "0.2.0", ("send GET requests to evil.example.com",), (), ("changed: skill.toml",)
)
SAME = SkillChange("city-guide", "0.1.0", "0.1.1", (), (), ("changed: skill.py",))


@dataclass
class FakeOffer:
    """An offer that remembers what became of it."""

    skill: Skill = GUIDE
    source: str = "/home/ada/city-guide"
    change: SkillChange | None = None
    asks: tuple[str, ...] = ASKS
    notes: tuple[str, ...] = ("it is not signed: nobody vouches for where it comes from",)
    is_unchanged: bool = False
    skills: FakeSkills | None = None
    became: list[str] = field(default_factory=list)

    async def accept(self) -> Skill:
        self.became.append("accepted")
        if self.skills is not None:
            others = [one for one in self.skills.skills if one.name != self.skill.name]
            self.skills.skills = sorted([*others, self.skill], key=lambda one: one.name)
        return self.skill

    async def discard(self) -> None:
        self.became.append("discarded")


def call(number: int, clock: FixedClock, *, error: ErrorInfo | None = None) -> ToolCallRecord:
    return ToolCallRecord(
        "s1",
        "t1",
        f"c{number}",
        "text_stats",
        {"path": "README.md"},
        clock.now() - 60 * (20 - number),
        finished=True,
        content="capability not permitted: fs.read /etc/hosts" if error else "{}",
        is_error=error is not None,
        error=error,
        usage=CallUsage(fuel=900_000 + 70_000 * (number * 7 % 11)),
        duration_ms=2.0 + number * 3 % 5,
    )


class FakeCare:
    def __init__(self, skills: FakeSkills, clock: FixedClock) -> None:
        self._skills = skills
        self._clock = clock
        self.offer = FakeOffer(skills=skills)
        self.changed_files: tuple[str, ...] = ()
        self.asked: list[tuple[str, str]] = []

    async def uses(self) -> Mapping[str, SkillUse]:
        return {"text-stats": SkillUse(12, 3, self._clock.now() - 300)}

    async def report(self, name: str) -> SkillReport:
        if name != "text-stats":
            return SkillReport(DeclaredUse((), (Declaration(Kind.FS_READ, "${PROJECT}"),), (), ""))
        denied = ErrorInfo("capability_denied", "capability not permitted")
        calls = tuple(call(number, self._clock, error=denied if number == 9 else None) for number in range(12))
        declared = DeclaredUse(
            used=((Declaration(Kind.FS_READ, "${PROJECT}"), 9),),
            unused=(),
            undeclared=(Asked(Kind.FS_READ, "/etc/hosts", False, 3),),
            smallest='[capabilities.filesystem]\nread = ["${PROJECT}/README.md"]\n',
        )
        return SkillReport(declared, 12, calls)

    async def differences(self, name: str) -> tuple[str, ...]:
        self.asked.append(("verify", name))
        return self.changed_files

    async def prepare(self, source: str) -> FakeOffer:
        self.asked.append(("prepare", source))
        if "missing" in source:
            raise SkillError(f'there is no folder or archive "{source}"')
        return self.offer

    async def prepare_update(self, name: str) -> FakeOffer:
        self.asked.append(("update", name))
        return self.offer

    async def remove(self, name: str) -> int:
        self.asked.append(("remove", name))
        self._skills.skills = [one for one in self._skills.skills if one.name != name]
        return 1

    async def open_folder(self, name: str) -> str:
        self.asked.append(("folder", name))
        return "there is no desktop here to open a folder on"


class FakeNews:
    """News that a test tells."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[SkillNews] = asyncio.Queue()

    def tell(self, news: SkillNews) -> None:
        self._queue.put_nowait(news)

    async def listen(self) -> AsyncGenerator[SkillNews, None]:
        while True:
            yield await self._queue.get()


def disabled(skill: Skill) -> Skill:
    return replace(skill, enabled=False)
