"""What happens to a module before it is compiled: refuse bombs, drop what is not needed, watch `memory.grow`.

A guest whose allocator is refused memory traps like any other guest. To tell the two apart, each
`memory.grow` becomes a call of a function that is added at the end, does the same, and notes a refusal in a
global that is added too. Adding at the end changes no index.
"""

from collections.abc import Iterable

from blufio_tui.core.wasm.reader import (
    HEADER,
    Malformed,
    Reader,
    Section,
    leb,
    memory_grow_places,
    sections,
)

RECIPE = "5"
"""Version of this rewriting; part of the cache's names."""
REFUSED = "blufio:memory_refused"
"""Name of the exported global: pages that were asked for and refused, 0 for none."""
KEPT_EXPORTS = frozenset(name.encode() for name in ("memory", "run", "_start", "_initialize"))
"""Nothing else is ever looked up; a module with a million exports costs what one with three does."""
MAX_IMPORTS = 1_000
MAX_FUNCTIONS = 200_000
MAX_NAMES_BYTES = 1024 * 1024
_CUSTOM, _TYPE, _IMPORT, _FUNCTION, _GLOBAL, _EXPORT, _ELEMENT, _CODE, _DATA_COUNT = 0, 1, 2, 3, 6, 7, 9, 10, 12
_MEMORY = 5
_AFTER_MEMORY = frozenset({13, 6, 7, 8, 9, 12, 10, 11})
_COMPONENT = HEADER[:4] + b"\x0d\0\1\0"
COMPONENT_SENTENCE = "it is a component; build it as a core module, for wasm32-unknown-unknown or wasm32-wasip1"
_HOSTS = frozenset({"blufio", "wasi_snapshot_preview1"})
_WITHOUT_POINTERS = frozenset(
    {
        ("blufio", "get_input_len"),
        ("blufio", "result_len"),
        *(("wasi_snapshot_preview1", name) for name in ("proc_exit", "sched_yield", "fd_close")),
    }
)
_FUNCTION_EXPORT = 0
_REF_FUNC = b"\xd2"
_I32 = 0x7F
_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
"""Order of the non-custom sections: tags come before globals, the data count before the code."""


class Refused(Exception):
    """The module is over a limit; the text names it."""


def prepare(data: bytes) -> bytes:
    """The module as it is compiled. What cannot be read comes back as it is, for the engine to refuse.

    Raises:
        Refused: it is not a module at all, or has more imports or functions than any honest one.
    """
    if data.startswith(_COMPONENT):
        raise Refused(COMPONENT_SENTENCE)
    if not data.startswith(HEADER[:4]):
        raise Refused("it does not begin like a WebAssembly module")
    try:
        found = [section for section in sections(data) if _is_kept(section)]
        _check_counts(found)
        found = _watched(_with_memory(_with_kept_exports(found)))
    except Malformed:
        return data
    return HEADER + b"".join(section.encoded() for section in found)


def never_runs(data: bytes) -> str:
    """Why a module can never run here, told from its sections alone; "" if it may.

    Compiling a large one takes most of a minute, and the engine looks at imports and exports only afterwards.
    """
    try:
        prepare(data)
        found = {section.number: section for section in sections(data) if section.number != _CUSTOM}
        imports = [f"{module}.{name}" for module, name in _import_names(found.get(_IMPORT)) if module not in _HOSTS]
        exports = _export_names(found.get(_EXPORT))
    except Refused as error:
        return str(error)
    except (Malformed, UnicodeDecodeError):
        return "it is damaged: its sections cannot be read"
    if strange := [one for one in imports if one != "env.abort"]:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        return f"it imports functions that this host does not have: {', '.join(one[:200] for one in strange[:3])}{more}"
    if not exports & {"run", "_start"}:
        return 'it does not export "run" (nor "_start", as WASI programs do)'
    return ""


def _import_names(section: Section | None) -> list[tuple[str, str]]:
    if section is None:
        return []
    reader, names = Reader(section.body), []
    for _ in range(reader.leb()):
        names.append((reader.name().decode(), reader.name().decode()))
        _skip_import_type(reader, reader.byte())
    return names


def _export_names(section: Section | None) -> set[str]:
    if section is None:
        return set()
    return {name.decode() for name in _exported(section)}


def _exported(section: Section) -> set[bytes]:
    reader, names = Reader(section.body), set()
    for _ in range(reader.leb()):
        names.add(reader.name())
        reader.byte()
        reader.leb()
    return names


def _with_memory(found: list[Section]) -> list[Section]:
    """A module whose imports take no pointer need not export a memory; its own, or an empty one, is exported for it."""
    by_number = {section.number: section for section in found if section.number != _CUSTOM}
    exports = by_number.get(_EXPORT)
    if (
        exports is None
        or b"memory" in _exported(exports)
        or not _WITHOUT_POINTERS.issuperset(_import_names(by_number.get(_IMPORT)))
    ):
        return found
    found = [
        _appended(section, leb(6) + b"memory" + b"\x02\x00") if section is exports else section for section in found
    ]
    if _MEMORY in by_number:
        return found
    place = next(place for place, section in enumerate(found) if section.number in _AFTER_MEMORY)
    return [*found[:place], Section(_MEMORY, bytes([1, 1, 0, 0])), *found[place:]]


def _is_kept(section: Section) -> bool:
    if section.number != _CUSTOM:
        return True
    return Reader(section.body).name() == b"name" and len(section.body) <= MAX_NAMES_BYTES


def _check_counts(found: Iterable[Section]) -> None:
    limits = {_IMPORT: (MAX_IMPORTS, "imports"), _FUNCTION: (MAX_FUNCTIONS, "functions")}
    for section in found:
        limit, what = limits.get(section.number, (0, ""))
        if what and (count := Reader(section.body).leb()) > limit:
            raise Refused(f"it has {count:,} {what}, more than the limit of {limit:,}")


