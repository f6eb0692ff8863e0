"""Files that another program obeys or runs by itself: who may write them may do what that program may.

Only for telling a person what a write means; it decides nothing. Names are compared without case, as some file
systems do.
"""

import re

_RUN = "runs it by itself"
_OBEYS = "obeys it, and it can name commands to run"

_TABLE: tuple[tuple[str, str], ...] = (
    (r"/\.git/hooks/|/hooks/(pre|post)-[a-z-]+$|/\.husky/", f"git {_RUN}, at a commit, a merge or a push"),
    (r"/\.git/config$|/\.gitconfig$|/\.config/git/|/\.gitmodules$|/\.git/info/attributes$", f"git {_OBEYS}"),
    (
        r"/\.(bash|zsh|k?sh)(rc|env)$|/\.(bash_|z)?(profile|login|logout)$|/\.config/fish/|/\.inputrc$"
        r"|/etc/(profile|bash\.bashrc|zsh|environment)",
        f"your shell {_RUN} when it starts",
    ),
    (r"/\.ssh/", "ssh obeys it: it says who may log in and which commands run"),
    (r"/etc/cron|/spool/cron|/crontab$|/anacrontab$", f"cron {_RUN}, again and again"),
    (
        r"/systemd/|/\.config/autostart/|/launch(agents|daemons)/|/etc/(init\.d|rc\.local)|/\.xinitrc$|/\.xprofile$",
        "the system runs it by itself, at the start or at a login",
    ),
    (
        r"/\.github/(workflows|actions)/|/\.gitlab-ci\.ya?ml$|/\.circleci/|/jenkinsfile$|/azure-pipelines\.ya?ml$"
        r"|/\.travis\.ya?ml$|/\.drone\.ya?ml$|/\.buildkite/|/\.forgejo/workflows/|/\.gitea/workflows/",
        f"the build server {_RUN}, with the rights it has there",
    ),
    (
        r"/site-packages/|/dist-packages/|\.pth$|/(site|user)customize\.py$|/pyvenv\.cfg$|/node_modules/",
        "other programs load it as their own code",
    ),
    (
        r"/(\.?venv|env|\.local|\.cargo|\.npm-global)/bin/|^/(home|users)/[^/]+/bin/|^/root/bin/|^/usr(/local)?/s?bin/"
        r"|^/s?bin/",
        "your shell finds it as a program, and runs it when its name is typed",
    ),
    (
        r"/(pyproject\.toml|setup\.(py|cfg)|conftest\.py|tox\.ini|noxfile\.py|package\.json|gnumakefile|makefile"
        r"|justfile|rakefile|gemfile|cargo\.toml|build\.rs|build\.gradle(\.kts)?|pom\.xml|cmakelists\.txt"
        r"|(docker|container)file|(docker-)?compose\.ya?ml|\.pre-commit-config\.ya?ml)$|/\.cargo/config",
        f"build and test tools {_OBEYS.replace('obeys', 'obey')}",
    ),
    (r"/\.envrc$|/\.vscode/|/\.idea/|/\.devcontainer/|/\.vimrc$|/\.config/nvim/|/\.emacs", f"your editor {_OBEYS}"),
    (
        r"/(agents|claude|gemini)\.md$|/\.(claude|cursor|codex|gemini)/|/\.cursorrules$|/\.mcp\.json$",
        "agents obey it in later sessions",
    ),
    (r"/(pip\.conf|\.npmrc|\.yarnrc(\.yml)?|\.pypirc|\.condarc)$", "it says where packages are installed from"),
    (r"^/etc/", "the system obeys it"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _TABLE)


def obeyed_by(path: str) -> str:
    """Who obeys the file and how, in words; "" for a file that only people and this program read.

    Args:
        path: absolute.
    """
    folded = path.casefold()
    return next((words for pattern, words in _COMPILED if pattern.search(folded)), "")
