"""Finds keys of a git configuration that run programs or point git elsewhere; parses byte by byte, as git does.

A command may add a remote, or a branch that follows `origin`, without approval. Every key that is not known to be
harmless needs approval, and so does changing or removing where an existing remote points: what is removed could be
added again. The syntax is that of git-config(1), "Syntax".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HARMLESS = re.compile(
    r"core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol"
    r"|safecrlf|quotepath|abbrev|compression|loosecompression|bigfilethreshold|sharedrepository|untrackedcache"
    r"|splitindex|preloadindex|fscache|longpaths|checkstat|trustctime|sparsecheckout|sparsecheckoutcone|commitgraph"
    r"|multipackindex|commentchar|whitespace)"
    r"|(user|author|committer)\.(name|email|useconfigonly|signingkey)"
    r"|(commit|tag)\.(gpgsign|verbose|cleanup|status|sort)"
    r"|branch\.(.+\.)?(remote|merge|rebase|description|sort|autosetupmerge|autosetuprebase|vscode-merge-base"
    r"|gh-merge-base|github-pr-owner-number)"
    r"|remote\..+\.(url|pushurl|fetch|push|mirror|tagopt|prune|prunetags|skipdefaultupdate|skipfetchall|gh-resolved)"
    r"|submodule\.(.+\.)?(url|active|branch|ignore|shallow|recurse|fetchrecursesubmodules|fetchjobs)"
    r"|pull\.(rebase|ff)|push\.(default|autosetupremote|followtags|useforceifincludes)"
    r"|fetch\.(prune|prunetags|parallel|writecommitgraph)"
    r"|merge\.(conflictstyle|ff|renames|renamelimit|stat|log|autostash|directoryrenames)"
    r"|rebase\.(autosquash|autostash|updaterefs|stat|missingcommitscheck)|rerere\.(enabled|autoupdate)"
    r"|(status|color|column|advice)\..+|log\.(date|decorate|follow|abbrevcommit)"
    r"|diff\.(algorithm|renames|renamelimit|colormoved|noprefix|mnemonicprefix|context|indentheuristic|wserrorhighlight)"
    r"|diff\..+\.(xfuncname|funcname|binary|cachetextconv|wordregex)"
    r"|gc\.(auto|autodetach|autopacklimit|pruneexpire|reflogexpire|reflogexpireunreachable|writecommitgraph)"
    r"|pack\.(threads|depth|window|windowmemory|compression|writebitmaps)|index\.(version|threads|sparse)"
    r"|init\.defaultbranch|extensions\.(objectformat|refstorage|preciousobjects|noop)"
    r"|feature\.(manyfiles|experimental)|i18n\.(commitencoding|logoutputencoding)"
    r"|lfs\.repositoryformatversion|lfs\..+\.access|http\.postbuffer|maintenance\.(auto|strategy)",
    re.DOTALL,
)
_LEADS = re.compile(r"(remote\..+)\.(url|pushurl|push|mirror)", re.DOTALL)
_LEADS_TO_FILES = re.compile(r"include\.path|includeif\..*\.path|core\.(hookspath|attributesfile)", re.DOTALL)
_FOLLOWS = re.compile(r"branch\.(.+\.)?remote", re.DOTALL)
_SUBMODULE_UPDATE = re.compile(r"submodule\..+\.update", re.DOTALL)
_SHOWN = 80
_KEY = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_LETTERS = _KEY - frozenset(b"0123456789-")
_SPACE = frozenset(b" \t\r\n")
_ESCAPED = {ord("t"): 9, ord("b"): 8, ord("n"): 10, ord("\\"): ord("\\"), ord('"'): ord('"')}
_NEW_LINE, _BACKSLASH, _QUOTE = ord("\n"), ord("\\"), ord('"')


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Attributes:
        key: dotted, in lower case, the subsection too.
        value: as git reads it; None for a key without `=`.
        raw: the bytes of the value as they stand in the file.
    """

    key: str
    value: str | None
    raw: bytes = b""

    @property
    def shown(self) -> str:
        return f"{self.key} = {self.value[:_SHOWN]}" if self.value is not None else self.key


class Unreadable(Exception):
    """git would refuse the file, or it holds what git never writes (a key before any section)."""


def new_programs(before: bytes, after: bytes) -> tuple[str, ...]:
    """Keys that need approval: in `after` but not, with this value, in `before`; for remotes also the reverse.

    Each with its value. An unreadable file counts as one such key: `("unreadable",)`.
    """
    try:
        new = entries(after)
    except Unreadable:
        return ("unreadable",)
    try:
        old = entries(before)
    except Unreadable:
        old = ()
    known, now = {(one.key, one.raw) for one in old}, {(one.key, one.raw) for one in new}
    remotes = {match[1] for one in old if (match := _LEADS.fullmatch(one.key))}
    followed = {one.key for one in old if _FOLLOWS.fullmatch(one.key)}
    added = {one.key for one in new if (one.key, one.raw) not in known and _is_asked(one, remotes, followed)}
    gone = {key for key, raw in known - now if _LEADS.fullmatch(key)}
    shown = {one.key: one.shown for one in new}
    return tuple(sorted(shown[key] for key in added) + sorted(f"{key} (removed)" for key in gone - added))


