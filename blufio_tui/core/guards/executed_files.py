"""Files that another program runs or acts on automatically: whoever may write them gains that program's rights.

A folder in a rule, a grant, a manifest or a mode does not cover them (`core.policy.named_files`), and the card says
which program acts on them. Names are compared without case and Unicode form, as some file systems do.
"""

import re

from blufio_tui.core.guards.paths import loose

_RUN = "runs it automatically"
_OBEYS = "acts on it, and it can name commands to run"
_FOUND = "your shell finds it as a program, and runs it when its name is typed"

_TABLE: tuple[tuple[str, str], ...] = (
    (
        r"/\.git/hooks/|/hooks/(pre|post)-[a-z-]+$|/\.husky/|/\.githooks/|/\.git-hooks/|/\.git/modules/.+/hooks/",
        f"git {_RUN}, at a commit, a merge or a push",
    ),
    (
        r"/\.git(/(modules|worktrees)/.+)?/config(\.worktree)?$|/\.git/?$|/\.git/(info|objects/info)/|/\.gitconfig$|/\.config/git/|/\.gitmodules$|/\.gitattributes$|/\.lfsconfig$|/\.git/(head|index|packed-refs|refs/)|/\.hg/hgrc$|/\.hgrc$|/\.jj/",
        f"git {_OBEYS}",
    ),
    (
        r"/\.(bash|zsh|k?sh)(rc|env)$|/\.(bash_|z)?(profile|login|logout)$|/\.bash_aliases$|/\.config/fish/|/\.inputrc$"
        r"|/etc/(profile|bash\.bashrc|zsh|environment)",
        f"your shell {_RUN} when it starts",
    ),
    (r"/\.ssh/", "ssh acts on it: it says who may log in and which commands run"),
    (r"/etc/cron|/spool/cron|/crontab$|/anacrontab$", f"cron {_RUN}, on a schedule"),
    (
        r"/systemd/|/\.config/autostart/|/launch(agents|daemons)/|/etc/(init\.d|rc\.local)|/\.x(initrc|profile|session|sessionrc)$|/\.pam_environment$|/\.local/share/(applications|systemd|dbus-1)/|/\.config/(environment\.d|plasma-workspace|gnome-session)/",
        "the system runs it automatically, at start-up or login",
    ),
    (
        r"/\.github/(workflows|actions)/|/\.gitlab-ci\.ya?ml$|/\.circleci/|/jenkinsfile$|/azure-pipelines\.ya?ml$"
        r"|/\.travis\.ya?ml$|/\.drone\.ya?ml$|/\.buildkite/|/\.forgejo/workflows/|/\.gitea/workflows/|/\.woodpecker(/|\.ya?ml$)|/bitbucket-pipelines\.ya?ml$|/appveyor\.ya?ml$|/\.appveyor\.ya?ml$|/\.cirrus\.ya?ml$|/codeship[^/]*\.ya?ml$|/\.teamcity/|/\.semaphore/|/\.github/dependabot\.ya?ml$|/\.gitlab/ci/|/codeowners$|/\.zuul\.ya?ml$",
        f"the build server {_RUN}, with the rights it has there",
    ),
    (
        r"/site-packages/|/dist-packages/|\.pth$|/(site|user)customize\.py$|/pyvenv\.cfg$|/node_modules/",
        "other programs load it as their own code",
    ),
    (
        r"/(\.?venv|env|\.local|\.cargo|\.npm-global)/bin/",
        _FOUND,
    ),
    (r"^/((home|users)/[^/]+/|root/|usr/(local/)?s?|s?)bin/", _FOUND),
    (
        # names alone: looked for behind the last slash only
        r"/(?=[^/]*$)(pyproject\.toml|setup\.(py|cfg)|(conf|site)test\.py|tox\.ini|\.?pytest\.(ini|toml)|noxfile\.py|dodo\.py|fabfile\.py"
        r"|tasks\.py|wscript|sconstruct|sconscript|pdm\.toml|poetry\.toml|hatch\.toml|uv\.toml|pixi\.toml|buildout\.cfg"
        r"|\.coveragerc|\.?mypy\.ini|\.?pylintrc|\.pylintrc\.toml|manage\.py|gunicorn\.conf\.py|\.pdbrc|\.pythonrc"
        r"|package\.json|\.?pnpmfile\.c?js|pnpm-workspace\.yaml|bunfig\.toml|deno\.jsonc?|lerna\.json|nx\.json|turbo\.json"
        r"|project\.json|\.npmignore|binding\.gyp"
        r"|gnumakefile|makefile(\.\w+)?|\.?justfile|rakefile|gemfile|guardfile"
        r"|capfile|vagrantfile|brewfile|podfile|fastfile|dangerfile|procfile|taskfile(\.dist)?\.ya?ml|taskfile"
        r"|magefile\.go|mage\.go|earthfile|tiltfile|skaffold\.yaml|devspace\.yaml|buck|build(\.bazel)?|workspace(\.bazel)?"
        r"|module\.bazel|\.bazelrc|pants\.toml|meson\.build|configure(\.ac)?|autogen\.sh|bootstrap"
        r"|cargo\.toml|build\.rs|rust-toolchain(\.toml)?|go\.(mod|work)|gradlew(\.bat)?|mvnw(\.cmd)?"
        r"|pom\.xml|build\.xml|build\.sbt|build\.sc|project\.clj|deps\.edn|mix\.exs|rebar\.config|dune(-project)?|build\.zig"
        r"|package\.swift|directory\.build\.(props|targets)|cmakelists\.txt"
        r"|cmakepresets\.json|cmakeuserpresets\.json|composer\.json|phpunit\.xml(\.dist)?|makefile\.pl|build\.pl"
        r"|(docker|container)file([.-][^/]+)?|(docker-)?compose([.-][^/]+)?\.ya?ml"
        r"|\.?pre-commit-(config|hooks)\.ya?ml|\.?lefthook(-local)?\.(ya?ml|toml|json)|\.huskyrc(\.\w+)?|\.lintstagedrc(\.\w+)?"
        r"|\.overcommit\.yml|\.simple-git-hooks\.\w+|\.?flake8|default\.nix|shell\.nix|flake\.(nix|lock)|devenv\.(nix|ya?ml)"
        r"|\.?mise(\.[^/]+)?\.toml|\.tool-versions|\.rtx\.toml|devbox\.json|playbook[^/]*\.ya?ml|\.?ansible\.cfg|"
        r"gradle\.properties|setup\.l?hs|stack\.ya?ml|package\.ya?ml|cabal\.project(\.local)?|kbuild|build\.boot"
        r"|shadow-cljs\.edn|bb\.edn|snakefile|pulumi(\.[^/]+)?\.ya?ml|foundry\.toml|truffle(-config)?\.js|global\.json"
        r"|\.?latexmkrc|\.proverc|buildspec\.ya?ml|action\.ya?ml|\.ackrc|\.ctags"
        r"|\.ripgreprc|terragrunt\.hcl"
        r"|serverless\.ya?ml|netlify\.toml|vercel\.json|wrangler\.toml|fly\.toml|app\.ya?ml|cloudbuild\.ya?ml|renovate\.json5?"
        # one alternative for all endings: each begins with a search through the name
        r"|[^/]+\.(mk|just|rake|gemspec|bzl|m4|gradle(\.kts)?|(cs|vb|fs)proj|targets|cmake|(docker|container)file|cabal|smk"
        r"|vcxproj|sln|slnx|props|pbxproj|xcscheme|tf))$"
        r"|/\.cargo/config|/gradle/wrapper/|/gradle/[^/]+\.gradle|/\.mvn/|/buildsrc/|/project/[^/]+\.sbt$|/\.?mise/(config\.toml$|tasks/)|/ember-cli-build\.js$|/\.yarn/(releases|plugins)/",
        f"build and test tools {_OBEYS.replace('acts', 'act')}",
    ),
    (
        r"/(vite|vitest|jest|webpack|rollup|rspack|esbuild|tsup|babel|postcss|tailwind|eslint|prettier|stylelint|commitlint"
        r"|svelte|nuxt|next|astro|remix|gatsby-[a-z]+|vue|angular|metro|karma|cypress|playwright|wdio|ava|mocha|nyc|lint-staged"
        r"|release|semantic-release|craco|snowpack|gulpfile|gruntfile|quasar|ember-cli-build|protractor|storybook|codegen"
        r"|knexfile|drizzle|prisma|truffle|hardhat|docusaurus|eleventy|\.eleventy|remotion|expo|app)"
        r"[^/]*\.config\.[cm]?[jt]sx?$|/(gulpfile|gruntfile|knexfile|karma\.conf|\.eleventy)(\.babel)?\.[cm]?[jt]s$"
        r"|/\.(eslint|babel|prettier|mocha|nyc|jest|postcss|stylelint|swc|commitlint|release)rc(\.[cm]?js|\.json|\.ya?ml)?$"
        r"|/(jest|vitest)\.(setup|workspace)\.[cm]?[jt]s$|/\.storybook/|/angular\.json$|/angular\.json$",
        "the tools of the web project run it, at a build, a test or a check",
    ),
    (
        r"/(\.envrc|\.gdbinit|\.lldbinit|\.vimrc|\.exrc|\.nvimrc|\.nvim\.lua|\.vim/.*|\.dir-locals\.el|\.emacs[^/]*|\.editorconfig"
        r"|\.sublime-project|[^/]+\.sublime-project|[^/]+\.code-workspace|\.irbrc|\.pryrc|\.rprofile|\.renviron|\.perldb|\.psqlrc"
        r"|\.sqliterc|\.my\.cnf|\.mongorc\.js|jupyter_[a-z_]+config\.(py|json)|\.screenrc|\.tmux\.conf|\.ghci|\.iex\.exs|\.octaverc|\.juliarc\.jl|\.ocamlinit|\.sbclrc"
        r"|\.autoenv|\.env\.zsh|\.in|\.out)$|/\.(vscode|idea|devcontainer|zed|fleet|theia|nova|helix|direnv)/|/\.config/(nvim"
        r"|vim|emacs|helix|zed|code|tmux|direnv|mise|gdb|kitty|alacritty|wezterm|ghostty|i3|sway|hypr)/|/\.emacs\.d/"
        r"|/\.ipython/",
        f"your editor, shell or debugger {_OBEYS}",
    ),
    (
        r"/((agents|claude|gemini|skill|copilot-instructions|conventions|warp|crush|qwen)(\.local|\.override)?\.md|llms(-full)?\.txt)$"
        r"|/\.(claude|cursor|codex|gemini|agents?|aider[^/]*|continue|windsurf|roo|cline|kiro|junie|amazonq|opencode|goose|vibe"
        r"|factory|trae|augment|qwen|blufio)/|/\.(cursor|windsurf|cline|roo|goose)(rules|hints|ignore)[^/]*$|/\.roomodes$"
        r"|/\.?mcp\.json$|/\.github/(copilot-instructions\.md|instructions/|prompts/|chatmodes/|agents/)|/(opencode|\.?crush)\.jsonc?$"
        r"|/\.aider[^/]*$|/skill\.toml$",
        "agents follow it in later sessions",
    ),
    (
        r"/(requirements[^/]*\.(txt|in)|requirements/[^/]+\.(txt|in)|constraints[^/]*\.txt|pipfile(\.lock)?|poetry\.lock|uv\.lock"
        r"|environment\.ya?ml|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|cargo\.lock"
        r"|go\.sum|gemfile\.lock|composer\.lock|podfile\.lock|gradle\.lockfile|libs\.versions\.toml|nuget\.config"
        r"|packages\.config|conanfile\.(py|txt)|vcpkg\.json)$",
        "it says which code is installed, and from where",
    ),
    (
        r"/(pip\.conf|pip\.ini|\.npmrc|\.pip/|\.m2/settings\.xml|\.bundle/config|uv\.toml|\.gemrc|\.curlrc|\.wgetrc|\.yarnrc(\.yml)?|\.pypirc|\.condarc)$",
        "it says where packages are installed from",
    ),
    (r"^/etc/", "the system acts on it"),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _TABLE)


def obeyed_by(path: str) -> str:
    """Which program acts on the file and how, in words; "" for a file that only people and this program read.

    Args:
        path: absolute.
    """
    folded = loose(path)
    for pattern, words in _COMPILED:
        if pattern.search(folded):
            return words
    return ""
