"""Everyday commands need no question in the cage, but for a host that is not this machine."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import QUIET, build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CagePool, Command, Ended, Output, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.commands.environment import command_environment
from tests.fakes.corpus import sampled
from tests.hostile.cage.everyday import COMMANDS, FILES, Everyday

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


def _environment() -> dict[str, str]:
    named = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b"}
    clean = command_environment(os.environ)
    folders = [one for one in clean.get("PATH", "").split(":") if not Path(one, "..", "pyvenv.cfg").exists()]
    base = str(Path(os.path.realpath(sys.executable)).parent)  # not pyenv's shims, which rehash themselves after pip
    return {**QUIET, **clean, **named, "PATH": ":".join([base, *folders])}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = Path(os.path.realpath(tmp_path)) / "project"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    if shutil.which("git"):
        script = "git init -q . && git add -A && git commit -qm first"
        subprocess.run(["sh", "-c", script], cwd=folder, env=_environment(), check=True)
    return folder


async def run(project: Path, everyday: Everyday) -> tuple[Ended, list[Asked], str]:
    asked, output, ended = list[Asked](), b"", None
    tmp = os.path.realpath(tempfile.mkdtemp(dir=project.parent))
    environment = {**_environment(), "TMPDIR": tmp}
    profile = build_profile(str(project), tmp, environment=environment, home=os.path.realpath(Path.home()))

    async def refuse(question: Asked, reply: Reply) -> None:
        asked.append(question)
        await reply(Answered(False))

    pool = CagePool(spare=False)
    command = Command(("/bin/bash", "-c", everyday.command), str(project), environment, profile, "", 120)
    async for event in pool.run(command, refuse):
        if isinstance(event, Output):
            output += event.data
        elif isinstance(event, Ended):
            ended = event
    pool.close()
    assert ended is not None
    return ended, asked, output.decode("utf-8", "replace")


@pytest.mark.parametrize("everyday", sampled(COMMANDS), ids=[one.title.replace(" ", "-") for one in COMMANDS])
def test_an_everyday_command_works_and_asks_nothing(project: Path, everyday: Everyday) -> None:
    if shutil.which(everyday.needs) is None:
        pytest.skip(f"{everyday.needs} is not here")
    ended, asked, output = asyncio.run(run(project, everyday))
    questions = [(one.kind, one.operation, one.resource) for one in asked]
    assert questions == [("net", "connect", host) for host in everyday.hosts], output
    assert ended.exit_code == 0, output


def test_the_table_of_the_documentation_lists_them() -> None:
    page = Path(__file__).parents[3].joinpath("docs/cage.md").read_text("utf-8")
    listed = re.findall(r"^\| (.+?) \| (none|one: .+?) \|$", page, re.MULTILINE)
    assert listed == [(one.title, f"one: {', '.join(one.hosts)}" if one.hosts else "none") for one in COMMANDS]
