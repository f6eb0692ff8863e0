"""Who wants to do what to which target, and what was decided: the vocabulary of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.core.manifest.manifest import Manifest


class Kind(StrEnum):
    """The capability kinds that an effect can need."""

    FS_READ = "fs.read"
    FS_WRITE = "fs.write"
    NET = "net"
    ENV = "env"
    EXEC = "exec"
    UNIX = "unix"
    MODEL = "model"
    """Sending something to the model: of rules, what must never be sent; of rows of the log, a request."""


class Verdict(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


class DecidedBy(StrEnum):
    NEVER_RULE = "never-rule"
    USER_RULE = "user-rule"
    MANIFEST = "manifest"
    GRANT = "grant"
    USER = "user"
    MODE = "mode"
    TIMEOUT = "timeout"


class Mode(StrEnum):
    """The permission mode: what happens to requests that no rule, manifest or grant decides."""

    ASK = "ask"
    ACCEPT_EDITS = "accept-edits"
    PLAN = "plan"
    READ_ONLY = "read-only"
    DENY = "deny"
    ALLOW_ALL = "allow-all"


class ActorKind(StrEnum):
    TOOL = "tool"
    SKILL = "skill"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for an effect.

    Attributes:
        name: the built-in tool's or the skill's name.
        publisher: hex fingerprint of the key that signed the skill, "" if unsigned.
        content_hash: hex SHA-256 over all files of the skill, "" for a built-in tool.
        manifest: the manifest as approved at installation; None if nothing is approved.
        declared: the manifest whether or not it is approved, for display.
    """

    kind: ActorKind
    name: str
    version: str = ""
    publisher: str = ""
    content_hash: str = ""
    manifest: Manifest | None = None
    declared: Manifest | None = None

    @property
    def is_server(self) -> bool:
        """Whether it is an MCP server: no skill's name has a colon."""
        return self.kind is ActorKind.SKILL and self.name.startswith("mcp:")


@dataclass(frozen=True, slots=True)
class FileTarget:
    """A file or folder.

    Attributes:
        kind: FS_READ or FS_WRITE.
        path: canonical absolute path, symlinks and `..` resolved.
        requested: the path as the caller wrote it.
        operation: read, list, stat, write, create, remove, rename, …
        secret_name: another name of the same file (a hard link) that usually holds credentials, "" if none is known.
    """

    kind: Kind
    path: str
    requested: str
    operation: str
    secret_name: str = ""

    @property
    def resource(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class NetTarget:
    """One HTTP request. `url` is canonical (IDNA host, lower case, no fragment); `host` has no brackets."""

    method: str
    scheme: str
    host: str
    port: int
    url: str
    body_bytes: int = 0

    @property
    def kind(self) -> Kind:
        return Kind.NET

    @property
    def resource(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class EnvTarget:
    key: str

    @property
    def kind(self) -> Kind:
        return Kind.ENV

    @property
    def resource(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class ExecTarget:
    """A shell command line, whole, and the simple commands it is made of (empty: could not be parsed).

    Attributes:
        replaced: programs of the project that hide others with the same name on `PATH`.
        caged: it will run in the cage, where each effect beyond it is decided separately.
        not_caged: why it will run without the cage; "" if it is caged or cages are unknown.
        reads: canonical paths of all that the line reads, when it is certain that it only reads; else None.
        use: for an operation on an MCP server instead of a command, its description.
        once: it needs approval each time; no answer is stored.
    """

    command: str
    parts: tuple[str, ...]
    cwd: str
    replaced: tuple[str, ...] = ()
    caged: bool = False
    not_caged: str = ""
    reads: tuple[str, ...] | None = None
    use: str = ""
    once: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.EXEC

    @property
    def resource(self) -> str:
        return self.command


@dataclass(frozen=True, slots=True)
class UnixTarget:
    """A Unix socket by its path. `meaning` says what a program that reaches it can do."""

    path: str
    meaning: str

    @property
    def kind(self) -> Kind:
        return Kind.UNIX

    @property
    def resource(self) -> str:
        return self.path


Target = FileTarget | NetTarget | EnvTarget | ExecTarget | UnixTarget


@dataclass(frozen=True, slots=True)
class CapabilityRequest:
    actor: Actor
    target: Target

    @property
    def kind(self) -> Kind:
        return self.target.kind

    @property
    def resource(self) -> str:
        return self.target.resource


class DenialCause(StrEnum):
    """Why something was denied, as far as this changes what a model should do next."""

    PERSON_ONCE = "person-once"
    PERSON_FOR_SESSION = "person-for-session"
    PERSON_FOR_GOOD = "person-for-good"
    STORED_ANSWER = "stored-answer"
    USER_RULE = "user-rule"
    NOBODY_ANSWERED = "nobody-answered"
    NOBODY_THERE = "nobody-there"
    NOT_ANSWERED = "not-answered"
    TOO_LONG_TO_ASK = "too-long-to-ask"
    MODE_READ_ONLY = "mode-read-only"
    MODE_DENY = "mode-deny"
    NEVER_RULE = "never-rule"
    ASKED_ENOUGH = "asked-enough"
    GRANTS_UNREADABLE = "grants-unreadable"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a request.

    Attributes:
        rule: the rule that decided, in words a person can read.
        grant_id: the grant that allowed it, "" if another rule did.
        cause: of a denial, for the model.
        words: what belongs to the cause, without ids: the person's reason, the scope of the answer, the rule.
    """

    verdict: Verdict
    decided_by: DecidedBy
    rule: str
    grant_id: str = ""
    cause: DenialCause | None = None
    words: str = ""

    @property
    def allowed(self) -> bool:
        return self.verdict is Verdict.ALLOW
