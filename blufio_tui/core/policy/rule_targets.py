"""Checks the target of a user's rule: a denial that can never apply would only look like protection."""

import re

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.domains import canonical_host
from blufio_tui.core.guards.network import METHODS
from blufio_tui.core.guards.paths import PROJECT
from blufio_tui.core.policy.patterns import ANY
from blufio_tui.core.shell.literal import literal_words
from blufio_tui.core.text.public_suffix import is_public_suffix

_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?", re.ASCII)
_HOST = re.compile(r"(?P<method>[A-Za-z]+ )?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+)(?::(?P<port>[1-9][0-9]{0,4}))?")


def target_problem(verdict: Verdict, kind: Kind, target: str) -> str:
    """What is wrong with the target, "" if nothing is."""
    if kind is Kind.MODEL and verdict is Verdict.ALLOW:
        return "has no effect: what may be read may be sent to the model, unless a rule denies it"
    if target == ANY:
        return ""
    match kind:
        case Kind.FS_READ | Kind.FS_WRITE | Kind.UNIX | Kind.MODEL:
            return _path_problem(target)
        case Kind.NET:
            return _host_problem(target) or (_suffix_problem(target) if verdict is Verdict.ALLOW else "")
        case Kind.ENV if not _ENV.fullmatch(target):
            return "is not the name of a variable, or a prefix such as AWS_*"
        case Kind.EXEC if not target.strip() or (verdict is Verdict.ALLOW and not _is_words(target)):
            return "must be the plain words of one command, such as `git log *`"
        case _:
            return ""


def _path_problem(target: str) -> str:
    if target not in ("~", PROJECT) and not target.startswith(("/", "~/", PROJECT + "/")):
        return "must start with /, ~/ or ${PROJECT}/"
    if ".." in target.split("/"):
        return "must not hold .."
    return "must not hold *: a folder covers what is below it" if "*" in target else ""


def _host_problem(target: str) -> str:
    match = _HOST.fullmatch(target)
    expected = "must be [METHOD ]host[:port], such as example.org or POST api.example.org:8443, without scheme and path"
    if match is None or (match["method"] or "GET").strip().upper() not in METHODS:
        return expected
    if match["host"].startswith("["):
        return ""
    try:
        canonical_host(match["host"].removeprefix("*."))
    except NeverRule:
        return expected
    return ""


def _suffix_problem(target: str) -> str:
    match = _HOST.fullmatch(target)
    host = match["host"].removeprefix("*.").rstrip(".") if match else ""
    if match is None or host.startswith("[") or not is_public_suffix(canonical_host(host)):
        return ""
    return "is a public suffix, under which anybody can have a host; name the hosts you mean"


def _is_words(target: str) -> bool:
    fixed = re.sub(r" \*{1,2}\Z", "", target)
    return literal_words(fixed) is not None
