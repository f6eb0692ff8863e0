"""Every built-in tool says what the model must know of it, and which of its calls change something."""

from pathlib import Path

import pytest

from blufio_tui.cli import build_parser
from blufio_tui.cli.start import start_options
from blufio_tui.core.agent.registry import ToolRegistry
from blufio_tui.core.gate.approvers import DenyAll
from blufio_tui.core.policy.builtin_rights import BUILT_IN_TOOLS
from blufio_tui.core.skills.skill import BUILT_IN_TOOLS as RESERVED
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.features.start.options import read_options
from blufio_tui.features.stored.stores import open_database
from blufio_tui.wiring.backend import build_backend


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToolRegistry:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    (tmp_path / "project").mkdir()
    args = build_parser(("ask",)).parse_args(["--project", str(tmp_path / "project"), "--offline", "ask", "x"])
    options = read_options(start_options(args), interactive=False)
    with open_database(options.paths) as database:
        return build_backend(options, database, DenyAll()).equipment.tools


CHANGES: list[tuple[str, JsonObject, bool]] = [
    ("ask_user", {"question": "?"}, True),
    ("bash", {"command": "ls"}, True),
    ("bash", {}, True),
    ("edit", {"path": "a", "edits": []}, True),
    ("file", {"action": "read", "path": "a"}, False),
    ("file", {"action": "list", "path": "a"}, False),
    ("file", {"action": "write", "path": "a"}, True),
    ("file", {"path": "a"}, True),
    ("file", {"action": ["read"], "path": "a"}, True),
    ("find", {"glob": "*"}, False),
    ("find_tool", {"query": "a"}, False),
    ("http", {"url": "https://x"}, False),
    ("http", {"url": "https://x", "method": "HEAD"}, False),
    ("http", {"url": "https://x", "method": "POST"}, True),
    ("http", {"url": "https://x", "method": None}, True),
    ("job_kill", {"job": "a"}, True),
    ("job_output", {"job": "a"}, False),
    ("load_skill", {"name": "a"}, False),
    ("plan", {"markdown": "#"}, True),
    ("read_result", {"call_id": "a"}, False),
    ("search", {"pattern": "a"}, False),
    ("task", {"prompt": "a"}, True),
    ("task", {"prompt": "a", "tools": ["search", "find"]}, False),
    ("task", {"prompt": "a", "tools": ["search", "file"]}, True),
    ("task", {"prompt": "a", "tools": "search"}, True),
    ("todo", {"items": []}, False),
]


def test_which_calls_change_something(tools: ToolRegistry) -> None:
    for name, arguments, changes in CHANGES:
        tool = tools.get(name)
        assert tool is not None
        assert bool(tool.change_of(arguments)) is changes, (name, arguments)
    assert {name for name, _, _ in CHANGES} == BUILT_IN_TOOLS


def test_every_tool_says_whether_a_person_is_asked(tools: ToolRegistry) -> None:
    offered = {one.name: one.description for one in tools.definitions() if one.name in BUILT_IN_TOOLS}
    assert offered.keys() == BUILT_IN_TOOLS == RESERVED
    for name, said in offered.items():
        assert any(word in said.lower() for word in ("asks", "asked", "ask the person", "opens a card")), name
