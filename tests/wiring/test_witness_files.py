"""What the witnesses know is out of reach of whatever runs for somebody else."""

import asyncio
from pathlib import Path

import pytest

from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import FileOperation, WriteFile
from blufio_tui.core.errors import CapabilityDenied
from blufio_tui.core.tools import CallContext
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.wiring.backend import open_backend


def test_no_tool_writes_to_a_witness_whatever_the_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, project = tmp_path / "home", (tmp_path / "project").resolve()
    home.mkdir(mode=0o700)
    project.mkdir()
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    (project / "heads").write_text("a head\n")
    (project / "repository").mkdir()
    written = f'witness = ["file:{project}/heads", "git:{project}/repository"]'
    (home / "config.toml").write_text(f"[audit]\n{written}\n")

    async def work() -> None:
        args = StartOptions(project=project, mode="allow-all", offline=True)
        async with open_backend(args, interactive=False) as backend:
            context = CallContext("s", "t", "c", lambda _: None)
            actor = Actor(ActorKind.TOOL, "file")
            await backend.gate.perform(WriteFile(str(project / "free"), b"x"), actor, context)
            for effect in (
                WriteFile(str(project / "heads"), b""),
                FileOperation("unlink", str(project / "heads")),
                WriteFile(str(project / "repository" / "HEAD"), b""),
            ):
                with pytest.raises(CapabilityDenied):
                    await backend.gate.perform(effect, actor, context)

    asyncio.run(work())
    assert (project / "heads").read_text().startswith("a head\n")
    assert len((project / "heads").read_text().splitlines()) == 2, "the checkpoint at the end of the run was added"
