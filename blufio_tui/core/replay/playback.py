"""The other side of a call that runs again: every request is answered from the record, nothing is done.

Under another manifest the recorded decisions are made again: what the manifest covers is allowed, what only the
old one covered is denied as it would be with nobody to ask, and what a person, a grant or a rule answered stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    EnvTarget,
    FileTarget,
    Kind,
    NetTarget,
    Target,
)
from blufio_tui.core.errors import CapabilityDenied, NeverRule
from blufio_tui.core.guards.paths import Places, absolute
from blufio_tui.core.manifest.manifest import Capabilities, Manifest
from blufio_tui.core.policy.matching import covering_declaration
from blufio_tui.core.replay.record import Answer, CallRecord, Exchanged, Reply, Request, Touched

HANDLE = "handle"
_KIB = 1024
_NOBODY = Actor(ActorKind.SKILL, "")
_WRITING = frozenset({"mkdir", "rmdir", "unlink", "rename", "link", "symlink", "utimes", "create"})


class Would(StrEnum):
    """What a request would meet under a manifest."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Denied:
    """An effect that did not pass. `would`: asked about in a mode that asks, or denied whoever is there."""

    kind: str
    resource: str
    would: Would


def would_meet(touched: Touched, method: str, capabilities: Capabilities, places: Places) -> Would:
    """What one recorded decision becomes under other declared capabilities. Fails closed: what is not known is denied.

    Args:
        method: of the HTTP request, for what goes to the network.
    """
    if touched.decided_by in (DecidedBy.NEVER_RULE, DecidedBy.USER_RULE):
        return Would.ALLOW if touched.allowed else Would.DENY
    target = target_of(touched, method)
    if target is None:
        return Would.DENY
    if covering_declaration(capabilities, CapabilityRequest(_NOBODY, target), places):
        return Would.ALLOW
    if touched.allowed and touched.decided_by != DecidedBy.MANIFEST:
        return Would.ALLOW
    return Would.ASK


def target_of(touched: Touched, method: str = "GET") -> Target | None:
    """The target of a decision as the policy knows targets; None for what no manifest can declare."""
    match touched.kind:
        case Kind.FS_READ | Kind.FS_WRITE if touched.resource.startswith("/"):
            return FileTarget(Kind(touched.kind), touched.resource, touched.resource, "")
        case Kind.ENV:
            return EnvTarget(touched.resource)
        case Kind.NET:
            return _net_target(touched.resource, method)
        case _:
            return None


def _net_target(url: str, method: str) -> NetTarget | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return None
    return NetTarget(method, parts.scheme, parts.hostname, port, url) if parts.hostname else None


def hops(exchange: Exchanged) -> Iterator[tuple[Touched, str]]:
    """Each decision of an exchange with the HTTP method it was about; a redirect continues with GET, HEAD with HEAD."""
    method = exchange.request.text("method") or "GET"
    for number, touched in enumerate(exchange.touched):
        yield touched, method if not number or method == "HEAD" else "GET"


