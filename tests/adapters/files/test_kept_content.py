"""Old content that a killed command left stays for a week."""

import os
import time
from pathlib import Path

from blufio_tui.adapters.files.kept_content import KEPT_SECS, sweep_kept


def test_old_content_stays_for_a_week(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "old", (0, time.time() - KEPT_SECS - 60))
    sweep_kept(tmp_path)
    sweep_kept(tmp_path / "missing")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
