"""A hostile MCP server on this machine: a real process in the cage, one attack after another.

After each attack the same holds: nothing was allowed that nobody had decided on, what lies outside the project is as it
was and unread, nobody was connected to, a friendly server beside it answers, and the hostile one can be used again.
"""

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.capability import Verdict
from blufio_tui.core.mcp.log import ServerLog
from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.text.display import visible
from blufio_tui.core.tools import CallContext
from tests.fakes import hostile_mcp, mcp_server
from tests.fakes.corpus import sampled
from tests.fakes.hostile_mcp import HIDDEN, INJECTED
from tests.fakes.provider import FakeProvider, says
from tests.fakes.server_room import PYTHON, Room, make_room

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")

LONGEST_PAUSE_SECS = 5.0
"""Far more than the tenths of a second that it takes here: another process may have the processor."""
SECRET = "the secret of the person"
Check = Callable[[str, Room], None]


@dataclass(frozen=True)
class Attack:
    """
    Attributes:
        name: of the behaviour in `hostile_mcp`.
        arguments: what the tool is called with; SSH, OUTSIDE, HOME, PORT, UDP, SOCKET, PID are filled in.
        said: is in what the model is told.
        log: is in the log of the server.
        asked: how many questions the person was shown; all are denied.
        config: more lines of the server's table.
    """

    name: str
    said: str = "refused"
    arguments: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    asked: int | None = 0
    config: str = ""
    check: Check = lambda _said, _room: None


def _no_more_than(most: int) -> Check:
    def check(_said: str, room: Room) -> None:
        assert len(room.person.asked) <= most

    return check


def _quoted(_said: str, room: Room) -> None:
    """Each line of the server's own words is marked as its words."""
    lines = room.person.asked[0].preview.splitlines()
    assert lines[0].startswith("The MCP server evil ")
    for words in ("bank", "╭", "│", "Ignore all", "evil\\u200b"):
        assert all(line.startswith("  » ") for line in lines[1:] if words in line)
    assert HIDDEN not in room.person.asked[0].preview


def _planted_nothing(_said: str, room: Room) -> None:
    assert [server.name for server in room.backend.equipment.server_sources.find().servers] == ["evil", "fine"]
    assert not (room.project / "started").exists()


def _only_the_project(said: str, room: Room) -> None:
    roots = [{"roots": [{"uri": room.project.as_uri(), "name": "project"}]}]
    assert json.loads(said) == roots * 4


def _all_true(said: str, _room: Room) -> None:
    answers = json.loads(said)
    assert len(answers) >= 7
    assert set(answers) == {True}


def _all_declined(said: str, _room: Room) -> None:
    assert set(json.loads(said)) <= {json.dumps({"action": "decline"}), "null"}


def _log_hides_nothing(_said: str, room: Room) -> None:
    assert all(line.isprintable() for line in room.server.log.lines())


def _harmless_only(_said: str, room: Room) -> None:
    assert "harmless" in room.person.asked[0].preview