class Playback:
    """Answers one run of a guest.

    Args:
        manifest: decides in place of the recorded one; None: every answer is the recorded one.
        lenient: a request that differs from the recorded one at its place, and is of its kind, gets its answer;
            for runs that are meant to ask for something else.

    Attributes:
        requests: what was asked for, in order.
        denied: what did not pass.
        unanswered: requests that the record has no answer for.
        clock_reads: how often each clock was read; None until the run ended.
    """

    def __init__(self, record: CallRecord, *, manifest: Manifest | None = None, lenient: bool = False) -> None:
        self.record = record
        self.requests: list[Request] = []
        self.denied: list[Denied] = []
        self.unanswered: list[Request] = []
        self.clock_reads: tuple[int, int] | None = None
        self._manifest = manifest
        self._lenient = lenient
        self._used: set[int] = set()
        self._by_key: dict[str, list[int]] = {}
        for position, exchange in enumerate(record.exchanges):
            self._by_key.setdefault(exchange.request.key, []).append(position)

    @property
    def limits_of(self) -> Manifest:
        """Whose limits the run has."""
        return self._manifest or self.record.manifest

    def answer(self, request: Request) -> Answer:
        """The answer to the next request of the guest."""
        position = self._position(request, len(self.requests))
        self.requests.append(request)
        if position is None:
            self.unanswered.append(request)
            return self._unrecorded(request)
        self._used.add(position)
        exchange = self.record.exchanges[position]
        if self._manifest is None:
            return self._as_recorded(exchange)
        return self._decided(exchange, self._manifest)

    def _position(self, request: Request, place: int) -> int | None:
        exchanges = self.record.exchanges
        if place < len(exchanges) and place not in self._used:
            recorded = exchanges[place].request
            if recorded.key == request.key or (self._lenient and recorded.effect == request.effect):
                return place
        same = self._by_key.get(request.key, [])
        if same:
            return next((position for position in same if position not in self._used), same[-1])
        if self._lenient:
            alike = (p for p, one in enumerate(exchanges) if one.request.effect == request.effect)
            return next((position for position in alike if position not in self._used), None)
        return None

    def _as_recorded(self, exchange: Exchanged) -> Answer:
        self.denied += [
            Denied(one.kind, one.resource, Would.DENY if _is_fixed(one) else Would.ASK)
            for one in exchange.touched
            if not one.allowed
        ]
        return exchange.answer

    def _decided(self, exchange: Exchanged, manifest: Manifest) -> Answer:
        for touched, method in hops(exchange):
            would = would_meet(touched, method, manifest.capabilities, self.record.places)
            if would is not Would.ALLOW:
                return self._deny(touched.kind, touched.resource, would)
            if not touched.allowed:  # it passes now, and nobody knows what would have come back
                self.unanswered.append(exchange.request)
                return _no_answer(exchange.request)
        return _within(exchange.answer, manifest.limits.response_kb)

    def _unrecorded(self, request: Request) -> Answer:
        """A build that asks for something new: what its manifest does not cover is denied, the rest has no answer."""
        capabilities = self.limits_of.capabilities
        for touched in asked_for(request, self.record.places):
            target = target_of(touched, request.text("method") or "GET")
            covered = target is not None and covering_declaration(
                capabilities, CapabilityRequest(_NOBODY, target), self.record.places
            )
            if not covered:
                return self._deny(touched.kind, touched.resource, Would.ASK)
        return _no_answer(request)

    def _deny(self, kind: str, resource: str, would: Would) -> Answer:
        self.denied.append(Denied(kind, resource, would))
        why = "not declared in the manifest" if would is Would.ASK else "denied then, and denied now"
        return Answer(Reply.DENIED, {"message": str(CapabilityDenied(kind, resource, why))})


def asked_for(request: Request, places: Places) -> tuple[Touched, ...]:
    """What a request is about, as far as its words say: links are not followed, nothing is looked at."""
    match request.effect:
        case "read" | "list":
            return (_path(Kind.FS_READ, request.text("path"), places),)
        case "write":
            return (_path(Kind.FS_WRITE, request.text("path"), places),)
        case "env":
            return (Touched(Kind.ENV, request.text("key"), "", ""),)
        case "fetch":
            return (Touched(Kind.NET, request.text("url"), "", ""),)
        case "file":
            return tuple(_file_targets(request, places))
        case _:
            return ()


def _file_targets(request: Request, places: Places) -> Iterator[Touched]:
    options = request.fields.get("options")
    flags: Mapping[str, object] = options if isinstance(options, dict) else {}
    writes = request.text("op") in _WRITING or bool(flags.get("write"))
    kind = Kind.FS_WRITE if writes else Kind.FS_READ
    yield _path(kind, _joined(request.text("root"), request.text("path")), places)
    if request.text("op") in ("rename", "link"):
        yield _path(kind, _joined(request.text("other_root"), request.text("other")), places)


def _joined(root: str, path: str) -> str:
    return path if path.startswith("/") or not root else f"{root.rstrip('/')}/{path}"


def _path(kind: Kind, written: str, places: Places) -> Touched:
    try:
        path = absolute(written, places)
    except NeverRule:
        path = written
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return Touched(kind, "/" + "/".join(parts), "", "")


def _is_fixed(touched: Touched) -> bool:
    return touched.decided_by in (DecidedBy.NEVER_RULE, DecidedBy.USER_RULE)


def _no_answer(request: Request) -> Answer:
    return Answer(Reply.FAILED, {"message": f"no answer to this {request.effect} is recorded", "code": ""})


def _within(answer: Answer, response_kb: int) -> Answer:
    if answer.reply is not Reply.RESULT or len(answer.blob) <= response_kb * _KIB:
        return answer
    return Answer(
        Reply.FAILED,
        {
            "message": f"a host result of {len(answer.blob):,} bytes is over the limit of {response_kb:,} KiB; "
            "raise resources.response_kb in skill.toml if it needs more",
            "code": "",
        },
    )
