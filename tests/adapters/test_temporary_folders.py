"""What a killed program leaves in the temporary folder goes; what another one uses stays."""

import os
import subprocess
import sys
import time
from pathlib import Path

from blufio_tui.adapters.temporary_folders import KEPT_SECS, make_temporary, sweep_kept, sweep_temporary


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_folders_of_programs_that_are_gone_are_swept(tmp_path: Path) -> None:
    gone, here = _ended_process(), os.getpid()
    names = {
        f"blufio-cage-{gone}-abcd1234": True,
        f"blufio-shell-{gone}-abcd_234": True,
        f"blufio-cage-{here}-abcd1234": False,
        "blufio-cage-1-abcd1234": False,
        "blufio-cage-abcd1234": False,
        f"blufio-cage-{gone}-abcd1234x": False,
        "somebody-elses": False,
    }
    for name in names:
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below/file").touch()
    old = tmp_path / "blufio-shell-zzzz1234"
    old.mkdir()
    os.utime(old, (0, time.time() - 2 * 24 * 3600))
    (tmp_path / f"blufio-cage-{gone}-aaaa1234").symlink_to(tmp_path / "somebody-elses")
    assert sweep_temporary(tmp_path) == 3
    assert {path.name for path in tmp_path.iterdir()} == {name for name, swept in names.items() if not swept} | {
        f"blufio-cage-{gone}-aaaa1234"
    }
    assert (tmp_path / "somebody-elses/below/file").exists()


def test_a_folder_is_private_and_is_found_by_the_sweep_of_others() -> None:
    folder = Path(make_temporary("cage"))
    try:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder == folder.resolve()
        assert f"-{os.getpid()}-" in folder.name
    finally:
        folder.rmdir()


def test_old_content_stays_for_a_week(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "old", (0, time.time() - KEPT_SECS - 60))
    sweep_kept(tmp_path)
    sweep_kept(tmp_path / "missing")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