QUICK = "timeout_secs = 2\n"
ATTACKS = (
    # its hands
    Attack("read", arguments={"path": "SSH"}, asked=None),
    Attack("read", arguments={"path": "OUTSIDE"}, asked=1),
    Attack("read", arguments={"path": "HOME/config.toml"}, asked=None),
    Attack("read", arguments={"path": "HOME/server-tools.json"}, asked=None),
    Attack("read", arguments={"path": "/etc/shadow"}, asked=None),
    Attack("read_by_link", arguments={"path": "OUTSIDE"}, asked=1),
    Attack("read_by_hard_link", arguments={"path": "OUTSIDE"}, asked=None),
    Attack("read_through_proc", arguments={"path": "OUTSIDE"}, asked=None),
    Attack("write", arguments={"path": "OUTSIDE"}, asked=1),
    Attack("write", arguments={"path": "HOME/server-tools.json"}, asked=None),
    Attack("write", arguments={"path": "HOME/config.toml"}, asked=None),
    Attack("rename_over", arguments={"path": "OUTSIDE"}, asked=None),
    Attack("rename_over", arguments={"path": "HOME/trusted-servers.json"}, asked=None),
    Attack("connect", arguments={"port": "PORT"}, asked=None),
    Attack("datagram", arguments={"port": "UDP"}, asked=None),
    Attack("connect_unix", arguments={"path": "SOCKET"}, asked=None),
    Attack("connect_abstract", arguments={"path": "ABSTRACT"}, asked=None),
    Attack("kill", arguments={"pid": "PID"}),
    Attack("look_into", arguments={"pid": "PID"}, asked=None),
    Attack("trace", arguments={"pid": "PID"}),
    Attack("plant_a_server", asked=1, check=_planted_nothing),
    # floods
    Attack("blank_lines", "it was disconnected: more than 4 MiB"),
    Attack("standard_error", "it was disconnected: more than 4 MiB", check=_log_hides_nothing),
    Attack("notifications", "it was disconnected: more than 5000 unrequested messages"),
    Attack("unknown_notifications", "it was disconnected"),
    Attack("huge_notifications", "it was disconnected: more than 4 MiB"),
    Attack("progress", "it was disconnected: more than 5000 unrequested messages"),
    Attack("changed_lists", "done"),
    Attack("batch", "it was disconnected", log="a batch of more than 1000 messages"),
    Attack("requests_without_reading", "it was disconnected: it has not read"),
    Attack("long_line", "it sent a message of more than 8 MiB"),
    # the protocol
    Attack("twice", "the first"),
    Attack("answers_never_asked_for", "done", log="an answer to a request that was not made"),
    Attack("nonsense", "done", log="that are not a message: it is not JSON"),
    Attack("nested", "it is nested more than 100 deep", log="that are not a message: it is nested more than 100 deep"),
    Attack("not_utf8", "done", log="it is not UTF-8"),
    Attack("odd_progress", "done"),
    Attack("results_of_wrong_types", "7"),
    Attack("results_of_wrong_types", "[not a content part]", {"content": [7, None, [[]], "x"]}),
    Attack("results_of_wrong_types", "7", {"content": {"type": "text", "text": "x"}}),
    Attack("surrogates", "\ufffd"),
    Attack("never_answers", "no answer to tools/call within 2 s", config=QUICK),
    Attack("progress_for_ever", "no answer to tools/call within 2 s", config=QUICK),
    Attack("dies", "it ended with exit status 3; it last said: last words \\e[2J"),
    Attack("closes_its_output", "no answer to tools/call within 2 s", config=QUICK),
    # its words
    Attack("hidden_everywhere", visible(HIDDEN).replace("\x07", "\\x07"), check=_log_hides_nothing),
    Attack("hidden_in_an_error", "\\e[2J", check=_log_hides_nothing),
    Attack("links_to_files", "[link: look file://", {"path": "OUTSIDE"}),
    Attack("endless_result", "more characters left out"),
    # what it asks
    Attack("imitates_a_card", '"action": "decline"', asked=1, check=_quoted),
    Attack("asks_without_end", "done", asked=None, check=_no_more_than(6)),
    Attack("asks_all_at_once", "decline", asked=None, check=_no_more_than(6)),
    Attack("one_id_twice", 'an id used twice"}, {"action": "decline"}]', asked=1, check=_harmless_only),
    Attack("asks_and_takes_back", "done", asked=None, check=_no_more_than(50)),
    Attack("forms", "true", check=_all_true),
    Attack("pages_to_visit", "true", check=_all_true),
    Attack("samples", "the user declined", asked=1, check=_quoted),
    Attack("samples_without_end", "done", asked=None, check=_no_more_than(6)),
    Attack("samples_with_tools", "the model is asked without tools"),
    Attack("probes_roots", "roots", check=_only_the_project),
    Attack("commands_the_client", json.dumps([-32601] * 6)),
    Attack("flips", "done"),
    Attack("rug_pull", "done"),
)


@dataclass
class Canaries:
    """What must not be touched: a listener of each kind, counting who came."""

    port: int
    udp: int
    path: str
    abstract: str
    came: list[str] = field(default_factory=list)


