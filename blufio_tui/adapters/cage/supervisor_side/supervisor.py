"""The loop of a cage: suspended calls in, answers out; questions to the program and its answers in between.

A question never holds the loop up: the call that leads to it is put aside and begun again when the answer is there,
so what is decided on is always what is then opened. What may block runs on a thread of its own.
"""

import errno
import fcntl
import os
import select
import signal
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Any, NoReturn

from blufio_tui.adapters.cage.supervisor_side import family
from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.dispatch import HANDLERS
from blufio_tui.adapters.cage.supervisor_side.journal import Journal
from blufio_tui.adapters.cage.supervisor_side.kernel import (
    NOTIFY_ADD_FD,
    NOTIFY_RECEIVE,
    NOTIFY_SEND,
    NOTIFY_SET_FLAGS,
    NOTIFY_VALID,
    pidfd,
    system_call,
)
from blufio_tui.adapters.cage.supervisor_side.launcher import launch
from blufio_tui.adapters.cage.supervisor_side.names_service import NameService
from blufio_tui.adapters.cage.supervisor_side.questions import Answer, Key, MustAsk
from blufio_tui.adapters.cage.supervisor_side.replies import Continue, Inject, Later, Reply
from blufio_tui.adapters.cage.supervisor_side.secret_watch import SecretWatch
from blufio_tui.adapters.cage.supervisor_side.state import Cage
from blufio_tui.adapters.cage.wire.frames import Decoder, FrameError, Message
from blufio_tui.core.cage.profile import Profile

MAX_THREADS = 64
MAX_TRIES = 32
"""Times that one call is begun again; its caller is then playing with the path."""

_ROWS = 5000
"""Rows of the list of changes in one frame."""

_UNPACK = struct.Struct("QIIiIQ6Q").unpack
_EMPTY = bytes(80)
_ADD_FD_SEND = 2
_SENT, _ADDED = struct.Struct("QqiI"), struct.Struct("QIIII")
_CONTINUES = 1
_ON_THIS_PROCESSOR = 1
"""SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (Linux 6.6): the caller waits for us and we for it, so another processor need not
be woken each time."""


