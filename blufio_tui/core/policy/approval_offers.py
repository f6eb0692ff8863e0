"""Which allowing answers a question gets, what each stores in words, and the grants an answer becomes.

Narrowest first. A kind as a whole can be granted for reading and for the network only, and only for the
session; writing, commands and environment variables are always granted by name.
"""

from collections.abc import Callable

from blufio_tui.core.capability import Actor, ActorKind, CapabilityRequest, ExecTarget, FileTarget, Kind, Verdict
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Offer, Scope
from blufio_tui.core.policy.builtin_rights import holds_credentials
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import covering_declaration, exact_pattern
from blufio_tui.core.policy.wording import subject
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.shell.words import join_words, safe_family
from blufio_tui.core.text.display import visible_line

_WHEN = {Lifetime.SESSION: "until this session ends", Lifetime.FOREVER: "from now on"}
_ON_TARGET = {
    Kind.FS_READ: "may read {0}, whatever is in it by then",
    Kind.FS_WRITE: "may change, replace or remove {0}, whatever it writes",
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
        uncovered: for a command line that can be taken apart, the commands that nothing allows yet.
    """
    once = Offer(
        Lifetime.CALL, Scope.EXACT, exact_pattern(request), "nothing: this one, as it is shown here, and no other"
    )
    if isinstance(request.target, ExecTarget):
        return (once, *_command_offers(request, request.target, uncovered))
    return (once, *_exact_offers(request), *_declared_offers(request, places), *_kind_offers(request, places))


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
            expires=answer.expires if lifetime is Lifetime.UNTIL else 0.0,
            note=answer.reason,
            cwd=request.target.cwd if isinstance(request.target, ExecTarget) else "",
        )
        for pattern in patterns
    )


def _exact_offers(request: CapabilityRequest) -> list[Offer]:
    pattern = exact_pattern(request)
    if isinstance(request.target, FileTarget) and request.target.operation == "list":
        what = f"may list what is in {pattern}, not read it"
    else:
        what = _ON_TARGET[request.kind].format(_spelled(request, pattern))
    return [_offer(request, lifetime, Scope.EXACT, pattern, what) for lifetime in _WHEN]


def _spelled(request: CapabilityRequest, pattern: str) -> str:
    if request.kind is not Kind.NET:
        return pattern
    method, _, where = pattern.partition(" ")
    return f"{method} requests to {where}"


def _declared_offers(request: CapabilityRequest, places: Places) -> list[Offer]:
    """For a skill whose manifest was not approved: the declared pattern that holds the target."""
    declared = request.actor.declared
    pattern = covering_declaration(declared.capabilities, request, places) if declared else ""
    if not pattern or pattern == exact_pattern(request):
        return []
    what = f"may {subject(request.kind)} as declared: {pattern} and what is below it"
    return [_offer(request, lifetime, Scope.DECLARED, pattern, what) for lifetime in _WHEN]


def _kind_offers(request: CapabilityRequest, places: Places) -> list[Offer]:
    if request.kind not in _ON_KIND or holds_credentials(request, places):
        return []
    return [_offer(request, Lifetime.SESSION, Scope.KIND, "*", _ON_KIND[request.kind])]


def _command_offers(request: CapabilityRequest, target: ExecTarget, uncovered: tuple[Words, ...]) -> list[Offer]:
    if len(target.parts) < 2 or not uncovered:
        return [*_whole_command(request, target), *_family(request, target, uncovered)]
    parts = tuple(dict.fromkeys(join_words(words) for words in uncovered))
    what = f"may run in {target.cwd}, each also by itself: " + ", ".join(f"`{part}`" for part in parts)
    single = [_offer(request, lifetime, Scope.EXACT, "; ".join(parts), what, parts) for lifetime in _WHEN]
    return [*_whole_command(request, target), *single]


def _whole_command(request: CapabilityRequest, target: ExecTarget) -> list[Offer]:
    what = f"may run exactly `{target.command}` in {target.cwd}"
    return [_offer(request, lifetime, Scope.EXACT, target.command, what) for lifetime in _WHEN]


def _family(request: CapabilityRequest, target: ExecTarget, uncovered: tuple[Words, ...]) -> list[Offer]:
    pattern = safe_family(uncovered[0]) if len(uncovered) == 1 else ""
    if not pattern:
        return []
    what = f"may run `{pattern[:-2]}` in {target.cwd} with any further arguments that are not options"
    return [_offer(request, Lifetime.SESSION, Scope.DECLARED, pattern, what)]


def _offer(
    request: CapabilityRequest, lifetime: Lifetime, scope: Scope, pattern: str, what: str, parts: tuple[str, ...] = ()
) -> Offer:
    return Offer(lifetime, scope, pattern, visible_line(f"{_who(request.actor)} {what}, {_WHEN[lifetime]}"), parts)


def _who(actor: Actor) -> str:
    if actor.kind is not ActorKind.SKILL:
        return f"{actor.name}"
    return f"{actor.name} {actor.version}".strip() + ", unchanged,"
