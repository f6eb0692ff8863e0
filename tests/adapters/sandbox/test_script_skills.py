"""Script skills through the real worker: the guest module, limits, errors with the script's own lines."""

import gc
import hashlib
import json
import os
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.core.capability import Kind
from blufio_tui.core.effects import Effect, EffectResult, Fetch
from blufio_tui.core.errors import CapabilityDenied, ErrorKind, HostError
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.files import content_hash
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from blufio_tui.core.text.json_types import Json
from tests.fakes.file_policy import FilePolicy

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("compiled_in_this_process")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(module_cache: Path) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(module_cache, spare=False)
    yield client
    await client.close()


Fetcher = Callable[[Fetch], Awaitable[EffectResult]]


class Scripts:
    """A skill folder whose script can be replaced and run."""

    def __init__(self, sandbox: SandboxClient, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder / "skill"
        self.data = folder / "data"
        self.folder.mkdir()
        self.data.mkdir()
        self.policy = FilePolicy((self.data,), (self.data,), variables={"HOME_TOWN": "Oslo"})
        self.fetch: Fetcher | None = None

    async def run(self, source: str, value: Json = None, limits: Limits | None = None) -> SandboxResult:
        script = self.folder / "skill.py"
        script.write_text(textwrap.dedent(source))
        call = SandboxCall(
            call_id="1",
            name="a-script",
            module=script,
            module_sha256=hashlib.sha256(script.read_bytes()).hexdigest(),
            input_json=json.dumps(value if value is not None else {"data": str(self.data)}).encode(),
            limits=limits or Limits(),
            preopens=(("~/data", str(self.data)), (str(self.data), str(self.data))),
            content_hash=content_hash(scan(self.folder)),
        )
        return await self.sandbox.run(call, self._perform)

    async def _perform(self, effect: Effect) -> EffectResult:
        if isinstance(effect, Fetch):
            assert self.fetch is not None
            return await self.fetch(effect)
        return await self.policy(effect)


@pytest.fixture
def scripts(sandbox: SandboxClient, tmp_path: Path) -> Scripts:
    return Scripts(sandbox, tmp_path)


async def test_input_and_output_are_json(scripts: Scripts) -> None:
    result = await scripts.run(
        """
        import blufio
        value = blufio.input()
        blufio.output({"sum": sum(value["numbers"]), "text": value["text"]})
        """,
        {"numbers": [1, 2, 3], "text": "drü \U0001f600"},
    )
    assert result.error is None
    assert json.loads(result.content) == {"sum": 6, "text": "drü \U0001f600"}


async def test_an_input_of_any_size_arrives(scripts: Scripts) -> None:
    result = await scripts.run("import blufio\nblufio.output(len(blufio.input()['text']))", {"text": "x" * 100_000})
    assert result.content == "100000"


@pytest.mark.parametrize(
    "source",
    [
        "from blufio import *\noutput(env('HOME_TOWN'))",
        "import blufio as b, sys\nassert sys.modules['blufio'] is b\nb.output(b.env('HOME_TOWN'))",
        "import helper\nhelper.tell()",
        "from blufio import HostError, env as e, output\nassert issubclass(HostError, OSError)\noutput(e('HOME_TOWN'))",
    ],
)
async def test_the_module_is_imported_in_every_way_there_is(scripts: Scripts, source: str) -> None:
    (scripts.folder / "skill.toml").touch()
    (scripts.folder / "helper.py").write_text(
        "import blufio\ndef tell():\n    blufio.output(blufio.env('HOME_TOWN'))\n"
    )
    result = await scripts.run(source)
    assert (result.content, result.error) == ("Oslo", None)


async def test_a_name_that_the_module_lacks_is_an_ordinary_error(scripts: Scripts) -> None:
    result = await scripts.run(
        """
        import blufio
        try:
            blufio.inptu()
        except AttributeError as error:
            blufio.output(str(error))
        from blufio import outptu
        """
    )
    assert result.error is not None
    assert result.error.message.startswith("AttributeError: module 'blufio' has no attribute 'outptu'")


async def test_the_modules_own_names_do_not_meet_the_scripts(scripts: Scripts) -> None:
    result = await scripts.run("import blufio\nblufio.output(str('_call' in globals() or 'sys' in globals()))")
    assert result.content == "False"


async def test_characters_beyond_the_first_plane_survive_every_way(scripts: Scripts) -> None:
    async def fetch(effect: Fetch) -> EffectResult:
        return EffectResult(200, '{"a": "\U0001f600", "b": "\\ud83d\\ude00"}'.encode(), (), effect.url)

    scripts.fetch = fetch
    result = await scripts.run(
        """
        import blufio
        answer = blufio.http("GET", "https://x.org/")
        blufio.log(blufio.input()["text"] + answer.json()["b"])
        blufio.output(answer.json())
        """,
        {"text": "\U0001f600"},
    )
    assert result.error is None, result.error
    assert json.loads(result.content) == {"a": "\U0001f600", "b": "\U0001f600"}
    assert [line.message for line in result.logs] == ["\U0001f600\U0001f600"]


async def test_text_is_put_out_as_it_is_and_the_last_one_counts(scripts: Scripts) -> None:
    assert (await scripts.run("import blufio\nblufio.output(1)\nblufio.output('plain')")).content == "plain"


async def test_printing_is_output_unless_there_is_another(scripts: Scripts) -> None:
    assert (await scripts.run("print('hello', 2)")).content == "hello 2\n"
    result = await scripts.run("import blufio\nprint('on the way')\nblufio.output('done')")
    assert result.content == "done"
    assert [(line.level, line.message) for line in result.logs] == [("info", "on the way")]


async def test_log_lines_have_their_level(scripts: Scripts) -> None:
    result = await scripts.run(
        "import blufio, sys\nblufio.log('a')\nblufio.log('b', 'warn')\nblufio.log(3, level='loud')\n"
        "sys.stderr.write('c\\n')"
    )
    assert [(line.level, line.message) for line in result.logs] == [
        ("info", "a"),
        ("warn", "b"),
        ("info", "3"),
        ("warn", "c"),
    ]


async def test_files_are_read_written_and_listed(scripts: Scripts) -> None:
    result = await scripts.run(
        """
        import blufio
        folder = blufio.input()["data"]
        blufio.write_file(folder + "/bytes", b"\\x00\\xff\\xfe")
        blufio.write_file(folder + "/text", "h\\u00e9llo\\n" * 2000)
        assert blufio.read_file(folder + "/bytes") == b"\\x00\\xff\\xfe"
        assert blufio.read_file(folder + "/text")[:7] == b"h\\xc3\\xa9llo\\n"
        assert len(blufio.read_file(folder + "/text", text=True)) == 12000
        blufio.output(sorted((e["name"], e["type"], e["size"]) for e in blufio.list_dir(folder)))
        """
    )
    assert result.error is None, result.error
    assert json.loads(result.content) == [["bytes", "file", 3], ["text", "file", 14000]]
    assert result.usage.host_calls == 6


async def test_open_works_below_the_declared_folders(scripts: Scripts) -> None:
    (scripts.data / "file").write_text("one\ntwo\n")
    result = await scripts.run(
        """
        import os
        with open("~/data/file") as file:
            lines = [line.strip() for line in file]
        with open("~/data/new", "w") as file:
            file.write("x")
        print(lines, sorted(os.listdir("~/data")))
        """
    )
    assert result.error is None, result.error
    assert result.content == "['one', 'two'] ['file', 'new']\n"
    assert ("fs.read", str(scripts.data / "file"), "read") in scripts.policy.asked


async def test_open_is_refused_where_the_policy_says_so(scripts: Scripts) -> None:
    scripts.policy.folders[Kind.FS_WRITE] = ()
    result = await scripts.run("try:\n    open('~/data/new', 'w')\nexcept OSError as error:\n    print(error.errno)")
    assert result.content == "76\n"
    assert not (scripts.data / "new").exists()


async def test_open_files_do_not_outlive_their_call(scripts: Scripts) -> None:
    (scripts.data / "file").write_text("x")
    gc.collect()  # what earlier tests left open
    before = len(os.listdir("/dev/fd"))
    await scripts.run("files = [open('~/data/file') for _ in range(50)]\n1 / 0")
    assert abs(len(os.listdir("/dev/fd")) - before) < 10


async def test_environment_variables_may_be_missing(scripts: Scripts) -> None:
    result = await scripts.run(
        "import blufio\nprint(blufio.env('HOME_TOWN'), blufio.env('NONE'), blufio.env('NONE', 'else'))"
    )
    assert result.content == "Oslo None else\n"


async def test_http_sends_and_receives(scripts: Scripts) -> None:
    sent: list[Fetch] = []

    async def fetch(effect: Fetch) -> EffectResult:
        sent.append(effect)
        if effect.url.endswith("/picture"):
            return EffectResult(200, b"\x89PNG\xff", (("Content-Type", "image/png"),), effect.url)
        return EffectResult(404, b'{"why": "gone"}', (("X-A", "1"),), effect.url)

    scripts.fetch = fetch
    result = await scripts.run(
        """
        import blufio
        answer = blufio.http("POST", "https://api.example.org/x", {"accept": "text/plain"}, {"a": 1})
        picture = blufio.http("https://api.example.org/picture")
        blufio.http("PUT", "https://api.example.org/y", body=b"\\x00\\xff")
        blufio.output([answer.status, answer.json()["why"], answer.headers["x-a"], answer["url"], list(picture.body)])
        """
    )
    assert result.error is None, result.error
    assert json.loads(result.content) == [404, "gone", "1", "https://api.example.org/x", list(b"\x89PNG\xff")]
    assert [(one.method, one.body) for one in sent] == [("POST", b'{"a": 1}'), ("GET", b""), ("PUT", b"\x00\xff")]
    assert dict(sent[0].headers) == {"accept": "text/plain", "content-type": "application/json"}


# ── errors ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failed_host_call_can_be_handled(scripts: Scripts) -> None:
    result = await scripts.run(
        """
        import blufio
        try:
            blufio.read_file(blufio.input()["data"] + "/none")
        except blufio.HostError as error:
            print("handled:", error)
        except OSError:
            print("not as a HostError")
        """
    )
    assert result.content.startswith("handled: ")
    assert "No such file" in result.content


async def test_an_unhandled_host_error_keeps_its_kind(scripts: Scripts) -> None:
    async def fetch(_effect: Fetch) -> EffectResult:
        raise HostError("connection refused by api.example.org")

    scripts.fetch = fetch
    result = await scripts.run("import blufio\n\ndef ask():\n    blufio.http('GET', 'https://x.org')\n\nask()\n")
    assert result.error is not None
    assert result.error.kind == ErrorKind.HOST_ERROR
    assert result.error.message == (
        "host error: connection refused by api.example.org\n"
        '  File "skill.py", line 6, in <module>\n'
        '  File "skill.py", line 4, in ask'
    )


async def test_a_denial_ends_the_script_and_cannot_be_caught(scripts: Scripts) -> None:
    result = await scripts.run(
        """
        import blufio
        try:
            blufio.read_file("/etc/passwd")
        except BaseException:
            blufio.output("carried on")
        blufio.output("carried on")
        """
    )
    assert result.error is not None
    assert result.error.kind == ErrorKind.CAPABILITY_DENIED
    assert result.error.message.startswith("capability not permitted: fs.read /etc/passwd")


async def test_a_denied_request_is_a_denial_too(scripts: Scripts) -> None:
    async def fetch(effect: Fetch) -> EffectResult:
        raise CapabilityDenied("net", effect.url)

    scripts.fetch = fetch
    result = await scripts.run("import blufio\nblufio.http('GET', 'https://x.org/')")
    assert result.error is not None
    assert result.error.message == "capability not permitted: net https://x.org/"


async def test_an_exception_is_shown_with_the_scripts_own_lines(scripts: Scripts) -> None:
    result = await scripts.run("def half(n):\n    return n / 0\n\n\nhalf(4)\n")
    assert result.error is not None
    assert result.error.kind == ErrorKind.TRAP
    assert result.error.message == (
        'ZeroDivisionError: divide by zero\n  File "skill.py", line 5, in <module>\n  File "skill.py", line 2, in half'
    )
    assert result.logs == ()


async def test_a_syntax_error_names_its_line(scripts: Scripts) -> None:
    result = await scripts.run("x = 1\nif x\n    pass\n")
    assert result.error is not None
    assert result.error.message.startswith("SyntaxError")
    assert 'File "skill.py", line 2' in result.error.message


async def test_what_was_printed_before_an_exception_is_not_lost(scripts: Scripts) -> None:
    result = await scripts.run("import sys\nsys.stderr.write('noted\\n')\nraise ValueError('no')")
    assert result.error is not None
    assert result.error.message == 'ValueError: no\n  File "skill.py", line 3, in <module>'
    assert [line.message for line in result.logs] == ["noted"]


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("def f(n):\n    return f(n + 1)\nf(0)", ErrorKind.STACK_OVERFLOW, "recursed too deeply"),
        ("x = b'0123456789'\nwhile True:\n    x += x", ErrorKind.MEMORY_LIMIT, "resources.memory_mb"),
        ("try:\n    x = [0] * 100000000\nfinally:\n    pass", ErrorKind.MEMORY_LIMIT, "4 MiB"),
        ("x = [0] * 100000000", ErrorKind.MEMORY_LIMIT, "4 MiB"),
        ("while True:\n    pass", ErrorKind.FUEL_EXHAUSTED, "resources.fuel"),
        ("import time\ntime.sleep(3600)", ErrorKind.TIMEOUT, "epoch_timeout_secs"),
        ("while True:\n    print('x' * 1000)", ErrorKind.OUTPUT_LIMIT, "output_kb"),
        ("import blufio\nblufio.output('x' * 9000)", ErrorKind.OUTPUT_LIMIT, "output_kb"),
        ("raise SystemExit(4)", ErrorKind.TRAP, "status 4"),
        ("import host\nhost.call('format_disk', '')", ErrorKind.TRAP, "does not exist"),
        ("import nothing_like_it", ErrorKind.TRAP, "ImportError"),
    ],
)
async def test_limits_end_a_script_with_their_own_kind(
    scripts: Scripts, source: str, kind: ErrorKind, words: str
) -> None:
    seconds = 1 if kind is ErrorKind.TIMEOUT else 60
    limits = Limits(memory_mb=4, fuel=200_000_000, epoch_timeout_secs=seconds, output_kb=8)
    result = await scripts.run(source, limits=limits)
    assert result.error is not None
    assert (result.error.kind, words in result.error.message) == (kind, True), result.error


