"""The built-in tools: what they ask the gate for, and what the model reads."""

import errno
import json
from collections.abc import Callable

import pytest

from blufio_tui.core.builtin.bash import BashTool
from blufio_tui.core.builtin.common import MAX_TEXT, decoded
from blufio_tui.core.builtin.file import MAX_LINE, PAGE_LINES, FileTool
from blufio_tui.core.builtin.http import HttpTool
from blufio_tui.core.builtin.search import FindTool, SearchTool
from blufio_tui.core.builtin.todo import TodoTool
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import (
    Effect,
    EffectResult,
    Fetch,
    FindFiles,
    ListDir,
    ReadFile,
    RunCommand,
    SearchFiles,
    WriteFile,
)
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError
from blufio_tui.core.text.json_types import JsonObject
from blufio_tui.core.text.key_masks import mask_keys
from blufio_tui.core.tools import CallContext, Tool, ToolOutcome

CONTEXT = CallContext("s", "t", "c", lambda event: None)


class Gate:
    """Answers every effect the same way, or raises; remembers what was asked."""

    def __init__(self, answer: EffectResult | Exception) -> None:
        self._answer = answer
        self.asked: list[Effect] = []

    async def __call__(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        assert actor.kind is ActorKind.TOOL and context is CONTEXT
        self.asked.append(effect)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


TOOLS: list[Callable[[Gate], Tool]] = [lambda gate: BashTool(gate, "/p"), HttpTool, FileTool]
GOOD: list[JsonObject] = [{"command": "ls"}, {"url": "https://example.com"}, {"action": "read", "path": "x"}]


async def call(tool: Tool, **arguments: object) -> ToolOutcome:
    return await tool.invoke(arguments, CONTEXT)  # type: ignore[arg-type]


def text(content: str | bytes, value: int = 0) -> Gate:
    return Gate(EffectResult(value, content.encode() if isinstance(content, str) else content))


@pytest.mark.parametrize(("make", "arguments"), zip(TOOLS, GOOD, strict=True))
async def test_a_denial_becomes_an_answer_that_names_it(make: Callable[[Gate], Tool], arguments: JsonObject) -> None:
    outcome = await make(Gate(CapabilityDenied("exec", "ls", "mode deny"))).invoke(arguments, CONTEXT)
    assert outcome.is_error and outcome.error and outcome.error.kind is ErrorKind.CAPABILITY_DENIED
    assert outcome.content == "capability not permitted: exec ls (mode deny)"


@pytest.mark.parametrize(("make", "arguments"), zip(TOOLS, GOOD, strict=True))
async def test_a_failure_becomes_an_answer(make: Callable[[Gate], Tool], arguments: JsonObject) -> None:
    outcome = await make(Gate(HostError("it broke"))).invoke(arguments, CONTEXT)
    assert outcome.is_error and outcome.error and outcome.error.kind is ErrorKind.HOST_ERROR
    assert outcome.content == "it broke"


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (0, {}),
        (0, {"command": 1}),
        (0, {"command": "ls", "timeout_secs": "1"}),
        (0, {"command": "ls", "timeout_secs": 0}),
        (0, {"command": "ls", "timeout_secs": True}),
        (0, {"command": "ls", "timeout_secs": 1e9}),
        (1, {}),
        (1, {"url": "https://x", "headers": []}),
        (1, {"url": "https://x", "headers": {"a": 1}}),
        (1, {"url": "https://x", "body": {}}),
        (2, {"path": "x"}),
        (2, {"action": "erase", "path": "x"}),
        (2, {"action": "write", "path": "x"}),
        (2, {"action": "read", "path": "x", "offset": 0}),
        (2, {"action": "read", "path": ["x"]}),
    ],
)
async def test_arguments_that_make_no_sense_are_explained(number: int, arguments: JsonObject) -> None:
    gate = text("")
    outcome = await TOOLS[number](gate).invoke(arguments, CONTEXT)
    assert outcome.is_error and gate.asked == []


async def test_bash_asks_for_the_command_in_the_project_folder() -> None:
    gate = text("out\n")
    outcome = await call(BashTool(gate, "/p"), command="make test", timeout_secs=5)
    assert gate.asked == [RunCommand("make test", "/p", 5)]
    assert outcome == ToolOutcome("out\n", for_model="$ make test → exit 0\nout\n")
    assert (await call(BashTool(text(""), "/p"), command="true")).content == "(no output)"


