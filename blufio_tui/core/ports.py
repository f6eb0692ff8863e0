"""The small protocols through which the core speaks to the outside; adapters and test doubles implement them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from blufio_tui.core.approval import ApprovalAnswer, ApprovalQuestion
from blufio_tui.core.audit import AuditEntry, AuditFilter, AuditRow, Verification
from blufio_tui.core.capability import Actor, Target
from blufio_tui.core.conversation import Block, Message, TokenUsage
from blufio_tui.core.effects import Effect, EffectResult
from blufio_tui.core.events import CallUsage, ErrorInfo, LogLine, NoticeLevel
from blufio_tui.core.grants import Grant
from blufio_tui.core.manifest import Limits
from blufio_tui.core.sessions import (
    BranchEnd,
    DaySpending,
    MessageState,
    ModelSpending,
    RequestRecord,
    SearchHit,
    SessionInfo,
    Spending,
    StoredMessage,
    ToolCallRecord,
    Totals,
)
from blufio_tui.core.tools import ToolDefinition


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch, for what is stored and shown."""
        ...

    def monotonic(self) -> float:
        """Seconds from a fixed point, for durations."""
        ...


# ── the model ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SystemBlock:
    """A part of the system prompt; `cache_mark` ends a cached zone after it."""

    text: str
    cache_mark: bool = False


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request to the model. `thinking_budget` 0 means no extended thinking; tokens."""

    model: str
    system: tuple[SystemBlock, ...]
    tools: tuple[ToolDefinition, ...]
    messages: tuple[Message, ...]
    max_tokens: int
    tool_choice: Literal["auto", "none"] = "auto"
    thinking_budget: int = 0


@dataclass(frozen=True, slots=True)
class ProviderText:
    text: str


@dataclass(frozen=True, slots=True)
class ProviderThinking:
    text: str


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    level: NoticeLevel
    message: str


@dataclass(frozen=True, slots=True)
class ProviderUsage:
    """Tokens of the running attempt so far, so that a reply that is cut or interrupted is not lost to the ledger."""

    usage: TokenUsage
    model: str


@dataclass(frozen=True, slots=True)
class ProviderRestarted:
    """What was streamed in this request so far is void; it is being asked for again."""

    reason: str


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """The whole reply; always the last event of a stream that did not raise."""

    blocks: tuple[Block, ...]
    stop_reason: str
    usage: TokenUsage
    model: str


ProviderEvent = ProviderText | ProviderThinking | ProviderNotice | ProviderUsage | ProviderRestarted | ProviderReply


class Provider(Protocol):
    """A source of replies. Retries what is worth retrying, then raises `ProviderError`."""

    @property
    def is_guide(self) -> bool:
        """True for the offline guide: no model is behind it."""
        ...

    def stream(self, request: ModelRequest) -> AsyncIterator[ProviderEvent]: ...


# ── effects ────────────────────────────────────────────────────────────────────────────────────────


class NeverRule(Exception):
    """A guard refuses the target whatever anyone grants; the text is the rule in words."""


class PreparedEffect(Protocol):
    """An effect whose target is canonical and can be decided on."""

    @property
    def target(self) -> Target: ...

    def describe(self) -> str:
        """The effect whole, for the approval card: a diff for a write, method, headers and body of a request."""
        ...

    async def preflight(self) -> None:
        """Checks that must come after the decision and before the audit row (names resolved, addresses checked).

        Raises:
            NeverRule: the target is one that nobody may reach.
            HostError: it cannot be done (no such name, …).
        """
        ...

    async def execute(self) -> "EffectResult | Effect":
        """Do it. A returned effect is a redirect, to be decided anew.

        Raises:
            HostError: it failed.
            NeverRule: at the last moment the target turned out to be another one.
        """
        ...


class EffectRunner(Protocol):
    def prepare(self, effect: Effect, actor: Actor) -> PreparedEffect:
        """Parse and canonicalise; touches nothing but path metadata.

        Raises:
            NeverRule: malformed or refused in any case.
            HostError: cannot be done at all.
        """
        ...


class Approver(Protocol):
    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer | None:
        """The person's answer; None when none came in time. Cancelling withdraws the question."""
        ...


