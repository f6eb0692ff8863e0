"""Who may do what: one pure function, and the order in which its rules are tried.

The first that applies decides: never-rules (the guards raise those before and after), unreadable grants,
a user's denial, the approved manifest, a user's allowance, the permission mode. Whatever is left is a
question for a person. The model has no part in it.
"""

from dataclasses import dataclass

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    Decision,
    ExecTarget,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    Verdict,
)
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities
from blufio_tui.core.policy.approval import Offer
from blufio_tui.core.policy.approval_offers import offers_for
from blufio_tui.core.policy.builtin_rights import builtin_capabilities, holds_credentials, is_sensitive
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import (
    allowing_rule,
    covering_declaration,
    declared_patterns,
    denying_rule,
    grant_covers,
    grant_is_for,
    grant_is_live,
    rules_for,
    uncovered_parts,
)
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.policy.wording import declared_in_words, declared_rule, grant_in_words, rule_in_words, subject
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.text.display import visible_line

NOTHING_DECLARED = Capabilities()
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What the policy looks at, as it stands at the moment of one request.

    Attributes:
        grants: all live grants; those of other actors and sessions are passed over.
        blocked: why the grants cannot be read, "" when they can.
        now: seconds since the epoch.
    """

    mode: Mode
    places: Places
    now: float
    session_id: str = ""
    rules: tuple[UserRule, ...] = ()
    grants: tuple[Grant, ...] = ()
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """A person must decide.

    Attributes:
        why: why it is asked, in words.
        declared: the declared scope for this kind, in words; "" for a built-in tool.
        offers: the allowing answers, narrowest first.
    """

    why: str
    declared: str
    offers: tuple[Offer, ...]


def decide(request: CapabilityRequest, view: PolicyView) -> Decision | NeedsApproval:
    if view.blocked:
        return _deny(DecidedBy.GRANT, f"denied: the stored grants cannot be read ({view.blocked})")
    grants = tuple(grant for grant in view.grants if _applies(grant, request.actor, view))
    return (
        _denial(request, view, grants)
        or _own_doing(request)
        or _declared(request, view)
        or _allowance(request, view, grants)
        or _by_mode(request, view, grants)
    )


def hidden_from_search(request: CapabilityRequest, view: PolicyView) -> bool:
    """Whether a search that was allowed for a folder leaves this file in it out: a denial of the person covers it,
    of whatever session, or it usually holds credentials, or what was denied cannot be known."""
    if view.blocked or is_sensitive(request, view.places):
        return True
    denials = tuple(
        grant for grant in view.grants if grant.verdict is Verdict.DENY and grant_is_for(grant, request.actor)
    )
    return _denial(request, view, denials) is not None


def _applies(grant: Grant, actor: Actor, view: PolicyView) -> bool:
    return grant_is_live(grant, session_id=view.session_id, now=view.now) and grant_is_for(grant, actor)


def _denial(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> Decision | None:
    if rule := denying_rule(view.rules, request, view.places):
        return _deny(DecidedBy.USER_RULE, f"denied by your rule: {rule_in_words(rule)}")
    for grant in grants:
        if grant.verdict is Verdict.DENY and grant_covers(grant, request, view.places):
            return _deny(DecidedBy.USER_RULE, f"denied by your answer: {grant_in_words(grant)}", grant.grant_id)
    return None


def _own_doing(request: CapabilityRequest) -> Decision | None:
    """What the person typed as a command is the person's own decision."""
    if request.actor.kind is ActorKind.USER:
        return _allow(DecidedBy.USER, "allowed by you: you typed it")
    return None


def _declared(request: CapabilityRequest, view: PolicyView) -> Decision | None:
    if is_sensitive(request, view.places):
        return None
    pattern = covering_declaration(_approved(request.actor), request, view.places)
    if not pattern:
        return None
    return _allow(DecidedBy.MANIFEST, f"allowed by manifest: {declared_rule(request, pattern)}")


def _approved(actor: Actor) -> Capabilities:
    if actor.kind is ActorKind.TOOL:
        return builtin_capabilities(actor.name)
    return actor.manifest.capabilities if actor.manifest else NOTHING_DECLARED


