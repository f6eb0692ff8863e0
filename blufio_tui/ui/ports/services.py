"""Everything the screen needs from outside, as one value that the wiring builds and tests fake."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from blufio_tui.ui.ports.desk import PersonDesk

if TYPE_CHECKING:
    from blufio_tui.core.agent.attach import Attachment
    from blufio_tui.core.agent.compaction import ContextMeter
    from blufio_tui.core.audit.log import AuditLog
    from blufio_tui.core.cage.effects_tree import CommandEffects
    from blufio_tui.core.capability import Mode
    from blufio_tui.core.clock import Clock
    from blufio_tui.core.conversation import Block
    from blufio_tui.core.events import Event
    from blufio_tui.core.files.undo import AgainstGit, FileChange, ShownStep, Step
    from blufio_tui.core.instructions import Instructions
    from blufio_tui.core.policy.approval import ApprovalQuestion, Offer
    from blufio_tui.core.policy.back_test import BackTest
    from blufio_tui.core.policy.foreign_changes import ForeignChange
    from blufio_tui.core.policy.grant_store import GrantStore
    from blufio_tui.core.policy.rule_report import RuleReport
    from blufio_tui.core.policy.rules import UserRule
    from blufio_tui.core.sessions.store import SessionLibrary
    from blufio_tui.core.shell.jobs import Job
    from blufio_tui.core.skills.offer import SkillNews
    from blufio_tui.core.skills.own_commands import OwnCommand
    from blufio_tui.core.skills.skill import Skill
    from blufio_tui.core.text.json_types import Json, JsonObject
    from blufio_tui.ui.ports.desk import ApprovalDesk
    from blufio_tui.ui.ports.models import ConnectionsPort
    from blufio_tui.ui.ports.replay import RecordingPort, ReplayPort
    from blufio_tui.ui.ports.servers import ServersPort
    from blufio_tui.ui.ports.skills import SkillCarePort


class AgentPort(Protocol):
    """Runs turns. `core.agent.Agent` is one."""

    def act(
        self, prompt: str, *, session_id: str, attachments: Sequence[Block] = ()
    ) -> AsyncGenerator[Event, None]: ...

    def interrupt(self, session_id: str = "") -> bool:
        """End the running turn softly: its stream ends with `TurnFinished("interrupted")`."""
        ...

    def compact(self, session_id: str, wishes: str = "") -> AsyncGenerator[Event, None]:
        """Sum the conversation up to make room. `wishes`: what the summary should keep."""
        ...

    async def steer(self, text: str, *, session_id: str, key: str, attachments: Sequence[Block] = ()) -> bool:
        """Add something to the running turn; `SteeringAdded` with `key` tells when it went in. False: no turn takes
        it. Raises `UsageError` when it is refused."""
        ...

    def take_back(self, session_id: str, key: str) -> bool:
        """Withdraw an addition; False if it was already sent."""
        ...

    def cancel_call(self, call_id: str) -> bool:
        """Stop one tool call and leave the turn running; False if it is not running."""
        ...

    async def context(self, session_id: str) -> ContextMeter:
        """How full the model's window is with this session. Raises `StorageError`."""
        ...

    async def context_report(self, session_id: str) -> str:
        """What fills it, part by part, in words; "" is a session without a message. Raises `StorageError`."""
        ...