# ── the sandbox ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SandboxCall:
    """One call of a module.

    Attributes:
        module: path of the `.wasm`, `.wat` or `.py` file.
        module_sha256: hex; the bytes that run are the bytes with this hash.
        name: the skill's name, for messages.
        input_json: the input, UTF-8 JSON.
        preopens: guest path to host path, for WASI (the manifest's filesystem paths).
        env_keys: environment variables a WASI guest sees; each is read through `perform`.
        content_hash: over the skill's whole folder; without it a script can import nothing from there.
    """

    call_id: str
    name: str
    module: Path
    module_sha256: str
    input_json: bytes
    limits: Limits
    preopens: tuple[tuple[str, str], ...] = ()
    env_keys: tuple[str, ...] = ()
    secrets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """`logs_dropped` counts the log lines over the limit."""

    content: str
    error: ErrorInfo | None
    usage: CallUsage
    logs: tuple[LogLine, ...]
    logs_dropped: int = 0


Perform = Callable[[Effect], Awaitable[EffectResult]]
"""Decides on an effect and does it. Raises `CapabilityDenied` or `HostError`."""


class Sandbox(Protocol):
    async def run(self, call: SandboxCall, perform: Perform) -> SandboxResult:
        """Run one call in a fresh store; never raises for what the guest does. Cancelling ends the guest."""
        ...

    async def close(self) -> None: ...


# ── storage ────────────────────────────────────────────────────────────────────────────────────────


class AuditLog(Protocol):
    """The append-only chain. `append` returns only once the row is durable.

    Every method raises `StorageError` when the log cannot be read or written.
    """

    async def append(self, entry: AuditEntry) -> int:
        """Write a row; its `seq`."""
        ...

    async def append_many(self, entries: Sequence[AuditEntry]) -> list[int]:
        """Write rows in this order, all or none; their `seq`s."""
        ...

    async def page(
        self, where: AuditFilter, *, before_seq: int = 0, after_seq: int = 0, limit: int = 200
    ) -> list[AuditRow]:
        """Rows in rising `seq`: the newest `limit` below `before_seq` (0: of all), or the oldest above `after_seq`.
        Outcome rows are folded into their decision rows."""
        ...

    async def count(self, where: AuditFilter) -> int: ...

    async def verify(self, told: Callable[[int], None] | None = None) -> Verification:
        """Check the whole chain; `told` hears now and then how many rows were checked, on the caller's thread."""
        ...


class GrantStore(Protocol):
    """Stored answers. Unreadable storage: `blocked` says why, and all that would need a grant is denied."""

    @property
    def blocked(self) -> str:
        """Why grants cannot be read, "" when they can."""
        ...

    def grants(self) -> tuple[Grant, ...]:
        """All live grants, session ones included, as they are now (another process may have changed them)."""
        ...

    async def add(self, grant: Grant) -> None: ...

    async def revoke(self, grant_id: str) -> Grant | None:
        """Remove one; the removed grant, or None when there is none with that id."""
        ...

    async def replace(self, grant: Grant) -> None:
        """Put a changed grant in the place of the stored one with its id. Raises `UsageError` when there is none."""
        ...

    async def rebind(self, name: str, publisher: str, old_hash: str, new_hash: str) -> int:
        """Carry a skill's allowances over to an update that the same publisher signed and that widens nothing
        (the caller has checked both); how many were carried over."""
        ...


