"""What a command outside the cage may have brought in, going by its words.

Nobody watches what such a command does. So it counts as having brought in a stranger's text unless each of its programs
is known to work on local files only, or starts a build or a test by a usual name.
"""

import re
import shlex
from collections.abc import Iterator
from posixpath import basename


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NETWORK_PROGRAMS = _names(
    "curl wget http https xh httpie aria2c ssh scp sftp rsync ftp nc ncat netcat socat telnet gh glab hub svn hg "
    "pip pip3 uv pipx npm pnpm yarn npx bun deno cargo go gem bundle composer docker podman kubectl helm aws "
    "gcloud az git dig nslookup host mail mutt sendmail w3m lynx links yt-dlp lftp tftp mosh sshfs rclone whois "
    "brew apt apt-get dnf yum pacman apk conda mamba poetry pdm terraform ansible heroku fly vercel netlify ipfs"
)
_LOCAL_PROGRAMS = _names(
    # of the shell
    ": [ [[ alias bg break builtin case cd command continue declare dirs disown do done echo elif else esac exec "
    "exit export false fc fg fi for function getopts hash if "
    "in jobs kill let local popd printf pushd pwd read readonly "
    "return select set shift sleep then time times trap true type typeset ulimit umask unalias unset until wait while "
    "{ } !"
    # files and text
    " ls cat head tail wc sort uniq cut paste tr tac rev nl od xxd hexdump strings file stat du df tree find locate fd "
    "grep egrep fgrep rg ag ack sed awk gawk mawk diff cmp comm patch cp mv rm ln mkdir rmdir touch chmod chown chgrp "
    "install mktemp realpath readlink basename dirname tee split csplit join column expand fold fmt pr shuf seq factor "
    "bc dc expr test jq yq xmllint xsltproc iconv "
    "dos2unix base64 base32 md5sum sha1sum sha256sum sha512sum b2sum cksum "
    "tar gzip gunzip zcat bzip2 xz zstd zip unzip 7z ar cpio less more bat sqlite3 openssl"
    # of the machine
    " date cal uname hostname id whoami groups who uptime free ps top htop pgrep pkill killall nproc lscpu lsof arch "
    "env printenv nice nohup timeout xargs stdbuf sudo doas which whereis man info clear tput stty tty sync"
    # compilers, linters, tests
    " gcc g++ cc c++ clang clang++ ld lld as nm objdump objcopy strip ranlib rustc rustfmt javac tsc swiftc ghc ocamlc "
    "zig gofmt cmake ninja meson autoconf automake bison flex pytest tox nox mypy pyright ruff black isort flake8 "
    "pylint eslint prettier biome stylelint jest vitest mocha shellcheck shfmt clang-format clang-tidy cppcheck "
    "rspec rubocop phpunit luacheck stylua"
    # documents and pictures
    " pandoc mkdocs sphinx-build pdflatex latexmk dot convert magick ffmpeg ffprobe exiftool"
)
_PREFIXES = _names(
    "! { do then else elif if while until time sudo doas env nice nohup stdbuf timeout command builtin exec xargs"
)
"""Words behind which the program of a command may follow."""
_TASK_RUNNERS = _names("make gmake just task rake ant gradle gradlew mvn mvnw bazel buck scons invoke doit")
_SHELLS = _names("bash sh dash zsh ksh")
_INTERPRETERS = _names("python pypy node nodejs tsx ts-node ruby perl php lua java Rscript") | _SHELLS
_VALUED = _names("-C -f -I -o -W --directory --file")
"""Options of task runners that take the next word."""
_OPTIONS = _names("-u -B -I -O -OO -s -E")
_OPTIONS_OF_SHELLS = _names("-e -u -x -eu -ex -eux")
"""Options of interpreters behind which the name of a script may follow."""
_USUAL_WORK = _names(
    "all build builds builder compile test tests testing unittest pytest unit integration spec specs check checks lint "
    "linter fmt format formatter clean distclean docs doc html dist typecheck types mypy ruff black isort coverage "
    "bench benchmark benchmarks codegen version help tox nox flake8 pylint venv"
)
"""Names of what is built and tested, by which launchers are used every day."""
_ABOUT_OTHERS = _names(
    "fetch download downloads get pull crawl scrape scraper spider sync import issue issues ticket tickets pr prs feed "
    "feeds news mail mails inbox web http https url api upload publish deploy release push"
)
"""Names that say that something is fetched or sent, whatever else they say."""
_PRIVATE_PROGRAMS = _names(
    "psql mysql mariadb mongosh mongo redis-cli sqlplus sqlcmd cqlsh clickhouse-client influx pg_dump mysqldump "
    "mongodump pass gopass op bw keepassxc-cli secret-tool security vault sops gpg gpg2 age "
    "xclip xsel wl-paste pbpaste mutt neomutt mail mailx notmuch himalaya mu history"
)
"""Programs that show what databases, password safes, mailboxes and the clipboard hold."""
_STRANGERS_TOO = _names(
    "psql mysql mariadb mongosh mongo redis-cli sqlplus sqlcmd cqlsh clickhouse-client influx neomutt mailx notmuch "
    "himalaya mu xclip xsel wl-paste pbpaste"
)
"""Those of them that show what others wrote."""
_RUNS_MORE = _names("-exec -execdir -ok -okdir -x -X --exec --exec-batch")
"""Options of programs that find files, which run another program on each."""
_SEPARATOR = re.compile(r"[;&|()\n]+\Z")
_INSTALLED = re.compile(r"/usr/|/s?bin/|/opt/|/nix/|/snap/|~/\.local/bin/|~/\.cargo/bin/|(?:\./)?\.?venv/bin/")
"""Where programs of the known names lie."""
_ASSIGNMENT = re.compile(r"\w+\+?=")
_NUMBER = re.compile(r"[0-9][\w.]*\Z")
_VERSION = re.compile(r"[0-9.]+\Z")


