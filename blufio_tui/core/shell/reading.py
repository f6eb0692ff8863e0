"""Commands that only read: which files and folders they read, if that is certain.

Each program has a list of allowed options; an option that is not listed makes the answer "not known". So do
expansions, redirections, and unknown programs. The command then simply needs approval.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from posixpath import join

from blufio_tui.core.capability import ExecTarget
from blufio_tui.core.shell.command_line import command_parts, separable_parts
from blufio_tui.core.shell.literal import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """
    Attributes:
        files: absolute paths that are read or listed, links and `..` not resolved.
        trees: folders of which everything below is read.
        git_folders: where git runs, whose configuration may name programs that it starts.
        git_shows: (folder, what): git shows the content of the files that change in `what`: `("diff", …)` with options
            and revisions, or `("show", revision)`, one commit.
    """

    files: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    git_folders: tuple[str, ...] = ()
    git_shows: tuple[tuple[str, Words], ...] = ()


_INTO_FOLDER = re.compile(r"\s*cd[ \t]+(?!-)([A-Za-z0-9_./+,@][A-Za-z0-9_./+,@-]*)[ \t]*&&")
_CLIMBS_BACK = re.compile(r"(?:^|/)(?!\.\.?(?:/|$))[^/]+/(?:.*/)?\.\.(?:/|$)")
_COUNT = re.compile(r"-[0-9]+")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./~^@-]*")


def what_is_read(target: ExecTarget) -> Reading | None:
    """What the line reads, if it only reads; None if that is not certain.

    `cd x && y` is `y` in `x`: the shell ends with the line.
    """
    if entered := _INTO_FOLDER.match(target.command):
        if _CLIMBS_BACK.search(entered[1]):
            return None  # the shell leaves a link where it was entered, the system where it leads
        rest = target.command[entered.end() :]
        inside = ExecTarget(rest, command_parts(rest), join(target.cwd, entered[1]), target.replaced)
        found = what_is_read(inside)
        return found and replace(found, files=(inside.cwd, *found.files))
    if not (parts := separable_parts(target)):
        return None
    readings = [_reading(words, target.cwd, piped=at > 0) for at, words in enumerate(parts)]
    known = [one for one in readings if one is not None]
    if len(known) < len(readings):
        return None
    return Reading(
        tuple(path for one in known for path in one.files),
        tuple(path for one in known for path in one.trees),
        tuple(path for one in known for path in one.git_folders),
        tuple(shown for one in known for shown in one.git_shows),
    )


def _reading(words: Words, cwd: str, *, piped: bool) -> Reading | None:
    program, arguments = words[0], words[1:]
    reader = _READERS.get(program)
    return reader(arguments, cwd, piped) if reader else None


def _sorted_out(arguments: Words, plain: str, valued: str = "") -> tuple[Words, frozenset[str]] | None:
    """The arguments that are not options, and the options; None if one is not known.

    Args:
        plain: options without a value; single letters may be joined (`-la`).
        valued: options whose value is a number and comes glued, after `=` or as the next word.
    """
    flags, counted = frozenset(plain.split()), frozenset(valued.split())
    operands: list[str] = []
    used: set[str] = set()
    pending = list(arguments)
    while pending:
        word = pending.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            operands += pending
            break
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif word in flags or (equals and name in counted and value.isdecimal()):
            used.add(name)
        elif word in counted and pending and pending[0].isdecimal():
            used.add(word)
            del pending[0]
        elif word[:2] in counted and word[2:].isdecimal():
            used.add(word[:2])
        elif not word.startswith("--") and all(f"-{letter}" in flags for letter in word[1:]):
            used |= {f"-{letter}" for letter in word[1:]}
        else:
            return None
    return tuple(operands), frozenset(used)


def _paths(operands: Words, cwd: str) -> tuple[str, ...]:
    return tuple(join(cwd, one) for one in operands if one != "-")


def _plain_reader(plain: str, valued: str = "", *, lists: bool = False) -> Callable[[Words, str, bool], Reading | None]:
    """A program all of whose operands are files; without operands one that lists looks at the folder it runs in."""

    def read(arguments: Words, cwd: str, piped: bool) -> Reading | None:
        kept = tuple(one for one in arguments if not (valued and _COUNT.fullmatch(one)))
        sorted_out = _sorted_out(kept, plain, valued)
        if sorted_out is None or (not sorted_out[0] and not piped and not lists):
            return None
        return Reading(_paths(sorted_out[0] or ((cwd,) if lists else ()), cwd))

    return read


def _grep(arguments: Words, cwd: str, piped: bool) -> Reading | None:
    sorted_out = _sorted_out(
        arguments,
        "-r -n -i -l -L -c -v -w -x -E -F -G -P -o -h -H -s -q --recursive --line-number --ignore-case --count",
        "-A -B -C -m",
    )
    if sorted_out is None or not sorted_out[0]:
        return None
    (_, *where), used = sorted_out
    deep = not used.isdisjoint({"-r", "--recursive"})
    if not where:
        return Reading(trees=(cwd,)) if deep and not piped else Reading() if piped else None
    return Reading(trees=_paths(tuple(where), cwd)) if deep else Reading(_paths(tuple(where), cwd))


def _rg(arguments: Words, cwd: str, piped: bool) -> Reading | None:
    sorted_out = _sorted_out(arguments, "-n -i -l -c -v -w -x -F -S -o -N -H --files --no-heading", "-A -B -C -m")
    if sorted_out is None or "--files" in sorted_out[1] or not sorted_out[0]:
        return None
    where = tuple(sorted_out[0][1:])
    return Reading() if piped and not where else Reading(trees=_paths(where or (cwd,), cwd))


_FIND_TESTS = frozenset("-name -iname -path -ipath -type -maxdepth -mindepth -size -mtime -mmin".split())  # noqa: SIM905
_FIND_WORDS = frozenset({"-print", "-print0", "-empty", "-not", "-o", "-a", "!"})


def _find(arguments: Words, cwd: str, _piped: bool) -> Reading | None:
    pending = list(arguments)
    where: list[str] = []
    while pending and not pending[0].startswith(("-", "!", "(")):
        where.append(pending.pop(0))
    while pending:
        word = pending.pop(0)
        if word in _FIND_TESTS and pending:
            del pending[0]
        elif word not in _FIND_WORDS:
            return None
    return Reading(_paths(tuple(where), cwd) or (cwd,))


_SHOW_OPTIONS = "--stat --no-color --minimal --patience --histogram -w -b"
_DIFF_OPTIONS = f"--cached --staged {_SHOW_OPTIONS}"


def _git(arguments: Words, cwd: str, _piped: bool) -> Reading | None:
    """`status`, and of `log`, `diff` and `show` what shows no content, or only that of files that are known."""
    match arguments:
        case ("status", *rest):
            found = _sorted_out(tuple(rest), "-s -b --short --branch --porcelain")
            return Reading(git_folders=(cwd,)) if found is not None and not found[0] else None
        case ("log", *rest):
            plain = tuple(one for one in rest if not _COUNT.fullmatch(one))
            found = _sorted_out(plain, "--oneline --stat --graph --all --name-only --name-status --decorate", "-n")
            safe = found is not None and all(map(_REVISION.fullmatch, found[0]))
            return Reading(git_folders=(cwd,)) if safe else None
        case ("diff", "--stat" | "--name-only" | "--name-status", *rest) if len(rest) < 2:
            return Reading(git_folders=(cwd,)) if all(map(_REVISION.fullmatch, rest)) else None
        case ("diff", "--", path) if _names_a_file(path):
            return Reading((join(cwd, path),), git_folders=(cwd,))
        case ("diff", *rest):
            found = _sorted_out(tuple(rest), _DIFF_OPTIONS, "-U --unified")
            if found is None or "--" in rest or len(found[0]) > 2 or not all(map(_REVISION.fullmatch, found[0])):
                return None
            staged = ("--cached",) if not found[1].isdisjoint({"--cached", "--staged"}) else ()
            return Reading(git_folders=(cwd,), git_shows=((cwd, ("diff", *staged, *found[0])),))
        case ("show", *rest) if ":" not in "".join(rest):
            found = _sorted_out(tuple(rest), f"--oneline --name-only --name-status {_SHOW_OPTIONS}", "-U --unified")
            if found is None or "--" in rest or len(found[0]) > 1 or not all(map(_REVISION.fullmatch, found[0])):
                return None
            return Reading(git_folders=(cwd,), git_shows=((cwd, ("show", *(found[0] or ("HEAD",)))),))
        case ("show", named):
            revision, colon, path = named.partition(":")
            plain_names = _REVISION.fullmatch(revision) and _names_a_file(path)
            return Reading((join(cwd, path),), git_folders=(cwd,)) if colon and plain_names else None
        case _:
            return None


def _names_a_file(path: str) -> bool:
    """A path below, to a name with an ending: git would show a folder's every file."""
    name = path.rpartition("/")[2]
    return not path.startswith(("/", "-", ":")) and ".." not in path.split("/") and "." in name[1:]


_READERS: dict[str, Callable[[Words, str, bool], Reading | None]] = {
    "ls": _plain_reader("-l -a -A -h -t -r -S -1 -d -F -p --all --human-readable", lists=True),
    "cat": _plain_reader("-n -b -s -A -E -T"),
    "head": _plain_reader("-q -v", "-n -c --lines --bytes"),
    "tail": _plain_reader("-q -v", "-n -c --lines --bytes"),
    "wc": _plain_reader("-l -w -c -m -L --lines --words --bytes"),
    "pwd": _plain_reader("", lists=True),
    "grep": _grep,
    "rg": _rg,
    "find": _find,
    "git": _git,
}
