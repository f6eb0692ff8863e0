"""Which files `@` offers."""

import asyncio
import subprocess
import threading
from pathlib import Path

import pytest

from blufio_tui.adapters.files import project_files
from blufio_tui.adapters.files.project_files import ProjectFiles, list_names


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=root, check=True, capture_output=True
    )


@pytest.fixture
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def test_a_repository_offers_tracked_and_new_files_and_their_folders(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "src/b.py", "new ü.txt", "junk.log", "build/out.o")
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "a.py", "src")
    assert list_names(tmp_path) == [".gitignore", "a.py", "new ü.txt", "src/", "src/b.py"]


def test_a_repository_prepared_by_someone_else_runs_nothing(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    git(tmp_path, "init", "-q")
    witness = tmp_path / "witness"
    hook = tmp_path / ".git" / "evil"
    hook.write_text(f"#!/bin/sh\ntouch {witness}\n")
    hook.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(hook))
    assert "a.py" in list_names(tmp_path)
    assert not witness.exists()


def test_without_git_the_folder_is_walked_with_its_ignore_files(tmp_path: Path, no_git: None) -> None:
    make(
        tmp_path, "a.py", "src/b.py", "src/keep.log", "x.log", "node_modules/m/i.js", ".git/config", "src/sub/local.txt"
    )
    (tmp_path / ".gitignore").write_text("*.log\nnode_modules/\n")
    (tmp_path / "src" / ".gitignore").write_text("!keep.log\nlocal.txt\n")
    names = list_names(tmp_path)
    assert names == [".gitignore", "a.py", "src/", "src/.gitignore", "src/b.py", "src/keep.log"]


def test_links_to_folders_are_not_followed(tmp_path: Path, no_git: None) -> None:
    make(tmp_path, "a.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list_names(tmp_path) == ["a.py"]


def test_a_folder_that_is_not_there_has_nothing_to_offer(tmp_path: Path) -> None:
    assert list_names(tmp_path / "gone") == []


async def test_letters_find_files_and_nothing_typed_shows_the_top(tmp_path: Path, no_git: None) -> None:
    make(tmp_path, "README.md", "src/readers.py", "src/main.py")
    files = ProjectFiles(tmp_path)
    assert await files.complete("") == ["README.md", "src/"]
    assert await files.complete("read") == ["README.md", "src/readers.py"]
    assert await files.complete("smain") == ["src/main.py"]
    assert await files.complete("src/") == ["src/", "src/main.py", "src/readers.py"]


async def test_keys_typed_while_the_project_is_listed_start_no_second_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    listed: list[Path] = []

    def slowly(root: Path) -> list[str]:
        listed.append(root)
        begun.release()
        assert go_on.wait(30)
        return ["a.py"]

    monkeypatch.setattr(project_files, "list_names", slowly)
    files = ProjectFiles(tmp_path)
    typed = [asyncio.create_task(files.complete("a"))]
    await asyncio.to_thread(begun.acquire)
    for _ in range(5):  # each key ends the completing of the one before
        typed[-1].cancel()
        typed.append(asyncio.create_task(files.complete("a")))
        await asyncio.sleep(0)
    go_on.set()
    assert await typed[-1] == ["a.py"]
    assert await files.complete("a") == ["a.py"]
    assert listed == [tmp_path]