async def test_a_failing_command_is_an_error_with_its_output_and_status() -> None:
    outcome = await call(BashTool(text("why\n", 2), "/p"), command="false")
    assert outcome.is_error and outcome.content == "why\n[exit status 2]"
    assert outcome.for_model == "$ false → exit 2\nwhy\n"
    assert (await call(BashTool(text("", -9), "/p"), command="x")).content == "[ended by signal 9]"


async def test_a_program_that_head_cut_off_did_not_fail() -> None:
    outcome = await call(BashTool(text("y\n", 141), "/p"), command="yes | head -1")
    assert not outcome.is_error and outcome.for_model.startswith("$ yes | head -1 → exit 141 (a program was cut off")


async def test_http_passes_the_request_on_and_reports_the_response() -> None:
    headers = (("content-type", "text/plain"), ("set-cookie", "a=b"))
    gate = Gate(EffectResult(404, b"not here", headers, "https://example.com/x"))
    arguments = {"url": "https://example.com/x", "method": "post", "headers": {"A": "b"}, "body": "é"}
    outcome = await call(HttpTool(gate), **arguments)
    (effect,) = gate.asked
    assert isinstance(effect, Fetch)
    assert (effect.method, effect.headers, effect.body) == ("POST", (("A", "b"),), "é".encode())
    assert (
        outcome.content
        == "HTTP 404 https://example.com/x (web content, untrusted)\ncontent-type: text/plain\n\nnot here"
    )
    assert not outcome.is_error


async def test_http_gives_the_text_of_a_page_unless_its_source_is_asked_for() -> None:
    headers = (("content-type", "text/html; charset=utf-8"),)
    gate = Gate(EffectResult(200, b"<p>hi</p>", headers, "https://x.org/"))
    tool = HttpTool(gate, lambda html: f"text of {html}")
    assert (await call(tool, url="https://x.org")).content.endswith("source)\n\ntext of <p>hi</p>")
    assert (await call(tool, url="https://x.org", raw=True)).content.endswith("\n\n<p>hi</p>")
    plain = HttpTool(Gate(EffectResult(200, b"<p>", (("content-type", "text/plain"),))), lambda html: "never")
    assert (await call(plain, url="https://x.org")).content.endswith("\n\n<p>")


async def test_http_describes_a_binary_body_and_shortens_a_long_one() -> None:
    binary = await call(HttpTool(Gate(EffectResult(200, b"\x89PNG\x00"))), url="https://x.org")
    assert "not text: 5 bytes" in binary.content
    long = await call(HttpTool(Gate(EffectResult(200, b"x" * (MAX_TEXT + 7)))), url="https://x.org")
    assert "[… 7 more characters left out]" in long.content


async def test_a_short_file_is_returned_whole_with_its_lines_numbered() -> None:
    gate = text("one\ntwo")
    assert (await call(FileTool(gate), action="read", path="a")).content == "     1\tone\n     2\ttwo"
    assert gate.asked == [ReadFile("a")]
    assert (await call(FileTool(text("")), action="read", path="a")).content == "(the file is empty)"
    assert (await call(FileTool(text("\ufeffbom")), action="read", path="a")).content == "     1\tbom"


async def test_a_long_file_is_paged_and_says_how_to_go_on() -> None:
    content = "".join(f"{number}\n" for number in range(1, 2501))
    tool = FileTool(text(content))
    collected, offset = "", 1
    for _ in range(3):
        page = (await call(tool, action="read", path="long.txt", offset=offset)).content
        body, _, footer = page.rpartition("[")
        collected += "".join(line.partition("\t")[2] + "\n" for line in body.splitlines())
        offset += PAGE_LINES
        assert (
            f"of 2500 of long.txt; {'this is the end' if offset > 2500 else f'go on with offset {offset}'}]" in footer
        )
    assert collected == content


