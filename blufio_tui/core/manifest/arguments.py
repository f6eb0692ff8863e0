"""A program's arguments and standard input, filled from the parameters of a call: `[wasm] args` and `stdin`.

`{name}` stands for a parameter, `{{` and `}}` for braces. An element that names a parameter missing from the call is
left out; so is every element of a list within the list, such as `["-o", "{out}"]`.
"""

import json
import re
from collections.abc import Iterator, Mapping

from blufio_tui.core.manifest.manifest import Argument, Manifest
from blufio_tui.core.text.json_types import Json, ReadOnlyObject
from blufio_tui.core.text.similar import did_you_mean
from blufio_tui.core.text.unicode import well_formed

MAX_ARGUMENTS = 1000
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class _Absent(Exception):
    """A parameter that an element names is missing from the call."""


def template_problem(template: str, parameters: ReadOnlyObject) -> str:
    """What is wrong with an element or with `stdin`, "" if nothing."""
    if "\0" in template:
        return "must not hold a NUL character"
    properties = parameters.get("properties")
    known = list(properties) if isinstance(properties, Mapping) else []
    for piece in _PIECE.finditer(template):
        if piece[0] in ("{", "}"):
            return f'has a single "{piece[0]}"; write {{name}} for a parameter, and {piece[0] * 2} for the character'
        if piece[1] is not None and piece[1] not in known:
            hint = did_you_mean(piece[1], known) or "; [parameters.properties] must name it"
            return f'names the parameter "{piece[1]}", which does not exist{hint}'
    return ""


def program_arguments(manifest: Manifest, given: ReadOnlyObject) -> tuple[str, ...]:
    """The arguments after the program's name.

    Raises:
        ValueError: a value cannot be an argument, or there are too many.
    """
    filled = tuple(text for argument in manifest.args for text in _filled(argument, given))
    if len(filled) > MAX_ARGUMENTS:
        raise ValueError(f"{len(filled):,} arguments; a program gets {MAX_ARGUMENTS:,} at most")
    return filled


def program_input(manifest: Manifest, given: ReadOnlyObject) -> bytes | None:
    """The program's standard input; None if it is the input of the call. Empty if its parameter is missing."""
    if manifest.stdin is None:
        return None
    try:
        return well_formed(_text(manifest.stdin, given)).encode()
    except _Absent:
        return b""


def _filled(argument: Argument, given: ReadOnlyObject) -> list[str]:
    try:
        if isinstance(argument, tuple):
            return [text for element in argument for text in _element(element, given)]
        return list(_element(argument, given))
    except _Absent:
        return []


def _element(template: str, given: ReadOnlyObject) -> Iterator[str]:
    """The arguments of one element: one, or several if it is only a parameter that holds a list."""
    whole = _PIECE.fullmatch(template)
    value = _value(whole[1], given) if whole is not None and whole[1] is not None else None
    texts = [_as_text(item) for item in value] if isinstance(value, list | tuple) else [_text(template, given)]
    for text in texts:
        if "\0" in text:
            raise ValueError(f"{template} holds a NUL character, which arguments cannot hold")
        yield well_formed(text)


def _text(template: str, given: ReadOnlyObject) -> str:
    return "".join(_piece(piece, given) for piece in _PIECE.finditer(template))


def _piece(piece: "re.Match[str]", given: ReadOnlyObject) -> str:
    if piece[1] is not None:
        return _as_text(_value(piece[1], given))
    return piece[0][0] if piece[0] in ("{{", "}}") else piece[0]


def _value(name: str, given: ReadOnlyObject) -> Json:
    value = given.get(name)
    if value is None:
        raise _Absent
    return value


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
