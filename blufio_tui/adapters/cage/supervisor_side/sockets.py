"""Connecting, binding and sending, always done here, on a copy of the caller's own socket.

An address is copied once, decided on, and used; the caller's memory is not looked at again. A name that was decided
on is pinned to the addresses that the program resolved and checked.
"""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import stat
import struct
from collections.abc import Callable

from blufio_tui.adapters.cage.supervisor_side.caller import Call
from blufio_tui.adapters.cage.supervisor_side.family import open_files
from blufio_tui.adapters.cage.supervisor_side.kernel import AT_FDCWD, LIBC, NR, Vector, fail, signed, write_memory
from blufio_tui.adapters.cage.supervisor_side.listeners import listening
from blufio_tui.adapters.cage.supervisor_side.names import Name
from blufio_tui.adapters.cage.supervisor_side.questions import Question
from blufio_tui.adapters.cage.supervisor_side.replies import Later, Reply
from blufio_tui.adapters.cage.supervisor_side.resolving import look_up, look_up_folder
from blufio_tui.adapters.cage.supervisor_side.state import Cage
from blufio_tui.core.cage.profile import Want
from blufio_tui.core.cage.sockets import SILENT, meaning

_MAX_ADDRESS = 128
_MAX_DATA = 16 * 1024 * 1024
_MAX_CONTROL = 20480
_MAX_VECTORS, _MAX_MESSAGES = 1024, 1024
_MSG_DONTWAIT, _MSG_NOSIGNAL, _MSG_FASTOPEN = 0x40, 0x4000, 0x20000000
_HEADER = struct.Struct("QIxxxxQQQQii")
_SOL_UDP = 17
_HARMLESS_CONTROL = frozenset(
    {(socket.IPPROTO_IP, number) for number in (1, 2, 8)}  # IP_TOS, IP_TTL, IP_PKTINFO
    | {(socket.IPPROTO_IPV6, number) for number in (50, 52, 67)}  # IPV6_PKTINFO, _HOPLIMIT, _TCLASS
    | {(_SOL_UDP, 103)}  # UDP_SEGMENT
)
"""Control messages that a datagram may carry. Others lead it through another host than the one that was decided on."""

Endpoint = tuple[int, str, int]
"""Socket type, canonical address, port."""


# ── addresses ──────────────────────────────────────────────────────────────────────────────────────


def _canonical(family: int, raw: bytes) -> tuple[str, int]:
    """Address in its one spelling (IPv4 in IPv6 as IPv4; the wildcard as loopback) and port."""
    if len(raw) < (8 if family == socket.AF_INET else 24):
        fail(errno.EINVAL)
    port = struct.unpack_from(">H", raw, 2)[0]
    text = socket.inet_ntop(family, raw[4:8] if family == socket.AF_INET else raw[8:24])
    text = text.removeprefix("::ffff:") if "." in text else text
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(text, text), port  # noqa: S104


def _is_wildcard(family: int, raw: bytes) -> bool:
    """No address, also where one of IPv4 is written as IPv6."""
    address = raw[4:8] if family == socket.AF_INET else raw[8:24]
    return not any(address.removeprefix(b"\0" * 10 + b"\xff\xff") if len(address) == 16 else address)


def _any(domain: int) -> bytes:
    return _packed(domain, "0.0.0.0" if domain == socket.AF_INET else "::", 0)  # noqa: S104 - a port of the kernel's choice


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == "::1"


def _packed(family: int, address: str, port: int) -> bytes:
    """A `sockaddr` for a socket of this family."""
    if family == socket.AF_INET:
        if ":" in address:
            fail(errno.ENETUNREACH)
        return struct.pack("=H", family) + struct.pack(">H", port) + socket.inet_aton(address) + bytes(8)
    mapped = address if ":" in address else f"::ffff:{address}"
    return struct.pack("=H", family) + struct.pack(">HI", port, 0) + socket.inet_pton(family, mapped) + bytes(4)