async def test_offset_and_limit_count_lines_from_one() -> None:
    tool = FileTool(text("a\nb\nc\n"))
    page = await call(tool, action="read", path="x", offset=2, limit=1)
    assert page.content == "     2\tb\n[lines 2 to 2 of 3 of x; go on with offset 3]"
    assert page.for_model.startswith("x, lines 2-2 of 3\n")
    past = await call(tool, action="read", path="x", offset=9)
    assert past.is_error and "3 lines" in past.content


async def test_lines_too_long_to_read_are_shortened() -> None:
    page = await call(FileTool(text("x" * (MAX_LINE + 5) + "\ny\n")), action="read", path="x")
    assert '[… 5 more characters in this line; read on with "offset": 1, "limit": 1, "column": 2001]\n' in page.content
    assert page.content.endswith("\n     2\ty")


async def test_a_long_line_can_be_read_to_its_end() -> None:
    line = "".join(f"{number:05}" for number in range(6_400))
    tool, read, column = FileTool(text(f"a\n{line}\n")), "", 1
    while column:
        content = (await call(tool, action="read", path="x", offset=2, limit=1, column=column)).content
        head, _, part = content.partition("\n")
        read += part
        column = int(head.rpartition("go on with column ")[2]) if "go on" in head else 0
    assert read == line
    assert head == "x, line 2, characters 30001-32000 of 32000; this is its end"
    past = await call(tool, action="read", path="x", offset=2, column=32_001)
    assert past.is_error and past.content == "line 2 of x has 32000 characters; column 32001 is past the end"


async def test_a_listing_of_thousands_is_two_hundred_and_a_count() -> None:
    entries = [{"name": f"f{n:04}", "type": "file", "size": 1} for n in range(3_000)]
    listed = await call(FileTool(text(json.dumps(entries))), action="list", path="data/")
    lines = listed.for_model.splitlines()
    assert lines[0] == "data, a folder, 3000 entries" and len(lines) == 202
    assert lines[-1] == '[2,800 more of 3,000; find {"glob": …, "path": "data/"} lists those that match]'


class Folder:
    """A project of a few names; whoever looks for one that is not there is told so as the system does."""

    def __init__(self, *names: str, project: str = "/home/me/p") -> None:
        self.names = names
        self.project = project
        self.asked: list[Effect] = []

    async def __call__(self, effect: Effect, actor: Actor, context: CallContext) -> EffectResult:
        self.asked.append(effect)
        match effect:
            case ReadFile(path=path) if any(name.startswith(f"{path}/") for name in self.names):
                raise HostError(f"{self.project}/{path}: Is a directory", errno.EISDIR)
            case ReadFile(path=path) if path not in self.names:
                raise HostError(f"{self.project}/{path}: No such file or directory", errno.ENOENT)
            case ListDir(path=path) if path in self.names:
                raise HostError(f"{self.project}/{path}: Not a directory", errno.ENOTDIR)
            case SearchFiles(path=path) | FindFiles(path=path) if path != ".":
                raise HostError(f"{self.project}/{path}: No such file or directory", errno.ENOENT)
            case ListDir(path=path):
                below = [name.removeprefix(f"{path}/") for name in self.names if path == "." or name.startswith(path)]
                parts = sorted({(name.partition("/")[0], "/" in name) for name in below})
                if not parts:
                    raise HostError(f"{self.project}/{path}: No such file or directory", errno.ENOENT)
                listed = [{"name": name, "type": "dir" if has else "file", "size": 1} for name, has in parts]
                return EffectResult(0, json.dumps(listed).encode())
            case FindFiles(glob=glob):
                found = [name for name in self.names if name.rpartition("/")[2] == glob]
                return EffectResult(0, json.dumps({"found": found}).encode())
        return EffectResult(0, b"text")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("long.jsn", "there is no long.jsn; did you mean long.json?"),
        ("src/mony.py", "there is no src/mony.py; did you mean src/money.py?"),
        ("long.yaml", "there is no long.yaml; did you mean long.json?"),
        ("money.py", "there is no money.py; the project has src/money.py"),
        ("src/other.py", "there is no src/other.py; its folder has __init__.py, money.py"),
        ("nowhere/x.py", "there is no nowhere/x.py"),
        ("/etc/passwt", "there is no /etc/passwt"),
        (".ssh/id", "there is no .ssh/id"),
        ("a\u202eb/x", "there is no a\\u202eb/x"),
    ],
)
async def test_a_file_that_is_not_there_is_told_with_what_may_be_meant(path: str, said: str) -> None:
    folder = Folder("long.json", "src/money.py", "src/__init__.py")
    outcome = await call(FileTool(folder), action="read", path=path)
    assert outcome.is_error and outcome.content == said
    if path.startswith(("/", ".")):
        assert len(folder.asked) == 1  # looking around there might be asked about


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (FileTool, {"action": "list", "path": "scr"}),
        (SearchTool, {"pattern": "x", "path": "scr"}),
        (FindTool, {"glob": "*", "path": "scr"}),
    ],
)
async def test_a_folder_that_is_not_there_is_told_in_the_same_way(
    tool: type[FileTool | SearchTool | FindTool], arguments: dict[str, str]
) -> None:
    outcome = await call(tool(Folder("src/money.py", "README.md")), **arguments)
    assert outcome.is_error and outcome.content == "there is no scr; did you mean src/?"