def _is_asked(entry: Entry, remotes: set[str], followed: set[str]) -> bool:
    """`remotes`, and the branches that follow one (`followed`), existed before.

    A new branch may follow `origin`, whose address cannot be changed without approval. Any other remote may be one that
    the command has just added, and a later `git push` would go there.
    """
    if _FOLLOWS.fullmatch(entry.key):
        return entry.key in followed or entry.value not in ("origin", ".")
    if _SUBMODULE_UPDATE.fullmatch(entry.key):
        return entry.value not in ("checkout", "rebase", "merge", "none")
    leads = _LEADS.fullmatch(entry.key)
    return (leads is not None and leads[1] in remotes) or not _HARMLESS.fullmatch(entry.key)


def files_named(data: bytes) -> tuple[Entry, ...]:
    """Entries that name files which git then obeys: further configuration, attributes, a folder of hooks.

    Raises:
        Unreadable: as `entries`.
    """
    return tuple(one for one in entries(data) if one.value and _LEADS_TO_FILES.fullmatch(one.key))


def entries(data: bytes) -> tuple[Entry, ...]:
    """
    Raises:
        Unreadable: git refuses it, or it holds a NUL, at which git stops and others do not.
    """
    if 0 in data:
        raise Unreadable
    return tuple(_Reader(data.removeprefix(b"\xef\xbb\xbf")).entries())


class _Reader:
    """As git does: ignores a carriage return before a line feed, and treats the end of the file as a line feed."""

    def __init__(self, data: bytes) -> None:
        self._data = data.replace(b"\r\n", b"\n")
        self._at = 0
        self._section = b""

    def _next(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else _NEW_LINE

    @property
    def _is_over(self) -> bool:
        return self._at > len(self._data)

    def entries(self) -> Iterator[Entry]:
        comment = False
        while True:
            character = self._next()
            if character == _NEW_LINE:
                if self._is_over:
                    return
                comment = False
            elif comment or character in _SPACE:
                continue
            elif character in b"#;":
                comment = True
            elif character == ord("["):
                self._section = self._read_section()
                if not self._section:
                    raise Unreadable
            elif character in _LETTERS and self._section:
                yield self._read_entry(character)
            else:
                raise Unreadable

    def _read_section(self) -> bytes:
        name = bytearray()
        while True:
            character = self._next()
            if self._is_over:
                raise Unreadable
            if character == ord("]"):
                return bytes(name)
            if character in _SPACE:
                return bytes(name) + b"." + self._read_subsection(character)
            if character not in _KEY and character != ord("."):
                raise Unreadable
            name.append(character)

    def _read_subsection(self, character: int) -> bytes:
        while character in _SPACE:
            if character == _NEW_LINE:
                raise Unreadable
            character = self._next()
        if character != _QUOTE:
            raise Unreadable
        name = bytearray()
        while (character := self._next()) != _QUOTE:
            if character == _BACKSLASH:
                character = self._next()
            if character == _NEW_LINE:
                raise Unreadable
            name.append(character)
        if self._next() != ord("]"):
            raise Unreadable
        return bytes(name)

    def _read_entry(self, character: int) -> Entry:
        name = bytearray()
        while character in _KEY:
            name.append(character)
            character = self._next()
        while character in b" \t":
            character = self._next()
        key = (self._section + b"." + bytes(name)).decode("utf-8", "surrogateescape").lower()
        if character == _NEW_LINE:
            return Entry(key, None)
        if character != ord("="):
            raise Unreadable
        begin = self._at
        value = self._read_value()
        return Entry(key, value.decode("utf-8", "surrogateescape"), self._data[begin : self._at])

    def _read_value(self) -> bytes:
        value, spaces, quoted = bytearray(), 0, False
        while True:
            character = self._next()
            if character == _NEW_LINE:
                if quoted:
                    raise Unreadable
                return bytes(value)
            if character in _SPACE and not quoted:
                spaces += bool(value)
                continue
            if character in b"#;" and not quoted:
                self._skip_line()
                return bytes(value)
            value += b" " * spaces
            spaces = 0
            if character == _BACKSLASH:
                escaped = self._next()
                if escaped != _NEW_LINE and escaped not in _ESCAPED:
                    raise Unreadable
                value += bytes([_ESCAPED[escaped]] if escaped != _NEW_LINE else [])
            elif character == _QUOTE:
                quoted = not quoted
            else:
                value.append(character)

    def _skip_line(self) -> None:
        while self._next() != _NEW_LINE:
            continue
