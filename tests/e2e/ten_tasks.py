"""Ten small tasks played by a model that knows only what requests and results say.

Each is a generator: it yields calls, is given their results, and goes on by what those say. So the same task takes
another way where the texts say more or less. `python -m tests.e2e.ten_tasks` prints the table of `docs/model-texts.md`.
"""

import asyncio
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blufio_tui.cli import build_parser
from blufio_tui.cli.start import start_options
from blufio_tui.core.agent.provider import ModelRequest, ProviderEvent, ProviderReply
from blufio_tui.core.conversation import Block, TextBlock, TokenUsage, ToolUseBlock
from blufio_tui.core.gate.approvers import AllowOnce
from blufio_tui.core.sessions.conversation_repair import tool_results
from blufio_tui.wiring.backend import open_backend

Call = tuple[str, dict[str, Any]]
Task = Generator[Call, str, None]


def misspelt_path() -> Task:
    said = yield "file", {"action": "read", "path": "long.jsn"}
    if "did you mean long.json?" not in said:
        yield "file", {"action": "list", "path": "."}
    yield "file", {"action": "read", "path": "long.json"}


def wrong_folder() -> Task:
    said = yield "file", {"action": "read", "path": "money.py"}
    found = re.search(r"the project has (\S+)", said)
    place = found[1] if found else (yield "find", {"glob": "money.py"}).splitlines()[0]
    yield "file", {"action": "read", "path": place}


def look_into_a_folder() -> Task:
    said = yield "file", {"action": "read", "path": "inventory"}
    if "money.py" not in said:
        yield "file", {"action": "list", "path": "inventory"}


def tool_of_another_agent() -> Task:
    said = yield "read_file", {"path": "long.json"}
    if 'file {"action": "read"' not in said:
        yield "find", {"glob": "long.json"}  # the list of tools has `find`, whose name promises most
    yield "file", {"action": "read", "path": "long.json"}


def wrong_field() -> Task:
    said = yield "edit", {"file": "inventory/money.py", "old": "1", "new": "2"}
    if "Its fields are: path, edits" not in said:
        yield "edit", {"path": "inventory/money.py", "old": "1", "new": "2"}
    yield "edit", {"path": "inventory/money.py", "edits": [{"old": "rate = 1", "new": "rate = 2"}]}


def line_of_a_long_output() -> Task:
    said = yield "bash", {"command": "seq -f 'row %.0f' 1 20000"}
    call = re.search(r'"call_id": "([^"]+)"', said)
    assert call is not None
    if 'by "pattern"' in said:
        yield "read_result", {"call_id": call[1], "pattern": "row 13337"}
        return
    offset = re.search(r'"offset": (\d+)', said)
    at = int(offset[1]) if offset else 0
    for _ in range(40):
        page = yield "read_result", {"call_id": call[1], "offset": at}
        go_on = re.search(r"read on at offset (\d+)", page)
        if "row 13337" in page or go_on is None:
            return
        at = int(go_on[1])


def end_of_a_long_line() -> Task:
    said = yield "file", {"action": "read", "path": "one-line.json"}
    column = re.search(r'"column": (\d+)', said)
    if column is None:
        yield "bash", {"command": "tail -c 100 one-line.json"}
        return
    yield "file", {"action": "read", "path": "one-line.json", "offset": 1, "limit": 1, "column": 29_000}


def sum_of_a_table() -> Task:
    said = yield "csv_summary", {"path": "table.csv"}
    if '"rows"' not in said:
        yield "bash", {"command": "awk -F, 'NR>1 {s+=$2} END {print s}' table.csv"}


def one_of_many_files() -> Task:
    said = yield "file", {"action": "list", "path": "many"}
    if "part-1500" not in said:
        yield "find", {"glob": "part-1500*", "path": "many"}


def name_of_a_skill() -> Task:
    said = yield "load_skill", {"name": "csv"}
    if "csv-summary" not in said:
        yield "bash", {"command": "ls"}
    yield "load_skill", {"name": "csv-summary"}


TASKS: tuple[Callable[[], Task], ...] = (
    misspelt_path,
    wrong_folder,
    look_into_a_folder,
    tool_of_another_agent,
    wrong_field,
    line_of_a_long_output,
    end_of_a_long_line,
    sum_of_a_table,
    one_of_many_files,
    name_of_a_skill,
)


@dataclass
class Row:
    name: str
    requests: int = 0
    calls: int = 0
    sent: int = 0
    """Bytes of all requests."""
    fixed: int = 0
    """Bytes of system prompt and tools in each request."""


@dataclass
class Player:
    """Implements `core.agent.provider.Provider` for one task."""

    task: Task
    row: Row
    is_guide: bool = False
    _begun: bool = field(default=False)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ProviderEvent]:
        self.row.requests += 1
        fixed = [
            [block.text for block in request.system],
            [[one.name, one.description, dict(one.input_schema)] for one in request.tools],
        ]
        self.row.fixed = max(self.row.fixed, len(json.dumps(fixed, ensure_ascii=False).encode()))
        said = [str(block) for message in request.messages for block in message.blocks]
        self.row.sent += len(json.dumps([fixed, said], ensure_ascii=False).encode())
        yield ProviderReply(*self._reply(request))

    def _reply(self, request: ModelRequest) -> tuple[tuple[Block, ...], str, TokenUsage, str]:
        results = tool_results(request.messages[-1])
        try:
            name, arguments = self.task.send(results[-1].content) if self._begun else next(self.task)
        except StopIteration:
            return (TextBlock("done"),), "end_turn", TokenUsage(1, 1), "played"
        self._begun = True
        self.row.calls += 1
        return (ToolUseBlock(f"c{self.row.calls}", name, arguments),), "tool_use", TokenUsage(1, 1), "played"


def furnish(project: Path) -> None:
    (project / "inventory").mkdir(parents=True)
    (project / "inventory" / "money.py").write_text("rate = 1\n")
    (project / "long.json").write_text('{"a": 1}\n')
    (project / "one-line.json").write_text('"' + "x" * 30_000 + '"\n')
    (project / "table.csv").write_text("id,amount\n" + "".join(f"{n},0.1\n" for n in range(5_000)))
    (project / "many").mkdir()
    for number in range(3_000):
        (project / "many" / f"part-{number:04}.bin").touch()


async def play(project: Path) -> list[Row]:
    """Play all tasks in a project that `furnish` made, in the home that `BLUFIO_HOME` names."""
    args = build_parser().parse_args(["ask", "x", "--on-denial", "allow", "--project", str(project)])
    rows = []
    async with open_backend(start_options(args), interactive=False, approver=AllowOnce()) as backend:
        for make in TASKS:
            row = Row(make.__name__.replace("_", " "))
            backend.agent.provider = Player(make(), row)
            session = await backend.stored.sessions.create(str(project))
            async with aclosing(backend.agent.act(row.name, session_id=session)) as events:
                async for _ in events:
                    pass
            rows.append(row)
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["BLUFIO_HOME"] = f"{place}/home"
        project = Path(place, "project")
        furnish(project)
        for row in asyncio.run(play(project)):
            print(f"| {row.name} | {row.requests} | {row.calls} | {row.sent / 1000:.0f} | {row.fixed / 1000:.1f} |")


if __name__ == "__main__":
    main()
