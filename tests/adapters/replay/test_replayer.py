"""Calls that ran once run again from what was taken down, to the bit, with nothing behind them."""

import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from blufio_tui.adapters.replay.replayer import Replayer
from blufio_tui.adapters.replay.store import LoadedCall
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient
from blufio_tui.adapters.sandbox.program_side.taping import clocks_of, exchanges_of
from blufio_tui.core.effects import Effect, EffectResult, Perform
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.replay.record import Guest
from blufio_tui.core.replay.tape import Tape
from blufio_tui.core.skills.recording import ending_of
from blufio_tui.core.skills.sandbox import SandboxCall, SandboxResult
from tests.fakes.call_records import record_of
from tests.fakes.file_policy import FilePolicy
from tests.fakes.sandbox_calls import SPIN, Performer, call_of, module_text

PROGRAMS = Path(__file__).resolve().parents[2] / "wasi"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("compiled_in_this_process")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox(module_cache: Path) -> AsyncIterator[SandboxClient]:
    client = SandboxClient(module_cache, spare=False)
    yield client
    await client.close()


async def recorded(sandbox: SandboxClient, call: SandboxCall, perform: Perform) -> tuple[LoadedCall, SandboxResult]:
    tape = Tape()
    result = await sandbox.run(replace(call, tape=tape), perform)
    assert tape.problem == ""
    record = record_of(
        exchanges_of(tape.taken),
        call_id=call.call_id,
        skill=call.name,
        guest=Guest(call.module.name, tape.program_sha256, tape.script),
        input_json=call.input_json,
        preopens=call.preopens,
        env_keys=call.env_keys,
        seed=tape.seed,
        clocks=clocks_of(tape),
        ending=ending_of(result),
    )
    record = replace(record, manifest=replace(record.manifest, limits=call.limits))
    return LoadedCall(record, call.module.read_bytes()), result


class Forbidden:
    """A sandbox whose calls get a `perform` that must never be called."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self._sandbox = sandbox

    async def run(self, call: SandboxCall, perform: Perform) -> SandboxResult:
        async def never(effect: Effect) -> EffectResult:
            raise AssertionError(f"a replayed call did {effect}")

        return await self._sandbox.run(call, never)

    async def close(self) -> None:
        await self._sandbox.close()


@pytest.mark.parametrize(
    ("program", "says"),
    [
        *(("libc_files", '{"say": "hi"}'), ("paths", ""), ("descriptors", ""), ("reactor", "")),
        *(("ends", says) for says in ("arguments", "nothing", "log", "status", "abort", "wild", "random", "clock")),
    ],
)
async def test_a_program_of_the_c_library_does_the_same_without_its_files(
    sandbox: SandboxClient, tmp_path: Path, program: str, says: str
) -> None:
    data, given = tmp_path / "data", tmp_path / "given"
    data.mkdir()
    given.mkdir()
    (given / "given").write_text("as it was")
    policy = FilePolicy((data, given), (data,), variables={"SHOWN": "yes"})
    module = PROGRAMS / f"{program}.wasm"
    sha256 = hashlib.sha256(module.read_bytes()).hexdigest()
    preopens = (("/data", str(data)), ("~/given", str(given)))
    call = SandboxCall("c1", "the-skill", module, sha256, says.encode(), Limits(), preopens, ("SHOWN", "MISSING"))
    loaded, _ = await recorded(sandbox, call, policy)
    asked = list(policy.asked)
    shutil.rmtree(data)
    shutil.rmtree(given)
    with Replayer(Forbidden(sandbox)) as replayer:
        replayed = await replayer.replay(loaded)
    assert replayed.differences == ()
    assert policy.asked == asked
    assert not data.exists()


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("(drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 64) (i32.const 99)))", "/a"),
        ("(drop (call $read_file (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 99)))", "/denied"),
        ("(drop (call $read_file (i32.const 0) (i32.const 8) (i32.const 64) (i32.const 99)))", "/missing"),
        ("(drop (call $write_file (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2)))", "/a"),
        ("(drop (call $get_env (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 2)))", "AB"),
        ("(call $log (i32.const 3) (i32.const 0) (i32.const 2)) unreachable", "no"),
        ("(call $set_output (i32.const 0) (i32.const 999999))", ""),
        (SPIN, ""),
    ],
)
async def test_every_ending_is_the_same(sandbox: SandboxClient, tmp_path: Path, body: str, data: str) -> None:
    path = tmp_path / "probe.wat"
    path.write_text(module_text(body, data))
    loaded, result = await recorded(sandbox, call_of(path, Limits(fuel=1_000_000)), Performer())
    with Replayer(Forbidden(sandbox)) as replayer:
        replayed = await replayer.replay(loaded)
    assert replayed.differences == ()
    assert replayed.ending == ending_of(result)


@pytest.mark.parametrize(("program", "says"), [("ends", "sleep"), ("spin", "")])
async def test_a_call_that_its_deadline_ended_ends_in_the_same_place(
    sandbox: SandboxClient, tmp_path: Path, program: str, says: str
) -> None:
    module = PROGRAMS / f"{program}.wasm"
    if not module.exists():
        module = tmp_path / "spin.wat"
        module.write_text(module_text(SPIN))
    call = call_of(module, Limits(fuel=2**62, epoch_timeout_secs=1), input_json=says.encode())
    loaded, result = await recorded(sandbox, call, Performer())
    assert result.error is not None
    assert result.error.kind is ErrorKind.TIMEOUT
    with Replayer(Forbidden(sandbox)) as replayer:
        replayed = await replayer.replay(loaded)
    assert replayed.differences == ()
