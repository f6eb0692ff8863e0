"""A worker of the sandbox that had to be given up leaves a row in the audit log."""

from pathlib import Path

import pytest

from blufio_tui.core.audit.rows import AuditFilter, RowType
from blufio_tui.core.errors import ErrorKind
from blufio_tui.core.manifest.manifest import Limits
from blufio_tui.core.skills.sandbox import SandboxCall
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import open_backend


async def test_the_row_names_the_skill_the_call_and_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path / "home"))
    (tmp_path / "project").mkdir()
    call = SandboxCall("c1", "sender", tmp_path / "skill.wasm", "0" * 64, b"{}", Limits())
    async with open_backend(StartOptions(project=tmp_path / "project"), interactive=False) as backend:
        await backend.outside.sandbox._report(call, ErrorKind.TRAP, "the worker ended")
        [row] = [one for one in await backend.stored.audit.page(AuditFilter()) if one.entry.row_type is RowType.LIMIT]
    entry = row.entry
    assert (entry.actor, entry.call_id, entry.resource) == ("sender", "c1", ErrorKind.TRAP.value)
    assert (entry.outcome, entry.detail) == (f"error: {ErrorKind.TRAP.value}", "the worker ended")
