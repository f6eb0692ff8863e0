"""Sends checkpoints to the witnesses, and reads what they hold. Everything here blocks; call it on a thread.

A line is a signed checkpoint as JSON. In a git repository the lines are a file on a branch of their own, which no work
tree has checked out. A command gets `append` as its last argument and a line on standard input, or `list`.
"""

import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from blufio_tui.adapters.storage.vault import Namespace, Vault, reason
from blufio_tui.core.audit.witness import KEYRING, WitnessKind, WitnessReport, WitnessSpec
from blufio_tui.core.errors import StorageError
from blufio_tui.core.interrupts import before_leaving
from blufio_tui.core.text.amounts import plural

PATIENCE_SECS = 20.0
MAX_BYTES = 64 * 1024 * 1024
BRANCH = "refs/heads/blufio-audit"
_FETCHED = "refs/remotes/origin/blufio-audit"
_SEEN = "refs/blufio-audit/seen"
"""What the remote had when it was last asked, so that it cannot take anything back unnoticed."""
_NAME = "heads.jsonl"
_ATTEMPTS = 8
"""Others may write at the same time."""
_OPTIONS = [
    word
    for option in (
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "gc.auto=0",
        "core.filesRefLockTimeout=5000",  # ms; another program may be held up while it sets a reference
    )
    for word in ("-c", option)
]
_NOBODY = {
    name: value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in ((f"GIT_{role}_NAME", "blufio-tui"), (f"GIT_{role}_EMAIL", "audit@localhost"))
}
_OF_ANOTHER_REPOSITORY = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES", "COMMON_DIR"),
        *("NAMESPACE", "CONFIG", "CONFIG_PARAMETERS", "CONFIG_COUNT", "GRAFT_FILE", "SHALLOW_FILE", "PREFIX"),
        *("NO_REPLACE_OBJECTS", "REPLACE_REF_BASE", "IMPLICIT_WORK_TREE"),
    )
)
"""What git sets for its hooks: a program that one of them starts would use that repository as the witness."""

_running: "set[subprocess.Popen[bytes]]" = set()
_starting = threading.Lock()
"""Held until what was started is in the set."""
_START_SECS = 2.0


def stop_all() -> None:
    """End the programs that access witnesses, including one that is just being started."""
    if _starting.acquire(timeout=_START_SECS):
        _starting.release()
    for process in tuple(_running):
        with suppress(ProcessLookupError):
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


before_leaving(stop_all)


def append(spec: WitnessSpec, line: str) -> str:
    """Send a checkpoint to a witness.

    Returns:
        What a person should hear although it worked; "" for nothing.

    Raises:
        StorageError: it could not be updated; the message says why.
    """
    try:
        match spec.kind:
            case WitnessKind.FILE:
                _append_to_file(Path(spec.value).expanduser(), line)
            case WitnessKind.GIT:
                odd = _Repository(Path(spec.value).expanduser()).append(line)
                return f"the witness {spec}: {odd}" if odd else ""
            case WitnessKind.COMMAND:
                _run((*spec.words, "append"), line + "\n")
    except OSError as error:
        raise StorageError(f"the witness {spec} could not be updated: {error.strerror or error}") from None
    except StorageError as error:
        raise StorageError(f"the witness {spec} could not be updated: {error}") from None
    return ""


def ask(spec: WitnessSpec) -> WitnessReport:
    """What a witness holds."""
    try:
        match spec.kind:
            case WitnessKind.FILE:
                text = _read_file(Path(spec.value).expanduser())
            case WitnessKind.GIT:
                lines, problem, odd = _Repository(Path(spec.value).expanduser()).read()
                return WitnessReport(str(spec), lines, problem, odd)
            case WitnessKind.COMMAND:
                text = _run((*spec.words, "list"), "")
    except OSError as error:
        return WitnessReport(str(spec), problem=error.strerror or str(error))
    except StorageError as error:
        return WitnessReport(str(spec), problem=str(error))
    return WitnessReport(str(spec), text.splitlines())


class KeyringHead:
    """The last head in the system's keyring, which is not part of the home.

    Args:
        database: each log has an entry of its own, by the place of its database.
    """

    def __init__(self, database: Path, vault: Vault | None = None) -> None:
        self._vault = vault or Vault(Namespace.AUDIT)
        self._name = f"head {hashlib.sha256(os.fsencode(database)).hexdigest()[:32]}"

    def keep(self, line: str) -> str:
        """Why it could not be kept, "" if it was. Most servers have no keyring."""
        return self._vault.put(self._name, line)

    def ask(self) -> WitnessReport | None:
        """What it says; None if there is no keyring, or nothing in it."""
        try:
            line = self._vault.get(self._name)
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            if type(error).__name__ == "NoKeyringError":
                return None
            return WitnessReport(KEYRING, problem=reason(error))
        return WitnessReport(KEYRING, (line,)) if line else None


