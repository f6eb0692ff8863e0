"""What is free in a cage, what is asked about, what is refused: a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.cage.profile import Denial, Profile, Right, Ruling, Want, judge

PROFILE = Profile(
    project="/home/me/work",
    home="/home/me",
    tmp="/tmp/blufio-1",
    fence=(("/usr", Right.FREE), ("/home/me/work", Right.FREE), ("/tmp/blufio-1", Right.ALL), ("/etc", Right.LIST)),
    files=("/home/me/.gitconfig",),
    writable=("/home/me/.cache/pip",),
    protected=("/home/me/.config/blufio-tui/grants.toml", "/home/me/work/own"),
    obeyed=(("/home/me/work/tools/my-hooks", "git obeys it"),),
    denials=(Denial("fs.read", "${PROJECT}/private"), Denial("fs.write", "${PROJECT}/locked")),
)
READ_ONLY = Profile("/home/me/work", "/home/me", "/tmp/blufio-1", PROFILE.fence, writes=False)


@pytest.mark.parametrize(
    ("path", "want", "ruling"),
    [
        ("/home/me/work/src/a.py", Want.READ, Ruling.FREE),
        ("/home/me/work/src/a.py", Want.WRITE, Ruling.FREE),
        ("/home/me/work", Want.LIST, Ruling.FREE),
        ("/home/me/workshop/a.py", Want.READ, Ruling.ASK),
        ("/home/me/work/.env", Want.READ, Ruling.ASK),
        ("/home/me/work/.env", Want.WRITE, Ruling.ASK),
        ("/home/me/work/.env.example", Want.READ, Ruling.FREE),
        ("/home/me/work/keys/id_rsa", Want.READ, Ruling.ASK),
        ("/home/me/work/venv/lib/site-packages/certifi/cacert.pem", Want.READ, Ruling.FREE),
        ("/home/me/work/.git/config", Want.READ, Ruling.FREE),
        ("/home/me/work/.git/config", Want.WRITE, Ruling.ASK),
        ("/home/me/work/.git/index", Want.WRITE, Ruling.FREE),
        ("/home/me/work/.git/hooks/pre-commit", Want.CREATE, Ruling.ASK),
        ("/home/me/work/.GIT/Hooks/pre-commit", Want.CREATE, Ruling.ASK),
        ("/home/me/work/.git/hooks/pre-commit.sample", Want.CREATE, Ruling.FREE),
        ("/home/me/work/.git/hooks", Want.FOLDER, Ruling.FREE),
        ("/home/me/work/.git/hooks", Want.REMOVE, Ruling.ASK),
        ("/home/me/work/.git/hooks/x.sample", Want.ATTRIBUTES, Ruling.FREE),
        ("/home/me/work/.git/hooks/pre-push", Want.ATTRIBUTES, Ruling.ASK),
        ("/home/me/work/sub/.git", Want.CREATE, Ruling.ASK),
        ("/home/me/work/sub/.git", Want.FOLDER, Ruling.FREE),
        ("/home/me/work/.github/workflows/ci.yml", Want.WRITE, Ruling.ASK),
        ("/home/me/work/CLAUDE.md", Want.WRITE, Ruling.ASK),
        ("/home/me/work/Makefile", Want.WRITE, Ruling.FREE),
        ("/home/me/work/.idea", Want.SYMLINK, Ruling.ASK),
        ("/home/me/work/.IDEA", Want.SYMLINK, Ruling.ASK),
        ("/home/me/work/.idea", Want.FOLDER, Ruling.FREE),
        ("/home/me/work/a/.github/workflows", Want.SYMLINK, Ruling.ASK),
        ("/home/me/work/a/workflows", Want.SYMLINK, Ruling.FREE),
        ("/home/me/work/.git/modules/a", Want.SYMLINK, Ruling.ASK),
        ("/home/me/work/.git/tXa4b", Want.SYMLINK, Ruling.FREE),
        ("/home/me/work/a/commondir", Want.CREATE, Ruling.ASK),
        ("/home/me/work/.pre-commit-config.yaml", Want.WRITE, Ruling.ASK),
        ("/home/me/work/a.code-workspace", Want.CREATE, Ruling.ASK),
        ("/home/me/work/tools/my-hooks/anything", Want.CREATE, Ruling.ASK),
        ("/home/me/work/TOOLS/my-hooks/anything", Want.CREATE, Ruling.ASK),
        ("/home/me/work/tools", Want.RENAME, Ruling.ASK),
        ("/home/me/work/tools", Want.SYMLINK, Ruling.ASK),
        ("/home/me/work/tools/other", Want.CREATE, Ruling.FREE),
        ("/home/me/.cache/pip", Want.SYMLINK, Ruling.ASK),
        ("/home/me/.cache/pip", Want.REMOVE, Ruling.FREE),
        ("/home/me/.cache/pip/x", Want.SYMLINK, Ruling.FREE),
        ("/home/me/work/own/a", Want.READ, Ruling.NEVER),
        ("/home/me/work/OWN/a", Want.READ, Ruling.NEVER),
        ("/home/me/.config", Want.RENAME, Ruling.NEVER),
        ("/home/me/.config/blufio-tui/grants.toml", Want.READ, Ruling.NEVER),
        ("/home/me/work/private/a", Want.READ, Ruling.ASK),
        ("/home/me/work/Private/a", Want.READ, Ruling.ASK),
        ("/home/me/work/private/a", Want.RENAME, Ruling.ASK),
        ("/home/me/work/locked/a", Want.WRITE, Ruling.ASK),
        ("/home/me/work/locked/a", Want.READ, Ruling.FREE),
        ("/tmp/blufio-1/x", Want.WRITE, Ruling.FREE),
        ("/tmp/other", Want.WRITE, Ruling.ASK),
        ("/usr/bin/env", Want.READ, Ruling.FREE),
        ("/usr/bin/env", Want.WRITE, Ruling.ASK),
        ("/usr/lib/python3/__pycache__/a.pyc", Want.CREATE, Ruling.QUIET),
        ("/etc", Want.LIST, Ruling.FREE),
        ("/etc/shadow", Want.READ, Ruling.ASK),
        ("/home/me/.gitconfig", Want.READ, Ruling.FREE),
        ("/home/me/.gitconfig", Want.WRITE, Ruling.ASK),
        ("/home/me/.cache/pip/x", Want.WRITE, Ruling.FREE),
        ("/home/me", Want.LIST, Ruling.FREE),
        ("/home/me/letters", Want.LIST, Ruling.ASK),
        ("/home/me/.ssh", Want.LIST, Ruling.ASK),
        ("/home", Want.LIST, Ruling.FREE),
    ],
)
def test_an_access_is_judged_by_where_it_is_and_what_it_wants(path: str, want: Want, ruling: Ruling) -> None:
    assert judge(PROFILE, path, want).ruling is ruling


def test_a_mode_that_only_reads_asks_about_every_change_of_the_project() -> None:
    assert judge(READ_ONLY, "/home/me/work/a", Want.READ).ruling is Ruling.FREE
    for want in Want:
        if not want.reads:
            assert judge(READ_ONLY, "/home/me/work/a", want).ruling is Ruling.ASK


def test_a_profile_survives_the_wire() -> None:
    assert Profile.from_json(PROFILE.to_json()) == PROFILE


@given(st.text(alphabet="abc/._GitHook", max_size=30), st.sampled_from(Want))
def test_nothing_outside_is_free_to_change(tail: str, want: Want) -> None:
    if not want.reads:
        assert judge(PROFILE, f"/srv/{tail}", want).ruling is not Ruling.FREE


@pytest.mark.parametrize(
    "inside",
    [
        ".devcontainer.json",
        "sub/.DevContainer.json",
        ".hg/hgrc",
        ".hg/sharedpath",
        ".jj/repo/config.toml",
        ".jj/repo",
        "_darcs/prefs/defaults",
        "mise.toml",
        ".mise.local.toml",
        ".config/mise/config.toml",
        "netlify.toml",
        ".readthedocs.yaml",
        "CODEOWNERS",
        ".github/instructions/a.instructions.md",
        ".github/prompts/a.prompt.md",
        ".github/agents/a.md",
        ".clinerules/a.md",
        ".clinerules",
        ".agents/skills/a/SKILL.md",
        "QWEN.md",
        "sub/CRUSH.md",
        "AGENTS.override.md",
        ".junie/guidelines.md",
        ".amazonq/rules/a.md",
        "opencode.json",
        ".goosehints",
        ".gitpod.yml",
    ],
)
def test_what_other_programs_obey_by_themselves_is_asked_about(inside: str) -> None:
    path = f"/home/me/work/{inside}"
    assert {judge(PROFILE, path, want).ruling for want in (Want.CREATE, Want.WRITE, Want.RENAME)} == {Ruling.ASK}
    assert judge(PROFILE, path, Want.READ).ruling is Ruling.FREE


@pytest.mark.parametrize(
    "inside",
    ["rules.md", "cline.py", "docs/mise.md", "agents.py", ".hgignore", "hg/hgrc", "netlify.py", "jj/repo", "cruise.md"],
)
def test_what_only_sounds_like_it_is_free(inside: str) -> None:
    assert judge(PROFILE, f"/home/me/work/{inside}", Want.CREATE).ruling is Ruling.FREE


@pytest.mark.parametrize(
    ("inside", "ruling"),
    [
        (".bashrc", Ruling.ASK),
        (".config/autostart/x.desktop", Ruling.ASK),
        (".local/bin/git", Ruling.ASK),
        ("bin/git", Ruling.ASK),
        (".profile.d", Ruling.ASK),
        ("Library/LaunchAgents/x.plist", Ruling.ASK),
        ("notes.txt", Ruling.FREE),
        ("work/a.py", Ruling.FREE),
        ("work/.eslintrc", Ruling.FREE),
        (".gitignore", Ruling.FREE),
        (".git/index", Ruling.FREE),
        (".cache/pip/x", Ruling.FREE),
    ],
)
def test_a_home_folder_as_the_project_keeps_its_settings(inside: str, ruling: Ruling) -> None:
    for project in ("/home/me", "/home"):
        home = Profile(
            project, "/home/me", "/tmp/blufio-1", (("/home/me", Right.FREE),), writable=("/home/me/.cache/pip",)
        )
        assert judge(home, f"/home/me/{inside}", Want.CREATE).ruling is ruling
        assert judge(home, f"/home/me/{inside}", Want.WRITE).ruling is ruling


@pytest.mark.parametrize("name", ["secrets", "token", "credentials/fix"])
def test_a_branch_may_be_called_like_a_secret(name: str) -> None:
    for folder in ("refs/heads", "logs/refs/heads"):
        assert judge(PROFILE, f"/home/me/work/.git/{folder}/{name}", Want.CREATE).ruling is Ruling.FREE