def _socket_of(descriptor: int) -> socket.socket:
    """A Python socket on a duplicate, to be closed by the caller."""
    return socket.socket(fileno=os.dup(descriptor))


def _targets(cage: Cage, call: Call, descriptor: int, raw: bytes, folder_call: str) -> list[bytes]:
    """The addresses that may be used in place of the caller's, in the order to try them.

    Raises:
        MustAsk, OSError: as `Cage.ask`.
    """
    if len(raw) < 2:
        return [raw]
    with _socket_of(descriptor) as own:
        kind, domain = own.type & 0xF, own.family
    family = _family(raw, domain, connects=folder_call == "connect")
    if family == socket.AF_UNIX:
        return [_unix_target(cage, call, raw[2:])]
    if family == socket.AF_NETLINK:
        return [_kernel_target(raw, connects=folder_call == "connect")]
    if family not in (socket.AF_INET, socket.AF_INET6):
        return [raw]  # AF_UNSPEC disconnects
    address, port = _canonical(family, raw)
    if port == 53:
        if kind != socket.SOCK_DGRAM:
            fail(errno.ECONNREFUSED)
        return [_packed(domain, "127.0.0.1", cage.dns_port)]
    if port == 0:
        return [raw]
    if _is_loopback(address):
        listeners = listening(kind, address, port)
        if not listeners and kind == socket.SOCK_STREAM:
            fail(errno.ECONNREFUSED)  # nobody is there: no question
        if listeners and listeners <= cage.ports.get((kind, port), set()):
            return [_packed(domain, address, port)]
    host = cage.names_of.get(address, address)
    shown = f"[{host}]" if ":" in host else host
    operation = folder_call if kind == socket.SOCK_STREAM else f"{folder_call} udp"
    answer = cage.ask(Question("net", f"{shown}:{port}", operation))
    usable = [one for one in answer.addresses if domain == socket.AF_INET6 or ":" not in one]
    if not usable:
        fail(errno.ENETUNREACH)
    return [_packed(domain, one, port) for one in usable]


def _kernel_target(raw: bytes, *, connects: bool) -> bytes:
    """Netlink reaches the kernel only, and is sent without an address: with one, the kernel asks for the rights of
    whoever sends, which is the supervisor, and not of the command that opened the socket.

    Raises:
        OSError: EPERM, it is meant for another program.
    """
    if any(raw[4:12]):  # port and groups
        fail(errno.EPERM)
    return raw if connects else b""


def _family(raw: bytes, domain: int, *, connects: bool = False) -> int:
    """What the kernel takes an address for: on a socket of IPv4, no family is IPv4 too, but for connecting.

    Raises:
        OSError: EAFNOSUPPORT, it fits no socket of this domain.
    """
    family = int(struct.unpack_from("=H", raw)[0])
    if family == socket.AF_UNSPEC:
        if connects:
            return family
        if domain == socket.AF_INET:
            return socket.AF_INET
    both = (socket.AF_INET, socket.AF_INET6)
    if family != domain and not (family in both and domain in both):
        fail(errno.EAFNOSUPPORT)
    return family


def _unix_target(cage: Cage, call: Call, name: bytes) -> bytes:
    if not name or name[:1] == b"\0":
        sockets = {f"socket:[{inode}]" for inode in cage.abstract.get(bytes(name), ())}
        if sockets and any(link in sockets for _, link in open_files(cage.pid)):
            return struct.pack("=H", socket.AF_UNIX) + name
        return fail(errno.ECONNREFUSED)
    path = os.fsdecode(name.split(b"\0")[0])
    if path in SILENT:
        fail(errno.ENOENT)
    base = None if path[0] == "/" else call.base(AT_FDCWD)
    found = look_up(call, base, path, cage.pid)
    if not stat.S_ISSOCK(found.mode):
        fail(errno.ECONNREFUSED)
    made = cage.journal.is_new(found) or cage.is_made_elsewhere(found)
    if found.path in SILENT:
        fail(errno.ENOENT)
    if not made and not found.path.startswith(cage.profile.tmp + "/"):
        cage.ask(Question("unix", found.path, "connect", meaning(found.path)))
    return struct.pack("=H", socket.AF_UNIX) + found.again + b"\0"