def _allowance(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> Decision | None:
    allowing = tuple(grant for grant in grants if grant.verdict is Verdict.ALLOW)
    for grant in allowing:
        if grant_covers(grant, request, view.places):
            return _allow(DecidedBy.GRANT, f"allowed by grant: {grant_in_words(grant)}", grant.grant_id)
    if rule := allowing_rule(view.rules, request, view.places):
        return _allow(DecidedBy.USER_RULE, f"allowed by your rule: {rule_in_words(rule)}")
    if isinstance(request.target, ExecTarget):
        return _command_allowance(request, request.target, view, allowing)
    return None


def _command_allowance(
    request: CapabilityRequest, target: ExecTarget, view: PolicyView, grants: tuple[Grant, ...]
) -> Decision | None:
    """A command line is allowed when each of its commands is."""
    rules = rules_for(view.rules, request, Verdict.ALLOW)
    if uncovered_parts(target, grants, rules) != ():
        return None
    if uncovered_parts(target, grants, ()) == ():
        return _allow(DecidedBy.GRANT, f"allowed by grants: {_each(target)}")
    return _allow(DecidedBy.USER_RULE, f"allowed by your rules: {_each(target)}")


def _each(target: ExecTarget) -> str:
    return ", ".join(f"`{part}`" for part in target.parts)


def _by_mode(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> Decision | NeedsApproval:
    why = _why_asked(request, view)
    match view.mode:
        case Mode.ALLOW_ALL:
            return _allow(DecidedBy.MODE, f"allowed by mode allow-all: {why}")
        case Mode.DENY:
            return _deny(DecidedBy.MODE, f"denied by mode deny: {why}")
        case Mode.READ_ONLY if not _only_reads(request):
            return _deny(DecidedBy.MODE, f"denied by mode read-only: {why}")
        case Mode.READ_ONLY | Mode.ASK:
            return NeedsApproval(
                why, _declared_scope(request), offers_for(request, view.places, _uncovered(request, view, grants))
            )


def _uncovered(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> tuple[Words, ...]:
    if not isinstance(request.target, ExecTarget):
        return ()
    allowing = tuple(grant for grant in grants if grant.verdict is Verdict.ALLOW)
    return uncovered_parts(request.target, allowing, rules_for(view.rules, request, Verdict.ALLOW)) or ()


def _only_reads(request: CapabilityRequest) -> bool:
    """What read-only mode still asks about: reading files, and requests that by their method only read."""
    match request.target:
        case FileTarget(kind=Kind.FS_READ):
            return True
        case NetTarget(method=method, body_bytes=size):
            return method in _SAFE_METHODS and size == 0
        case _:
            return False


def _why_asked(request: CapabilityRequest, view: PolicyView) -> str:
    if is_sensitive(request, view.places):
        return f"{visible_line(request.resource)} usually holds credentials"
    warning = "; such a file usually holds credentials" if holds_credentials(request, view.places) else ""
    return _why_undecided(request) + warning


def _why_undecided(request: CapabilityRequest) -> str:
    actor = request.actor
    if actor.kind is ActorKind.TOOL:
        if declared_patterns(builtin_capabilities(actor.name), request.kind):
            return f"it lies outside the project folder, and elsewhere the built-in tool {actor.name} has to ask"
        return f"the built-in tool {actor.name} has to ask before it may {subject(request.kind)}"
    if actor.manifest is None and actor.declared is not None:
        return "nothing of this skill's manifest has been approved"
    declared = actor.manifest.capabilities if actor.manifest else NOTHING_DECLARED
    if not declared_patterns(declared, request.kind):
        return f"the manifest declares no {request.kind}"
    return f"not declared in the manifest, which declares {declared_in_words(declared, request.kind)} only"


def _declared_scope(request: CapabilityRequest) -> str:
    manifest = request.actor.declared or request.actor.manifest
    return declared_in_words(manifest.capabilities, request.kind) if manifest else ""


def _allow(decided_by: DecidedBy, rule: str, grant_id: str = "") -> Decision:
    return Decision(Verdict.ALLOW, decided_by, rule, grant_id)


def _deny(decided_by: DecidedBy, rule: str, grant_id: str = "") -> Decision:
    return Decision(Verdict.DENY, decided_by, rule, grant_id)