def words_of(command: str) -> list[str]:
    """The words of a command line, roughly: what cannot be taken apart is split at blanks and signs."""
    try:
        words = shlex.split(command, comments=False)
    except ValueError:
        words = command.split()
    return [piece for word in words for piece in re.split(r"[\s;&|<>()=`$'\"]+", word) if piece]


def may_fetch(command: str) -> bool:
    """Whether a command may have brought in a stranger's text. What cannot be taken apart may have."""
    words = words_of(command)
    if any(
        basename(word) in _NETWORK_PROGRAMS | _STRANGERS_TOO
        or "://" in word
        or word.startswith(("/dev/tcp/", "/dev/udp/", "s_client"))
        for word in words
    ):
        return True
    try:
        return not all(_is_local(part) for part in _parts(command))
    except ValueError:
        return True


def shows_private_data(command: str) -> bool:
    """Whether one of the programs of a command shows what is private by its nature."""
    try:
        return any(basename(_program(part)[0]) in _PRIVATE_PROGRAMS for part in _parts(command))
    except ValueError:
        return any(basename(word) in _PRIVATE_PROGRAMS for word in words_of(command))


def _parts(command: str) -> Iterator[list[str]]:
    """The words of each simple command, those in substitutions too; nothing of redirections.

    Raises:
        ValueError: a quote or a substitution has no end.
    """
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    part, is_target = list[str](), False
    for word in lexer:
        if _SEPARATOR.match(word):
            yield part
            part = []
        elif set(word) <= set("<>&|"):
            is_target = True
        elif is_target:
            is_target = False
        else:
            yield from _substituted(word)
            part.append(word)
    yield part


def _substituted(word: str) -> Iterator[list[str]]:
    """Commands inside `$(…)` and backquotes of one word, as where it stood in double quotes."""
    for start in re.finditer(r"\$\(|`", word):
        inner = word[start.end() :].split("`" if start[0] == "`" else ")", 1)
        if inner[0]:
            yield from _parts(inner[0])


def _program(part: list[str]) -> tuple[str, list[str]]:
    """The program of a simple command as it is called, and its arguments; "" where there is none."""
    for place, word in enumerate(part):
        if word in _PREFIXES or _ASSIGNMENT.match(word) or word in ("$", ""):
            continue
        if place and (word.startswith("-") or _NUMBER.match(word)):
            continue  # of `sudo -n` or `nice -n 5`
        return word, part[place + 1 :]
    return "", []


def _is_local(part: list[str]) -> bool:
    program, arguments = _program(part)
    name = basename(program).removesuffix(".exe")
    if "/" in program and name in _LOCAL_PROGRAMS and not _INSTALLED.match(program):
        return False  # a program of the project that has the name of another
    if not name or name.startswith("#") or name in _LOCAL_PROGRAMS:
        return name not in ("find", "fd") or _RUNS_MORE.isdisjoint(arguments)
    launcher = _VERSION.sub("", name)
    if launcher in _TASK_RUNNERS | _INTERPRETERS:
        return _is_usual_work(launcher, arguments)
    return "/" in program and _is_usual_name(name)


def _is_usual_work(launcher: str, arguments: list[str]) -> bool:
    """Whether a launcher starts only what has a usual name: `make test`, `python3 -m pytest -q`, `node build.js`."""
    if arguments in (["--version"], ["--help"], ["-V"]):
        return True
    if launcher in _TASK_RUNNERS:
        return all(_is_usual_name(target) for target in _targets(arguments))
    for place, word in enumerate(arguments):
        if word == "-m" and launcher.startswith(("python", "pypy")):
            return _is_usual_name("".join(arguments[place + 1 : place + 2]))
        if not word.startswith("-"):
            return _is_usual_name(word)
        if word not in (_OPTIONS_OF_SHELLS if launcher in _SHELLS else _OPTIONS):
            return False  # code in an argument, or an option that is not known here
    return False  # reads what it does from its input


def _targets(arguments: list[str]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        if word in _VALUED:
            next(rest, "")
        elif not word.startswith("-") and not _ASSIGNMENT.match(word):
            yield word


def _is_usual_name(name: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", basename(name).lower())) - {""}
    return bool(words & _USUAL_WORK) and not words & _ABOUT_OTHERS
