"""The allowing answers for a question, what each stores in words, and the grants it becomes.

Narrowest first. A kind as a whole can be granted for reading and for the network only, and only for the
session; writing, commands and environment variables are always granted by name.
"""

from collections.abc import Callable
from dataclasses import replace

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    ExecTarget,
    FileTarget,
    Kind,
    NetTarget,
    Verdict,
)
from blufio_tui.core.errors import UsageError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Offer, Scope
from blufio_tui.core.policy.builtin_rights import holds_credentials
from blufio_tui.core.policy.command_patterns import pattern_allows
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import covering_declaration, exact_pattern
from blufio_tui.core.policy.patterns import ANY
from blufio_tui.core.policy.wide_offers import (
    CHECKS,
    PROJECT_EDITS,
    domain_offered,
    folder_covers,
    folder_offered,
    project_edits_offered,
    run_family,
    run_family_covers,
)
from blufio_tui.core.policy.wording import subject
from blufio_tui.core.shell.literal import Words, literal_words
from blufio_tui.core.shell.words import join_words, safe_family
from blufio_tui.core.text.display import visible_line

WHILE_SECS = 15 * 60.0
"""How long an answer "for a while" lasts."""

_WHEN = {Lifetime.SESSION: "for the rest of this session", Lifetime.FOREVER: "permanently"}
_A_WHILE = "for 15 minutes"
_LABELS = {Lifetime.SESSION: ("s", "This session"), Lifetime.FOREVER: ("a", "Permanently")}
_ON_TARGET = {
    Kind.FS_READ: "may read {0}",
    Kind.FS_WRITE: "may change, replace or remove {0}, with any content",
    Kind.NET: "may send {0}, to any path there and with any content",
    Kind.ENV: "may see the value of {0}",
    Kind.UNIX: "may connect to {0} and ask the program behind it for anything",
}
_ON_KIND = {
    Kind.FS_READ: "may read every file that you can read, except those that usually hold credentials",
    Kind.NET: "may send any request, with any content, to any server on the internet",
}


def offers_for(request: CapabilityRequest, places: Places, uncovered: tuple[Words, ...] = ()) -> tuple[Offer, ...]:
    """
    Args:
        uncovered: for a command line that can be split, the commands that nothing allows yet.
    """
    once = Offer(
        Lifetime.CALL,
        Scope.EXACT,
        exact_pattern(request),
        "just this time; nothing is stored",
        letter="y",
        label="Just this time",
    )
    if isinstance(request.target, ExecTarget):
        return (once, *_command_offers(request, request.target, uncovered))
    return (
        once,
        *_exact_offers(request),
        *_wide_offers(request, places),
        *_declared_offers(request, places),
        *_kind_offers(request, places),
    )


def grants_of(
    answer: ApprovalAnswer, request: CapabilityRequest, *, session_id: str, now: float, new_id: Callable[[], str]
) -> tuple[Grant, ...]:
    """The grants that an answer stores; empty for an answer about this call alone."""
    patterns: tuple[str, ...]
    if answer.verdict is Verdict.DENY:
        lifetime, scope, patterns = answer.deny_lifetime, Scope.EXACT, (exact_pattern(request),)
    elif answer.offer is not None:
        offer = answer.offer
        lifetime, scope, patterns = offer.lifetime, offer.scope, offer.parts or (offer.pattern,)
    else:
        return ()
    if lifetime is Lifetime.CALL:
        return ()
    actor = request.actor
    return tuple(
        Grant(
            grant_id=new_id(),
            verdict=answer.verdict,
            actor_kind=actor.kind,
            actor_name=actor.name,
            publisher=actor.publisher,
            content_hash=actor.content_hash,
            kind=request.kind,
            scope=scope,
            pattern=pattern,
            lifetime=lifetime,
            session_id=session_id if lifetime is Lifetime.SESSION else "",
            created=now,
            expires=_expires(answer, now) if lifetime is Lifetime.UNTIL else 0.0,
            note=answer.reason,
            cwd=request.target.cwd if isinstance(request.target, ExecTarget) else "",
        )
        for pattern in patterns
    )