# ── connect, bind, listen ──────────────────────────────────────────────────────────────────────────


def connect(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    descriptor = call.descriptor(signed(a[0]))
    raw = call.memory(a[1], min(a[2], _MAX_ADDRESS)) if a[2] else b""
    targets = _targets(cage, call, descriptor, raw, "connect")

    def work() -> int:
        number = errno.ECONNREFUSED
        for target in targets:
            if LIBC.connect(descriptor, target, len(target)) == 0:
                return 0
            number = ctypes.get_errno()
            if number in (errno.EINPROGRESS, errno.EISCONN, errno.EALREADY, errno.EINVAL):
                break
        return fail(number)

    return work() if call.nonblocking(descriptor) else Later(work)


def bind(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    descriptor = call.descriptor(signed(a[0]))
    raw = call.memory(a[1], min(a[2], _MAX_ADDRESS)) if a[2] else b""
    if len(raw) < 2:
        fail(errno.EINVAL)
    with _socket_of(descriptor) as own:
        family = _family(raw, own.family)
    if family == socket.AF_UNIX and len(raw) > 2 and raw[2]:
        return _bind_path(cage, call, descriptor, os.fsdecode(raw[2:].split(b"\0")[0]))
    if family in (socket.AF_INET, socket.AF_INET6):
        raw = _where_to_listen(cage, descriptor, family, raw)
        _refuse_sharing(cage, descriptor, raw)
    if LIBC.bind(descriptor, raw, len(raw)):
        fail(ctypes.get_errno())
    _note_name(cage, descriptor)
    return 0


def _where_to_listen(cage: Cage, descriptor: int, family: int, raw: bytes) -> bytes:
    """A wildcard means this machine only: nobody outside reaches a server in the cage unless it names an address."""
    with _socket_of(descriptor) as own:
        kind, domain = own.type & 0xF, own.family
        only_v6 = domain == socket.AF_INET6 and own.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    address, port = _canonical(family, raw)
    wildcard = _is_wildcard(family, raw)
    if wildcard:
        if kind == socket.SOCK_DGRAM and port == 0:
            return _any(domain)  # a client's own end
        return _packed(domain, "::1" if only_v6 else "127.0.0.1", port)
    if not _is_loopback(address):
        shown = f"[{address}]" if ":" in address else address
        cage.ask(Question("net", f"{shown}:{port}", "listen"))
    return struct.pack("=H", family) + raw[2:]


def _refuse_sharing(cage: Cage, descriptor: int, raw: bytes) -> None:
    """With SO_REUSEPORT the command would take what is meant for a server of the same person.

    Raises:
        OSError: EADDRINUSE, a socket outside has this port.
    """
    with _socket_of(descriptor) as own:
        kind, domain = own.type & 0xF, own.family
    address, port = _canonical(domain, raw)
    if port and listening(kind, address, port) - cage.ports.get((kind, port), set()):
        fail(errno.EADDRINUSE)


def _bind_path(cage: Cage, call: Call, descriptor: int, path: str) -> Reply:
    """Bound by the caller's own string, since `getsockname` gives it back to programs that rely on it."""
    name = Name(*look_up_folder(call, AT_FDCWD, path, cage.pid))
    if name.stat is not None:
        fail(errno.EADDRINUSE)
    cage.decide(name.path, Want.CREATE)
    address = struct.pack("=H", socket.AF_UNIX) + os.fsencode(path) + b"\0"
    os.fchdir(call.base(AT_FDCWD))
    os.umask(call.umask())
    try:
        result, number = LIBC.bind(descriptor, address, len(address)), ctypes.get_errno()
    finally:
        os.umask(0)
        os.chdir("/")
    if result:
        fail(number)
    made = os.stat(name.bare, dir_fd=name.folder.descriptor, follow_symlinks=False)
    if not stat.S_ISSOCK(made.st_mode):
        fail(errno.EAGAIN)
    cage.note_made(name.path, made)
    return 0


def _note_name(cage: Cage, descriptor: int) -> None:
    with _socket_of(descriptor) as own:
        name = own.getsockname()
        if own.family in (socket.AF_INET, socket.AF_INET6):
            address = name[0].removeprefix("::ffff:") if "." in name[0] else name[0]
            if _is_loopback(address):
                inode = os.fstat(descriptor).st_ino
                cage.ports.setdefault((own.type & 0xF, name[1]), set()).add(inode)
        elif isinstance(name, bytes):
            cage.abstract.setdefault(name, set()).add(os.fstat(descriptor).st_ino)


def listen(cage: Cage, call: Call) -> Reply:
    descriptor = call.descriptor(signed(call.arguments[0]))
    with _socket_of(descriptor) as own:
        if own.family in (socket.AF_INET, socket.AF_INET6) and own.getsockname()[1] == 0:
            own.bind(("127.0.0.1" if own.family == socket.AF_INET else "::1", 0))  # else it would be the wildcard
    if LIBC.listen(descriptor, signed(call.arguments[1])):
        fail(ctypes.get_errno())
    _note_name(cage, descriptor)
    return 0


# ── sending ────────────────────────────────────────────────────────────────────────────────────────


class _Message:
    """A message copied out of the caller."""

    __slots__ = ("_control", "_data", "_name", "_vector", "size")

    def __init__(self, name: bytes, data: bytes, control: bytes) -> None:
        self._name = ctypes.create_string_buffer(name, len(name)) if name else None
        self._data = ctypes.create_string_buffer(data, max(1, len(data)))
        self._control = ctypes.create_string_buffer(control, len(control)) if control else None
        self.size = len(data)
        self._vector = Vector(ctypes.addressof(self._data), len(data))

    def send(self, descriptor: int, flags: int, done: int = 0) -> int:
        """Raises:
        OSError: as `sendmsg`.
        """
        first = done == 0
        name, control = (self._name, self._control) if first else (None, None)
        self._vector.base, self._vector.size = ctypes.addressof(self._data) + done, self.size - done
        header = _HEADER.pack(
            ctypes.addressof(name) if name else 0, len(name) if name else 0, ctypes.addressof(self._vector), 1,
            ctypes.addressof(control) if control else 0, len(control) if control else 0, 0, 0,
        )  # fmt: skip
        sent = int(LIBC.sendmsg(descriptor, header, ctypes.c_int(signed(flags | _MSG_NOSIGNAL))))
        if sent < 0:
            fail(ctypes.get_errno())
        return sent


def sendto(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    descriptor = call.descriptor(signed(a[0]))
    name = call.memory(a[4], min(a[5], _MAX_ADDRESS)) if a[4] and a[5] else b""
    return _transmit(cage, call, descriptor, name, call.memory(a[1], min(a[2], _MAX_DATA)), b"", a[3])


def sendmsg(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    descriptor = call.descriptor(signed(a[0]))
    return _transmit(cage, call, descriptor, *_read_message(call, a[1]), a[2])


def sendmmsg(cage: Cage, call: Call) -> Reply:
    a = call.arguments
    descriptor, sent = call.descriptor(signed(a[0])), 0
    messages, size = [], 0
    for index in range(min(a[2] & 0xFFFFFFFF, _MAX_MESSAGES)):
        messages.append(_read_message(call, a[1] + 64 * index))
        size += len(messages[-1][1])
        if size > _MAX_DATA:
            break  # fewer may be sent than were given
    ready = [(_with_target(cage, call, descriptor, name), data, control) for name, data, control in messages]
    for index, (name, data, control) in enumerate(ready):
        try:
            size = _Message(name, data, control).send(descriptor, a[3] | _MSG_DONTWAIT)
        except OSError:
            if sent:
                break
            raise
        write_memory(call.task, a[1] + 64 * index + 56, struct.pack("I", size))
        sent += 1
    return sent


def _read_message(call: Call, address: int) -> tuple[bytes, bytes, bytes]:
    """Name, data and control of a `msghdr`."""
    name_at, name_size, vectors_at, count, control_at, control_size, _ = struct.unpack(
        "QIxxxxQQQQixxxx", call.memory(address, 56)
    )
    if count > _MAX_VECTORS:
        fail(errno.EMSGSIZE)
    vectors, pieces, total = call.memory(vectors_at, count * 16), [], 0
    for index in range(count):
        base, size = struct.unpack_from("QQ", vectors, index * 16)
        size = min(size, _MAX_DATA - total)
        total += size
        if size:
            pieces.append(call.memory(base, size))
    control = call.memory(control_at, min(control_size, _MAX_CONTROL)) if control_at and control_size else b""
    name = call.memory(name_at, min(name_size, _MAX_ADDRESS)) if name_at and name_size else b""
    return name, b"".join(pieces), _own_descriptors(call, control)


def _own_descriptors(call: Call, control: bytes) -> bytes:
    """The control message with our copies of the descriptors it passes on. Credentials would be ours, a route or
    options lead elsewhere than the address says: refused.

    Raises:
        OSError: EPERM, it holds anything but descriptors and what is harmless.
    """
    changed, at = bytearray(control), 0
    while at + 16 <= len(changed):
        size, level, kind = struct.unpack_from("Qii", changed, at)
        if size < 16 or at + size > len(changed):
            break
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            for place in range(at + 16, at + size - 3, 4):
                number = struct.unpack_from("i", changed, place)[0]
                struct.pack_into("i", changed, place, call.descriptor(number))
        elif (level, kind) not in _HARMLESS_CONTROL:
            fail(errno.EPERM)
        at += (size + 7) & ~7
    return bytes(changed)


def _with_target(cage: Cage, call: Call, descriptor: int, name: bytes) -> bytes:
    return _targets(cage, call, descriptor, name, "send")[0] if name else b""


def _transmit(cage: Cage, call: Call, descriptor: int, name: bytes, data: bytes, control: bytes, flags: int) -> Reply:
    if flags & _MSG_FASTOPEN:
        fail(errno.EOPNOTSUPP)
    message = _Message(_with_target(cage, call, descriptor, name), data, control)
    waits = not flags & _MSG_DONTWAIT and not call.nonblocking(descriptor)

    def finish(done: int) -> Callable[[], int]:
        """A blocking send returns when all is sent."""

        def work() -> int:
            total = done
            while total < message.size or total == 0:
                try:
                    sent = message.send(descriptor, flags & 0xFFFFFFFF, total)
                except OSError:
                    if total:
                        return total
                    raise
                total += sent
                if sent == 0 or message.size == 0:
                    break
            return total

        return work

    try:
        sent = message.send(descriptor, flags | _MSG_DONTWAIT)
    except BlockingIOError:
        if not waits:
            raise
        return Later(finish(0))
    except BrokenPipeError:
        if not flags & _MSG_NOSIGNAL:
            with contextlib.suppress(OSError):
                os.kill(call.process, signal.SIGPIPE)
        raise
    return sent if sent >= message.size or not waits else Later(finish(sent))


CALLS = {
    NR["connect"]: connect,
    NR["bind"]: bind,
    NR["listen"]: listen,
    NR["sendto"]: sendto,
    NR["sendmsg"]: sendmsg,
    NR["sendmmsg"]: sendmmsg,
}
