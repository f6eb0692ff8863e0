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

RUNS_OTHERS = _names(
    """
    ash awk bash bun csh dash deno doas env expect fish gawk ionice irb jshell ksh lua make mawk nice node nohup
    nsenter parallel perl php pkexec psql python python3 ruby script sed setsid sh sqlite3 ssh stdbuf strace su sudo
    tclsh tee time timeout unshare watch xargs zsh
    """
)
"""Programs that run, or write to a place of their choice, what arrives on their input or in their arguments."""

SHELLS = _names("sh bash dash zsh ksh ash fish")

WRAPPERS = RUNS_OTHERS | _names("command builtin exec eval find chroot busybox flock coproc")
"""Programs whose arguments may name the program that really runs."""