async def test_chance_differs_from_call_to_call(scripts: Scripts) -> None:
    source = "import os, random\nprint(random.getrandbits(30), random.random(), os.urandom(4))"
    first, second = await scripts.run(source), await scripts.run(source)
    assert (first.error, second.error) == (None, None)
    assert first.content != second.content


async def test_the_library_can_be_imported(scripts: Scripts) -> None:
    source = (
        "import argparse, binascii, cmath, collections, deflate, hashlib, heapq, io\n"
        "import math, os, platform, random, re, struct, time\n"
    )
    assert (await scripts.run(f"{source}print('there')")).content == "there\n"


async def test_leaving_with_zero_is_success(scripts: Scripts) -> None:
    result = await scripts.run("import sys, blufio\nblufio.output('done')\nsys.exit(0)")
    assert (result.error, result.content) == (None, "done")


async def test_a_byte_order_mark_is_no_part_of_a_script(scripts: Scripts) -> None:
    assert (await scripts.run("\ufeffprint('é')")).content == "é\n"


async def test_the_heap_fits_the_manifests_memory(scripts: Scripts) -> None:
    result = await scripts.run("x = bytearray(12_000_000)\nprint(len(x))")
    assert result.content == "12000000\n"
    assert result.usage.memory_peak_bytes <= 16 * 1024 * 1024
    small = await scripts.run("print(1)", limits=Limits(memory_mb=1))
    assert (small.error, small.content) == (None, "1\n")


