"""Hostile modules that are too large to write down. Each has one sentence on its attack."""

from collections.abc import Iterator
from dataclasses import dataclass

from blufio_tui.core.wasm.reader import HEADER, Section, leb

_TYPE = Section(1, bytes([1, 0x60, 0, 0])).encoded()
_MEMORY = Section(5, bytes([1, 0, 1])).encoded()
_I32_ADD = bytes([0x41, 1, 0x6A])


@dataclass(frozen=True, slots=True)
class Bomb:
    name: str
    data: bytes
    expect: str


def bombs() -> Iterator[Bomb]:
    """Everything that is built in a loop; compile bombs apart."""
    # Imports two hundred thousand functions, so that checking them takes for ever.
    yield Bomb("import_bomb", _imports(200_000), "invalid_module imports")
    # Exports a hundred thousand names, so that looking one up does.
    yield Bomb("export_bomb", _module(exports=100_000), "ok ")
    # Carries eight megabytes of custom sections, to be kept beside its code.
    yield Bomb("custom_section_bomb", _module(custom=8 * 1024 * 1024), "ok ")
    # Has a function name of two megabytes, to be shown in an error.
    yield Bomb("name_bomb", _module(name=2 * 1024 * 1024, body=b"\x00"), "trap unreachable")
    # Has a function name full of control characters, to be shown in an error on a terminal.
    yield Bomb("name_with_escapes", _module(name_text=b"\x1b]0;owned\x07\x1b[2J", body=b"\x00"), "trap unreachable")
    # Is larger than any module may be.
    yield Bomb("size_bomb", HEADER + b"\0" * (33 * 1024 * 1024), "invalid_module limit")
    # Ends in the middle of a section.
    yield Bomb("truncated", _module()[:-3], "invalid_module ")
    # Says that a section is four gigabytes long.
    yield Bomb("section_length_lie", HEADER + b"\x01" + leb(0xFFFFFFFF), "invalid_module ")
    # Claims four billion functions in three bytes.
    yield Bomb("count_lie", HEADER + _TYPE + Section(3, leb(0xFFFFFFFF)).encoded(), "invalid_module ")
    # Is a component, not a module.
    yield Bomb("component", b"\0asm\x0d\0\1\0", "invalid_module ")
    # Is native code of this engine, passed off as a module.
    yield Bomb("native_code", b"\x7fELF" + b"\0" * 64, "invalid_module ")
    yield Bomb("empty", b"", "invalid_module ")


def compile_bomb(instructions: int) -> bytes:
    """One function of many instructions that all stay alive: minutes of register allocation for a small file."""
    many = bytes([0x20, 0, 0x41, 1, 0x6A, 0x21, 0]) * instructions
    return _module(body=bytes([0x41, 0]) + b"".join([_I32_ADD * instructions]) + bytes([0x1A]), locals_code=many)


def _imports(count: int) -> bytes:
    one = bytes([1]) + b"x" + bytes([1]) + b"y" + bytes([0, 0])
    return HEADER + _TYPE + Section(2, leb(count) + one * count).encoded()


def _module(
    *,
    exports: int = 0,
    custom: int = 0,
    name: int = 0,
    name_text: bytes = b"",
    body: bytes = b"",
    locals_code: bytes = b"",
) -> bytes:
    functions = Section(3, bytes([1, 0])).encoded()
    names = [b"memory\x02\x00", b"run\x00\x00"] + [b"e%06d\x00\x00" % index for index in range(exports)]
    entries = b"".join(leb(len(item) - 2) + item for item in names)
    locals_part = bytes([1, 1, 0x7F]) if locals_code else bytes([0])
    code = locals_part + locals_code + body + b"\x0b"
    sections = functions + _MEMORY + Section(7, leb(len(names)) + entries).encoded()
    sections += Section(10, bytes([1]) + leb(len(code)) + code).encoded()
    if custom:
        sections += Section(0, b"\x05bytes" + b"\xff" * custom).encoded()
    if text := name_text or b"n" * name:
        function_names = bytes([1, 0]) + leb(len(text)) + text
        sections += Section(0, b"\x04name\x01" + leb(len(function_names)) + function_names).encoded()
    return HEADER + _TYPE + sections