class SkillsPort(Protocol):
    def list(self) -> Sequence[Skill]:
        """What is installed and bundled, by name. Never slow: no hashing of files here."""
        ...

    def skill_md(self, name: str) -> str:
        """The text of SKILL.md, "" if the skill has none."""
        ...

    async def enable(self, name: str, enabled: bool) -> None:
        """Let the model use a skill, or not. Raises `SkillError`."""
        ...

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` (from any thread) whenever the list may be different."""
        ...


class ModePort(Protocol):
    """The permission mode. Setting it writes an audit row."""

    def get(self) -> Mode: ...

    async def set(self, mode: Mode) -> None: ...


class HeldChangesPort(Protocol):
    """Changes of the policy's files that other programs made; inactive until a person confirms them."""

    async def waiting(self) -> Sequence[ForeignChange]: ...

    async def confirm(self, shown: Sequence[ForeignChange]) -> bool:
        """Let what was shown count; False if something else waits now. Raises `StorageError`."""
        ...


class ModelPort(Protocol):
    """Which model answers."""

    @property
    def name(self) -> str: ...

    @property
    def is_guide(self) -> bool:
        """True if the offline guide answers."""
        ...

    def context_window(self) -> int:
        """Tokens that fit; 0 if not known."""
        ...

    def choices(self) -> Sequence[str]:
        """Names worth offering in the palette."""
        ...

    async def switch(self, name: str) -> bool:
        """Use another model from the next request on; True if later starts use it, too.

        Raises `ProviderError` or `ConfigError`."""
        ...


class HistoryPort(Protocol):
    """Prompts typed before, oldest first, over all sessions."""

    def load(self) -> Sequence[str]: ...

    def add(self, prompt: str) -> None: ...


class MemoryPort(Protocol):
    """What the screen remembers between runs: splits, hidden panes, theme. Losing it must be harmless."""

    def load(self) -> Mapping[str, Json]: ...

    def save(self, values: Mapping[str, Json]) -> None: ...


@dataclass(frozen=True, slots=True)
class SettingField:
    """One key of `config.toml` as the settings screen shows it.

    Attributes:
        key: dotted, such as `network.allow_private`.
        value, default: as they are written in TOML.
        changed: True if the file sets it.
        effect: when a change applies: `now`, `next turn` or `restart`.
        choices: the values there are, () when free.
    """

    key: str
    value: str
    default: str
    description: str
    changed: bool = False
    choices: tuple[str, ...] = ()
    effect: str = "restart"


class SettingsPort(Protocol):
    """The configuration file. Writing keeps comments and layout."""

    @property
    def file(self) -> str: ...

    def fields(self) -> Sequence[SettingField]: ...

    def set(self, key: str, value: str) -> None:
        """Write a value as one would type it in TOML. Raises `ConfigError` with what is allowed."""
        ...

    def reset(self, key: str) -> None:
        """Back to the default: the key leaves the file."""
        ...


class FilesPort(Protocol):
    """Files of the project, for `@path`."""

    async def complete(self, query: str, limit: int = 20) -> list[str]:
        """Paths that match, best first."""
        ...

    async def attach(self, text: str, session_id: str) -> list[Attachment]:
        """What the `@path`s of a prompt stand for; every read goes through the policy."""
        ...

    async def dropped(self, text: str) -> str:
        """The `@path` for a file that was dropped on the terminal; "" if what was pasted is something else."""
        ...


class DirectPort(Protocol):
    """Calls that the person makes without the model: `!command` and `/run`."""

    def call(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        """The same events as a turn of one tool call, `TurnStarted` to `TurnFinished`; same policy, same audit."""
        ...

    def again(self, tool: str, arguments: JsonObject, *, session_id: str) -> AsyncGenerator[Event, None]:
        """As `call`, in the name of whoever called first: what was granted to them since then counts."""
        ...


class CopyReport(Protocol):
    """`ok` None: handed to the terminal, which does not tell."""

    @property
    def ok(self) -> bool | None: ...
    @property
    def message(self) -> str: ...


class ClipboardPort(Protocol):
    """The clipboard. `adapters.clipboard.Clipboard` is one."""

    async def copy(self, text: str) -> CopyReport:
        """Never raises."""
        ...

    async def image(self) -> bytes:
        """The image on the clipboard as PNG, b"" if there is none to be had."""
        ...


class DraftsPort(Protocol):
    """What is typed and not sent. `adapters.drafts.Drafts` is one."""

    async def save(self, session_id: str, project: str, text: str) -> None: ...

    async def load(self, session_id: str) -> str: ...

    async def abandoned(self, project: str) -> str: ...


class EditedText(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def note(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Look:
    """How the screen should look and which keys it listens to.

    Attributes:
        theme: name of a theme, "" for the default.
        theme_folders: where `*.toml` themes are, the user's last (they win a name clash).
        keys: binding id to keys, such as `{"pane.trace": "f3,ctrl+2"}`.
        notify: tell the person when a turn ends or a question waits while the terminal has no focus.
        light: without a theme, begin with the light one.
        accessible: for screen readers: one pane at a time, no lines, nothing that turns, events as sentences.
        colors: how many the terminal has, 256, 16 or 0 for none; None if there is no limit.
        asks: without a theme, ask the terminal whether it is light.
    """

    theme: str = ""
    theme_folders: tuple[Path, ...] = ()
    vim_keys: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    notify: bool = True
    light: bool = False
    asks: bool = False
    colors: int | None = None
    accessible: bool = False


def _nobody(_session_id: str) -> None:
    pass


async def _nothing() -> None:
    return None


class JobsPort(Protocol):
    """Commands in the background."""

    async def of(self, session_id: str) -> Sequence[Job]:
        """Of one session, oldest first."""
        ...

    async def kill(self, job: Job) -> bool:
        """False if it had ended by itself."""
        ...

    async def end_session(self, session_id: str) -> None:
        """End all jobs of a session that is left."""
        ...


class OwnCommandsPort(Protocol):
    """The person's own slash commands."""

    def commands(self) -> Mapping[str, OwnCommand]:
        """By name, as the files are now."""
        ...


class RulesPort(Protocol):
    """The user's own rules, and the log they are tried on. Raises `BlufioError`."""

    async def reports(self) -> Sequence[RuleReport]: ...

    async def test(self, rule: UserRule) -> BackTest:
        """What the rule would have answered."""
        ...

    async def remove(self, report: RuleReport) -> None: ...

    async def test_offer(self, question: ApprovalQuestion, offer: Offer) -> BackTest:
        """What the grants that an answer would store would have answered, for the line beside a wider answer."""
        ...


class InstructionsPort(Protocol):
    async def waiting(self) -> Instructions | None:
        """The project's as they are now, when they are not trusted."""
        ...

    async def trust(self, shown: Instructions) -> None:
        """Use what was shown. Raises `BlufioError`."""
        ...


class Undone(Protocol):
    """Paths that an undo restored, and those that it left alone, each with the reason."""

    @property
    def restored(self) -> tuple[str, ...]: ...
    @property
    def refused(self) -> tuple[tuple[str, str], ...]: ...


class EffectsPort(Protocol):
    """What caged commands did."""

    async def of_call(self, call_id: str) -> tuple[CommandEffects, ...]:
        """Raises `BlufioError` when there is no list, or not the one that the log speaks of."""
        ...


class UndoPort(Protocol):
    """Takes back what calls did to files. All raise `BlufioError`; where one call is named, also when nothing of it
    was kept."""

    async def planned(self, call_id: str, project: str) -> tuple[str, tuple[Step, ...]]:
        """The call ("" means the one that last changed the project), and what would be done."""
        ...

    async def look(self, call_ids: Sequence[str]) -> tuple[ShownStep, ...]:
        """What taking these calls back together, the oldest first, would do to each file, as a difference."""
        ...

    async def changed(self, call_ids: Sequence[str]) -> tuple[FileChange, ...]:
        """What these calls together changed, the oldest first, each file as a difference from before to after."""
        ...

    async def against_git(self, call_ids: Sequence[str], project: Path) -> AgainstGit | None:
        """The files that these calls changed as they are now, compared with the last commit; None without git."""
        ...

    async def undo_all(self, call_ids: Sequence[str], session_id: str = "") -> Undone:
        """Take them back; it is recorded, and can be undone itself."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """
    Attributes:
        person_desk: where the model's own questions and plans come; made and handed on as `desk` is.
        desk: where the gate asks; the wiring makes it first and hands it to the gate as its `Approver`.
        files, direct, jobs, rules, servers, own_commands, drafts, edit, doctor: None if there is none; the key then
            says so.
        care, connections: None if skills cannot be installed and models not connected from the screen.
        skill_news: what happens to the watched skills; listened to from the first frame on.
        clipboard: makes the clipboard; it is given what writes to the terminal.
        edit: the person's own editor on a text; blocking, run while the screen is put aside.
        open_file: the same on a line of a file, counted from 1; what went wrong, "" if nothing did.
        doctor: what works here, as text.
        why_not_caged: known after `connect`: why commands run without the cage, "" if they are caged.
        held: changes of the policy that wait for a person.
        replays, recording: None if calls cannot be recorded.
        connect: run once after the first frame: imports the SDK, starts the sandbox. A `BlufioError` becomes a notice.
        session_id: a session to continue, "" to begin a new one with the first prompt.
        left: called with the id of the session that was open when the app ended, "" for none.
        close: run when the app ends.
    """

    agent: AgentPort
    audit: AuditLog
    grants: GrantStore
    skills: SkillsPort
    sessions: SessionLibrary
    settings: SettingsPort
    mode: ModePort
    model: ModelPort
    history: HistoryPort
    memory: MemoryPort
    clock: Clock
    desk: ApprovalDesk
    project: Path
    version: str
    look: Look = field(default_factory=Look)
    session_id: str = ""
    files: FilesPort | None = None
    direct: DirectPort | None = None
    jobs: JobsPort | None = None
    rules: RulesPort | None = None
    servers: ServersPort | None = None
    own_commands: OwnCommandsPort | None = None
    care: SkillCarePort | None = None
    connections: ConnectionsPort | None = None
    skill_news: Callable[[], AsyncGenerator[SkillNews, None]] | None = None
    drafts: DraftsPort | None = None
    edit: Callable[[str], EditedText] | None = None
    open_file: Callable[[Path, int], str] | None = None
    doctor: Callable[[], Awaitable[str]] | None = None
    why_not_caged: Callable[[], str] | None = None
    undoing: UndoPort | None = None
    why: Callable[[str], Awaitable[str]] | None = None
    replays: ReplayPort | None = None
    recording: RecordingPort | None = None
    effects: EffectsPort | None = None
    instructions: InstructionsPort | None = None
    person_desk: PersonDesk = field(default_factory=PersonDesk)
    held: HeldChangesPort | None = None
    clipboard: Callable[[Callable[[str], None]], ClipboardPort] | None = None
    connect: Callable[[], Awaitable[None]] = _nothing
    left: Callable[[str], None] = _nobody
    close: Callable[[], Awaitable[None]] = _nothing