def edited(offer: Offer, pattern: str, request: CapabilityRequest, places: Places) -> Offer:
    """The offer with a pattern edited by the person; it must still cover the request.

    Raises:
        UsageError: it covers something else, or more than an answer may; the message says which.
    """
    pattern = pattern.strip()
    if isinstance(request.target, ExecTarget):
        words = literal_words(request.target.command)
        if words is None or not (pattern_allows(pattern, words) or run_family_covers(pattern, words)):
            raise UsageError(f"`{pattern}` does not cover this command")
        if pattern == ANY or literal_words(pattern.split(" *")[0]) is None:
            raise UsageError("a pattern must name at least the program")
        what = f"may run `{pattern}` in {request.target.cwd}"
        scope = Scope.EXACT if literal_words(pattern) == words else Scope.DECLARED
    elif isinstance(request.target, FileTarget) and request.actor.kind is ActorKind.TOOL:
        if not folder_covers(pattern, request.target, places):
            raise UsageError(f"{pattern} does not cover {request.target.path}")
        what, scope = f"may {subject(request.kind)} below {pattern}, except {_NOT_BY_FOLDER}", Scope.DECLARED
    else:
        raise UsageError("this pattern cannot be changed")
    ending = _WHEN.get(offer.lifetime, _A_WHILE)
    stores = visible_line(f"{_who(request.actor)} {what}, {ending}")
    return replace(offer, scope=scope, pattern=pattern, parts=(), stores=stores)


def _expires(answer: ApprovalAnswer, now: float) -> float:
    seconds = answer.offer.seconds if answer.offer else 0.0
    return answer.expires or now + (seconds or WHILE_SECS)


_NOT_BY_FOLDER = "files that usually hold credentials"
_NOT_BY_PROJECT = "files that other programs act on (hooks, build files, …) or that usually hold credentials"


def _wide_offers(request: CapabilityRequest, places: Places) -> list[Offer]:
    """Wider answers for built-in tools. For skills, the manifest says what is possible; an MCP server, which has none,
    may be installed in a folder of many files."""
    if request.actor.is_server and isinstance(request.target, FileTarget) and request.kind is Kind.FS_READ:
        return [replace(offer, may_widen=False) for offer in _folder_offers(request, request.target, places)]
    if request.actor.kind is not ActorKind.TOOL:
        return []
    match request.target:
        case FileTarget() as target:
            return [*_folder_offers(request, target, places), *_for_a_while(request)]
        case NetTarget() as target:
            return [*_domain_offers(request, target), *_for_a_while(request)]
        case _:
            return []


def _folder_offers(request: CapabilityRequest, target: FileTarget, places: Places) -> list[Offer]:
    offers = []
    if folder := folder_offered(target, places):
        writes = target.kind is Kind.FS_WRITE
        exception = _NOT_BY_PROJECT if writes else _NOT_BY_FOLDER
        what = f"may {'change files' if writes else 'read everything'} in {folder} and below, except {exception}"
        offers.append(_wide(request, Lifetime.SESSION, folder, what, "f", "This folder"))
    if project_edits_offered(target, places):
        what = f"may create and change files in this project, except {_NOT_BY_PROJECT}"
        offers.append(_wide(request, Lifetime.SESSION, PROJECT_EDITS, what, "e", "Edits in project"))
    return offers


def _domain_offers(request: CapabilityRequest, target: NetTarget) -> list[Offer]:
    pattern = domain_offered(target) if target.scheme == "https" else ""
    if not pattern:
        return []
    method, _, place = pattern.partition(" ")
    domain = place.rpartition(":")[0]
    what = f"may send {method} requests without a body to {domain} and all names below it, port {target.port}"
    return [_wide(request, Lifetime.SESSION, pattern, what, "h", f"All of {domain}"[:24])]


def _for_a_while(request: CapabilityRequest) -> list[Offer]:
    """The narrow answer, for 15 minutes."""
    exact = _exact_offers(request)[0]
    stores = exact.stores.replace(_WHEN[Lifetime.SESSION], _A_WHILE)
    return [replace(exact, lifetime=Lifetime.UNTIL, stores=stores, letter="u", label="15 minutes", seconds=WHILE_SECS)]


def _wide(request: CapabilityRequest, lifetime: Lifetime, pattern: str, what: str, letter: str, label: str) -> Offer:
    offer = _offer(request, lifetime, Scope.DECLARED, pattern, what)
    return replace(offer, letter=letter, label=label, may_widen=True)


def _exact_offers(request: CapabilityRequest) -> list[Offer]:
    pattern = exact_pattern(request)
    if isinstance(request.target, FileTarget) and request.target.operation == "list":
        what = f"may list what is in {pattern}, but not read it"
    else:
        what = _ON_TARGET[request.kind].format(_spelled(request, pattern))
    return [_offer(request, lifetime, Scope.EXACT, pattern, what) for lifetime in _WHEN]


