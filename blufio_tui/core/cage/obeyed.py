"""Files of a project that other programs obey by themselves: changing them is acting outside the cage, only later.

Narrower than `core.obeyed_files`, which explains: a Makefile runs when the person types `make` and is the project's
own; a git hook, an editor's task file or an agent's instructions act without anyone having asked for them.
Names are compared without case, as some file systems do.
"""

import re

_GIT_HOOK = (
    r"(applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg"
    r"|post-commit|pre-rebase|post-checkout|post-merge|pre-push|pre-receive|update|proc-receive|post-receive"
    r"|post-update|reference-transaction|push-to-checkout|pre-auto-gc|post-rewrite|sendemail-validate"
    r"|fsmonitor-watchman|p4-[a-z-]+|post-index-change)"
)
_TABLE: tuple[tuple[str, str], ...] = (
    (rf"/\.git/hooks$|/\.git/(.*/)?hooks/(?!.*\.sample$)|/hooks/{_GIT_HOOK}$|/\.husky/", "git runs it by itself"),
    (
        r"/\.git/(.*/)?(config|config\.worktree|commondir|gitdir)$|/\.gitconfig$",
        "git obeys it, and it can name commands to run",
    ),
    (r"/\.git$", "git obeys it: it says which repository this is"),
    (r"/\.git/(.*/)?info/attributes$", "git obeys it"),
    (
        r"/\.envrc$|/\.vscode/|/\.idea/|/\.devcontainer/|/\.exrc$|/\.n?vimrc$|/\.nvim\.lua$",
        "your editor or shell obeys it",
    ),
    (
        r"/\.github/(workflows|actions)/|/\.gitlab-ci\.ya?ml$|/\.circleci/|/jenkinsfile$|/\.forgejo/|/\.gitea/",
        "the build server runs it by itself, with the rights it has there",
    ),
    (
        r"/(agents|claude|gemini)(\.local)?\.md$|/\.(claude|cursor|codex|gemini|blufio)/|/\.cursorrules$|/\.mcp\.json$",
        "agents obey it in later sessions",
    ),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _TABLE)


def obeyed_in_cage(inside: str) -> str:
    """Who obeys the file and how, "" for an ordinary one.

    Args:
        inside: path relative to the project, with a leading `/`.
    """
    folded = inside.casefold()
    return next((words for pattern, words in _COMPILED if pattern.search(folded)), "")
