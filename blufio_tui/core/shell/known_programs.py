"""Names of shell words and programs that matter when a command line is taken apart."""


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
    builtin busybox chroot command coproc doas env exec flock ionice nice nohup nsenter parallel pkexec script setsid
    ssh stdbuf strace su sudo time timeout trap unshare watch xargs
    """
)
"""Programs that run the program that their arguments name."""

SHELLS = _names("sh bash dash zsh ksh ash fish")

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