async def test_listing_a_file_says_how_to_read_it() -> None:
    outcome = await call(FileTool(Folder("long.json")), action="list", path="long.json")
    assert outcome.content == 'long.json is not a folder but a file, or lies below one; {"action": "read"} reads files'


async def test_reading_a_folder_lists_it() -> None:
    outcome = await call(FileTool(Folder("src/money.py")), action="read", path="src")
    assert not outcome.is_error and outcome.for_model == "src, a folder, 1 entry\nmoney.py (1 bytes)"


async def test_paths_in_errors_are_relative_to_the_project() -> None:
    tool = FileTool(Gate(HostError("/home/me/p/a/b: Permission denied")), project="/home/me/p")
    assert (await call(tool, action="read", path="a/b")).content == "a/b: Permission denied"
    read = await call(FileTool(text("x\n"), project="/home/me/p"), action="read", path="/home/me/p/a/b")
    assert read.for_model == "a/b, lines 1-1 of 1\n     1\tx"
    outside = await call(FileTool(text("x\n"), project="/home/me/p"), action="read", path="/home/me/pp/b")
    assert outside.for_model.startswith("/home/me/pp/b, ")


async def test_a_page_has_a_size_whatever_its_lines() -> None:
    page = await call(FileTool(text(("x" * 1900 + "\n") * 900)), action="read", path="x")
    assert len(page.content) < 17_000 and "go on with offset" in page.content


async def test_a_binary_file_is_said_to_be_binary() -> None:
    for content in (b"\x7fELF\x00", b"\xff\xfe\x01", b"\x89PNX\r\n\x1a\n"):
        outcome = await call(FileTool(text(content)), action="read", path="a.out")
        assert "binary file" in outcome.content and not outcome.is_error


@pytest.mark.parametrize("other", ["\f", "\v", "\r", "\x1c", "\x85", "\u2028", "\u2029"])
async def test_only_a_newline_ends_a_line(other: str) -> None:
    page = await call(FileTool(text(f"a{other}b\nc\n")), action="read", path="x", offset=2)
    assert page.content.startswith("     2\tc\n[lines 2 to 2 of 2 of x")


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        ("Grüße aus Köln".encode("latin-1"), "", "Grüße aus Köln"),
        ("“naïve” café".encode("cp1252"), "", "“naïve” café"),
        ("Привет, мир".encode("cp1251"), "windows-1251", "Привет, мир"),
        ("日本語".encode("shift_jis"), "Shift_JIS", "日本語"),
        ("日本語".encode("utf-16"), "", "日本語"),
        ("Привет".encode(), "latin-1", "Привет"),
        (b"\xd0\xcf\x11\xe0", "", None),
        (b"\x89PNG\r\n\x1a\n\0", "", None),
        (b"GIF89a\x01\x00\xff", "utf-8", None),
        (b"\xff\xfe", "", None),
        (b"caf\xe9 au lait", "rot13", "café au lait"),
        (b"caf\xe9 au lait", "no such charset", "café au lait"),
        (b"caf\xe9 au lait", "\u0130", "café au lait"),
    ],
)
def test_bytes_are_text_in_more_than_one_encoding(data: bytes, charset: str, expected: str | None) -> None:
    assert decoded(data, charset) == expected


