"""Names of shell words and programs that matter when a command line is taken apart."""

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _names("if then else elif fi case esac for select while until do done in function time coproc ! [[ ]] { }")
"""Words that are syntax where a program's name is expected."""

CHANGES_THE_SHELL = _names(
    """
    . alias bg bind break builtin cd command continue declare dirs disown enable eval exec exit export fc fg getopts
    hash let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend trap
    typeset ulimit umask unalias unset wait
    """
)
"""Builtins after which the next command of the same line is not what it would be alone."""

FILTERS = _names("cat column cut egrep fgrep fold grep head jq nl rev rg tac tail tr wc")
"""Programs that send what arrives on their input to their output, changed or not, and do nothing else with it."""

FILTERS_WITH_OUTPUT_OPTIONS = _names("sort uniq")
"""The same, as long as no argument names a file to write to."""

LAUNCHERS = _names(
    """
    abduco asdf at batch builtin busybox bwrap catchsegv chpst chroot chrt command coproc cpulimit daemonize
    dbus-run-session direnv doas docker dotenv dtach dumb-init entr env envdir exec expect faketime fakeroot
    firejail flock gdb gosu hyperfine i386 ionice kubectl linux32 linux64 ltrace mise mosh newgrp nice nix
    nix-shell nohup npx nsenter numactl op parallel perf pipx pkexec podman poetry prlimit proot proxychains
    proxychains4 runcon runuser rush screen script setarch setpriv setsid setuidgid sg softlimit ssh sshpass
    start-stop-daemon stdbuf strace su su-exec sudo systemd-run taskset tini time timeout tmux toolbox torify
    torsocks toybox trap ts tsp unbuffer unshare uv uvx valgrind watch watchexec xargs xterm xvfb-run
    """
)
"""Programs that run the program that their arguments name."""

SHELLS = _names(
    """
    sh bash rbash dash zsh ksh ksh93 mksh lksh pdksh ash posh yash fish csh tcsh nu elvish xonsh osh ysh pwsh powershell
    cmd
    """
)

READ_LINES = SHELLS | _names(
    """
    eval trap ssh sshpass mosh su runuser sg newgrp watch watchexec entr at batch parallel rush xargs script tmux screen
    xterm hyperfine flock expect nix-shell dtach abduco
    """
)
"""Programs that have a shell read what stands in one of their arguments."""

RENAMES_PROGRAMS = _names("alias enable hash mapfile readarray")
"""Builtins that give a program another name, or run a command of their own accord."""

TESTS = _names("[ [[ test let printf")

WRAPPERS = (
    LAUNCHERS
    | SHELLS
    | _names(
        "awk bun csh deno eval expect find gawk irb jshell lua make mawk node perl php psql python python3 ruby sed "
        "sqlite3 tclsh tee"
    )
)
"""Programs whose arguments may name the program that really runs."""

TAKES_TEXT = _names(
    """
    echo printf cat head tail tac wc cut tr nl rev fold column uniq comm paste join ls dir stat file du df tree pwd
    grep egrep fgrep rg ag ack cp mv rm mkdir rmdir touch ln chmod chown chgrp basename dirname realpath readlink
    diff cmp md5sum sha1sum sha256sum base64 xxd od hexdump strings jq yq date cal sleep true false : which type whereis
    whatis apropos id whoami groups hostname uname uptime ps pgrep kill gh glab hub gitk tig say notify-send cowsay
    figlet return exit shift cd pushd popd
    """
)
"""Programs that do something with their arguments other than to run them."""

HAVE_COMMANDS_OF_THEIR_OWN = _names(
    """
    git npm yarn pnpm pip pip3 cargo go gem brew apt apt-get dnf yum pacman apk zypper snap dpkg systemctl service
    journalctl man nvm fnm rustup hg svn jj dotnet mvn gradle composer terraform aws gcloud az helm
    """
)
"""Programs whose first word is a command of theirs: `npm rm x` runs no `rm`. What they run stands behind a word that
says so, or is a whole line in one word."""

ANNOUNCES_PROGRAM = re.compile(
    r"--|-{1,2}(?:c|x|e|i|exec|command|cmd|run|eval|call|tool|extcmd|upload-pack|receive-pack)"
    r"|exec|run|x|foreach|env|watch",
    re.IGNORECASE,
)
"""A word of theirs behind which the program stands: `npm exec git push`, `git bisect run rm x`."""

TAKES_MESSAGE = re.compile(
    r"-[a-zA-Z]*m|-[SGF]|--(?:message|title|body|description|grep|author|committer|format|pretty|subject|notes?|comment)"
)
"""An option of theirs whose value is only text."""

GIT_COMMANDS = _names(
    """
    add am annotate apply archive backfill bisect blame branch bugreport bundle cat-file check-attr check-ignore
    check-mailmap check-ref-format checkout checkout-index cherry cherry-pick citool clean clone column commit
    commit-graph commit-tree config count-objects credential daemon describe diagnose diff diff-files diff-index
    diff-pairs diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch fmt-merge-msg
    for-each-ref for-each-repo format-patch fsck gc get-tar-commit-id grep gui hash-object help hook imap-send
    index-pack init init-db instaweb interpret-trailers lfs log ls-files ls-remote ls-tree mailinfo mailsplit
    maintenance merge merge-base merge-file merge-index merge-tree mergetool mktag mktree multi-pack-index mv
    name-rev notes p4 pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push quiltimport
    range-diff read-tree rebase receive-pack reflog refs remote repack replace replay request-pull rerere reset
    restore rev-list rev-parse revert rm send-email send-pack shortlog show show-branch show-index show-ref
    sparse-checkout stash status stripspace submodule svn switch symbolic-ref tag unpack-file unpack-objects
    update-index update-ref update-server-info upload-archive upload-pack var verify-commit verify-pack
    verify-tag version whatchanged worktree write-tree
    """
)
"""Whatever else stands in a command's place is an alias or a program of that name: git decides."""
