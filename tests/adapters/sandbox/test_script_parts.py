"""The parts of script skills that need no worker."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.adapters.sandbox.compile import micropython as artifact
from blufio_tui.adapters.sandbox.compile.module_plan import read_verified
from blufio_tui.adapters.sandbox.compile.script_plan import MAX_SOURCE_BYTES, plan
from blufio_tui.adapters.sandbox.wire.script_program import Program, decode
from blufio_tui.adapters.sandbox.worker_side.script import failure
from blufio_tui.adapters.sandbox.worker_side.wasi.virtual_files import ROOT, VirtualFiles
from blufio_tui.adapters.skills.folder import scan
from blufio_tui.core.effects import FileOperation
from blufio_tui.core.errors import ErrorKind, SandboxError
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.files import content_hash
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.core.wasi.errno import Errno, WasiError
from blufio_tui.core.wasi.layout import FileType, size_of_filestat
from tests.fakes.wasi_guest import errno_of

TRACEBACK = """said first
Traceback (most recent call last):
  File "<stdin>", line 1, in <module>
  File "skill.py", line 1, in <module>
  File "skill.py", line 7, in <module>
  File "blufio.py", line 15, in _call
KeyError: it: is
missing
"""


def call_of(script: Path, **changes: object) -> SandboxCall:
    digest = hashlib.sha256(script.read_bytes()).hexdigest()
    return SandboxCall("1", "a-script", script, digest, b"{}", Limits(), **changes)  # type: ignore[arg-type]


def test_the_bundled_micropython_is_the_pinned_one() -> None:
    assert len(read_verified(artifact.locate(), artifact.SHA256)) > 100_000


def test_another_micropython_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "micropython-wasi.wasm"
    other.write_bytes(b"\0asm")
    with pytest.raises(SandboxError) as caught:
        read_verified(other, artifact.SHA256)
    assert caught.value.kind is ErrorKind.INTEGRITY


def test_a_script_that_is_not_the_installed_one_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "skill.py"
    script.write_text("pass")
    call = call_of(script)
    script.write_text("changed")
    with pytest.raises(SandboxError) as caught:
        plan(call)
    assert caught.value.kind is ErrorKind.INTEGRITY


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (MAX_SOURCE_BYTES + 1)])
def test_what_cannot_be_a_script_is_refused(tmp_path: Path, content: bytes) -> None:
    script = tmp_path / "skill.py"
    script.write_bytes(content)
    with pytest.raises(SandboxError) as caught:
        plan(call_of(script))
    assert caught.value.kind is ErrorKind.INVALID_MODULE


def test_other_modules_are_left_out_unless_the_folder_is_vouched_for(tmp_path: Path) -> None:
    script = tmp_path / "skill.py"
    script.write_text("pass")
    (tmp_path / "helper.py").write_text("x = 1")
    assert list(decode(plan(call_of(script)).payload).files) == ["skill.py"]


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_programs_survive_the_way_to_the_worker(files: dict[str, str]) -> None:
    files = {name: text for name, text in files.items() if _encodable(name + text)} or {"a.py": ""}
    program = Program(next(iter(files)), files)
    assert decode(program.encode()) == program


def _encodable(text: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in text)


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"entry": "a", "files": {}}', b"\xff"])
def test_a_payload_that_is_no_program_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):
        decode(payload)


def test_a_traceback_is_cut_to_the_scripts_own_frames() -> None:
    written, uncaught = failure.split(TRACEBACK)
    assert written == "said first\n"
    assert uncaught is not None
    assert uncaught.render() == 'KeyError: it: is\nmissing\n  File "skill.py", line 7, in <module>'


def test_a_long_traceback_is_shortened_in_the_middle() -> None:
    frames = "".join(f'  File "skill.py", line {number}, in f\n' for number in range(100))
    _, uncaught = failure.split(f"Traceback (most recent call last):\n{frames}RuntimeError: maximum recursion depth\n")
    assert uncaught is not None
    assert len(uncaught.render().splitlines()) == 12
    assert "… 90 more …" in uncaught.render()


@given(st.text())
def test_any_text_on_standard_error_can_be_looked_through(text: str) -> None:
    written, uncaught = failure.split(text)
    assert uncaught is not None or written == text
    _, uncaught = failure.split(f"Traceback (most recent call last):\n{text}")
    assert uncaught is not None
    assert failure.trap_of(uncaught, 1 << 24).message


def at(files: VirtualFiles, operation: str, path: str, **options: bool) -> object:
    return files.perform(FileOperation(operation, path, root=ROOT, options=options))


def test_virtual_files_can_be_read_and_nothing_else() -> None:
    files = VirtualFiles({"a.py": b"12345", "pkg/b.py": b""})
    reply = files.perform(FileOperation("open", "a.py", root=ROOT, options={"read": True}))
    assert reply.data == bytes([FileType.REGULAR_FILE]) + f"{ROOT}/a.py".encode()
    assert files.on_handle(reply.value, "read", (1, 3)).data == b"234"
    assert size_of_filestat(files.on_handle(reply.value, "stat", ()).data) == 5
    files.on_handle(reply.value, "close", ())
    assert errno_of(lambda: files.on_handle(reply.value, "read", (0, 1))) is Errno.BADF
    assert errno_of(lambda: at(files, "open", "a.py", write=True)) is Errno.ROFS
    assert errno_of(lambda: at(files, "open", "a.py", directory=True)) is Errno.NOTDIR
    assert errno_of(lambda: at(files, "open", "new", create=True)) is Errno.NOENT
    assert errno_of(lambda: at(files, "unlink", "a.py")) is Errno.ROFS
    assert errno_of(lambda: at(files, "stat", "../a.py")) is Errno.NOTCAPABLE
    assert errno_of(lambda: at(files, "readlink", "a.py")) is Errno.INVAL


def test_a_virtual_stream_gives_what_is_asked_for() -> None:
    files = VirtualFiles({}, {"dev/urandom": lambda count: b"r" * count})
    number = files.perform(FileOperation("open", "dev/urandom", root=ROOT)).value
    assert files.on_handle(number, "read", (0, 5)).data == b"rrrrr"
    assert files.on_handle(number, "read", (5, 2)).data == b"rr"


def test_virtual_folders_are_listed() -> None:
    files = VirtualFiles({"a.py": b"", "pkg/b.py": b"", "pkg/sub/c.py": b""})
    number = files.perform(FileOperation("open", "pkg", root=ROOT)).value
    listing = files.on_handle(number, "list", (0, 4096)).data
    assert all(name in listing for name in (b"b.py", b"sub", b".."))
    assert b"a.py" not in listing
    below = files.perform(FileOperation("stat", "sub/c.py", root=f"{ROOT}/pkg"))
    assert below.data
    with pytest.raises(WasiError):
        files.on_handle(number, "write", (0, 0))


def test_a_script_in_a_subfolder_finds_the_modules_there(tmp_path: Path) -> None:
    script = tmp_path / "src" / "skill.py"
    script.parent.mkdir()
    script.write_text("pass")
    (script.parent / "helper.py").write_text("x = 1")
    (tmp_path / "build.py").write_text("x = 2")
    (tmp_path / "skill.toml").write_text("")
    call = call_of(script, content_hash=content_hash(scan(tmp_path)))
    assert sorted(decode(plan(call).payload).files) == ["helper.py", "skill.py"]