class Supervisor:
    """
    Args:
        control: the socket to the program.
        streams: descriptors that become 0, 1 and 2 of the command.
    """

    def __init__(self, control: socket.socket, streams: tuple[int, int, int]) -> None:
        self._control = control
        self._streams = streams
        self._decoder = Decoder()
        self._waiting: dict[Key, list[Call]] = {}
        self._asked: dict[int, Key] = {}
        self._threads = threading.BoundedSemaphore(MAX_THREADS)
        self._names = NameService()
        self._child = 0
        self._status: int | None = None
        self._stop_at: float | None = None
        self._cage: Cage
        self._secrets: SecretWatch | None = None

    def run(self) -> None:
        """Wait for `start`, run the command, tell how it ended."""
        start = self._wait_for_start()
        if start is None:
            return
        profile = Profile.from_json(start["profile"])
        self._cage = Cage(profile, Journal(start.get("store", "")), self._control, stderr=self._streams[2])
        if not profile.strict:
            self._secrets = SecretWatch(profile.project, profile.folders, profile.looked_at)
            self._hear_of_secrets()
        self._cage.names_of, self._cage.dns_port = self._names.names, self._names.port
        problem = self._launch(start)
        if problem:
            self._cage.send(type="problem", message=problem)
            return
        self._cage.send(type="started", pid=self._child)
        self._serve()
        left = family.sweep(os.getpid())
        self._cage.drop_shared_memory()
        self._finish(left)

    def _wait_for_start(self) -> Message | None:
        while True:
            data = self._control.recv(1 << 16)
            if not data:
                return None
            for message in self._decoder.feed(data):
                if message["type"] == "start":
                    return message

    # ── starting ───────────────────────────────────────────────────────────────────────────────────

    def _launch(self, start: Message) -> str:
        """Start the command and take its listener; why it could not be done, "" if it was."""
        heard, says = os.pipe()
        hears, tells = os.pipe()
        self._wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self._child = os.fork()
        if self._child == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            rules = self._cage.profile.fence
            launch(start["command"], start["environment"], start["cwd"], rules, self._streams, says, hears)
        for descriptor in (says, hears, *self._streams[:2]):
            os.close(descriptor)
        line = os.read(heard, 512)
        os.close(heard)
        if not line.strip().isdigit():
            os.close(tells)
            return line.decode("utf-8", "replace").strip().removeprefix("failed: ") or "it could not be locked in"
        try:
            child = pidfd(self._child)
            self._cage.listener = system_call(438, child, int(line), 0)
            os.close(child)
            with suppress(OSError):
                fcntl.ioctl(self._cage.listener, NOTIFY_SET_FLAGS, _ON_THIS_PROCESSOR)
        except OSError as error:
            os.kill(self._child, signal.SIGKILL)
            return f"its system calls cannot be watched: {error.strerror}"
        os.umask(0)
        os.chdir("/")
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        os.write(tells, b"x")
        os.close(tells)
        return ""

    # ── the loop ───────────────────────────────────────────────────────────────────────────────────

    def _serve(self) -> None:
        poll = select.poll()
        listener, control, names, wake = (
            self._cage.listener,
            self._control.fileno(),
            self._names.socket.fileno(),
            self._wake_read,
        )
        for descriptor in (listener, control, names, wake):
            poll.register(descriptor, select.POLLIN)
        secrets = self._secrets.descriptor if self._secrets is not None else -1
        if secrets >= 0:
            poll.register(secrets, select.POLLIN)
        while self._status is None:
            timeout = None if self._stop_at is None else max(0, int((self._stop_at - time.monotonic()) * 1000))
            events = poll.poll(timeout)
            if self._stop_at is not None and time.monotonic() >= self._stop_at:
                with suppress(OSError):
                    os.kill(self._child, signal.SIGKILL)
                self._stop_at = None
            if len(events) > 1 and (secrets, select.POLLIN) in events:
                self._hear_of_secrets()  # before any call is answered
            for descriptor, event in events:
                if descriptor == listener:
                    if event & select.POLLIN:
                        self._receive()
                    else:
                        poll.unregister(listener)
                elif descriptor == control:
                    self._hear()
                elif descriptor == names:
                    self._names.serve()
                elif descriptor == secrets:
                    if self._hear_of_secrets():
                        poll.unregister(secrets)
                        secrets = -1
                else:
                    self._reap()

    def _hear_of_secrets(self) -> bool:
        """Whether there is something now that must be asked about: from then on nothing is left to the fence alone."""
        watch = self._secrets
        if watch is None:
            return False
        if watch.descriptor >= 0:
            watch.read()
        self._cage.strict = self._cage.strict or watch.has_secret
        return self._cage.strict

    def _reap(self) -> None:
        with suppress(OSError):
            os.read(self._wake_read, 4096)
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == self._child:
                    self._status = os.waitstatus_to_exitcode(status)

    def _receive(self) -> None:
        try:
            data = fcntl.ioctl(self._cage.listener, NOTIFY_RECEIVE, _EMPTY)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return  # the caller was killed in the meantime
            raise
        ident, task, _, number, _arch, _ip, *arguments = _UNPACK(data)
        self._begin(Call(ident, task, number, tuple(arguments)))

    def _begin(self, call: Call) -> None:
        """Answer a call, or put it aside until its question is answered."""
        call.tries += 1
        self._cage.journal.task = call.task
        try:
            if call.tries > MAX_TRIES:
                raise OSError(errno.EAGAIN, "")
            reply: Reply | OSError = HANDLERS[call.number](self._cage, call)
        except MustAsk as asked:
            call.close()
            self._put_aside(call, asked)
            return
        except OSError as error:
            reply = error
        except (ValueError, KeyError, OverflowError, UnicodeError, struct.error) as error:
            reply = OSError(errno.EINVAL, str(error))
        if isinstance(reply, Later):
            self._start_thread(call, reply)
        else:
            self._answer(call, reply)

    def _put_aside(self, call: Call, asked: MustAsk) -> None:
        question = asked.question
        waiting = self._waiting.get(question.key)
        if waiting is not None:
            waiting.append(call)
            return
        self._waiting[question.key] = [call]
        self._cage.numbers += 1
        self._asked[self._cage.numbers] = question.key
        self._cage.send(
            type="ask", number=self._cage.numbers, kind=question.kind, resource=question.resource,
            operation=question.operation, why=question.why, never=question.never, **self._cage.who(call),
        )  # fmt: skip

    def _start_thread(self, call: Call, later: Later) -> None:
        if not self._threads.acquire(blocking=False):
            self._answer(call, OSError(errno.EAGAIN, ""))
            return

        def run() -> None:
            try:
                reply: Reply | OSError = later.work()
            except OSError as error:
                reply = error
            except Exception as error:  # noqa: BLE001 - the caller must not wait forever
                reply = OSError(errno.EIO, str(error))
            try:
                self._answer(call, reply)
            finally:
                self._threads.release()

        try:
            threading.Thread(target=run, daemon=True).start()
        except RuntimeError:  # no more threads: the command has started too many processes
            self._threads.release()
            self._answer(call, OSError(errno.EAGAIN, ""))

    def _answer(self, call: Call, reply: Reply | OSError) -> None:
        listener = self._cage.listener
        try:
            match reply:
                case Continue():
                    fcntl.ioctl(listener, NOTIFY_SEND, _SENT.pack(call.ident, 0, 0, _CONTINUES))
                case Inject():
                    self._inject(call, reply)
                case OSError():
                    number = -(reply.errno or errno.EIO)
                    fcntl.ioctl(listener, NOTIFY_SEND, _SENT.pack(call.ident, 0, number, 0))
                case int():
                    fcntl.ioctl(listener, NOTIFY_SEND, _SENT.pack(call.ident, reply, 0, 0))
        except OSError:
            return  # the caller is gone
        finally:
            call.close()

    def _inject(self, call: Call, reply: Inject) -> None:
        flags = 0 if reply.inherited else os.O_CLOEXEC
        listener = self._cage.listener
        try:
            fcntl.ioctl(listener, NOTIFY_ADD_FD, _ADDED.pack(call.ident, _ADD_FD_SEND, reply.descriptor, 0, flags))
        except OSError as error:
            if error.errno != errno.ENOENT:
                fcntl.ioctl(listener, NOTIFY_SEND, _SENT.pack(call.ident, 0, -(error.errno or errno.EIO), 0))

    # ── the program ────────────────────────────────────────────────────────────────────────────────

    def _hear(self) -> None:
        try:
            data = self._control.recv(1 << 16)
        except ConnectionError:  # it was killed with words of ours unread
            data = b""
        if not data:
            self._end_alone()
        try:
            for message in self._decoder.feed(data):
                self._obey(message)
        except FrameError:
            self._end_alone()

    def _end_alone(self) -> NoReturn:
        """The program is gone, or has stopped the call: what the command changed stays to be undone."""
        family.sweep(os.getpid())
        try:
            self._cage.drop_shared_memory()
            self._cage.journal.end_alone()
        finally:
            os._exit(1)

    def _obey(self, message: Message) -> None:
        match message["type"]:
            case "answer":
                self._take_answer(message)
            case "stop":
                family.signal_all(os.getpid(), signal.SIGTERM)
                family.signal_all(os.getpid(), signal.SIGCONT)
                self._stop_at = time.monotonic() + float(message.get("grace", 0))

    def _take_answer(self, message: Message) -> None:
        key = self._asked.pop(message["number"])
        addresses = tuple(message.get("addresses", ()))
        self._cage.answers[key] = Answer(bool(message["allowed"]), addresses)
        waiting = self._waiting.pop(key, [])
        outcome = "cancelled"
        for call in waiting:
            if self._is_waiting(call):
                outcome = "ok"
                self._begin(call)
        if message["allowed"]:
            self._cage.send(type="done", number=message["number"], outcome=outcome)

    def _is_waiting(self, call: Call) -> bool:
        try:
            fcntl.ioctl(self._cage.listener, NOTIFY_VALID, struct.pack("Q", call.ident))
        except OSError:
            return False
        return True

    def _finish(self, left: int) -> None:
        cage, status = self._cage, self._status or 0
        for kind, rows in (("changes", cage.journal.to_json()), ("written", cage.journal.written())):
            for at in range(0, len(rows), _ROWS):
                cage.send(type="rows", kind=kind, rows=rows[at : at + _ROWS])
        summary: dict[str, Any] = {
            "exit_code": status if status >= 0 else 128 - status,
            "signal": -status if status < 0 else None,
            "files_read": cage.reads,
            "programs": cage.programs,
            "unasked": cage.refused_questions,
            "left_running": left,
        }
        cage.send(type="end", **summary)