def _spelled(request: CapabilityRequest, pattern: str) -> str:
    if request.kind is not Kind.NET:
        return pattern
    method, _, where = pattern.partition(" ")
    return f"{method} requests to {where}"


def _declared_offers(request: CapabilityRequest, places: Places) -> list[Offer]:
    """For a skill whose manifest was not approved: the declared pattern that covers the target."""
    declared = request.actor.declared
    pattern = covering_declaration(declared.capabilities, request, places) if declared else ""
    if not pattern or pattern == exact_pattern(request):
        return []
    what = f"may {subject(request.kind)} as declared: {pattern} and what is below it"
    return [_offer(request, lifetime, Scope.DECLARED, pattern, what) for lifetime in _WHEN]


def _kind_offers(request: CapabilityRequest, places: Places) -> list[Offer]:
    if request.kind not in _ON_KIND or holds_credentials(request, places):
        return []
    offer = _offer(request, Lifetime.SESSION, Scope.KIND, "*", _ON_KIND[request.kind])
    return [replace(offer, letter="k", label="Everything" if request.kind is Kind.NET else "All files")]


def _command_offers(request: CapabilityRequest, target: ExecTarget, uncovered: tuple[Words, ...]) -> list[Offer]:
    if target.use:
        return [] if target.once else _uses(request, target)
    if len(target.parts) < 2 or not uncovered:
        return [*_whole_command(request, target), *_family(request, target, uncovered)]
    parts = tuple(dict.fromkeys(join_words(words) for words in uncovered))
    what = f"may run in {target.cwd}, each also on its own: " + ", ".join(f"`{part}`" for part in parts)
    single = [_offer(request, lifetime, Scope.EXACT, "; ".join(parts), what, parts) for lifetime in _WHEN]
    return [*_whole_command(request, target), *single]


def _whole_command(request: CapabilityRequest, target: ExecTarget) -> list[Offer]:
    what = f"may run exactly `{target.command}` in {target.cwd}"
    return [_offer(request, lifetime, Scope.EXACT, target.command, what) for lifetime in _WHEN]


def _uses(request: CapabilityRequest, target: ExecTarget) -> list[Offer]:
    what = f"may {target.use}, with any input"
    return [_offer(request, lifetime, Scope.EXACT, target.command, what) for lifetime in _WHEN]


def _family(request: CapabilityRequest, target: ExecTarget, uncovered: tuple[Words, ...]) -> list[Offer]:
    if len(uncovered) != 1:
        return []
    if pattern := run_family(uncovered[0]):
        what = (
            f"may run `{pattern}` in {target.cwd}, with arguments below that folder and plain options; "
            "it runs the code of the project"
        )
    elif pattern := safe_family(uncovered[0]):
        what = f"may run `{pattern[:-2]}` in {target.cwd} with any further arguments that are not options"
    else:
        return []
    label = pattern if len(pattern) <= 24 else f"{pattern[:21]}… *"
    offers = [_wide(request, Lifetime.SESSION, pattern, what, "p", label)]
    if run_family(uncovered[0]):
        what_checks = (
            f"may run the tests, builds and linters of the project in {target.cwd} (pytest, cargo test, go test, mypy, "
            "ruff, tsc, eslint, jest, …), with arguments below that folder and plain options; they run its code"
        )
        offers.append(_wide(request, Lifetime.SESSION, CHECKS, what_checks, "t", "Tests and checks"))
        offers.append(_wide(request, Lifetime.FOREVER, pattern, what, "P", f"{label}, always"))
    return offers


def _offer(
    request: CapabilityRequest, lifetime: Lifetime, scope: Scope, pattern: str, what: str, parts: tuple[str, ...] = ()
) -> Offer:
    letter, label = _LABELS[lifetime]
    if parts or scope is Scope.DECLARED:
        letter, label = letter.upper(), "Each part" if parts else "As declared"
        label = f"{label}, always" if lifetime is Lifetime.FOREVER else label
    stores = visible_line(f"{_who(request.actor)} {what}, {_WHEN[lifetime]}")
    return Offer(lifetime, scope, pattern, stores, parts, letter, label)


def _who(actor: Actor) -> str:
    if actor.kind is not ActorKind.SKILL:
        return f"{actor.name}"
    return f"{actor.name} {actor.version}".strip() + ", unchanged,"
