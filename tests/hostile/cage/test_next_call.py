"""What one command leaves behind must not widen what the next may do: caches, links, `pyvenv.cfg`, `PATH`."""

import os
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CagePool, Command, Output, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.cage.profile import Profile, Ruling, Want, judge

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")


class Machine:
    """A home folder with secrets, caches and a project."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.home, self.tmp = self.root / "home", self.root / "tmp"
        self.project, self.secrets = self.home / "work", self.home / "letters"
        for folder in (self.project, self.secrets, self.tmp, self.home / ".cache/pip", self.home / ".cargo/registry"):
            folder.mkdir(parents=True)
        (self.secrets / "secret.txt").write_text("CANARY")
        (self.secrets / "run").write_text("#!/bin/sh\necho CANARY\n")
        (self.secrets / "run").chmod(0o755)
        self.path = os.environ["PATH"]
        self.pool = CagePool(spare=False)

    def profile(self) -> Profile:
        environment = {"PATH": self.path}
        return build_profile(str(self.project), str(self.tmp), environment=environment, home=str(self.home))

    async def sh(self, script: str) -> str:
        """Output of a command that is refused whatever it asks for."""

        async def refuse(_asked: Asked, reply: Reply) -> None:
            await reply(Answered(False))

        output = b""
        environment = {"PATH": self.path, "HOME": str(self.home), "TMPDIR": str(self.tmp)}
        command = Command(("/bin/sh", "-c", script), str(self.project), environment, self.profile(), "", 30)
        async with aclosing(self.pool.run(command, refuse)) as events:
            async for event in events:
                output += event.data if isinstance(event, Output) else b""
        return output.decode()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    one = Machine(tmp_path)
    yield one
    one.pool.close()


async def _steals(machine: Machine) -> bool:
    output = await machine.sh(
        f"cat {machine.secrets}/secret.txt; {machine.secrets}/run; echo x > {machine.secrets}/made; true"
    )
    return "CANARY" in output or (machine.secrets / "made").exists()


async def test_a_cache_is_free(machine: Machine) -> None:
    assert await machine.sh("echo a > ~/.cache/pip/x && cat ~/.cache/pip/x && rm ~/.cache/pip/x") == "a\n"


async def test_a_cache_cannot_be_made_a_link(machine: Machine) -> None:
    await machine.sh("rm -r ~/.cache/pip; ln -s ~/letters ~/.cache/pip; ln -s ~/letters l; mv l ~/.cache/pip")
    assert not (machine.home / ".cache/pip").is_symlink()
    assert not await _steals(machine)


@pytest.mark.parametrize("name", [".cache/pip", ".cargo/registry", ".cargo/.package-cache", ".bun/install/cache"])
async def test_a_cache_that_is_a_link_is_not_followed(machine: Machine, name: str) -> None:
    link = machine.home / name
    if link.exists():
        link.rmdir()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(machine.secrets)
    assert not await _steals(machine)


async def test_a_link_above_the_caches_that_no_command_can_change_is_followed(machine: Machine) -> None:
    (machine.home / ".cache").rename(machine.root / "large-disk")
    (machine.home / ".cache").symlink_to(machine.root / "large-disk")
    assert await machine.sh("echo a > ~/.cache/pip/x && cat ~/.cache/pip/x") == "a\n"


async def test_a_virtual_environment_of_the_project_widens_nothing(machine: Machine) -> None:
    (machine.secrets / "python3").touch()
    (machine.project / ".venv/bin").mkdir(parents=True)
    (machine.project / ".venv/pyvenv.cfg").write_text(f"home = {machine.secrets}\n")
    machine.path = f"{machine.project}/.venv/bin:{machine.path}"
    assert not await _steals(machine)
    machine.path = f"{machine.home}/.cache/pip/bin:{machine.path}"
    (machine.home / ".cache/pip/bin").mkdir()
    (machine.home / ".cache/pip/pyvenv.cfg").write_text(f"home = {machine.secrets}/x\n")
    assert not await _steals(machine)


async def test_a_virtual_environment_outside_still_finds_its_python(machine: Machine) -> None:
    for folder in ("venv/bin", "python/bin", "python/lib"):
        (machine.home / folder).mkdir(parents=True)
    (machine.home / "python/bin/python3").symlink_to(os.path.realpath(sys.executable))
    (machine.home / "python/lib/module").write_text("library")
    (machine.home / "venv/pyvenv.cfg").write_text(f"home = {machine.home}/python/bin\n")
    machine.path = f"{machine.home}/venv/bin:{machine.path}"
    assert await machine.sh("cat ~/python/lib/module") == "library"


async def test_a_link_of_the_project_on_the_path_widens_nothing(machine: Machine) -> None:
    (machine.project / "bin").symlink_to(machine.secrets)
    machine.path = f"{machine.project}/bin:{machine.path}"
    assert not await _steals(machine)


def test_the_home_folder_on_the_path_does_not_count(machine: Machine) -> None:
    machine.path = f"{machine.home}:{machine.root}:{machine.path}"
    assert judge(machine.profile(), str(machine.secrets / "secret.txt"), Want.READ).ruling is Ruling.ASK


async def test_a_file_that_is_read_at_the_start_cannot_be_led_elsewhere(machine: Machine) -> None:
    """The same path, as a file that toolchains read and as one that they write."""
    (machine.home / ".cargo/.package-cache").symlink_to(machine.secrets / "secret.txt")
    assert judge(machine.profile(), str(machine.secrets / "secret.txt"), Want.READ).ruling is Ruling.ASK


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ("[include]\n\tpath = ../shared.inc\n", "shared.inc"),
        ('[includeIf "gitdir:~/"]\n\tpath = "../sh ared.inc"\n', "sh ared.inc"),
        ("[core]\n\thooksPath = tools/hooks\n", "tools/hooks/anything"),
        ("[core]\n\tattributesFile = attributes.txt\n", "attributes.txt"),
    ],
)
def test_what_the_configuration_of_git_names_is_asked_about(machine: Machine, config: str, named: str) -> None:
    (machine.project / "nested/.git").mkdir(parents=True)
    (machine.project / "nested/.git/config").write_text(config)
    profile = machine.profile()
    path = str(machine.project / "nested" / named)
    assert judge(profile, path, Want.CREATE).ruling is Ruling.ASK
    assert judge(profile, path, Want.READ).ruling is Ruling.FREE
    assert judge(profile, str(machine.project / "nested"), Want.RENAME).ruling is Ruling.ASK


def test_what_the_persons_own_configuration_of_git_includes_is_asked_about(machine: Machine) -> None:
    (machine.home / ".gitconfig").write_text("[include]\n\tpath = work/dotfiles/more\n")
    (machine.project / "dotfiles").mkdir()
    (machine.project / "dotfiles/more").write_text("[include]\n\tpath = still-more\n")
    profile = machine.profile()
    for name in ("more", "still-more"):
        assert judge(profile, str(machine.project / "dotfiles" / name), Want.WRITE).ruling is Ruling.ASK


def test_what_an_obeyed_name_leads_to_is_asked_about(machine: Machine) -> None:
    (machine.project / "docs").mkdir()
    (machine.project / "CLAUDE.md").symlink_to("docs/agents.txt")
    (machine.project / ".vscode").symlink_to("editor")
    profile = machine.profile()
    for name in ("docs/agents.txt", "editor/tasks.json"):
        assert judge(profile, str(machine.project / name), Want.WRITE).ruling is Ruling.ASK