async def test_writing_and_listing() -> None:
    gate = text("")
    outcome = await call(FileTool(gate), action="write", path="a", content="hé")
    assert gate.asked == [WriteFile("a", "hé".encode(), counted=True, keeps_mark=True)]
    assert outcome.content == "wrote 3 bytes to a"
    entries = [
        {"name": "sub", "type": "dir", "size": 1},
        {"name": "a\nb", "type": "file", "size": 7},
        {"name": "l", "type": "symlink", "size": 1},
    ]
    gate = text(json.dumps(entries))
    assert (await call(FileTool(gate), action="list", path=".")).content == "sub/\na\\nb (7 bytes)\nl (symlink)"
    assert gate.asked == [ListDir(".")]
    assert (await call(FileTool(text("[]")), action="list", path=".")).content == "(the folder is empty)"


def test_schemas_name_what_the_contract_names() -> None:
    expected = {
        "bash": {"command", "cwd", "timeout_secs", "background"},
        "http": {"url", "method", "headers", "body", "raw"},
        "file": {"action", "path", "content", "offset", "limit", "column"},
    }
    for make in TOOLS:
        tool = make(text(""))
        properties = tool.input_schema["properties"]
        assert isinstance(properties, dict) and set(properties) == expected[tool.name]


KEY = "gh" + "p_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zAB"
PEM = (
    "-----BEGIN "
    + "PRIVATE KEY-----\n"
    + "".join(f"{KEY[4:]}{n}\n" for n in range(4))
    + "-----END "
    + "PRIVATE KEY-----\n"
)


async def test_a_key_in_a_file_is_masked_and_no_write_can_destroy_it() -> None:
    gate = text(f"a = 1\nTOKEN={KEY}\n")
    tool = FileTool(gate, mask=mask_keys)
    assert (await call(tool, action="read", path=".npmrc")).content == "     1\ta = 1\n     2\tTOKEN=ghp_[masked]"
    refused = await call(tool, action="write", path=".npmrc", content="a = 2\nTOKEN=ghp_[masked]\n")
    assert refused.is_error and "would destroy the key" in refused.content
    assert not any(isinstance(effect, WriteFile) for effect in gate.asked)
    assert not (await call(tool, action="write", path=".npmrc", content="a = 2\n")).is_error
    plain = FileTool(text("no key here"), mask=mask_keys)
    assert not (await call(plain, action="write", path="docs.md", content="shown as [masked]")).is_error


async def test_a_page_that_begins_inside_a_key_shows_nothing_of_it() -> None:
    tool = FileTool(text(PEM + "after\n"), mask=mask_keys)
    assert (await call(tool, action="read", path="k", offset=3, limit=2)).content.splitlines()[:2] == [
        "     3\t[masked]",
        "     4\t[masked]",
    ]
    assert KEY[4:20] not in (await call(tool, action="read", path="k", offset=3, column=1)).content
    assert (await call(tool, action="read", path="k", offset=7)).content.startswith("     7\tafter")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("seen", "\n(the page as Markdown; `raw` returns its source)\n\nseen"),
        ("", "\n(the page as Markdown; `raw` returns its source)\n\n(the page shows no text)"),
        (None, "\n(the source of the page, which may hold text that it does not show)\n\n<p hidden>secret</p>"),
    ],
)
async def test_a_page_that_shows_nothing_is_not_replaced_by_its_source(shown: str | None, expected: str) -> None:
    gate = Gate(EffectResult(200, b"<p hidden>secret</p>", (("content-type", "text/html"),), "https://x.org/"))
    outcome = await call(HttpTool(gate, lambda _: shown), url="https://x.org/")
    assert outcome.content.endswith(expected)


def test_the_values_that_an_error_lists_are_plain_texts() -> None:
    """An error about a schema shows its values as Python does."""

    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        return all(map(plain, value)) if isinstance(value, list) else type(value) in (str, int, float, bool)

    perform = text("")
    tools: list[Tool] = [TodoTool(), FileTool(perform), BashTool(perform, "/p"), HttpTool(perform)]
    tools += [SearchTool(perform), FindTool(perform)]
    assert [tool.name for tool in tools if not plain(dict(tool.input_schema))] == []
