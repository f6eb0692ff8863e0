"""The branch and the number of changes, and that a prepared repository starts nothing."""

import os
import subprocess
from pathlib import Path

import pytest

from blufio_tui.adapters.files.git_state import git_state
from blufio_tui.core.agent.situation import GitState

pytestmark = pytest.mark.skipif(not Path("/usr/bin/git").exists(), reason="needs git")


def _git(folder: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["/usr/bin/git", *arguments], cwd=folder, check=True, env={**os.environ, **who})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    _git(tmp_path, "init", "-q", "-b", "trunk")
    (tmp_path / "sub").mkdir()
    for name in ("a", "b", "sub/c"):
        (tmp_path / name).write_text(name)
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


async def test_changes_are_counted_once_each_and_below_the_project_only(repository: Path) -> None:
    assert await git_state(repository) == GitState("trunk", 0)
    (repository / "a").write_text("changed twice")
    _git(repository, "add", "a")
    (repository / "a").write_text("changed once more")
    (repository / "new").write_text("")
    (repository / "sub" / "c").unlink()
    assert await git_state(repository) == GitState("trunk", 3)
    assert await git_state(repository / "sub") == GitState("trunk", 1)


async def test_no_repository_and_a_detached_head(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert await git_state(tmp_path_factory.mktemp("plain")) is None
    _git(repository, "checkout", "-q", "--detach")
    assert await git_state(repository) == GitState("", 0)


async def test_a_repository_without_a_commit_counts_what_is_there(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a").write_text("")
    assert await git_state(tmp_path) == GitState("main", 1)


async def test_nothing_that_a_repository_names_is_started(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trap = tmp_path_factory.mktemp("trap") / "sprung"
    script = trap.with_name("script")
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.external", "diff.evil.textconv",
                "core.sshCommand", "core.pager", "core.askPass"):  # fmt: skip
        _git(repository, "config", key, str(script))
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (repository / "a").write_text("x")  # as long as before: only the content tells them apart
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    assert await git_state(repository) == GitState("trunk", 2)
    assert not trap.exists()
    subprocess.run(["/usr/bin/git", "status", "--short"], cwd=repository, check=True, capture_output=True)
    assert trap.exists()  # the trap works


async def test_a_work_tree_and_packed_references(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    _git(repository, "pack-refs", "--all")
    other = tmp_path_factory.mktemp("trees") / "other"
    _git(repository, "worktree", "add", "-q", "-b", "side", str(other))
    (other / "a").unlink()
    assert await git_state(other) == GitState("side", 1)
    assert await git_state(repository) == GitState("trunk", 0)


async def test_a_pipe_in_place_of_a_file_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    assert await git_state(tmp_path) is None
    (tmp_path / ".git" / "HEAD").unlink()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "objects").mkdir()
    os.mkfifo(tmp_path / ".git" / "index")
    assert await git_state(tmp_path) == GitState("main", None)