async def test_nothing_is_left_from_call_to_call(scripts: Scripts) -> None:
    source = "import blufio, sys\nprint(hasattr(blufio, 'mark'))\nblufio.mark = 1\nsys.modules['x'] = 1"
    assert [(await scripts.run(source)).content for _ in range(3)] == ["False\n"] * 3


# ── modules beside the script ──────────────────────────────────────────────────────────────────────


async def test_modules_of_the_skills_folder_can_be_imported(scripts: Scripts) -> None:
    (scripts.folder / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    (scripts.folder / "parts").mkdir()
    (scripts.folder / "parts" / "__init__.py").write_text("")
    (scripts.folder / "parts" / "more.py").write_text("def fail():\n    raise ValueError('from more')\n")
    result = await scripts.run("from helper import double\nfrom parts.more import fail\nprint(double(21))\nfail()")
    assert result.error is not None
    assert result.error.message == (
        'ValueError: from more\n  File "skill.py", line 4, in <module>\n  File "parts/more.py", line 2, in fail'
    )


async def test_an_error_while_importing_shows_both_places(scripts: Scripts) -> None:
    (scripts.folder / "helper.py").write_text("x = 1\n\nraise ValueError('broken')\n")
    result = await scripts.run("import helper")
    assert result.error is not None
    assert result.error.message == (
        'ValueError: broken\n  File "skill.py", line 1, in <module>\n  File "helper.py", line 3, in <module>'
    )


async def test_a_module_that_changed_since_the_install_is_not_run(scripts: Scripts) -> None:
    (scripts.folder / "helper.py").write_text("x = 1\n")
    (scripts.folder / "skill.py").write_text("import helper")
    installed = content_hash(scan(scripts.folder))
    (scripts.folder / "helper.py").write_text("x = 2\n")
    script = scripts.folder / "skill.py"
    digest = hashlib.sha256(script.read_bytes()).hexdigest()
    call = SandboxCall("1", "a-script", script, digest, b"{}", Limits(), content_hash=installed)
    result = await scripts.sandbox.run(call, scripts.policy)
    assert result.error is not None
    assert result.error.kind == ErrorKind.INTEGRITY


async def test_the_name_of_the_built_in_module_is_taken(scripts: Scripts) -> None:
    (scripts.folder / "blufio.py").write_text("")
    result = await scripts.run("import blufio")
    assert result.error is not None
    assert result.error.kind == ErrorKind.INVALID_MODULE


async def test_modules_cannot_come_from_anywhere_else(scripts: Scripts) -> None:
    (scripts.data / "planted.py").write_text("print('planted')")
    result = await scripts.run("import sys\nsys.path.append('/nowhere')\nimport planted")
    assert result.error is not None
    assert result.error.message.startswith("ImportError")
    assert scripts.policy.asked == []


async def test_the_scripts_own_folder_cannot_be_written(scripts: Scripts) -> None:
    result = await scripts.run("open('/skill.py', 'w')")
    assert result.error is not None
    assert "OSError" in result.error.message
