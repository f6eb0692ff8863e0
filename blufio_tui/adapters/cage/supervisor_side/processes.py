"""Programs that are started, and calls that reach into other processes of the same user."""

import errno
import os
import struct
from contextlib import suppress

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.kernel import NR, fail, signed
from blufio_tui.adapters.cage.supervisor_side.replies import CONTINUE, Reply
from blufio_tui.adapters.cage.supervisor_side.state import Cage

_POWERLESS = frozenset({"sudo", "su", "doas", "pkexec", "runuser"})
MAX_WORDS, MAX_SHOWN = 64, 300
MAX_TOLD = 500
"""Programs that are told one by one; all are counted."""


def execve(cage: Cage, call: Call) -> Reply:
    return _started(cage, call, call.text(call.arguments[0]), call.arguments[1])


def execveat(cage: Cage, call: Call) -> Reply:
    return _started(cage, call, call.text(call.arguments[1]), call.arguments[2])


def _started(cage: Cage, call: Call, path: str, arguments: int) -> Reply:
    """The fence decides what may run; this only counts, and says what is otherwise hard to find out."""
    if not os.path.exists(os.path.join(f"/proc/{call.task}/cwd", path)):
        return CONTINUE  # a shell or libc that tries each folder of PATH
    cage.programs += 1
    name = os.path.basename(path)
    if cage.programs <= MAX_TOLD:
        pid, *above = family.chain(call.task, cage.pid) or [call.task]
        cage.send(type="program", path=path, words=_words(call, path, arguments), pid=pid, above=above)
    if name in _POWERLESS:
        with suppress(OSError):
            os.write(cage.stderr, f"{name} does not work in the cage: programs here cannot gain rights.\n".encode())
    return CONTINUE


def _words(call: Call, path: str, address: int) -> list[str]:
    """The program and its first arguments, as the caller's memory has them now: to be shown, not to be decided on."""
    words: list[str] = []
    with suppress(OSError):
        for index in range(MAX_WORDS):
            at = struct.unpack("Q", call.memory(address + 8 * index, 8))[0]
            if not at or sum(map(len, words)) > MAX_SHOWN:
                break
            words.append(call.text(at)[:MAX_SHOWN])
    return [path, *words[1:]]


def _of_family(cage: Cage, task: int) -> Reply:
    """0 is the caller itself. The number is in a register: it stays what it is when the kernel continues."""
    return CONTINUE if task == 0 or cage.is_family(task) else fail(errno.EPERM)


def on_process(cage: Cage, call: Call) -> Reply:
    """prlimit64, sched_set*: the first argument is the process."""
    return _of_family(cage, signed(call.arguments[0]))


def setpriority(cage: Cage, call: Call) -> Reply:
    which, who = call.arguments[0] & 0xFFFFFFFF, signed(call.arguments[1])
    return _of_family(cage, who) if which < 2 else fail(errno.EPERM)  # 2 means all processes of a user


def ioprio_set(cage: Cage, call: Call) -> Reply:
    which, who = call.arguments[0] & 0xFFFFFFFF, signed(call.arguments[1])
    return _of_family(cage, who) if which in (1, 2) else fail(errno.EPERM)


def signal(cage: Cage, call: Call) -> Reply:
    """Only where Landlock does not keep signals inside. A negative number is a group; −1 is everybody."""
    target = signed(call.arguments[1] if call.number in (234, 297) else call.arguments[0])
    if target == -1:
        fail(errno.EPERM)
    return _of_family(cage, abs(target))


CALLS = {
    NR["execve"]: execve,
    NR["execveat"]: execveat,
    NR["setpriority"]: setpriority,
    NR["ioprio_set"]: ioprio_set,
    **{NR[name]: on_process for name in ("prlimit64",)},
    **{NR[name]: on_process for name in ("sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr")},
}
