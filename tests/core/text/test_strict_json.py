"""JSON, and nothing that only Python takes for it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import blufio_tui
from blufio_tui.core.text import strict_json


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", '{"a": -1e400}', "{", ""])
def test_what_the_standard_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(text)


def test_ordinary_json_is_read() -> None:
    assert strict_json.loads('{"a": [1, 2.5e300, 1e-999, "x"]}') == {"a": [1, 2.5e300, 0.0, "x"]}


def nested(levels: int, opening: str, inner: str, closing: str) -> str:
    return opening * levels + inner + closing * levels


@pytest.mark.parametrize("load", [strict_json.loads, strict_json.parsed])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
@pytest.mark.parametrize("levels", [1, 99, 100, 101, 199, 200, 201, 202, 900, 5_000, 200_000])
def test_what_is_nested_too_deeply_is_refused_and_nothing_else(
    load: Callable[[str], object], opening: str, closing: str, levels: int
) -> None:
    text, depth = nested(levels, opening, "1", closing), levels * len(opening.replace('"a":', ""))
    if depth <= strict_json.MAX_DEPTH:
        assert load(text) == json.loads(text)
    else:
        with pytest.raises(ValueError, match="nested too deeply"):
            load(text)


def test_brackets_in_text_and_side_by_side_are_no_levels() -> None:
    for text in (json.dumps({"a": "[{" * 1_000}), json.dumps([[{}]] * 1_000)):
        assert strict_json.loads(text) == strict_json.parsed(text.encode()) == json.loads(text)


READ_OTHERWISE = {
    "adapters/audit/piece_worker.py": "of this program's own",
    "adapters/audit/pieces.py": "of this program's own",
    "adapters/cage/wire/frames.py": "catches it",
    "adapters/files/attachments.py": "of this program's own",
    "adapters/files/pdf.py": "from a worker of this program, flat",
    "adapters/files/pdf_worker.py": "of this program's own",
    "adapters/files/search.py": "from a worker of this program, flat",
    "adapters/files/search_worker.py": "of this program's own",
    "adapters/json_lines.py": "catches it",
    "adapters/replay/replayer.py": "sealed by the log",
    "adapters/sandbox/compile/compile_child.py": "of this program's own",
    "adapters/sandbox/wire/script_program.py": "of this program's own",
    "adapters/sandbox/worker_side/abi.py": "catches it",
    "adapters/sandbox/worker_side/script/calls.py": "catches it",
    "adapters/sandbox/worker_side/script/guest_module.py": "runs in the guest",
    "adapters/skills/bundled.py": "comes with this program",
    "adapters/skills/table.py": "catches it",
    "core/audit/dsse.py": "catches it",
    "core/builtin/file.py": "of this program's own",
    "core/builtin/missing.py": "of this program's own",
    "core/builtin/search.py": "of this program's own",
    "core/hooks/hooks.py": "catches it",
    "core/manifest/as_json.py": "of this program's own",
    "core/mcp/results.py": "catches it",
    "core/replay/canary.py": "catches it",
    "core/replay/record.py": "sealed by the log",
    "core/text/strict_json.py": "is it",
    "ui/state/schema_form.py": "catches it",
}


def test_json_is_read_here_or_by_who_says_why_it_need_not_be() -> None:
    root = Path(blufio_tui.__file__).parent
    found = {str(file.relative_to(root)) for file in root.rglob("*.py") if "json.loads" in _without_strict(file)}
    assert found == set(READ_OTHERWISE)


def _without_strict(file: Path) -> str:
    return file.read_text().replace("strict_json.loads", "")
