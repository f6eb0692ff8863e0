"""A write to a file that other programs obey is more than a write."""

import pytest

from blufio_tui.core.guards.executed_files import obeyed_by

ENDINGS = (
    *("mk", "just", "rake", "gemspec", "bzl", "m4", "gradle", "gradle.kts", "csproj", "vbproj", "fsproj", "targets"),
    *("cmake", "dockerfile", "containerfile", "cabal", "smk", "vcxproj", "sln", "slnx", "props", "pbxproj", "xcscheme"),
)
PROGRAM_FOLDERS = (
    *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"),
    *("/root/bin", "/home/ada/bin", "/Users/ada/bin"),
)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/p/.git/hooks/pre-commit", "git runs it automatically"),
        ("/p/.GIT/Hooks/post-merge", "git runs it automatically"),
        ("/p/.git/config", "git acts on it"),
        ("/home/ada/.gitconfig", "git acts on it"),
        ("/home/ada/.bashrc", "your shell runs it"),
        ("/home/ada/.zshenv", "your shell runs it"),
        ("/home/ada/.profile", "your shell runs it"),
        ("/home/ada/.bash_profile", "your shell runs it"),
        ("/home/ada/.config/fish/config.fish", "your shell runs it"),
        ("/home/ada/.ssh/authorized_keys", "ssh acts on it"),
        ("/etc/cron.d/x", "cron runs it"),
        ("/var/spool/cron/crontabs/ada", "cron runs it"),
        ("/home/ada/.config/systemd/user/x.service", "the system runs it"),
        ("/home/ada/Library/LaunchAgents/x.plist", "the system runs it"),
        ("/p/.github/workflows/ci.yml", "the build server runs it"),
        ("/p/.venv/lib/python3.12/site-packages/x.py", "load it as their own code"),
        ("/p/.venv/bin/python", "finds it as a program"),
        ("/home/ada/.local/bin/ls", "finds it as a program"),
        ("/p/pyproject.toml", "build and test tools act on it"),
        *((f"/p/a.{ending}", "build and test tools act on it") for ending in ENDINGS),
        *((f"{folder}/git", "finds it as a program") for folder in PROGRAM_FOLDERS),
        ("/p/Makefile", "build and test tools act on it"),
        ("/p/package.json", "build and test tools act on it"),
        ("/p/.vscode/tasks.json", "your editor, shell or debugger acts on it"),
        ("/p/.envrc", "acts on it"),
        ("/p/AGENTS.md", "agents follow it"),
        ("/p/.npmrc", "packages are installed from"),
        ("/etc/hosts", "the system acts on it"),
        ("/p/AGENTS.override.md", "agents follow it"),
        ("/p/crush.json", "agents follow it"),
        ("/home/ada/.bash_aliases", "your shell runs it"),
        ("/home/ada/.ipython/profile_default/startup/00.py", "your editor, shell or debugger acts on it"),
        ("/home/ada/.jupyter/jupyter_notebook_config.py", "your editor, shell or debugger acts on it"),
        *(
            (f"/p/{name}", "build and test tools act on it")
            for name in (
                *(".justfile", "action.yml", "buildspec.yml", "gradle.properties", "project/plugins.sbt", "Setup.hs"),
                *("stack.yaml", "package.yaml", "cabal.project", ".mise/config.toml", "mise/tasks/x", "Snakefile"),
                *("Pulumi.yaml", ".ansible.cfg", ".mypy.ini", ".ripgreprc", ".ctags", ".ackrc", ".latexmkrc"),
                *(".proverc", "devbox.json", "ember-cli-build.js", "Kbuild", "global.json", "x.vcxproj", "x.sln"),
                *("x.xcodeproj/project.pbxproj", "shadow-cljs.edn", "bb.edn", "build.boot", "foundry.toml"),
                *("truffle-config.js", "pyproject.toml", "x.tf"),
            )
        ),
    ],
)
def test_who_obeys_a_file_is_said(path: str, words: str) -> None:
    assert words in obeyed_by(path)


@pytest.mark.parametrize(
    "path",
    [
        "/p/README.md",
        "/p/src/main.py",
        "/p/notes/profile.txt",
        "/p/bashrc.md",
        "/p/etc/x",
        "/p/hooks/readme",
        "/p/.tf",
        "/p/amk",
    ],
)
def test_other_files_are_only_files(path: str) -> None:
    assert obeyed_by(path) == ""
