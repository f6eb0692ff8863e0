"""What the last commit has, from a git that sees nothing of what a repository configures."""

import subprocess
from pathlib import Path

import pytest

from blufio_tui.adapters.files.git_contents import committed
from tests.adapters.files.test_git_state import _git, pytestmark, repository

__all__ = ["pytestmark", "repository"]


async def test_contents_are_those_of_the_commit_byte_for_byte(repository: Path) -> None:
    (repository / "strange é.bin").write_bytes(b"a\0\n\r\nblob 12\n missing\n")
    _git(repository, "add", ".")
    _git(repository, "commit", "-q", "-m", "two")
    (repository / "a").write_text("changed")
    (repository / "new").write_text("new")
    paths = [str(repository / name) for name in ("a", "strange é.bin", "new", "sub", "sub/c")]
    found = await committed(repository / "sub", [*paths, "/etc/hosts", str(repository / "line\nend")])
    head = subprocess.run(["/usr/bin/git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, check=True).stdout
    assert found is not None and found.commit == head.decode().strip()
    assert dict(found.contents) == dict(
        zip(paths, (b"a", b"a\0\n\r\nblob 12\n missing\n", None, None, b"sub/c"), strict=True)
    )


async def test_without_a_commit_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert await committed(tmp_path, []) is None
    _git(tmp_path, "init", "-q")
    assert await committed(tmp_path, [str(tmp_path / "a")]) is None


async def test_nothing_that_a_repository_names_is_started(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trap = tmp_path_factory.mktemp("trap") / "sprung"
    script = trap.with_name("script")
    script.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=bad diff=bad\n")
    settings = ("filter.bad.smudge", "filter.bad.clean", "diff.bad.textconv", "core.fsmonitor", "core.sshCommand")
    for name in settings:
        _git(repository, "config", name, str(script))
    for name, value in (("remote.evil.url", f"ext::{script}"), ("remote.evil.promisor", "true")):
        _git(repository, "config", name, value)
    _git(repository, "config", "extensions.partialClone", "evil")
    found = await committed(repository, [str(repository / "a"), str(repository / "gone")])
    assert found is not None and list(found.contents.values()) == [b"a", None]
    blob = subprocess.run(
        ["/usr/bin/git", "hash-object", "a"], cwd=repository, capture_output=True, check=True, env={"GIT_CONFIG": ""}
    )
    trap.unlink(missing_ok=True)  # that was the person's own git
    name = blob.stdout.decode().strip()
    objects = repository / ".git" / "objects" / name[:2] / name[2:]
    objects.chmod(0o600)
    objects.unlink()
    found = await committed(repository, [str(repository / "a")])
    assert found is not None and list(found.contents.values()) == [None]
    assert not trap.exists()
