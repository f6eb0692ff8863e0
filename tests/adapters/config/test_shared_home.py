"""A home that other users can write to is refused, whatever they could change there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.shared_home import refuse_shared
from blufio_tui.core.errors import ConfigError
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.options import read_options
from blufio_tui.features.stored.stores import open_database


def test_a_new_home_and_one_that_is_a_link_are_fine(tmp_path: Path) -> None:
    refuse_shared(Paths(tmp_path / "new", tmp_path / "new", tmp_path / "new" / "cache"))
    (tmp_path / "real").mkdir(0o755)
    (tmp_path / "link").symlink_to("real")
    refuse_shared(Paths(tmp_path / "link", tmp_path / "link", tmp_path / "cache"))


def test_on_a_disk_that_is_read_only_nobody_changes_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o777)
    read_only = os.statvfs_result((0, 0, 0, 0, 0, 0, 0, 0, os.ST_RDONLY, 0))
    monkeypatch.setattr(os, "statvfs", lambda _: read_only)
    refuse_shared(Paths(tmp_path, tmp_path, tmp_path / "cache"))


SHARED: dict[str, Callable[[Path], Path]] = {
    "home": lambda home: home,
    "settings": lambda home: home / "config.toml",
    "hooks": lambda home: home / "hooks.json",
    "instructions": lambda home: home / "AGENTS.md",
    "toolchains": lambda home: home / "toolchains.toml",
    "keys": lambda home: home / "keys",
}


@pytest.mark.parametrize("place", SHARED.values(), ids=SHARED)
def test_what_everybody_can_write_is_named_before_anything_in_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Callable[[Path], Path]
) -> None:
    home, path = tmp_path / "home", place(tmp_path / "home")
    monkeypatch.setenv("BLUFIO_HOME", str(home))
    home.mkdir()
    path.mkdir(exist_ok=True) if path.suffix == "" else path.touch()
    path.chmod(0o777)
    with pytest.raises(ConfigError, match=f"chmod go-w '{path}'"):
        read_options(StartOptions(project=tmp_path), interactive=False)
    with pytest.raises(ConfigError, match="every user of this machine"), open_database(Paths.from_environment()):
        pass
    path.chmod(0o755)
    read_options(StartOptions(project=tmp_path), interactive=False)
