"""A program's arguments and standard input from the parameters of a call."""

from typing import Any

import pytest

from blufio_tui.core.manifest.arguments import program_arguments, program_input
from blufio_tui.core.manifest.as_json import manifest_from_json, manifest_to_json
from blufio_tui.core.manifest.manifest import Manifest
from blufio_tui.core.manifest.parser import parse_manifest
from blufio_tui.core.manifest.problems import InvalidManifest

HEAD = '[skill]\nname = "a"\nversion = "1.0.0"\ndescription = "d"\n'
PARAMETERS = """
[parameters.properties.out]
type = "string"
[parameters.properties.text]
type = "string"
[parameters.properties.files]
type = "array"
[parameters.properties.count]
type = "integer"
[parameters.properties.quiet]
type = "boolean"
"""


def manifest(wasm: str) -> Manifest:
    return parse_manifest(f"{HEAD}[wasm]\n{wasm}\n{PARAMETERS}")


@pytest.mark.parametrize(
    ("args", "given", "filled"),
    [
        ("[]", {"out": "x"}, ()),
        ('["-v"]', {}, ("-v",)),
        ('["-v", "-v"]', {}, ("-v", "-v")),
        ('["-o", "{out}"]', {"out": "a b.txt"}, ("-o", "a b.txt")),
        ('["-o", "{out}"]', {}, ("-o",)),
        ('["-o", "{out}"]', {"out": None}, ("-o",)),
        ('[["-o", "{out}"], "--"]', {}, ("--",)),
        ('[["-o", "{out}"], "--"]', {"out": "x"}, ("-o", "x", "--")),
        ('["--out={out}"]', {"out": ""}, ("--out=",)),
        ('["--out={out}"]', {}, ()),
        ('["{count}", "{quiet}"]', {"count": 3, "quiet": False}, ("3", "false")),
        ('["{files}"]', {"files": ["a", "b c", 1]}, ("a", "b c", "1")),
        ('["{files}", "end"]', {"files": []}, ("end",)),
        ('["x={files}"]', {"files": ["a"]}, ('x=["a"]',)),
        ('["{{out}}", "{{{out}}}"]', {"out": "x"}, ("{out}", "{x}")),
        ('["{out}"]', {"out": "{text}", "text": "no"}, ("{text}",)),
        ('["{out}"]', {"out": "$(id); *"}, ("$(id); *",)),
        ('["{out}"]', {"out": "\ud800"}, ("\ufffd",)),
    ],
)
def test_an_element_that_names_what_is_not_given_is_left_out(
    args: str, given: dict[str, Any], filled: tuple[str, ...]
) -> None:
    one = manifest(f"args = {args}")
    assert program_arguments(one, given) == filled
    assert program_arguments(manifest_from_json(manifest_to_json(one)), given) == filled


@pytest.mark.parametrize(
    ("wasm", "given", "read"),
    [
        ("", {"text": "x"}, None),
        ('stdin = ""', {"text": "x"}, b""),
        ('stdin = "{text}"', {"text": "ü\n"}, "ü\n".encode()),
        ('stdin = "{text}\\n"', {"text": "x"}, b"x\n"),
        ('stdin = "{text}"', {}, b""),
        ('stdin = "{text}"', {"text": "a\0b"}, b"a\0b"),
        ('stdin = "{files}"', {"files": [1, "a"]}, b'[1, "a"]'),
    ],
)
def test_standard_input_is_what_the_manifest_says(wasm: str, given: dict[str, Any], read: bytes | None) -> None:
    assert program_input(manifest(wasm), given) == read


@pytest.mark.parametrize("given", [{"out": "a\0b"}, {"files": ["a"] * 1001}])
def test_what_cannot_be_an_argument_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"NUL|at most"):
        program_arguments(manifest('args = ["{out}", "{files}"]'), given)


@pytest.mark.parametrize(
    ("wasm", "says"),
    [
        ('args = "-v"', "wasm.args: must be a list of strings, not a string"),
        ("args = [1]", "must hold strings, and lists of strings, not a number"),
        ('args = [["a", ["b"]]]', "must hold strings, and lists of strings, not a list"),
        ('args = ["{"]', 'has a single "{"'),
        ('args = ["a}b"]', 'has a single "}"'),
        ('args = ["{outt}"]', 'names the parameter "outt", which does not exist; did you mean "out"?'),
        ('args = ["{}"]', 'names the parameter "", which does not exist'),
        ('args = ["a\\u0000b"]', "must not hold a NUL character"),
        ("stdin = 1", "wasm.stdin: must be a string, not a number"),
        ('stdin = "{nothing}"', 'wasm.stdin: names the parameter "nothing", which does not exist'),
        ('entry = "a.py"\nargs = ["-v"]', "wasm.args: is for WASI modules"),
        ('entry = "a.py"\nstdin = ""', "wasm.stdin: is for WASI modules"),
        ('argv = ["-v"]', "unknown"),
    ],
)
def test_every_mistake_says_where_it_is(wasm: str, says: str) -> None:
    with pytest.raises(InvalidManifest) as raised:
        manifest(wasm)
    assert says in str(raised.value)
