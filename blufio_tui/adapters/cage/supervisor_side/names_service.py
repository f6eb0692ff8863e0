"""The only resolver that a caged command reaches. It asks nobody: each name gets an address of its own here.

A connection to such an address is then a question about the name; the real look-up comes after the yes, in the
program, with its guards. So no name leaves the machine before someone has agreed to it.
"""

import ipaddress
import socket
import struct

_FIRST = int(ipaddress.IPv4Address("198.18.0.1"))
_MOST = 100_000
_A = 1
_ANSWER, _NO_SUCH_NAME = 0x8180, 0x8183


class NameService:
    """
    Attributes:
        port: on 127.0.0.1, UDP.
        names: address handed out to the name it stands for.
    """

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.names: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def serve(self) -> None:
        """Answer what is waiting."""
        while True:
            try:
                data, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            reply = self.reply(data)
            if reply:
                try:
                    self.socket.sendto(reply, sender)
                except OSError:
                    continue

    def reply(self, query: bytes) -> bytes:
        """The answer to a query; empty for what is not one."""
        parsed = parse_query(query)
        if parsed is None:
            return b""
        name, kind, end = parsed
        question = query[12:end]
        if name.endswith((".arpa", ".local")) or not name:
            return query[:2] + struct.pack(">5H", _NO_SUCH_NAME, 1, 0, 0, 0) + question
        if kind != _A:
            return query[:2] + struct.pack(">5H", _ANSWER, 1, 0, 0, 0) + question
        address = self._address_of(name)
        record = b"\xc0\x0c" + struct.pack(">HHIH", _A, 1, 60, 4) + socket.inet_aton(address)
        return query[:2] + struct.pack(">5H", _ANSWER, 1, 1, 0, 0) + question + record

    def _address_of(self, name: str) -> str:
        if name == "localhost" or name.endswith(".localhost"):
            return "127.0.0.1"
        if name not in self._addresses:
            number = len(self._addresses) % _MOST
            address = str(ipaddress.IPv4Address(_FIRST + number))
            if stale := self.names.get(address):
                self._addresses.pop(stale, None)
            self._addresses[name], self.names[address] = address, name
        return self._addresses[name]


def parse_query(data: bytes) -> tuple[str, int, int] | None:
    """Name in lower case, type and end of the question; None if it is not a query with one question."""
    if len(data) < 17 or data[2] & 0x80 or struct.unpack_from(">H", data, 4)[0] != 1:
        return None
    labels, at = [], 12
    while at < len(data) and (size := data[at]):
        if size > 63 or at + 1 + size >= len(data):
            return None
        labels.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    if at + 5 > len(data):
        return None
    try:
        name = b".".join(labels).decode("ascii").lower()
    except UnicodeDecodeError:
        return None
    if not all(character.isalnum() or character in "-._" for character in name):
        return None
    return name, struct.unpack_from(">H", data, at + 1)[0], at + 5
