"""Reading the parts of a WebAssembly binary that have to be looked at before it is compiled."""

from collections.abc import Iterator
from dataclasses import dataclass

HEADER = b"\x00asm\x01\x00\x00\x00"


class Malformed(Exception):
    """Not a binary that this reader knows; the engine's own validation says more about it."""


class Reader:
    """A position in some bytes."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.data)

    def byte(self) -> int:
        try:
            value = self.data[self.position]
        except IndexError as error:
            raise Malformed("unexpected end") from error
        self.position += 1
        return value

    def leb(self) -> int:
        """An unsigned number; reading a signed one with it gives its place right and its value wrong."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 70:
                raise Malformed("a number is too long")

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.position:
            raise Malformed("unexpected end")
        self.position += count
        return self.data[self.position - count : self.position]

    def name(self) -> bytes:
        return self.take(self.leb())


@dataclass(frozen=True, slots=True)
class Section:
    number: int
    body: bytes

    def encoded(self) -> bytes:
        return bytes([self.number]) + leb(len(self.body)) + self.body


def leb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sections(data: bytes) -> Iterator[Section]:
    if not data.startswith(HEADER):
        raise Malformed("not a WebAssembly module")
    reader = Reader(data, len(HEADER))
    while not reader.at_end:
        number = reader.byte()
        yield Section(number, reader.name())


def memory_grow_places(body: bytes) -> list[int]:
    """Where `memory.grow 0` stands in a function body (locals and code).

    Raises:
        Malformed: an instruction that is not known here.
    """
    reader = Reader(body)
    for _ in range(reader.leb()):
        reader.leb()
        _value_type(reader)
    places = []
    while not reader.at_end:
        start = reader.position
        opcode = reader.byte()
        _skip_immediates(reader, opcode)
        if body[start : reader.position] == _MEMORY_GROW:
            places.append(start)
    return places


_MEMORY_GROW = b"\x40\x00"
_ONE_INDEX = frozenset([0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x14, 0x15, 0x18, 0x3F, 0x40, 0x41, 0x42])
_ONE_INDEX |= frozenset(range(0x20, 0x27)) | frozenset([0xD0, 0xD2, 0xD5, 0xD6])
_TWO_INDEXES = frozenset([0x11, 0x13])
_NOTHING = frozenset([0x00, 0x01, 0x05, 0x0A, 0x0B, 0x0F, 0x19, 0x1A, 0x1B, 0xD1, 0xD3, 0xD4, *range(0x45, 0xC5)])
_BLOCKS = frozenset([0x02, 0x03, 0x04, 0x06])
_BULK = {8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1}


def _skip_immediates(reader: Reader, opcode: int) -> None:
    if opcode in _NOTHING:
        return
    if opcode in _ONE_INDEX:
        reader.leb()
    elif 0x28 <= opcode <= 0x3E:
        _memory_argument(reader)
    elif opcode in _BLOCKS:
        _value_type(reader)
    elif opcode in _TWO_INDEXES:
        reader.leb()
        reader.leb()
    else:
        _skip_rare(reader, opcode)


def _skip_rare(reader: Reader, opcode: int) -> None:
    match opcode:
        case 0x0E:
            for _ in range(reader.leb() + 1):
                reader.leb()
        case 0x1C:
            for _ in range(reader.leb()):
                _value_type(reader)
        case 0x1F:
            _try_table(reader)
        case 0x43:
            reader.take(4)
        case 0x44:
            reader.take(8)
        case 0xFC:
            for _ in range(_BULK.get(reader.leb(), 0)):
                reader.leb()
        case 0xFD:
            _vector(reader)
        case _:
            raise Malformed(f"unknown instruction {opcode:#x}")


def _value_type(reader: Reader) -> None:
    """A value or block type; references to a heap type (0x63, 0x64) take one more number."""
    start = reader.position
    reader.leb()
    if reader.data[start] in (0x63, 0x64):
        reader.leb()


def _memory_argument(reader: Reader) -> None:
    if reader.leb() & 0x40:
        reader.leb()
    reader.leb()


def _try_table(reader: Reader) -> None:
    _value_type(reader)
    for _ in range(reader.leb()):
        if reader.byte() in (0, 1):
            reader.leb()
        reader.leb()


def _vector(reader: Reader) -> None:
    instruction = reader.leb()
    if instruction <= 11 or 84 <= instruction <= 93:
        _memory_argument(reader)
    if instruction in (12, 13):
        reader.take(16)
    if 21 <= instruction <= 34 or 84 <= instruction <= 91:
        reader.byte()
