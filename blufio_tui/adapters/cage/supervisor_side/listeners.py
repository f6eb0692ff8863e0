"""Who is reached at a port of this machine, as the kernel lists it: `/proc/net/tcp`, `udp` and their IPv6 kin."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_FILES = {
    socket.SOCK_STREAM: (("tcp", "0A"), ("tcp6", "0A")),
    socket.SOCK_DGRAM: (("udp", "07"), ("udp6", "07")),
}
"""File, and the state of a socket that anybody can reach: listening, or a datagram socket without a peer."""


def listening(kind: int, address: str, port: int) -> set[int]:
    """Inodes of the sockets that may be reached there: at the address itself, or at the wildcard.

    Args:
        kind: `SOCK_STREAM` or `SOCK_DGRAM`.
        address: canonical; IPv4 in IPv6 as IPv4.
    """
    return {
        inode
        for name, state in _FILES.get(socket.SocketKind(kind), ())
        for local, at, its_state, inode in _rows(name)
        if at == port and (its_state == state or kind == socket.SOCK_DGRAM) and local in (address, "")
    }


def _rows(name: str) -> Iterator[tuple[str, int, str, int]]:
    """Local address ("" for the wildcard), port, state and inode."""
    try:
        lines = Path("/proc/net", name).read_text("ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        yield address_of(address), int(port, 16), fields[3], int(fields[9])


def address_of(text: str) -> str:
    """The address that the kernel prints as words of this machine's byte order."""
    raw = b"".join(struct.pack("=I", int(text[at : at + 8], 16)) for at in range(0, len(text), 8))
    if not any(raw) or raw == bytes(10) + b"\xff\xff" + bytes(4):
        return ""
    shown = socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
    return shown.removeprefix("::ffff:") if "." in shown else shown