@contextmanager
def _canaries(folder: Path) -> Iterator[Canaries]:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        abstract = f"blufio-canary-{os.getpid()}-{tcp.getsockname()[1]}"
        with socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as hidden:
            path = str(folder / "agent.sock")
            unix.bind(path)
            hidden.bind("\0" + abstract)
            found = Canaries(tcp.getsockname()[1], udp.getsockname()[1], path, abstract)
            for one in (unix, hidden):
                one.listen()
            for name, one in (("tcp", tcp), ("udp", udp), ("unix", unix), ("abstract", hidden)):
                threading.Thread(target=_watch, args=(name, one, found.came), daemon=True).start()
            yield found
            for one in (tcp, unix, hidden):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def _watch(name: str, listening: socket.socket, came: list[str]) -> None:
    with suppress(OSError):
        if listening.type == socket.SOCK_DGRAM:
            listening.recv(100)
        else:
            listening.accept()
        came.append(name)


@pytest.fixture
def canaries(tmp_path: Path) -> Iterator[Canaries]:
    with _canaries(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blufio_tui.core.mcp.flood.WINDOW_SECS", 3600.0)  # however slowly this machine floods
    monkeypatch.setattr("blufio_tui.adapters.mcp.servers.FIRST_CONTACT_SECS", 120.0)
    monkeypatch.setattr("blufio_tui.core.mcp.flood.MAX_BYTES", 4 * 1024 * 1024)
    monkeypatch.setattr("blufio_tui.adapters.mcp.session._MOST_IN_ALL", 2)


def _lives_in(root: Path, canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person whose home is below this folder starts the program."""
    monkeypatch.setenv("HOME", os.path.realpath(root / "person"))
    monkeypatch.setenv("SSH_AUTH_SOCK", canaries.path)
    monkeypatch.setenv("BLUFIO_HOME", os.path.realpath(root / "home"))


def _make_room(folder: Path, stack: AsyncExitStack) -> Room:
    (folder / "person" / ".ssh").mkdir(parents=True)
    (folder / "person" / ".ssh" / "id_rsa").write_text(SECRET)
    made = make_room(folder, stack)
    made.program, made.beside, made.name = Path(hostile_mcp.__file__), (Path(mcp_server.__file__),), "evil"
    (made.root / "outside" / "a.txt").write_text(SECRET)
    return made


@pytest.fixture
async def room(tmp_path: Path, canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        made = _make_room(tmp_path, stack)
        _lives_in(made.root, canaries, monkeypatch)
        yield made


class Arena:
    """Rooms in which both servers run. One in which an attack was held off, and whose hostile server was started anew
    since, serves the next attack of the same configuration."""

    def __init__(self, folders: pytest.TempPathFactory, stack: AsyncExitStack) -> None:
        self._folders, self._stack = folders, stack
        self._ready: dict[str, tuple[Room, Canaries]] = {}
        self._attacks = 0

    async def enter(self, config: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Room, Canaries]:
        self._attacks += 1
        known = self._ready.pop(config, None)
        if known is None:
            folder = self._folders.mktemp("arena")
            made = _make_room(folder, self._stack), self._stack.enter_context(_canaries(folder))
        else:
            made = known
        room, canaries = made
        _lives_in(room.root, canaries, monkeypatch)
        if known is None:
            assert await _open(room, canaries, config) == []
        room.session = f"s{self._attacks}"
        return room, canaries

    def leave(self, config: str, room: Room, canaries: Canaries) -> None:
        for left in room.project.iterdir():
            if left.name not in ("server.py", "mcp_server.py", "__pycache__"):
                left.unlink()
        room.person.asked.clear()
        room.events.clear()
        self._ready[config] = room, canaries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with AsyncExitStack() as stack:
        yield Arena(tmp_path_factory, stack)


async def _open(room: Room, canaries: Canaries, more: str = "", *options: str) -> list[str]:
    """The hostile server, and a friendly one beside it."""
    config = "".join(f"[mcp.servers.{name}]\n{words}\n{more if name == 'evil' else ''}" for name, words in _SERVERS)
    return await room.open(config, f"canary={canaries.port}", *options)


_SERVERS = (("evil", "SERVER"), ("fine", f'command = "{PYTHON}"\nargs = ["-S", "mcp_server.py"]'))


def _filled_in(arguments: dict[str, Any], room: Room, canaries: Canaries) -> dict[str, Any]:
    known: dict[str, Any] = {
        "SSH": "~/.ssh/id_rsa",
        "OUTSIDE": str(room.root / "outside" / "a.txt"),
        "PORT": canaries.port,
        "UDP": canaries.udp,
        "SOCKET": canaries.path,
        "ABSTRACT": canaries.abstract,
        "PID": os.getpid(),
    }
    home = str(room.root / "home")
    return {
        name: known.get(value, value.replace("HOME", home)) if isinstance(value, str) else value
        for name, value in arguments.items()
    }


@asynccontextmanager
async def _beating() -> AsyncIterator[list[float]]:
    """How long the event loop, which draws the screen, was held up, time after time (seconds)."""
    pauses: list[float] = []

    async def beat() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            pauses.append(now - last)
            last = now

    beating = asyncio.create_task(beat())
    try:
        yield pauses
    finally:
        beating.cancel()


async def _still_safe(room: Room, canaries: Canaries, said: str) -> None:
    """What holds after every attack."""
    assert SECRET not in said
    assert all(character.isprintable() or character in "\n\t" for character in said)
    assert (room.root / "outside" / "a.txt").read_text() == SECRET
    assert "owned" not in (room.root / "home" / "config.toml").read_text()
    assert canaries.came == []
    assert (await room.call("fine__add", a=2, b=3)).content == '{"sum": 5}'
    for row in await room.rows():
        if row.actor == "mcp:evil" and row.decision == Verdict.ALLOW:
            within = row.kind == "exec" or row.resource.startswith(str(room.project))
            assert within, (row.kind, row.resource, row.decided_by)


@pytest.mark.parametrize(
    "attack", sampled(ATTACKS), ids=lambda attack: "-".join([attack.name, *map(str, attack.arguments.values())])
)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_attack_gets_nothing_undecided_and_the_rest_goes_on(
    arena: Arena, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, canaries = await arena.enter(attack.config, monkeypatch)
    async with _beating() as beats:
        outcome = await room.call("attack", name=attack.name, **_filled_in(attack.arguments, room, canaries))
    assert max(beats, default=0.0) < LONGEST_PAUSE_SECS
    assert attack.said in outcome.content, outcome.content[:1000]
    assert any(attack.log in line for line in ("", *room.server.log.lines()))
    if attack.asked is not None:
        assert len(room.person.asked) == attack.asked, [question.preview for question in room.person.asked]
    assert all(question.request.actor.name == "mcp:evil" for question in room.person.asked)
    attack.check(outcome.content, room)
    await _still_safe(room, canaries, outcome.content)
    room.server.log = ServerLog()
    await room.server.restart(CallContext(room.session, "t1", "again", room.events.append))
    assert (await room.call("evil__add", a=20, b=22)).content == "42"
    arena.leave(attack.config, room, canaries)


def test_each_attack_is_in_the_table() -> None:
    assert {attack.name for attack in ATTACKS} == set(hostile_mcp.ATTACKS)


# ── while it is got to know ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Start:
    """
    Attributes:
        said: why it is not used, "" where it is.
        tools: what the model is offered of it.
        log: is in the log of the server.
    """

    name: str
    said: str = ""
    tools: tuple[str, ...] = ("evil__add", "evil__attack")
    log: str = ""


STARTS = (
    Start("never_answers", "no answer to initialize within 4 s", ()),
    Start("downgrade", "it speaks the protocol 1999-01-01, which is not supported", ()),
    Start("version_of_wrong_type", "which is not supported", ()),
    Start("capabilities_of_wrong_type", "", ()),
    Start("hidden_in_its_name"),
    Start("instructions"),
    Start("dies", "it ended with exit status 9; it last said: last words \\e[2J", ()),
    Start("half_json", "it ended with exit status 0", ()),
    Start("answers_with_another_id", "no answer to initialize within 4 s", ()),
    Start("endless_line", "it sent a message of more than 8 MiB", ()),
    Start("hidden_everywhere", "", ("evil__a_", "evil__add")),
    Start("injection", "", ("evil__add",)),
    Start(
        "names_of_built_in_tools", "", tuple(f"evil__{name}" for name in ("bash", "edit", "file", "find_tool", "task"))
    ),
    Start("names_of_another_server", "", ("evil__", "evil____fine__add", "evil__fine", "evil__fine__add")),
    Start("look_alikes", "", ("evil__d_lete_", "evil__delete", "evil__delete_")),
    Start("wrong_types", "", ("evil__add",), "a tool is left out"),
    Start("ten_thousand", "", ("evil__t",), "only the first 512 are used"),
    Start("huge_schema", "", ("evil__add",), "larger than 64 KiB"),
    Start("deep_schema", "it is nested more than 100 deep", ()),
    Start(
        "names_of_questions",
        "",
        ("evil__elicitation_", "evil__sampling_", "evil__prompts_", "evil__resources_", "evil__Sampling"),
    ),
    Start("endless_schema", "", ("evil__add", "evil__loop")),
    Start("schema_elsewhere", "", ("evil__add", "evil__away")),
    Start("slow_pattern", "", ("evil__add", "evil__slow")),
)


@pytest.mark.parametrize("start", sampled(STARTS), ids=lambda start: start.name)
async def test_a_server_that_attacks_while_it_is_got_to_know_changes_nothing_else(
    room: Room, canaries: Canaries, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "within 4 s" in start.said:
        monkeypatch.setattr("blufio_tui.adapters.mcp.server.START_SECS", 4.0)
    before = await _built_in(room, canaries)
    said = "\n".join(await _open(room, canaries, "", f"start={start.name}"))
    assert start.said in said
    assert bool(said) is bool(start.said)
    assert any(start.log in line for line in ("", *room.server.log.lines()))
    offered = {one.name: one for one in room.backend.equipment.tools.definitions()}
    theirs = [name for name in offered if name.startswith("evil")]
    assert all(any(name.startswith(expected) for expected in start.tools) for name in theirs), theirs
    assert bool(theirs) is bool(start.tools)
    assert len(theirs) <= 512
    for definition in (offered[name] for name in theirs):
        assert definition.description.startswith("[tool of the MCP server evil; its description is the server's word")
        text = json.dumps([definition.description, dict(definition.input_schema)], ensure_ascii=False)
        assert text.isprintable()
        assert INJECTED not in text or start.name == "injection"
    assert {name: one for name, one in offered.items() if "__" not in name} == before
    assert room.person.asked == []
    await _still_safe(room, canaries, said)


async def _built_in(room: Room, canaries: Canaries) -> dict[str, Any]:
    """What the model is offered where there is no server at all."""
    await room.open("[mcp]\n")
    found = {one.name: one for one in room.backend.equipment.tools.definitions()}
    await room.stack.aclose()
    return found


def test_each_start_is_in_the_table() -> None:
    assert {start.name for start in STARTS} == set(hostile_mcp.STARTS)


@pytest.mark.parametrize(
    ("start", "arguments"),
    [("endless_schema", {"p": {}}), ("schema_elsewhere", {"p": {}}), ("slow_pattern", {"p": "a" * 40 + "!"})],
)
async def test_a_schema_neither_hangs_nor_fetches_when_a_call_is_checked_against_it(
    room: Room, canaries: Canaries, start: str, arguments: dict[str, Any]
) -> None:
    from blufio_tui.core.manifest.schema import input_problem

    await _open(room, canaries, "", f"start={start}")
    (name,) = [
        name for name in room.backend.equipment.tools.names() if name.startswith("evil__") and name != "evil__add"
    ]
    tool = room.backend.equipment.tools.get(name)
    assert tool is not None
    async with asyncio.timeout(60):
        await input_problem(tool.input_schema, arguments)
    await _still_safe(room, canaries, "")


# ── tools that change ──────────────────────────────────────────────────────────────────────────────

CHANGES = {
    "description": ("add", 1, "Adds two numbers."),
    "schema": ("add", 1, "Adds two numbers."),
    "swap": ("add", 1, "Adds two numbers."),
    "gone": ("add", 0, ""),
    "new_look_alike": ("add", 0, "Adds two numbers."),
    "annotations": ("add", 0, "Adds two numbers."),
    "order": ("add", 0, "Adds two numbers."),
}
"""What the called tool is, how many questions that takes, and what the model goes on reading of it."""


@pytest.mark.parametrize("change", sampled(CHANGES))
async def test_a_tool_that_changes_is_not_called_as_it_is_now_before_somebody_said_yes(
    room: Room, canaries: Canaries, change: str
) -> None:
    tool, questions, described = CHANGES[change]
    await _open(room, canaries, "", f"change={change}")
    await room.call("attack", name="rug_pull")
    outcome = await room.call(tool, a=1, b=1) if change != "gone" else None
    if change == "gone":
        while "evil__add" in room.backend.equipment.tools.names():
            await asyncio.sleep(0.01)
    else:
        assert outcome is not None
        assert outcome.is_error is bool(questions)
        assert (outcome.content == "2") is not bool(questions)
        definition = next(one for one in room.backend.equipment.tools.definitions() if one.name == "evil__add")
        assert described in definition.description
        assert INJECTED not in json.dumps(dict(definition.input_schema)) + definition.description
    assert len(room.person.asked) == questions
    assert all("has changed the definition of its tool `add`" in one.preview for one in room.person.asked)
    await _still_safe(room, canaries, "")


def test_each_change_is_in_the_table() -> None:
    assert set(CHANGES) == set(hostile_mcp.CHANGES)


async def test_a_yes_to_one_definition_is_no_yes_to_the_next(room: Room, canaries: Canaries) -> None:
    """It shows one thing, is accepted, and is another thing by then."""
    room.person.decides = lambda question: "has changed the definition" in question.preview
    await _open(room, canaries, "", "change=description")
    await room.call("attack", name="flips")
    told = await room.call("add", a=1, b=1)
    assert told.content.startswith("NOT RUN: the MCP server has changed what this tool is")
    await room.call("attack", name="flips")
    again = await room.call("add", a=1, b=1)
    assert again.content.startswith("NOT RUN")
    assert len(room.person.asked) == 2
    await _still_safe(room, canaries, "")


# ── where everything is allowed ──


@pytest.mark.parametrize("attack", ["samples_without_end", "asks_without_end", "asks_all_at_once"])
async def test_where_everything_is_allowed_a_call_still_asks_only_so_often(
    room: Room, canaries: Canaries, attack: str
) -> None:
    config = "".join(f"[mcp.servers.{name}]\n{words}\n" for name, words in _SERVERS)
    await room.open(config, f"canary={canaries.port}", mode="allow-all")
    provider, forms = FakeProvider(*([says("yes")] * 40)), list[PendingForm]()

    def fill_in(pending: PendingForm) -> None:
        forms.append(pending)
        pending.resolve({})

    room.backend.agent.provider = provider
    room.backend.equipment.servers.forms.attach(fill_in)
    await room.call("attack", name=attack)
    assert room.person.asked == []
    assert 0 < len(provider.requests) + len(forms) <= 20
    assert (await room.call("add", a=1, b=1)).content == "2"


# ── prompts and resources ──────────────────────────────────────────────────────────────────────────


async def test_prompts_and_resources_hide_nothing_and_reach_no_file(room: Room, canaries: Canaries) -> None:
    await _open(room, canaries)
    context = CallContext("s1", "t1", "p1", room.events.append)
    prompt = await room.backend.equipment.servers.expanded("/evil:essay", context)
    assert prompt.startswith("[the prompt essay of the MCP server evil, in the server's words]")
    read = await room.backend.equipment.servers.resource("evil:file:///etc/passwd", context)
    assert "not file:///etc/passwd" in read
    assert "root:" not in read
    await _still_safe(room, canaries, prompt + read)