class SessionStore(Protocol):
    """Conversations and the ledger. Everything is committed when a method returns.

    A session is a tree of messages with one active branch. Each process keeps its own place in it: two
    instances that talk in one session make two branches rather than mix their turns.
    Methods raise `StorageError` when the database cannot be used or the session does not exist.
    """

    async def create(self, project: str) -> str:
        """A new, empty session; its id."""
        ...

    async def append(
        self,
        session_id: str,
        turn_id: str,
        message: Message,
        state: MessageState = MessageState.COMPLETE,
        *,
        sequence: int | None = None,
    ) -> int:
        """Add a message to the end of the active branch; its id.

        With `sequence`, (turn_id, sequence) is stored once however often it is appended: a complete
        message takes the place of a partial one, anything else returns the id of what is there.
        """
        ...

    async def messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        """What the model is sent, in order: the active branch, where the last summary stands for what it covers.

        The last `limit` messages before `before_id` (0: no bound).
        """
        ...

    async def all_messages(self, session_id: str, *, before_id: int = 0, limit: int = 0) -> list[StoredMessage]:
        """The active branch as a person sees it: every message, summaries at the place where they were made."""
        ...

    async def add_summary(self, session_id: str, turn_id: str, summary: Message, stands_for: int) -> int:
        """Compact: from now on `summary` is sent in place of the active branch up to message `stands_for`,
        which stays stored; its id."""
        ...

    async def rewind(self, session_id: str, message_id: int) -> None:
        """End the active branch at `message_id` (0: before the first). What came after stays as a branch."""
        ...

    async def record_tool_call(self, record: ToolCallRecord) -> None:
        """Store or, for the same call, replace."""
        ...

    async def record_request(self, record: RequestRecord) -> None: ...

    async def spending(self, session_id: str) -> Spending: ...

    async def info(self, session_id: str) -> SessionInfo | None: ...

    async def recent(self, *, project: str = "", limit: int = 200) -> list[SessionInfo]:
        """Sessions with something in them, the one last written to first."""
        ...


class SessionLibrary(SessionStore, Protocol):
    """What the screens and the command line do with sessions beyond a turn."""

    async def resume(self, session_id: str) -> SessionInfo:
        """Go on where the session was left last, by whichever process."""
        ...

    async def find(self, prefix: str) -> str:
        """The one session whose id starts with `prefix`.

        Raises:
            UsageError: none does, or several do (the message names them).
        """
        ...

    async def rename(self, session_id: str, title: str) -> None: ...

    async def delete(self, session_id: str) -> None:
        """Remove the conversation for good. Its ledger rows stay: they are what was spent."""
        ...

    async def search(self, text: str, *, limit: int = 50) -> list[SearchHit]:
        """Sessions with a message in which all words (or "phrases") of `text` occur, newest match first. Any text
        that a person may type is a query."""
        ...

    async def branches(self, session_id: str, message_id: int) -> list[StoredMessage]:
        """The alternatives at the place of `message_id`, oldest first, itself included."""
        ...

    async def branch_ends(self, session_id: str) -> list[BranchEnd]: ...

    async def switch_branch(self, session_id: str, message_id: int) -> None:
        """Make the branch that goes through `message_id` active, to its newest end."""
        ...

    async def tool_calls(self, session_id: str, *, turn_id: str = "", limit: int = 200) -> list[ToolCallRecord]:
        """The last `limit` calls, oldest first."""
        ...

    async def requests(self, session_id: str, *, limit: int = 200) -> list[RequestRecord]:
        """The last `limit` ledger rows of a session, oldest first."""
        ...

    async def export_json(self, session_id: str) -> str:
        """The whole session, all branches, as JSON; secrets redacted."""
        ...

    async def export_markdown(self, session_id: str) -> str:
        """The active branch as Markdown; secrets redacted."""
        ...

    async def import_json(self, text: str) -> str:
        """Store an exported session; its id (a new one if that id is taken).

        Raises:
            UsageError: not an exported session; the message says where it is wrong.
        """
        ...

    async def spending_by_day(self, days: int = 30) -> list[DaySpending]:
        """The last `days` days, today last, days without requests included."""
        ...

    async def spending_by_model(self, *, since: float = 0.0) -> list[ModelSpending]:
        """Dearest first."""
        ...

    async def totals(self, *, session_id: str = "", turn_id: str = "", since: float = 0.0) -> Totals: ...
