"""Services for the screen without anything behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from blufio_tui.core.capability import Mode
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.events import CallUsage, LogLine
from blufio_tui.core.manifest.manifest import Capabilities, Example, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.skills.skill import Skill, SkillKind, SkillStatus
from blufio_tui.core.text.json_types import Json
from blufio_tui.ui.ports.desk import ApprovalDesk
from blufio_tui.ui.ports.services import Look, Services, SettingField
from tests.fakes.ui_agent import SKILL_HASH, Call, Say, ScriptedAgent, Step, read
from tests.fakes.ui_clock import FixedClock
from tests.fakes.ui_stores import FakeAuditLog, FakeGrantStore, FakeSessions

THEMES = Path(__file__).parents[2] / "themes"


class ProjectWithReadme(type(Path())):  # type: ignore[misc]
    """A folder that is nowhere, and holds one file."""

    def is_file(self) -> bool:
        return self.name == "README.md"


PROJECT = ProjectWithReadme("/home/ada/projects/lighthouse")


class FakeSkills:
    def __init__(self, skills: Sequence[Skill]) -> None:
        self.skills = list(skills)

    def list(self) -> Sequence[Skill]:
        return self.skills

    def skill_md(self, name: str) -> str:
        return f"# {name}\n\nUse it when a person wants **numbers** about a text.\n\n- lines\n- words\n"

    async def enable(self, name: str, enabled: bool) -> None:
        self.skills = [replace(s, enabled=enabled) if s.name == name else s for s in self.skills]

    def on_change(self, changed: Callable[[], None]) -> None:
        self.changed = changed


class FakeMode:
    def __init__(self) -> None:
        self.mode = Mode.ASK

    def get(self) -> Mode:
        return self.mode

    async def set(self, mode: Mode) -> None:
        self.mode = mode


@dataclass
class FakeModel:
    name: str = "claude-sonnet-4-5"
    is_guide: bool = False
    window: int = 200_000

    def context_window(self) -> int:
        return self.window

    def choices(self) -> Sequence[str]:
        return ["claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5"]

    async def switch(self, name: str) -> bool:
        self.name = name
        return True


class FakeHistory:
    def __init__(self, prompts: Sequence[str] = ()) -> None:
        self.prompts = list(prompts)

    def load(self) -> Sequence[str]:
        return list(self.prompts)

    def add(self, prompt: str) -> None:
        self.prompts.append(prompt)


class FakeMemory:
    def __init__(self) -> None:
        self.values: dict[str, Json] = {}

    def load(self) -> Mapping[str, Json]:
        return self.values

    def save(self, values: Mapping[str, Json]) -> None:
        self.values = dict(values)


class FakeSettings:
    file = "/home/ada/.config/blufio-tui/config.toml"

    def __init__(self) -> None:
        self.refused = ""
        self._unlisted = {"ui.keys": "{}"}
        self._fields = {
            f.key: f
            for f in (
                SettingField("model.name", '"claude-sonnet-4-5"', '"claude-sonnet-4-5"', "The model that answers."),
                SettingField(
                    "approval.timeout_secs", "120.0", "120.0", "Seconds until a question answers itself.", effect="now"
                ),
                SettingField("ui.vim_keys", "true", "false", "Move with h j k l.", True, ("true", "false")),
                SettingField("policy.mode", '"ask"', '"ask"', "What nothing else decides.", False, ("ask", "deny")),
            )
        }

    def stored(self, key: str) -> str:
        return self._unlisted[key]

    def fields(self) -> Sequence[SettingField]:
        return list(self._fields.values())

    def set(self, key: str, value: str) -> None:
        if key in self._unlisted:
            self._unlisted[key] = value
            return
        field_ = self._fields[key]
        if value == self.refused or (field_.choices and value.strip('"') not in field_.choices):
            raise ConfigError(f"{key}: {value} is not one of {', '.join(field_.choices)}")
        self._fields[key] = replace(field_, value=value, changed=True)

    def reset(self, key: str) -> None:
        field_ = self._fields[key]
        self._fields[key] = replace(field_, value=field_.default, changed=False)


def skill(name: str, description: str, say: str, **capabilities: object) -> Skill:
    manifest = Manifest(
        name,
        "1.0.0",
        description,
        "blufio-tui",
        Capabilities(**capabilities),  # type: ignore[arg-type]
        examples=(Example(say, {"path": "README.md"}),),
    )
    return Skill(
        name,
        "1.0.0",
        description,
        SkillKind.WASM,
        SkillStatus.BUNDLED,
        Path("/usr/share/blufio/skills") / name,
        SKILL_HASH,
        manifest,
        author="blufio-tui",
    )


SKILLS = [
    skill(
        "file-digest",
        "SHA-256 checksum and size of a file.",
        "what is the checksum of {path}",
        filesystem=FilesystemCapability(("${PROJECT}",)),
    ),
    skill(
        "fetch-page",
        "Fetch a web page and return its title and text.",
        "fetch the page https://example.com",
        network=NetworkCapability(("example.com",), ("GET",)),
    ),
    skill(
        "note-keeper",
        "Keep short notes in a folder of the project.",
        "note down: buy paper",
        filesystem=FilesystemCapability(("${PROJECT}/notes",), ("${PROJECT}/notes",)),
    ),
    skill(
        "text-stats",
        "Count lines, words, characters and bytes.",
        "count the words in {path}",
        filesystem=FilesystemCapability(("${PROJECT}",)),
    ),
]

COUNT = Call(
    "text_stats",
    {"path": "README.md"},
    '{"lines": 118, "words": 942, "characters": 6120, "bytes": 6188}',
    (read(f"{PROJECT}/README.md", requested="README.md", size=6_188),),
    CallUsage(1_284_311, 1_179_648, 3.1, 0.6, 1),
    (LogLine("info", "counting README.md"),),
    4.2,
)

OUTSIDE = Call("text_stats", {"path": "/etc/hosts"}, '{"lines": 9}', (read("/etc/hosts", ask=True, size=220),))

SCRIPTS: dict[str, Sequence[Step]] = {
    "count the words": [
        Say("I'll count them."),
        COUNT,
        Say(
            "`README.md` has **942 words** in 118 lines.\n\n"
            "| what | how many |\n|---|---:|\n| words | 942 |\n| bytes | 6,188 |\n"
        ),
    ],
    "/etc/hosts": [OUTSIDE, Say("Done.")],
}


@dataclass
class Fakes:
    """The fakes behind one `Services`, for tests to look into."""

    clock: FixedClock = field(default_factory=FixedClock)
    desk: ApprovalDesk = field(default_factory=ApprovalDesk)
    grants: FakeGrantStore = field(default_factory=FakeGrantStore)
    skills: FakeSkills = field(default_factory=lambda: FakeSkills(SKILLS))
    mode: FakeMode = field(default_factory=FakeMode)
    model: FakeModel = field(default_factory=FakeModel)
    history: FakeHistory = field(default_factory=FakeHistory)
    memory: FakeMemory = field(default_factory=FakeMemory)
    settings: FakeSettings = field(default_factory=FakeSettings)
    scripts: dict[str, Sequence[Step]] = field(default_factory=lambda: dict(SCRIPTS))
    look: Look = field(default_factory=lambda: Look(theme_folders=(THEMES,)))
    session_id: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    """Further services by their name."""

    def __post_init__(self) -> None:
        self.audit = FakeAuditLog(self.clock)
        self.sessions = FakeSessions(self.clock)
        self.agent = ScriptedAgent(
            self.scripts, desk=self.desk, audit=self.audit, sessions=self.sessions, clock=self.clock
        )

    def services(self) -> Services:
        return Services(
            agent=self.agent,
            audit=self.audit,
            grants=self.grants,
            skills=self.skills,
            sessions=self.sessions,
            settings=self.settings,
            mode=self.mode,
            model=self.model,
            history=self.history,
            memory=self.memory,
            clock=self.clock,
            desk=self.desk,
            project=PROJECT,
            version="0.1.0",
            look=self.look,
            session_id=self.session_id,
            **self.more,
        )
