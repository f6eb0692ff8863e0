"""What the supervisor knows of one command: its profile, its family's own things, the questions and their answers."""

import errno
import os
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.journal import Found, Identity, Journal, identity_of
from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, fail, handle_of
from blufio_tui.adapters.cage.supervisor_side.questions import Answer, Key, MustAsk, Question
from blufio_tui.adapters.cage.supervisor_side.repositories import WHY, is_configuration
from blufio_tui.adapters.cage.supervisor_side.resolving import Object
from blufio_tui.adapters.cage.wire.frames import encode
from blufio_tui.core.cage.private_names import in_library
from blufio_tui.core.cage.profile import Judgement, Profile, Right, Ruling, Want, judge
from blufio_tui.core.guards.paths import covers

MAX_QUESTIONS = 256
"""Different questions that one command may lead to; what comes after them is refused without being asked."""

_CHANGES = frozenset({Want.WRITE, Want.CREATE, Want.SYMLINK, Want.RENAME, Want.LINK, Want.REMOVE})
_REMEMBERED = 20_000
_WITHOUT_PATH = ("pipe:", "socket:", "anon_inode:")
"""How `/proc/PID/fd` names what the kernel has made for a process. Whatever else is no path is asked about."""

_MEMORY_FILE = "/memfd:"
"""So are files in memory named, and so could a file in the root folder be: the device tells them apart."""

_SHARED_MEMORY = "/dev/shm"  # noqa: S108
_MULTIPLEXERS = ("/dev/ptmx", "/dev/pts/ptmx")
_OWN_SETTINGS = frozenset({"comm", "oom_score_adj", "coredump_filter", "timerslack_ns", "clear_refs", "autogroup"})
_FREE_FOLDERS = frozenset({"/", "/dev", "/proc", "/etc", "/home", "/tmp", "/var", "/run", "/mnt", "/media"})  # noqa: S108 - listed, not written


