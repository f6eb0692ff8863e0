"""The effects that tools and skills can ask for, and what comes back.

An effect is a plain value that crosses the process border. `core.gate` decides on it, writes the audit
row and only then lets an `EffectRunner` carry it out.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from blufio_tui.core.files.line_changes import LineChange
from blufio_tui.core.running import CommandListener

if TYPE_CHECKING:
    from blufio_tui.core.cage.inside import Inside


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read a whole file. Result: `data` is its content, `value` its length in bytes.

    Attributes:
        max_bytes: a longer file is a `HostError`.
    """

    path: str
    max_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ListDir:
    """List a folder. Result: `data` is a JSON array of `{"name","type","size"}`, `value` the number of entries."""

    path: str


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Replace or create a file atomically. Result: `value` 0, `path` the canonical path.

    Attributes:
        replaces: SHA-256 (hex) of the content that it was worked out from, "" if there must be no such file yet;
            anything else that is there then is a `HostError`. None: whatever is there.
        mode: permission bits of a new file; None: the default.
        call_id: the call, filled in by the gate: the old content is stored under it.
        counted: whether the result says how many lines changed.
        exact: the path is already canonical; a link in it is a `HostError`.
        keeps_mark: whether losing an existing byte order mark is a `HostError`.
    """

    path: str
    content: bytes
    replaces: str | None = None
    mode: int | None = None
    call_id: str = ""
    counted: bool = False
    exact: bool = False
    keeps_mark: bool = False


@dataclass(frozen=True, slots=True)
class SearchFiles:
    """Search the files at or below a path. Result: `path` the folder that names are relative to, `data` JSON:
    `{"found": [{"path", "count", "lines": [[number, matched, text]]}], "of", "skipped": [name], "too_large": [name],
    "incomplete"}`.

    Attributes:
        pattern: a regular expression as Python knows them.
        glob: only files whose name matches, "" for all.
        mode: `content`, `files` or `count`; only `content` has lines.
        context: lines before and after each match.
        limit: most lines of `content`, else most files.
    """

    path: str
    pattern: str
    glob: str = ""
    mode: str = "content"
    context: int = 0
    limit: int = 200


@dataclass(frozen=True, slots=True)
class FindFiles:
    """List the files below a path whose name matches `glob`. Result: as `SearchFiles`, `found` holds names."""

    path: str
    glob: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Fetch:
    """One HTTP request without following redirects (the gate decides on each hop separately).

    Result: `value` is the status, `data` the body, `headers` and `url` of the final response.

    Attributes:
        max_bytes: cap on the decoded body; a longer one is a `HostError`.
        secrets: name to the hosts a `{{secret:NAME}}` placeholder may be filled in for.
        hop: how many redirects led here.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    max_bytes: int = 1024 * 1024
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hop: int = 0


@dataclass(frozen=True, slots=True)
class GetEnv:
    """Read an environment variable. Result: `data` its UTF-8 value, `value` its length or −1 when not set."""

    key: str


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Run a shell command. Result: `data` is combined output, plain text, `value` the exit status.

    Attributes:
        exports: variables that earlier commands of the session exported outside the cage.
        caged_exports: the same for a command that runs in the cage: also what others in the cage exported.
        background: start it as a job and return at once; `data` is the job's name.
        stdin: what it reads; nothing when empty.
        listener: receives the output as it arrives; not part of what is decided on.
        inside: decides on the effects of the caged command; without it, the command runs outside the cage.
        caged: it runs in the cage or not at all, whatever the settings say.
    """

    command: str
    cwd: str
    timeout_secs: float = 120.0
    exports: tuple[tuple[str, str], ...] = ()
    background: bool = False
    stdin: bytes = b""
    listener: CommandListener | None = field(default=None, compare=False, repr=False)
    inside: "Inside | None" = field(default=None, compare=False, repr=False)
    caged: bool = False
    caged_exports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FileOperation:
    """A WASI operation on a path; each is one audited request.

    Result: `data` is what `adapters.wasi_files` says of each operation; an opened file is in `handle`.

    Attributes:
        operation: stat, open, mkdir, rmdir, unlink, rename, link, symlink, readlink, utimes.
        path: below `root` when `root` is set, else absolute; not yet resolved.
        other: second path of rename and link, or the text of a symlink.
        root: absolute folder (a preopen or an opened directory) that no `..` and no symlink may lead out of.
        other_root: the same for the second path of rename and link.
        options: plain flags of the operation (follow, read, write, append, truncate, exclusive, …).
    """

    operation: str
    path: str
    other: str = ""
    root: str = ""
    other_root: str = ""
    options: Mapping[str, bool | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CagedEffect:
    """An effect of a caged command that is not free; its system call is held meanwhile.

    Result: `value` 0; what the call returns goes to the command.

    Attributes:
        kind: `fs.read`, `fs.write`, `net` or `unix`.
        resource: a path, or `host:port`.
        operation: read, list, write, create, remove, rename, connect, listen, …
        why: why it is not free, "" if the kind says it.
        never: why it is refused regardless of grants, "" if it is not.
        programs: the program that asks and those that started it, as command lines, the asking one first.
        carry_out: lets the call continue, for a connection to these addresses; returns the outcome.
    """

    kind: str
    resource: str
    operation: str
    why: str = ""
    never: str = ""
    programs: tuple[str, ...] = ()
    carry_out: Callable[[tuple[str, ...]], Awaitable[str]] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class UseServer:
    """Start an MCP server, or send it something. Result: `data` is what came back, as JSON text.

    Attributes:
        server: its name.
        resource: for a server on this machine, its command line or `server__tool`; for a remote one, its URL.
        what: what is done, in words: `call the tool add of the MCP server sums`.
        carried: what is sent to it, as text; shown whole, and hashed in the log.
        is_start: it starts the process, so that `resource` is its command line.
        is_remote: it is one request to `resource`, and no process of this machine.
        once: needs approval each time.
        cwd: folder that a server on this machine works in.
        caged, not_caged: as in `ExecTarget`.
        carry_out: performs it; returns what came back.
    """

    server: str
    resource: str
    what: str
    carried: str = ""
    is_start: bool = False
    is_remote: bool = False
    once: bool = False
    cwd: str = ""
    caged: bool = False
    not_caged: str = ""
    carry_out: Callable[[], Awaitable[bytes]] | None = field(default=None, compare=False, repr=False)


Effect = (
    UseServer
    | CagedEffect
    | ReadFile
    | ListDir
    | WriteFile
    | SearchFiles
    | FindFiles
    | Fetch
    | GetEnv
    | RunCommand
    | FileOperation
)


@dataclass(frozen=True, slots=True)
class EffectResult:
    """The result of an effect.

    Attributes:
        path: canonical path of a file that was read or written.
        change: of a write that counts them, the lines that changed.
        before: hex SHA-256 of what a write replaced, "" for nothing; None if it was not read.
        waited_secs: for how long it stood still for questions about what is inside it.
        handle: the open file or directory of a `FileOperation`; it never leaves the process that opened it.
    """

    value: int
    data: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    url: str = ""
    handle: object | None = None
    path: str = ""
    change: LineChange | None = None
    before: str | None = None
    waited_secs: float = 0.0


Perform = Callable[[Effect], Awaitable[EffectResult]]
