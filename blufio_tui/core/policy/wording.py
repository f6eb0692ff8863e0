"""Capabilities, rules and grants in plain words, for the approval card, the installer and the browser."""

from posixpath import normpath

from blufio_tui.core.capability import CapabilityRequest, EnvTarget, ExecTarget, FileTarget, Kind, NetTarget, UnixTarget
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.guards.paths import PROJECT, Places
from blufio_tui.core.manifest.manifest import Capabilities, NetworkCapability
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.text.amounts import local_time

KIND_SYMBOLS = {Kind.FS_READ: "○", Kind.FS_WRITE: "●", Kind.NET: "⇄", Kind.ENV: "$", Kind.EXEC: "▶", Kind.UNIX: "⌁"} | {
    Kind.MODEL: "⇡"
}
"""One cell each; never the only sign of a kind."""

_EXAMPLE = Places("/home/_", "/home/_/project")
"""Where a declared path would lie: what it means is told by its names, on whatever machine."""

_SUBJECTS = {
    Kind.FS_READ: "read files",
    Kind.FS_WRITE: "change files",
    Kind.NET: "use the network",
    Kind.ENV: "read environment variables",
    Kind.EXEC: "run commands",
    Kind.UNIX: "use other programs' sockets",
    Kind.MODEL: "send files to the model",
}


def subject(kind: Kind) -> str:
    """What a kind lets someone do: `read files`."""
    return _SUBJECTS[kind]


def action(request: CapabilityRequest) -> str:
    """The request as a sentence without its actor: `read ~/notes/a.txt`."""
    match request.target:
        case FileTarget() as target:
            return f"{target.operation.replace('_', ' ')} {target.path}"
        case NetTarget() as target:
            return f"{target.method} {target.url}"
        case EnvTarget(key=key):
            return f"read the environment variable {key}"
        case ExecTarget(command=command):
            return f"run `{command}`"
        case UnixTarget(path=path):
            return f"connect to {path}"


def capability_lines(capabilities: Capabilities) -> tuple[str, ...]:
    """Everything a manifest asks for, one sentence each; empty when it asks for nothing."""
    lines = [
        f"read {_folder(pattern)} and everything below it{_warning(pattern, Kind.FS_READ)}"
        for pattern in capabilities.filesystem.read
    ]
    lines += [
        f"change {_folder(pattern)} and everything below it{_warning(pattern, Kind.FS_WRITE)}"
        for pattern in capabilities.filesystem.write
    ]
    if capabilities.network:
        lines += [network_line(domain, capabilities.network) for domain in capabilities.network.domains]
    lines += [f"see the value of the environment variable {key}" for key in capabilities.env]
    lines += [
        f"use the secret {name} in requests to {', '.join(hosts)}, without seeing it"
        for name, hosts in capabilities.secrets.items()
    ]
    return tuple(lines)


def _folder(pattern: str) -> str:
    """A declared path as people say it: `the project folder`, `notes in the project folder`, else as it is."""
    if pattern == PROJECT:
        return "the project folder"
    return (
        f"{pattern.removeprefix(f'{PROJECT}/')} in the project folder" if pattern.startswith(f"{PROJECT}/") else pattern
    )


def _warning(pattern: str, kind: Kind) -> str:
    """What is unusual about a declared path, behind `: !`; "" for an ordinary one."""
    path = normpath(
        _EXAMPLE.home + pattern[1:] if pattern.startswith("~") else pattern.replace(PROJECT, _EXAMPLE.project, 1)
    )
    if kind is Kind.FS_WRITE and (words := obeyed_by(path) or obeyed_by(path + "/")):
        return f": ! {words}"
    if usually_holds_credentials(path, _EXAMPLE):
        return ": ! it usually holds credentials"
    if path in ("/", "/home", "/Users", "/root", _EXAMPLE.home):
        return ": ! that is all your files" if path != "/" else ": ! that is the whole disk"
    return ""


def network_line(domain: str, network: NetworkCapability) -> str:
    what = (
        "send any request to"
        if network.methods is None
        else f"send {_listed(network.methods, 'and') or 'no'} requests to"
    )
    if domain.startswith("*."):
        return f"{what} subdomains of {domain[2:]}"
    return f"{what} {domain} and its subdomains"


def declared_in_words(capabilities: Capabilities, kind: Kind) -> str:
    """What a manifest declares for one kind, "" if nothing: `read ~/notes`."""
    match kind:
        case Kind.FS_READ:
            return _with_verb("read", capabilities.filesystem.read)
        case Kind.FS_WRITE:
            return _with_verb("write", capabilities.filesystem.write)
        case Kind.NET if capabilities.network:
            named = capabilities.network.methods
            methods = "any method" if named is None else _listed(named, "and") or "no method"
            return _with_verb(methods + " to", capabilities.network.domains)
        case Kind.ENV:
            return _with_verb("env", capabilities.env)
        case _:
            return ""


def declared_rule(request: CapabilityRequest, pattern: str) -> str:
    """The part of a manifest that allowed a request: `read ~/notes`."""
    match request.target:
        case FileTarget(kind=Kind.FS_READ):
            return f"read {pattern}"
        case FileTarget():
            return f"write {pattern}"
        case NetTarget(method=method):
            return f"{method} {pattern}"
        case _:
            return f"{request.kind} {pattern}"


def grant_in_words(grant: Grant) -> str:
    """`fs.read ~/x (for good, grant g1)`."""
    return f"{grant.kind} {pattern_in_words(grant.scope, grant.pattern)} ({lifetime_in_words(grant)}, {grant.grant_id})"


def answer_in_words(grant: Grant) -> str:
    """A stored answer without its id: `fs.write /p/tests (for good)`."""
    return f"{grant.kind} {pattern_in_words(grant.scope, grant.pattern)} ({lifetime_in_words(grant)})"


def rule_in_words(rule: UserRule) -> str:
    who = "" if rule.actor == "*" else f" for {rule.actor}"
    return f"{rule.verdict} {rule.kind} {rule.target}{who}"


def pattern_in_words(scope: Scope, pattern: str) -> str:
    return "anything" if scope is Scope.KIND else pattern


def lifetime_in_words(grant: Grant) -> str:
    match grant.lifetime:
        case Lifetime.CALL:
            return "this call"
        case Lifetime.SESSION:
            return "this session"
        case Lifetime.FOREVER:
            return "for good"
        case Lifetime.UNTIL:
            return f"until {day_and_time(grant.expires)}"


def day_and_time(seconds: float) -> str:
    """Local time to the minute."""
    return local_time(seconds, "%Y-%m-%d %H:%M")


def _with_verb(verb: str, patterns: tuple[str, ...]) -> str:
    return f"{verb} {_listed(patterns, 'and')}" if patterns else ""


def _listed(items: tuple[str, ...], last: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