def _append_to_file(path: Path, line: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        os.write(descriptor, line.encode() + b"\n")
        with suppress(OSError):  # a pipe or a device that cannot be synced has taken the line anyway
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_file(path: Path) -> str:
    if not path.is_file():
        raise StorageError("there is no such file" if not path.exists() else "it is not a regular file")
    if path.stat().st_size > MAX_BYTES:
        raise StorageError(f"it is larger than {MAX_BYTES // 2**20} MB")
    return path.read_text("utf-8", "replace")


class _Repository:
    """A local repository, with or without a work tree. Its remote `origin`, if it has one, is shared: other homes may
    push to it as well, each from a repository of its own or from this one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, line: str) -> str:
        """Add a line here, then bring both sides together.

        Returns:
            What a person should hear; "" for nothing.

        Raises:
            StorageError: the line is not here, or not at the remote.
        """
        self._add(line)
        if not self._has_origin():
            return ""
        gone, problem = 0, ""
        for _ in range(_ATTEMPTS):
            try:
                remote = self._fetched()
            except StorageError as error:
                raise StorageError(f"it is in the repository, but {_no_answer(error)}") from None
            gone = max(gone, self._gone_from(remote))
            head = self._add("", remote)
            try:
                self._git("push", "--quiet", "--no-verify", "origin", f"{head}:{BRANCH}")
            except StorageError as error:  # another home was quicker, or it may not be written to
                problem = str(error)
                continue
            self._git("update-ref", _SEEN, head)
            return f"{_gone_words(gone)}, and were put back" if gone else ""
        raise StorageError(f"it is in the repository, but could not be pushed: {problem}")

    def read(self) -> tuple[list[str], str, str]:
        """All lines that are known here or at the remote, why the remote could not be asked, and what is odd there."""
        self._git("rev-parse", "--git-dir")
        problem, gone = "", 0
        if self._has_origin():
            try:
                remote = self._fetched()
                gone = self._gone_from(remote)
                if remote and not gone:
                    self._git("update-ref", _SEEN, remote)
            except StorageError as error:
                problem = _no_answer(error)
        return self._lines(BRANCH, _SEEN, _FETCHED), problem, _gone_words(gone) if gone else ""

    def _add(self, line: str, remote: str = "") -> str:
        """Commit what is known here, what a commit of the remote has, and a new line; the branch's commit after it."""
        for attempt in range(_ATTEMPTS):
            before = self._commit(BRANCH)
            if not line and before and (not remote or self._is_ancestor(remote, before)):
                return before
            lines = self._lines(BRANCH, _SEEN, *([remote] if remote else []))
            text = "".join(f"{one}\n" for one in dict.fromkeys([*lines, *([line] if line else [])]))
            blob = self._git("hash-object", "-w", "--stdin", text=text).strip()
            tree = self._git("mktree", text=f"100644 blob {blob}\t{_NAME}\n").strip()
            parents = [word for parent in dict.fromkeys([before, remote]) if parent for word in ("-p", parent)]
            commit = self._git("commit-tree", tree, *parents, "-m", "A checkpoint of the audit log").strip()
            try:
                self._git("update-ref", BRANCH, commit, before or "0" * len(commit))
            except StorageError:  # another program wrote to it meanwhile
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            return commit
        raise AssertionError("unreachable")

    def _fetched(self) -> str:
        """The commit that the remote's branch is at, with what belongs to it; "" if it has none.

        Raises:
            StorageError: the remote does not answer.
        """
        head = self._git("ls-remote", "origin", BRANCH).partition("\t")[0].strip()
        if head and head != self._commit(_SEEN):
            # `fetch` itself would refuse to set a reference that another program has set meanwhile.
            self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "origin", BRANCH)
            self._git("update-ref", _FETCHED, head)
        return head

    def _gone_from(self, remote: str) -> int:
        """How many lines the remote had when it was last seen, and has no longer: whoever can push can rewrite it."""
        return len({*self._lines(_SEEN)} - {*(self._lines(remote) if remote else ())})

    def _has_origin(self) -> bool:
        return "origin" in self._git("remote").split()

    def _commit(self, name: str) -> str:
        return self._git("for-each-ref", "--format=%(objectname)", name).strip()

    def _is_ancestor(self, one: str, of: str) -> bool:
        return not self._git("rev-list", "--max-count=1", one, f"^{of}").strip()

    def _lines(self, *names: str) -> list[str]:
        """The lines of references or commits, each once; one that is not there, or lacks the file, has none."""
        found = dict[str, None]()
        for name in names:
            is_there = not name.startswith("refs/") or self._commit(name)
            if is_there and self._git("ls-tree", name, _NAME).strip():
                found.update(dict.fromkeys(self._git("cat-file", "blob", f"{name}:{_NAME}").splitlines()))
        return [*found]

    def _git(self, *words: str, text: str = "") -> str:
        return _run(("git", "-C", str(self._folder), *_OPTIONS, *words), text)


def _no_answer(error: StorageError) -> str:
    return f"its remote does not answer: {error}"


def _gone_words(count: int) -> str:
    return f"its remote no longer had {plural(count, 'checkpoint')} that were seen there: somebody rewrote the branch"


def _run(words: Sequence[str], text: str) -> str:
    """What a program prints.

    Raises:
        StorageError: it failed, or took too long.
        OSError: there is no such program.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    environment = {**inherited, **_NOBODY, "GIT_TERMINAL_PROMPT": "0"}
    with _starting:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        _running.add(process)
    try:
        output, complaint = process.communicate(text.encode(), timeout=PATIENCE_SECS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise StorageError(f"{words[0]} took longer than {PATIENCE_SECS:.0f} s") from None
    finally:
        _running.discard(process)
    if process.returncode:
        said = complaint.decode("utf-8", "replace").strip().splitlines()
        raise StorageError(f"{words[0]} ended with {process.returncode}{f': {said[-1]}' if said else ''}")
    return output[:MAX_BYTES].decode("utf-8", "replace")