@dataclass(slots=True)
class Cage:
    """
    Attributes:
        listener: the descriptor that suspended calls come from.
        control: the socket to the program.
        ports: by type and port, the inodes of the sockets that the family has bound on this machine. One that is closed
            does not come back, so another's socket on the same port is not taken for it.
        abstract: names that the family has bound, with the inodes of the sockets, as `ports`.
        terminals: numbers of the pseudo terminals that the family made.
        made_elsewhere: the family's own files in shared memory and its sockets outside the project, with their handles.
        strict: as the profile's, and from the moment on in which a secret came into the project.
        settled: folders without a link on the way to them, in which the fence lets everything be read. Only where the
            fence alone decides, and only until a name is changed: a link may then be on the way.
    """

    profile: Profile
    journal: Journal
    control: socket.socket
    listener: int = -1
    stderr: int = -1
    pid: int = field(default_factory=os.getpid)
    ports: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    abstract: dict[bytes, set[int]] = field(default_factory=dict)
    terminals: set[int] = field(default_factory=set)
    made_elsewhere: dict[Identity, bytes] = field(default_factory=dict)
    shared_memory: list[str] = field(default_factory=list)
    answers: dict[Key, Answer] = field(default_factory=dict)
    numbers: int = 0
    names_of: dict[str, str] = field(default_factory=dict)
    dns_port: int = 0
    programs: int = 0
    reads: int = 0
    refused_questions: int = 0
    strict: bool = field(init=False)
    settled: set[str] = field(default_factory=set)
    _judged: dict[tuple[str, Want], Judgement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.strict = self.profile.strict

    # ── questions ──────────────────────────────────────────────────────────────────────────────────

    def ask(self, question: Question) -> Answer:
        """The answer, once there is one.

        Raises:
            MustAsk: it is not known yet.
            OSError: EACCES, it was refused.
        """
        answer = self.answers.get(question.key)
        if answer is None:
            if self.numbers >= MAX_QUESTIONS:
                self.refused_questions += 1
                fail(errno.EACCES)
            raise MustAsk(question)
        if not answer.allowed:
            fail(errno.EACCES)
        return answer

    def send(self, **message: Any) -> None:
        """To the program. Where it is gone, the end of the file on the socket ends everything here."""
        try:
            self.control.sendall(encode(message))
        except OSError:
            return

    # ── files ──────────────────────────────────────────────────────────────────────────────────────

    def decide(self, path: str, want: Want, found: Found | None = None, unkeepable: str = "") -> None:
        """Return when the access may happen.

        Args:
            path: where the object is, by its descriptor or its parent's.
            unkeepable: why the old content could not be kept; then it is asked about.

        Raises:
            MustAsk, OSError: as `ask`.
        """
        if want is Want.READ and not unkeepable and self.in_project(path):  # most calls
            judgement = self.judge(path, want)
            if judgement.ruling is Ruling.FREE:
                self.reads += 1
                return
        if self._is_kernels_own(path, want, found):
            return
        judgement = self.judge(path, want)
        if judgement.ruling is Ruling.ASK and self._is_of_its_own_making(want, found):
            return
        if judgement.ruling is Ruling.FREE and want in _CHANGES and is_configuration(self.profile.project, path):
            judgement = Judgement(Ruling.ASK, WHY)
        kind = "fs.read" if want.reads else "fs.write"
        match judgement.ruling:
            case Ruling.NEVER:
                self.ask(Question(kind, path, str(want), judgement.why, judgement.why))
            case Ruling.ASK:
                self.ask(Question(kind, path, str(want), judgement.why))
            case Ruling.QUIET:
                fail(errno.EACCES)
            case Ruling.FREE if unkeepable:
                self.ask(Question(kind, path, str(want), unkeepable))
            case Ruling.FREE:
                self.reads += want is Want.READ

    def judge(self, path: str, want: Want) -> Judgement:
        """As `core.cage.profile.judge`, remembered: the profile does not change while the command runs."""
        found = self._judged.get((path, want))
        if found is None:
            if len(self._judged) > _REMEMBERED:
                self._judged.clear()
            found = self._judged[path, want] = judge(self.profile, path, want)
        return found

    def _is_of_its_own_making(self, want: Want, found: Found | None) -> bool:
        """What the command itself made holds no secret that it does not know, whatever its name is."""
        return want.reads and found is not None and _is_regular(found) and self.journal.is_new(found)

    def is_made_elsewhere(self, found: Found) -> bool:
        """Whether it is a file in shared memory, or a socket outside the project, that the family made."""
        made = self.made_elsewhere.get(identity_of(found.stat)) if found.stat else None
        return bool(made) and made == found.handle()

    def problem_changing(self, found: Object) -> str:
        """Why a change of this file of the project is asked about, "" if it can be undone and is in one place."""
        if problem := self.problem_elsewhere(found):
            return problem
        if self._has_several_names(found) and not self._is_installed(found):
            return f"it has {found.stat.st_nlink} names (hard links), and one may lie outside the project"
        return self.journal.problem(found.stat)

    def problem_elsewhere(self, found: Object) -> str:
        """Why changing a file is asked about that has lost its name in the project, but not all its names."""
        if found.is_gone and found.stat.st_nlink and stat.S_ISREG(found.mode) and not self.journal.is_new(found):
            return "its name in the project is gone, and it has another one elsewhere"
        return ""

    def is_shared_installation(self, found: Object) -> bool:
        """A file of a library with a second name: it gets content of its own before it is written to."""
        return self._has_several_names(found) and self._is_installed(found)

    def _has_several_names(self, found: Object) -> bool:
        return found.stat.st_nlink > 1 and not self.journal.is_new(found)

    def _is_installed(self, found: Object) -> bool:
        return in_library(found.path[len(self.profile.project) :])

    def _is_kernels_own(self, path: str, want: Want, found: Found | None) -> bool:
        """Pipes, sockets and memory files of the caller; its family in `/proc`; its own terminals and shared memory."""
        if path.startswith(_WITHOUT_PATH):
            return True
        if path.startswith(_MEMORY_FILE):
            return found is not None and found.stat is not None and found.stat.st_dev == _memory_device()
        if path.startswith("/proc/"):
            return self._in_proc(path, want)
        if covers(_SHARED_MEMORY, path):
            if path == _SHARED_MEMORY:
                return want.reads
            return want is Want.CREATE or (found is not None and self.is_made_elsewhere(found))
        if path in (*_MULTIPLEXERS, "/dev/pts"):
            return True
        if path.startswith("/dev/pts/"):
            return path[9:].isdigit() and int(path[9:]) in self.terminals and self._holds_terminal(path[9:])
        rights = self.profile.rights.get(path, 0)
        if want is Want.WRITE and rights & Right.WRITE and path.startswith("/dev/"):
            return True
        return want is Want.LIST and path in _FREE_FOLDERS

    def _holds_terminal(self, number: str) -> bool:
        """Whether the family holds the other end now: once it is closed, the number may be a terminal of the person's.

        `number` stands in the description of the descriptor, which only the kernel writes.
        """
        wanted = f"tty-index:\t{number}"
        for path, link in family.open_files(self.pid):
            if link in _MULTIPLEXERS:
                with suppress(OSError):
                    if wanted in Path(path.replace("/fd/", "/fdinfo/")).read_text("ascii").splitlines():
                        return True
        return False

    def _in_proc(self, path: str, want: Want) -> bool:
        """Resolving has let only the family through."""
        if not path[6:7].isdigit():
            return False
        name = path.rpartition("/")[2]
        if want.reads:
            return name != "mem"
        return want is Want.WRITE and name in _OWN_SETTINGS

    def in_project(self, path: str) -> bool:
        return covers(self.profile.project, path)

    def drop_shared_memory(self) -> None:
        """At the end: remove what the family has left there, where it still has the name that it was made with."""
        for path in self.shared_memory:
            with suppress(OSError):
                found = os.lstat(path)
                handle = self.made_elsewhere.get(identity_of(found))
                if handle and handle == handle_of(AT_FDCWD, os.fsencode(path)):
                    os.unlink(path)

    def note_made(self, path: str, found: os.stat_result) -> None:
        if self.in_project(path):
            self.journal.created(path, found)
            return
        if covers(_SHARED_MEMORY, path):
            self.shared_memory.append(path)
        if covers(_SHARED_MEMORY, path) or stat.S_ISSOCK(found.st_mode):
            self.made_elsewhere[identity_of(found)] = handle_of(AT_FDCWD, os.fsencode(path))

    # ── the family ─────────────────────────────────────────────────────────────────────────────────

    def is_family(self, task: int) -> bool:
        return bool(family.chain(task, self.pid))

    def who(self, call: Call) -> dict[str, Any]:
        """Which program asks, and which started it: command lines, the asking one first."""
        pids = family.chain(call.task, self.pid)
        lines = [family.command_line(pid) for pid in pids[:8]]
        return {"pid": pids[0] if pids else call.task, "chain": [line for line in lines if line]}


def _is_regular(found: Found) -> bool:
    return found.stat is not None and stat.S_ISREG(found.stat.st_mode)


@cache
def _memory_device() -> int:
    """The device of files in memory."""
    descriptor = os.memfd_create("")
    try:
        return os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)


def wanted_of(found: Object, *, writing: bool) -> Want:
    if writing:
        return Want.WRITE
    return Want.LIST if stat.S_ISDIR(found.mode) else Want.READ
