"""Settings and logins of toolchains in the home folder: what a caged command may read of them unasked."""

import os
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, Command, Output, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.core.cage.profile import Ruling, Want, judge
from tests.adapters.cage.test_running import Place

_CREDENTIALS = """
.netrc .pypirc .git-credentials .config/git/credentials .cargo/credentials .cargo/credentials.toml .gem/credentials
.local/share/gem/credentials .local/share/uv/credentials/credentials.toml .docker/config.json .config/gh/hosts.yml
.config/glab-cli/config.yml .config/pnpm/auth.ini .config/pnpm/rc .m2/settings-security.xml .aws/credentials
.ssh/id_ed25519 .kube/config .composer/auth.json .config/composer/auth.json .config/pypoetry/auth.toml
.config/containers/auth.json .terraform.d/credentials.tfrc.json .continuum/anaconda-client/tokens/x.token .config/hub
.nuget/NuGet/NuGet.Config .cache/huggingface/token .huggingface/token .config/configstore/firebase-tools.json
.sbt/1.0/credentials.sbt .ivy2/.credentials .config/hatch/auth.toml .config/pdm/config.toml .hex/hex.config
.config/go/auth .config/rclone/rclone.conf
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With everything that `toolchains.toml` names, and all the logins."""
    folder = Path(os.path.realpath(tmp_path), "home")
    for name in (".gem/ruby", ".gem/specs", ".local/share/gem/ruby", ".local/share/uv/tools", ".local/share/uv/python"):
        (folder / name).mkdir(parents=True)
    for name in (
        ".cargo/registry",
        ".m2/repository",
        ".gradle/caches",
        ".config/go/telemetry",
        ".cache/pip",
        ".conda",
        ".nvm",
    ):
        (folder / name).mkdir(parents=True)
    for name in _CREDENTIALS.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("token = hunter2")
    return folder


@pytest.mark.parametrize("name", _CREDENTIALS.split())
def test_no_toolchain_brings_the_logins_along(home: Path, name: str) -> None:
    project, tmp = home / "work", home.parent / "tmp"
    project.mkdir()
    tmp.mkdir()
    profile = build_profile(str(project), str(tmp), environment={"PATH": ""}, home=str(home))
    assert judge(profile, str(home / ".gem/ruby/a.rb"), Want.READ).ruling is Ruling.FREE
    assert judge(profile, str(home / name), Want.READ).ruling is Ruling.ASK


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.pool.close()


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "a cage can be made")
@pytest.mark.parametrize("name", [".npmrc", ".config/pip/pip.conf", ".gradle/gradle.properties", ".gitconfig"])
async def test_settings_are_free_until_they_hold_a_login(home: Path, place: Place, name: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    asked: list[tuple[str, str, str]] = []

    async def decide(question: Asked, reply: Reply) -> None:
        asked.append((question.operation, question.resource, question.why))
        await reply(Answered(False))

    async def read() -> str:
        environment = {**os.environ, "TMPDIR": str(place.tmp)}
        profile = build_profile(str(place.project), str(place.tmp), environment=environment, home=str(home))
        command = Command(("/bin/cat", f"{home}/{name}"), str(place.project), environment, profile)
        async with aclosing(place.pool.run(command, decide)) as events:
            return b"".join([event.data async for event in events if isinstance(event, Output)]).decode()

    (home / name).write_text("registry=https://registry.example.org/\n")
    assert await read() == "registry=https://registry.example.org/\n"
    assert asked == []
    (home / name).write_text("//registry.example.org/:_authToken=hunter2\n")
    assert "hunter2" not in await read()
    assert asked == [("read", f"{home}/{name}", "it seems to hold a login (authToken)")]
