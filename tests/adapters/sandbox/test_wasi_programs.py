"""Programs built with an ordinary C toolchain, run by the real worker; `scripts/build_wasi_tests.py` builds them."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from blufio_tui.adapters.sandbox.program_side import exchange
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from tests.fakes.file_policy import FilePolicy

PROGRAMS = Path(__file__).resolve().parents[2] / "wasi"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("compiled_in_this_process")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(module_cache: Path) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(module_cache, spare=False)
    yield client
    await client.close()


class Runner:
    """One program with a folder to write to and one to read."""

    def __init__(self, sandbox: SandboxClient, folder: Path) -> None:
        self.sandbox = sandbox
        self.data, self.given = folder / "data", folder / "given"
        self.data.mkdir()
        self.given.mkdir()
        (self.given / "given").write_text("as it was")
        self.policy = FilePolicy((self.data, self.given), (self.data,), variables={"SHOWN": "yes", "HIDDEN": "no"})

    async def run(self, name: str, stdin: str = "", limits: Limits | None = None) -> SandboxResult:
        module = PROGRAMS / f"{name}.wasm"
        call = SandboxCall(
            call_id="1",
            name="the-skill",
            module=module,
            module_sha256=hashlib.sha256(module.read_bytes()).hexdigest(),
            input_json=stdin.encode(),
            limits=limits or Limits(epoch_timeout_secs=60),  # however slow the machine
            preopens=(("/data", str(self.data)), ("~/given", str(self.given))),
            env_keys=("SHOWN", "MISSING"),
        )
        return await self.sandbox.run(call, self.policy)


@pytest.fixture
def runner(sandbox: SandboxClient, tmp_path: Path) -> Runner:
    return Runner(sandbox, tmp_path)


@pytest.mark.parametrize("program", ["libc_files", "paths", "descriptors"])
async def test_a_program_finds_what_the_specification_says(runner: Runner, program: str) -> None:
    result = await runner.run(program, '{"say": "hi"}')
    assert [line.message for line in result.logs] == []
    assert result.error is None
    assert result.content.startswith("ok after ")


async def test_arguments_and_environment_are_what_the_manifest_gives(runner: Runner) -> None:
    assert (await runner.run("ends", "arguments")).content == "1 the-skill yes -"


@pytest.mark.parametrize(
    ("says", "content"),
    [("nothing", "Skill completed successfully (no output)"), ("early", "said before"), ("log", "[INFO] first line")],
)
async def test_leaving_with_zero_is_success(runner: Runner, says: str, content: str) -> None:
    result = await runner.run("ends", says)
    assert result.error is None
    assert result.content.startswith(content)


@pytest.mark.parametrize(
    ("says", "kind", "message"),
    [
        ("status", ErrorKind.TRAP, "exited with status 3"),
        ("abort", ErrorKind.TRAP, "unreachable"),
        ("signal", ErrorKind.TRAP, "signal 15"),
        ("wild", ErrorKind.TRAP, "out of bounds"),
        ("much", ErrorKind.OUTPUT_LIMIT, "resources.output_kb"),
        ("calls", ErrorKind.HOST_ERROR, "host calls in one"),
    ],
)
async def test_other_endings_are_errors(
    runner: Runner, says: str, kind: ErrorKind, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MAX_HOST_CALLS", 300)
    result = await runner.run("ends", says)
    assert result.error is not None
    assert result.error.kind == kind
    assert message in result.error.message


async def test_standard_error_becomes_log_lines(runner: Runner) -> None:
    result = await runner.run("ends", "log")
    assert [(line.level, line.message) for line in result.logs] == [("info", "first line"), ("info", "second line")]


async def test_sleeping_does_not_outlive_the_deadline(runner: Runner) -> None:
    result = await runner.run("ends", "sleep", Limits(epoch_timeout_secs=1))
    assert result.error is not None
    assert result.error.kind == ErrorKind.TIMEOUT
    assert 1_000 <= result.usage.wall_ms < 30_000, "it would sleep for an hour"
    assert (await runner.run("ends", "early")).content == "said before"


@pytest.mark.parametrize(("says", "content"), [("random", "different"), ("clock", "after 2023")])
async def test_chance_and_time_are_there(runner: Runner, says: str, content: str) -> None:
    assert (await runner.run("ends", says)).content == content


async def test_a_reactor_is_initialized_before_it_runs(runner: Runner) -> None:
    assert (await runner.run("reactor")).content == "run after _initialize"


async def test_each_operation_is_asked_about_under_its_real_path(runner: Runner) -> None:
    await runner.run("paths")
    assert ("fs.read", str(runner.given / "given"), "read") in runner.policy.asked
    assert ("fs.write", str(runner.given / "given")) in runner.policy.denied
    assert (runner.given / "given").read_text() == "as it was"
