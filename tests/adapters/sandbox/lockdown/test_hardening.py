"""What a worker cannot do once it is locked down: tried in a process of its own."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from wasmtime import Module

from blufio_tui.adapters.sandbox.engine import build_engine
from blufio_tui.adapters.sandbox.lockdown import landlock, seccomp
from blufio_tui.adapters.sandbox.program_side.client import SandboxClient

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux")
_PROBE = """
report = hardening.apply()
hardening.no_more_processes()
tries = {
    "read": lambda: open("/etc/hostname").read(),
    "list": lambda: os.listdir("/"),
    "write": lambda: open("/tmp/sandbox-probe", "w"),
    "tcp": lambda: socket.create_connection(("127.0.0.1", 9), 0.1),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "run": lambda: subprocess.run(["/bin/true"]),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "signal": lambda: os.kill(os.getppid(), 0),
    "fork": lambda: os.fork() or os._exit(0),
    "mode": lambda: os.chmod("/tmp", 0o1777),
    "owner": lambda: os.chown("/tmp", 0, 0),
    "times": lambda: os.utime("/tmp"),
    "rename": lambda: os.rename("/tmp/sandbox-probe", "/tmp/sandbox-probe-2"),
    "core": lambda: resource_core(),
}
def resource_core():
    import resource
    if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0):
        raise PermissionError
result = {}
for name, attempt in tries.items():
    try:
        attempt()
        result[name] = "done"
    except OSError as error:
        result[name] = "refused"
print(json.dumps([report, result]))
"""


@linux_only
@pytest.mark.parametrize("landlock_there", [True, False])
def test_a_locked_down_process_can_open_nothing_and_start_nothing(landlock_there: bool) -> None:
    if landlock_there and not landlock.abi_version():
        pytest.skip("no Landlock here")
    without = "" if landlock_there else "landlock.abi_version = lambda: 0\n"
    report, result = _probe(without + _PROBE)
    assert report["landlock"].startswith("active" if landlock_there else "not active")
    assert set(result.values()) == {"refused"}, result


@linux_only
def test_a_worker_loads_its_module_also_where_seccomp_stands_in_for_landlock(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.write_bytes(Module(build_engine(), '(module (func (export "run")))').serialize())
    report, exports = _probe(f"""
from blufio_tui.adapters.sandbox.lockdown import hardening, landlock
from blufio_tui.adapters.sandbox.worker_side import native_code
from blufio_tui.adapters.sandbox.engine import build_engine
landlock.abi_version = lambda: 0
engine, file = build_engine(), open({str(code)!r}, "rb")
report = hardening.apply()
hardening.no_more_processes()
module = native_code.module_from(engine, file.fileno(), {hashlib.sha256(code.read_bytes()).hexdigest()!r})
print(json.dumps([report, [item.name for item in module.exports]]))
""")
    assert exports == ["run"], report


def _probe(program: str) -> tuple[dict[str, str], Any]:
    head = "import json, os, socket, subprocess\nfrom blufio_tui.adapters.sandbox.lockdown import hardening, landlock\n"
    done = subprocess.run([sys.executable, "-I", "-c", head + program], capture_output=True, text=True, check=True)
    report, result = json.loads(done.stdout)
    return report, result


async def test_a_worker_reports_what_it_gave_up(tmp_path: Path) -> None:
    client = SandboxClient(tmp_path, spare=False)
    report = await client.hardening_report()
    await client.close()
    assert report["resource limits"] == "active"
    if sys.platform == "linux":
        assert {"no new privileges", "landlock", "seccomp"} <= report.keys()


@linux_only
def test_the_numbers_of_refused_system_calls_are_those_of_this_machine() -> None:
    headers = [path for path in Path("/usr/include").glob("*/asm/unistd_64.h") if "x86_64" in str(path)]
    if not headers or not seccomp.supported():
        pytest.skip("no kernel headers here")
    known = dict(re.findall(r"#define __NR_(\w+)\s+(\d+)", headers[0].read_text()))
    refused = seccomp.refused_calls(files=True)
    assert {name: number for name, number in refused.items() if int(known.get(name, number)) != number} == {}


def test_the_filter_lets_through_what_is_not_listed_and_refuses_what_is() -> None:
    program = seccomp.assemble(0xC000003E, [41, 59])
    assert _filtered(program, 0xC000003E, 41) == _filtered(program, 0xC000003E, 59) == "refused"
    assert _filtered(program, 0xC000003E, 0) == "allowed"
    assert _filtered(program, 0xC000003E, 0x40000000 | 41) == "refused"
    assert _filtered(program, 0x40000003, 0) == "killed"


def _filtered(program: bytes, architecture: int, number: int) -> str:
    """A BPF machine of four instructions."""
    import struct

    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = value = 0
    while True:
        operation, if_true, if_false, constant = code[at]
        at += 1
        match operation:
            case 0x20:
                value = architecture if constant == 4 else number
            case 0x15:
                at += if_true if value == constant else if_false
            case 0x35:
                at += if_true if value >= constant else if_false
            case 0x06:
                return {0x7FFF0000: "allowed", 0x80000000: "killed"}.get(constant, "refused")


def test_a_kernel_without_landlock_is_version_zero() -> None:
    assert landlock.abi_version() >= 0
