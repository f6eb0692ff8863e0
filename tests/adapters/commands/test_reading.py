"""A command that only reads the project is not asked about, and its neighbours are."""

import os
import subprocess
from pathlib import Path

import pytest

from blufio_tui.adapters.commands.shell import Shell
from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, Decision, Kind, Mode, Verdict
from blufio_tui.core.effects import RunCommand
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.decide import PolicyView, decide
from blufio_tui.core.policy.rules import UserRule


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("a = 1\n")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "x.txt").write_text("x")
    (folder / ".env").write_text("KEY=1")
    (tmp_path / "outside.txt").write_text("o")
    (folder / "out").symlink_to(tmp_path / "outside.txt")
    (folder / "up").symlink_to(tmp_path)
    os.link(folder / ".env", folder / "src" / "notes.txt")
    os.mkfifo(folder / "pipe")
    (folder / "docs").mkdir()
    (folder / "docs" / "b.md").write_text("b")
    return folder


def _allowed(
    command: str,
    project: Path,
    mode: Mode = Mode.ASK,
    rules: tuple[UserRule, ...] = (),
    exports: tuple[tuple[str, str], ...] = (),
) -> bool:
    shell = Shell({"PATH": "/usr/bin:/bin", "HOME": str(project.parent / "home")})
    target = shell.prepare(RunCommand(command, str(project), exports=exports)).target
    view = PolicyView(mode, Places(str(project.parent / "home"), str(project)), now=0.0, rules=rules)
    decided = decide(CapabilityRequest(Actor(ActorKind.TOOL, "bash"), target), view)
    return isinstance(decided, Decision) and decided.verdict == "allow"


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "ls -la src",
        "cat src/a.py",
        "cd src && cat a.py",
        "grep -rn b docs",
        "find . -name x",
        "cat src/a.py | wc -l",
    ],
)
def test_reading_the_project_needs_no_question(command: str, project: Path) -> None:
    assert _allowed(command, project)
    assert not _allowed(command, project, Mode.DENY)


@pytest.mark.parametrize(
    "command",
    [
        "cat .env", "cat out", "cat up/outside.txt", "cat ../outside.txt", "ls ..", "ls up", "cd up && ls",
        "cd .. && ls",
        "cat src/notes.txt", "grep -r KEY .", "grep -r KEY src", "cat pipe", "cat /proc/self/environ", "ls /proc",
        "ls secrets", "cat src/a.py ../outside.txt", "cat src/a.py > x", "find . -delete",
    ],
)  # fmt: skip
def test_what_leads_out_or_holds_credentials_is_asked_about(command: str, project: Path) -> None:
    assert not _allowed(command, project)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [("user.name", "a", True), ("core.fsmonitor", "./x", False), ("diff.external", "./x", False)],
)
def test_git_is_free_only_where_its_configuration_runs_nothing(
    key: str, value: str, allowed: bool, project: Path
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "config", key, value], cwd=project, check=True)
    assert _allowed("git status", project) is allowed
    assert not _allowed("git show HEAD:.env", project)


@pytest.mark.parametrize(
    ("command", "allowed"),
    [("cat docs/b.md", False), ("grep -r b .", False), ("ls docs", False), ("cat src/a.py", True)],
)
def test_a_denial_to_read_holds_for_commands_that_read(command: str, allowed: bool, project: Path) -> None:
    rule = UserRule(Verdict.DENY, Kind.FS_READ, "${PROJECT}/docs")
    assert _allowed(command, project, rules=(rule,)) is allowed