def _with_kept_exports(found: list[Section]) -> list[Section]:
    dropped: set[int] = set()
    kept = [_split_exports(section, dropped) if section.number == _EXPORT else section for section in found]
    return _with_declared(kept, dropped)


def _split_exports(section: Section, dropped: set[int]) -> Section:
    """The exports that are looked up; the functions of the others are added to `dropped`."""
    reader = Reader(section.body)
    kept = []
    for _ in range(reader.leb()):
        start = reader.position
        name = reader.name()
        kind, index = reader.byte(), reader.leb()
        if name in KEPT_EXPORTS:
            kept.append(section.body[start : reader.position])
        elif kind == _FUNCTION_EXPORT:
            dropped.add(index)
    return Section(_EXPORT, leb(len(kept)) + b"".join(kept))


def _with_declared(found: list[Section], functions: set[int]) -> list[Section]:
    """Code may only refer to a function that is named outside of code, and an export may have been all there was."""
    if not functions or not any(section.number == _CODE and _REF_FUNC in section.body for section in found):
        return found
    own = next((section for section in found if section.number == _ELEMENT), Section(_ELEMENT, b"\0"))
    declared = bytes([3, 0]) + leb(len(functions)) + b"".join(map(leb, sorted(functions)))
    others = [section for section in found if section.number != _ELEMENT]
    place = next(place for place, section in enumerate(others) if section.number in (_DATA_COUNT, _CODE))
    return [*others[:place], _appended(own, declared), *others[place:]]


def _watched(found: list[Section]) -> list[Section]:
    by_number = {section.number: section for section in found if section.number != _CUSTOM}
    if not {_TYPE, _FUNCTION, _CODE, _EXPORT} <= by_number.keys():
        return found
    imported_functions, imported_globals = _imported(by_number.get(_IMPORT))
    function = imported_functions + Reader(by_number[_FUNCTION].body).leb()
    code = _with_calls(by_number[_CODE], function)
    if code is None:
        return found
    globals_body = by_number[_GLOBAL].body if _GLOBAL in by_number else b"\x00"
    global_index = imported_globals + Reader(globals_body).leb()
    type_index = Reader(by_number[_TYPE].body).leb()
    export = leb(len(REFUSED)) + REFUSED.encode() + b"\x03" + leb(global_index)
    by_number |= {
        _TYPE: _appended(by_number[_TYPE], bytes([0x60, 1, _I32, 1, _I32])),
        _FUNCTION: _appended(by_number[_FUNCTION], leb(type_index)),
        _GLOBAL: _appended(Section(_GLOBAL, globals_body), bytes([_I32, 1, 0x41, 0, 0x0B])),
        _EXPORT: _appended(by_number[_EXPORT], export),
        _CODE: _appended(code, _watcher(global_index)),
    }
    ordered = [by_number[number] for number in _ORDER if number in by_number]
    if len(ordered) != len(by_number):
        raise Malformed("an unknown section")
    return ordered + [section for section in found if section.number == _CUSTOM]


def _imported(section: Section | None) -> tuple[int, int]:
    """How many functions and globals are imported."""
    if section is None:
        return 0, 0
    reader = Reader(section.body)
    counts = [0] * 5
    for _ in range(reader.leb()):
        reader.name()
        reader.name()
        kind = reader.byte()
        _skip_import_type(reader, kind)
        counts[kind] += 1
    return counts[0], counts[3]


def _skip_import_type(reader: Reader, kind: int) -> None:
    match kind:
        case 0:
            reader.leb()
        case 1:
            reader.leb()
            _skip_limits(reader)
        case 2:
            _skip_limits(reader)
        case 3:
            reader.leb()
            reader.byte()
        case 4:
            reader.byte()
            reader.leb()
        case _:
            raise Malformed(f"unknown kind of import {kind}")


def _skip_limits(reader: Reader) -> None:
    flags = reader.byte()
    reader.leb()
    if flags & 1:
        reader.leb()


def _with_calls(section: Section, function: int) -> Section | None:
    """The code section with each `memory.grow` turned into a call; None if there is none."""
    reader = Reader(section.body)
    bodies = []
    changed = False
    for _ in range(reader.leb()):
        body = reader.name()
        new = _body_with_calls(body, function) if b"\x40\x00" in body else body
        changed = changed or new is not body
        bodies.append(leb(len(new)) + new)
    return Section(_CODE, leb(len(bodies)) + b"".join(bodies)) if changed else None


def _body_with_calls(body: bytes, function: int) -> bytes:
    try:
        places = memory_grow_places(body)
    except Malformed:  # an instruction this reader does not know: the guest runs, a refusal is told as a trap
        return body
    if not places:
        return body
    call = b"\x10" + leb(function)
    pieces, last = [], 0
    for place in places:
        pieces += [body[last:place], call]
        last = place + 2
    return b"".join([*pieces, body[last:]])


def _watcher(global_index: int) -> bytes:
    """`(param i32) (result i32)`: grow; note what was asked for when it was refused; give the result."""
    code = bytes([1, 1, _I32])
    code += bytes([0x20, 0, 0x40, 0, 0x22, 1])  # local.get 0, memory.grow, local.tee 1
    code += bytes([0x41, 0x7F, 0x46, 0x04, 0x40, 0x20, 0, 0x24]) + leb(global_index) + b"\x0b"  # -1? if: global.set
    code += bytes([0x20, 1, 0x0B])
    return leb(len(code)) + code


def _appended(section: Section, entry: bytes) -> Section:
    reader = Reader(section.body)
    count = reader.leb()
    return Section(section.number, leb(count + 1) + section.body[reader.position :] + entry)
