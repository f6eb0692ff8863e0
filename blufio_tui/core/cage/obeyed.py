"""Files of a project that other programs act on automatically: changing one has effects outside the cage, later.

Narrower than `core.guards.executed_files`, which only warns: a Makefile belongs to the project and runs when the person
types `make`; a git hook, an editor's task file or an agent's instructions act without being called.
Names are compared without case, as some file systems do.
"""

import re
from collections.abc import Iterable

_GIT_HOOK = (
    r"(applypatch-msg|pre-applypatch|post-applypatch|pre-commit|pre-merge-commit|prepare-commit-msg|commit-msg"
    r"|post-commit|pre-rebase|post-checkout|post-merge|pre-push|pre-receive|update|proc-receive|post-receive"
    r"|post-update|reference-transaction|push-to-checkout|pre-auto-gc|post-rewrite|sendemail-validate"
    r"|fsmonitor-watchman|p4-[a-z-]+|post-index-change)"
)
_TABLE: tuple[tuple[str, str], ...] = (
    (rf"/\.git/hooks$|/\.git/(.*/)?hooks/(?!.*\.sample$)|/hooks/{_GIT_HOOK}$|/\.husky/", "git runs it automatically"),
    (
        r"/\.git/(.*/)?(config|config\.worktree|gitdir)$|/commondir$|/\.gitconfig$",
        "git acts on it, and it can name commands to run",
    ),
    (
        r"/(\.pre-commit-config\.ya?ml|\.?lefthook(-local)?\.(ya?ml|toml|json))$",
        "git runs the commands it names, through hooks",
    ),
    (r"/\.git$", "git acts on it: it says which repository this is"),
    (r"/\.git/(.*/)?info/attributes$", "git acts on it"),
    (r"/\.hg/(hgrc(-not-shared)?|sharedpath)$|/\.hgrc$", "Mercurial acts on it, and it can name commands to run"),
    (r"/\.jj/(repo|(repo/)?(workspace-)?config\.toml)$", "Jujutsu acts on it, and it can name commands to run"),
    (r"/_darcs/prefs/defaults$", "darcs acts on it, and it can name commands to run"),
    (
        r"/\.envrc$|/\.vscode/|/\.idea/|/\.devcontainer/|/\.devcontainer\.json$|/\.gitpod\.ya?ml$|/\.exrc$|/\.lvimrc$|/\.[ln]?vimrc$|/\.nvim\.lua$"
        r"|/\.(zed|fleet|helix|nova|theia)/|/\.dir-locals(-2)?\.el$|\.code-workspace$|\.sublime-(project|build)$"
        r"|/\.?mise(\.[^/]+)?\.toml$|/\.?mise/config[^/]*\.toml$|/\.config/mise(\.toml$|/)|/\.autoenv(\.zsh)?$",
        "your editor or shell acts on it",
    ),
    (
        r"/\.github/(workflows|actions)/|/\.gitlab-ci\.ya?ml$|/\.circleci/|/jenkinsfile$|/\.forgejo/|/\.gitea/|/\.buildkite/"
        r"|/\.(woodpecker|travis|drone|cirrus|appveyor|build)\.ya?ml$|/(\.woodpecker|\.builds)/|/appveyor\.ya?ml$"
        r"|/(azure|bitbucket)-pipelines\.ya?ml$|/\.(semaphore|teamcity|tekton)/|/\.(readthedocs|zuul)\.ya?ml$|/codeowners$"
        r"|/(netlify\.toml|vercel\.json|render\.ya?ml|amplify\.ya?ml|cloudbuild\.ya?ml|buildspec\.ya?ml|codeship[^/]*\.ya?ml)$",
        "the build server runs it automatically, with the rights it has there",
    ),
    (
        r"/(agents|claude|gemini|qwen|crush|warp)(\.local|\.override)?\.md$|/\.?mcp\.json$|/(opencode|crush)\.jsonc?$"
        r"|/\.(agents?|claude|cursor|codex|gemini|blufio|windsurf|opencode|continue|roo|kiro|junie|amazonq|augment|trae|qwen"
        r"|crush|goose|vibe|factory|kilocode|openhands|cline)/|/\.(cursor|windsurf|cline|roo|goose|continue|kilocode)(rules|hints)"
        r"(/|[^/]*$)|/\.roomodes$|/\.(rules|augment-guidelines)$|/\.aider[^/]*\.ya?ml$"
        r"|/\.github/(copilot-[^/]*\.md$|(instructions|prompts|chatmodes|agents|skills|hooks)/)",
        "agents follow it in later sessions",
    ),
)
_FOLDERS = re.compile(
    r"/(\.husky|\.vscode|\.idea|\.devcontainer|\.github|\.circleci|\.forgejo|\.gitea|\.claude|\.cursor|\.codex|\.gemini"
    r"|\.blufio|\.windsurf|\.opencode|\.continue|\.roo|\.kiro|\.junie|\.amazonq|\.augment|\.trae|\.qwen|\.crush|\.goose|\.vibe"
    r"|\.factory|\.kilocode|\.openhands|\.cline|\.agents?|\.(cline|cursor|windsurf|roo)rules|\.hg|\.jj|\.mise|mise|_darcs|\.zed|\.fleet|\.helix|\.nova|\.theia|\.buildkite|\.woodpecker"
    r"|\.builds|\.semaphore|\.teamcity|\.tekton|hooks)$"
    r"|/\.github/(workflows|actions|instructions|prompts|chatmodes|agents|skills|hooks)$"
    r"|/\.git/(modules|worktrees)(/.*)?$|/\.git/(.*/)?info$"
)
"""Folders in which such files are. A link by that name puts others there without touching any of them."""

_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _TABLE)


def obeyed_in_cage(inside: str) -> str:
    """Which program acts on the file and how, in words; "" for an ordinary file.

    Args:
        inside: path relative to the project, with a leading `/`.
    """
    folded = inside.casefold()
    return next((words for pattern, words in _COMPILED if pattern.search(folded)), "")


def folder_obeyed_in_cage(inside: str) -> str:
    """As `obeyed_in_cage`, for a link with this name; "" if no such file would be reached through it."""
    return "other programs look in it for files to act on" if _FOLDERS.search(inside.casefold()) else ""


_REPOSITORY = frozenset({"head", "objects", "refs"})
_CONFIGURATION = frozenset({"config", "config.worktree"})


def part_of_repository(name: str) -> str:
    """What a name means in a folder that git would take for a repository because of its content.

    Returns:
        `configuration`, `part`, or "" for any other name.
    """
    folded = name.casefold()
    return "configuration" if folded in _CONFIGURATION else "part" if folded in _REPOSITORY else ""


def is_repository(names: Iterable[str]) -> bool:
    """Whether git takes a folder with these names in it for a repository, wherever it lies."""
    return {name.casefold() for name in names} >= _REPOSITORY