def test_git_is_not_free_where_it_would_look_into_another_repository(project: Path) -> None:
    """`git status` runs what a repository inside names as its fsmonitor."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b")
    inner = project / "vendor"
    inner.mkdir()
    for folder in (project, inner):
        subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    assert _allowed("git status", project)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], cwd=inner, check=True)
    subprocess.run([*git, "config", "core.fsmonitor", "touch pwned; false"], cwd=inner, check=True)
    subprocess.run([*git, "add", "vendor"], cwd=project, check=True, capture_output=True)
    assert not _allowed("git status", project)
    assert not _allowed("git diff --stat", project)


@pytest.fixture
def repository(project: Path) -> Path:
    """With one commit of harmless files, one that adds `.env`, and one more that touches a harmless file."""
    _git(project, "init", "-q", "-b", "main")
    for message, names in (("one", ["docs/b.md"]), ("two", [".env"]), ("three", ["docs/b.md"])):
        (project / "docs" / "b.md").write_text(message)
        _git(project, "add", "-f", *names)
        _git(project, "commit", "-q", "-m", message)
        _git(project, "tag", message)
    return project


def _git(folder: Path, *words: str) -> str:
    command = ("git", "-c", "user.name=a", "-c", "user.email=a@b", *words)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("git diff", True),
        ("git diff HEAD", True),
        ("git diff --staged", True),
        ("git diff | head -3", True),
        ("git show", True),
        ("git show HEAD", True),
        ("git show --stat one", True),
        ("git show one", True),
        ("git diff two three", True),
        ("git show two", False),  # it added .env
        ("git show main^", False),
        ("git diff one HEAD", False),
        ("git diff one..three", False),
        ("git diff one...two", False),
        ("git diff nothing", False),
        ("git show nothing", False),
        ("cd docs && git show two", False),
        ("cd docs && git show", True),
        ("cd docs && git diff", True),
    ],
)
def test_git_shows_changes_without_a_question_unless_they_are_secret(
    repository: Path, command: str, allowed: bool
) -> None:
    assert _allowed(command, repository) is allowed


def test_a_changed_secret_is_asked_about_wherever_it_would_show(repository: Path) -> None:
    (repository / ".env").write_text("KEY=2")
    assert not _allowed("git diff", repository)
    assert _allowed("git diff --staged", repository)
    _git(repository, "add", "-f", ".env")
    assert _allowed("git diff", repository)
    assert not _allowed("git diff --staged", repository)
    assert not _allowed("git diff HEAD", repository)


def test_a_secret_under_another_name_is_still_one(repository: Path) -> None:
    _git(repository, "mv", ".env", "harmless.txt")
    assert not _allowed("git diff --staged", repository)
    _git(repository, "commit", "-q", "-m", "renamed")
    assert not _allowed("git show", repository)
    blob = _git(repository, "rev-parse", "HEAD:harmless.txt")
    assert not _allowed(f"git show {blob}", repository)
    assert not _allowed(f"git show {_git(repository, 'rev-parse', 'HEAD^{tree}')}", repository)
    _git(repository, "tag", "release", blob)
    assert not _allowed("git show release", repository)


def test_a_merge_shows_what_either_side_changed(repository: Path) -> None:
    _git(repository, "checkout", "-q", "-b", "side", "one")
    _git(repository, "commit", "-q", "--allow-empty", "-m", "side")
    _git(repository, "merge", "-q", "--no-edit", "main")
    assert not _allowed("git show", repository)


@pytest.mark.parametrize("key", ["diff.x.textconv", "diff.external", "diff.x.command", "core.pager", "alias.diff"])
def test_a_repository_that_would_run_a_program_for_a_diff_is_asked_about(repository: Path, key: str) -> None:
    _git(repository, "config", key, "./evil")
    assert not _allowed("git diff", repository)
    assert not _allowed("git show", repository)


def test_a_project_below_a_repository_shows_nothing_of_what_lies_above(repository: Path) -> None:
    (repository / "top.txt").write_text("a")
    _git(repository, "add", "top.txt")
    assert not _allowed("git diff --staged", repository / "docs")


def test_a_folder_entered_through_a_link_is_not_climbed_out_of(project: Path) -> None:
    """The shell goes back to where the link stands, so to above the project; the system to above where it leads."""
    (project / "deep" / "er").mkdir(parents=True)
    (project / "link").symlink_to("deep/er")
    for command in ("cd link/../.. && cat outside.txt", "cd link/../.. && ls", "cd link/.. && cat a"):
        assert not _allowed(command, project)
    assert _allowed("cd link && ls", project) and _allowed("cd deep/er && ls", project)


@pytest.mark.parametrize("name", ["hooks/post-index-change", "commondir", "objects/info/alternates"])
def test_a_repository_that_runs_a_hook_or_looks_elsewhere_is_asked_about(repository: Path, name: str) -> None:
    """`git status` runs the hook whenever it writes down what it saw of the files."""
    assert _allowed("git status", repository)
    (repository / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (repository / ".git" / name).write_text("x")
    assert not _allowed("git status", repository)
    assert not _allowed("git log --oneline", repository)


@pytest.mark.parametrize("name", ["objects", "objects/pack", "refs", "HEAD"])
def test_a_repository_with_parts_of_another_one_is_asked_about(repository: Path, tmp_path: Path, name: str) -> None:
    part = repository / ".git" / name
    part.rename(tmp_path / "elsewhere")
    part.symlink_to(tmp_path / "elsewhere")
    assert not _allowed("git log --oneline", repository)
    assert not _allowed("git show", repository)


@pytest.mark.parametrize("key", ["remote.o.promisor", "extensions.partialClone", "remote.o.uploadpack"])
def test_a_repository_that_fetches_what_it_has_not_is_asked_about(repository: Path, key: str) -> None:
    """A promised object is fetched by the program that `uploadpack` names."""
    _git(repository, "config", key, "true")
    assert not _allowed("git show", repository)


def test_what_an_earlier_command_exported_does_not_make_another_program_free(project: Path, tmp_path: Path) -> None:
    """The export was allowed for what it says; that `ls` is another program from then on, nobody was asked."""
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "ls").write_text("#!/bin/sh\ntouch pwned\n")
    (evil / "ls").chmod(0o755)
    usual = "/usr/bin:/bin"
    assert _allowed("ls", project, exports=(("LANG", "C"), ("PATH", f"{tmp_path}/none:{usual}")))
    assert not _allowed("ls", project, exports=(("PATH", f"{evil}:{usual}"),))
    assert not _allowed("cat src/a.py | ls", project, exports=(("PATH", f"{evil}:{usual}"),))
    assert _allowed("cat src/a.py", project, exports=(("PATH", f"{evil}:{usual}"),))
    (project / "evil").symlink_to(evil)
    assert not _allowed("ls", project, exports=(("PATH", f"evil:{usual}"),)), "it begins where the command runs"


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "GCONV_PATH"])
def test_an_exported_place_of_configurations_is_not_read_unasked(repository: Path, name: str) -> None:
    assert _allowed("git status", repository)
    assert not _allowed("git status", repository, exports=((name, "/tmp/x"),))
