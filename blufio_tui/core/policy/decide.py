"""Who may do what: one pure function, and the order in which its rules are tried.

The first that applies decides: never-rules (the guards raise those before and after), unreadable grants,
a user's denial, the approved manifest, a user's allowance, the permission mode. Everything else is a
question to the person. The model has no part in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from posixpath import normpath

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    Decision,
    DenialCause,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    Verdict,
)
from blufio_tui.core.errors import NeverRule
from blufio_tui.core.guards.credential_files import usually_holds_credentials
from blufio_tui.core.guards.executed_files import obeyed_by
from blufio_tui.core.guards.paths import Places, absolute, covers
from blufio_tui.core.manifest.manifest import Capabilities
from blufio_tui.core.mcp.server import server_of
from blufio_tui.core.policy.approval import Offer, Scope
from blufio_tui.core.policy.approval_offers import offers_for
from blufio_tui.core.policy.builtin_rights import builtin_capabilities, holds_credentials
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import (
    allowing_rule,
    covering_declaration,
    declared_patterns,
    denying_rule,
    grant_covers,
    grant_is_for,
    grant_is_live,
    rule_for_models,
    rules_for,
    uncovered_parts,
)
from blufio_tui.core.policy.named_files import is_ordinary
from blufio_tui.core.policy.patterns import path_denied
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.policy.wording import (
    answer_in_words,
    declared_in_words,
    declared_rule,
    grant_in_words,
    rule_in_words,
    subject,
)
from blufio_tui.core.shell.literal import Words
from blufio_tui.core.text.display import visible_line

_FOR_THE_PERSON = frozenset({"cage"})
"""Tools that a person starts and whose results that person reads."""
_HOLDS = "usually holds credentials"
NOTHING_DECLARED = Capabilities()
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_EDITS = frozenset({"write", "create", "edit"})
_OUTRANK_MANIFESTS = frozenset({Mode.READ_ONLY, Mode.PLAN, Mode.DENY})
"""Modes in which a manifest lets nothing be changed: they are chosen by the person who sits here, now. Where
`deny` only stands in for `ask` since nobody can be asked (`mode_chosen`), an approved manifest holds."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The state the policy looks at, at the moment of a request.

    Attributes:
        grants: all live grants; those of other actors and sessions are ignored.
        blocked: why the grants cannot be read, or "".
        now: seconds since the epoch.
        mode_chosen: a person chose the mode; False if `deny` only means that nobody can be asked.
        flow: why the effect would complete a flow of private data to somewhere else, or "".
        flow_guard: what the flow guard does about it: `ask` or `deny`.
        hook_asks: why one of the user's hooks wants them to be asked, or "".
    """

    mode: Mode
    places: Places
    now: float
    session_id: str = ""
    rules: tuple[UserRule, ...] = ()
    grants: tuple[Grant, ...] = ()
    blocked: str = ""
    mode_chosen: bool = True
    flow: str = ""
    flow_guard: str = "ask"
    hook_asks: str = ""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """A person must decide.

    Attributes:
        why: why the person is asked, in words.
        declared: the declared scope for this kind, in words; "" for a built-in tool.
        offers: the allowing answers, narrowest first.
    """

    why: str
    declared: str
    offers: tuple[Offer, ...]


def decide(request: CapabilityRequest, view: PolicyView) -> Decision | NeedsApproval:
    if view.blocked:
        rule = f"denied: the stored grants cannot be read ({view.blocked})"
        return _deny(DecidedBy.GRANT, rule, DenialCause.GRANTS_UNREADABLE)
    grants = tuple(grant for grant in view.grants if _applies(grant, request.actor, view))
    answer = (
        _denial(request, view, grants)
        or _own_doing(request)
        or _planning(request, view)
        or _declared(request, view)
        or _allowance(request, view, grants)
        or _caged(request, view)
        or _by_mode(request, view, grants)
    )
    if view.flow:
        answer = _flow_guarded(answer, request, view)
    return _asked_for_hook(answer, request, view) if view.hook_asks else answer


def _asked_for_hook(
    answer: Decision | NeedsApproval, request: CapabilityRequest, view: PolicyView
) -> Decision | NeedsApproval:
    """If a hook requires approval, ask, for this effect only, whatever else allows it. A denial stands."""
    if request.actor.kind is ActorKind.USER or (isinstance(answer, Decision) and not answer.allowed):
        return answer
    if view.mode is Mode.DENY and view.mode_chosen:
        return _deny(DecidedBy.MODE, f"denied by mode deny: a hook asks: {view.hook_asks}", DenialCause.MODE_DENY)
    otherwise = f"without that it is {answer.rule}" if isinstance(answer, Decision) else answer.why
    why = f"your hook asks for your approval: {view.hook_asks}; {otherwise}"
    return NeedsApproval(why, _declared_scope(request), offers_for(request, view.places)[:1])


def _flow_guarded(
    answer: Decision | NeedsApproval, request: CapabilityRequest, view: PolicyView
) -> Decision | NeedsApproval:
    """Require approval, for this one effect only, of an effect that completes a flow, whatever else allows it. Denials
    stand, and so does what the person does themselves."""
    if request.actor.kind is ActorKind.USER or (isinstance(answer, Decision) and not answer.allowed):
        return answer
    if view.flow_guard == "deny":
        return _deny(DecidedBy.USER_RULE, f"denied by the flow guard: {view.flow}", DenialCause.FLOW, view.flow)
    if view.mode is Mode.DENY and view.mode_chosen:
        return _deny(DecidedBy.MODE, f"denied by mode deny: {view.flow}", DenialCause.MODE_DENY)
    otherwise = f"without that it is {answer.rule}" if isinstance(answer, Decision) else answer.why
    offers = offers_for(request, view.places)[:1]
    return NeedsApproval(f"{view.flow}; {otherwise}", _declared_scope(request), offers)


def hidden_from_search(request: CapabilityRequest, view: PolicyView) -> bool:
    """Whether an allowed search of a folder skips this file: a denial of the person covers it, from any session, or it
    usually holds credentials, or the denials cannot be read."""
    if view.blocked or holds_credentials(request, view.places):
        return True
    denials = tuple(
        grant for grant in view.grants if grant.verdict is Verdict.DENY and grant_is_for(grant, request.actor)
    )
    return _denial(request, view, denials) is not None


def _applies(grant: Grant, actor: Actor, view: PolicyView) -> bool:
    return grant_is_live(grant, session_id=view.session_id, now=view.now) and grant_is_for(grant, actor)


def _denial(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> Decision | None:
    if rule := denying_rule(view.rules, request, view.places):
        said = rule_in_words(rule)
        part = _refused_part(request, lambda one: denying_rule((rule,), one, view.places) is not None)
        return _deny(DecidedBy.USER_RULE, f"denied by your rule: {said}", DenialCause.USER_RULE, said + part)
    if goes_to_the_model(request.actor) and (kept := rule_for_models(view.rules, request, view.places)):
        said = rule_in_words(kept)
        return _deny(DecidedBy.USER_RULE, f"denied by your rule: {said}", DenialCause.USER_RULE, said)
    for grant in grants:
        if grant.verdict is Verdict.DENY and grant_covers(grant, request, view.places):
            part = _refused_part(request, lambda one: grant_covers(grant, one, view.places))  # noqa: B023 - called here
            why = f"denied by your answer: {grant_in_words(grant)}"
            words = answer_in_words(grant) + part
            return replace(_deny(DecidedBy.USER_RULE, why, DenialCause.STORED_ANSWER, words), grant_id=grant.grant_id)
    return None


def goes_to_the_model(actor: Actor) -> bool:
    """Whether the model gets what this actor reads. A skill does not count: its result is withheld if it read a file
    kept from models. A server counts, because it may pass on content at any time."""
    if actor.kind is ActorKind.TOOL:
        return actor.name not in _FOR_THE_PERSON
    return actor.is_server


def _refused_part(request: CapabilityRequest, refuses: Callable[[CapabilityRequest], bool]) -> str:
    """Which command of a line was refused, as the end of a sentence; "" if there is only one or all are."""
    target = request.target
    if not isinstance(target, ExecTarget) or len(target.parts) < 2:
        return ""
    for part in target.parts:
        if refuses(replace(request, target=ExecTarget(part, (part,), target.cwd))):
            return f", which refuses `{part}`"
    return ""


def _own_doing(request: CapabilityRequest) -> Decision | None:
    """A command that the person typed is the person's own decision."""
    if request.actor.kind is ActorKind.USER:
        how = "it is your hook" if request.actor.name == "hook" else "you typed it"
        return _allow(DecidedBy.USER, f"allowed by you: {how}")
    return None


def _planning(request: CapabilityRequest, view: PolicyView) -> Decision | None:
    """In mode plan, deny every change, whatever rules and answers allow; they apply again once a plan is approved.

    A command may run if the cage limits it to reading, or if it certainly only reads.
    """
    if view.mode is not Mode.PLAN or not view.mode_chosen or _only_reads(request):
        return None
    target = request.target
    if isinstance(target, EnvTarget) or (isinstance(target, ExecTarget) and target.caged):
        return None
    if _only_looks(request, view):
        return None
    return _deny(DecidedBy.MODE, "denied by mode plan: nothing may be changed", DenialCause.MODE_READ_ONLY, view.mode)


def _declared(request: CapabilityRequest, view: PolicyView) -> Decision | None:
    if _outranks_manifests(view) and _changes_something(request):
        return None
    if _only_looks(request, view):
        return _allow(DecidedBy.MANIFEST, "allowed: it only reads files of the project")
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
    """A command line is allowed if each of its commands is."""
    rules = rules_for(view.rules, request, Verdict.ALLOW)
    if uncovered_parts(target, grants, rules) != ():
        return None
    if uncovered_parts(target, grants, ()) == ():
        return _allow(DecidedBy.GRANT, f"allowed by grants: {_each(target)}")
    return _allow(DecidedBy.USER_RULE, f"allowed by your rules: {_each(target)}")


def _caged(request: CapabilityRequest, view: PolicyView) -> Decision | None:
    """A command in the cage needs no approval; its effects beyond the project do. In mode deny nothing runs."""
    if view.mode is Mode.DENY or not isinstance(request.target, ExecTarget) or not request.target.caged:
        return None
    return _allow(DecidedBy.MODE, "allowed: it runs in the cage, and each effect beyond it is decided separately")


def _each(target: ExecTarget) -> str:
    return ", ".join(f"`{part}`" for part in target.parts)


def _by_mode(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> Decision | NeedsApproval:
    why = _why_asked(request, view)
    match view.mode:
        case Mode.ALLOW_ALL:
            return _allow(DecidedBy.MODE, f"allowed by mode allow-all: {why}")
        case Mode.DENY:
            return _deny(DecidedBy.MODE, f"denied by mode deny: {why}", DenialCause.MODE_DENY)
        case Mode.READ_ONLY | Mode.PLAN if not _only_reads(request):
            said = f"denied by mode {view.mode}: {why}"
            return _deny(DecidedBy.MODE, said, DenialCause.MODE_READ_ONLY, view.mode)
        case Mode.ACCEPT_EDITS if _is_ordinary_edit(request, view.places):
            return _allow(DecidedBy.MODE, "allowed by mode accept-edits: an ordinary file of the project")
        case Mode.READ_ONLY | Mode.PLAN | Mode.ACCEPT_EDITS | Mode.ASK:
            return NeedsApproval(
                why, _declared_scope(request), offers_for(request, view.places, _uncovered(request, view, grants))
            )


def _uncovered(request: CapabilityRequest, view: PolicyView, grants: tuple[Grant, ...]) -> tuple[Words, ...]:
    if not isinstance(request.target, ExecTarget):
        return ()
    allowing = tuple(grant for grant in grants if grant.verdict is Verdict.ALLOW)
    return uncovered_parts(request.target, allowing, rules_for(view.rules, request, Verdict.ALLOW)) or ()


def _outranks_manifests(view: PolicyView) -> bool:
    return view.mode_chosen and view.mode in _OUTRANK_MANIFESTS


def _changes_something(request: CapabilityRequest) -> bool:
    """Whether it is a change that no manifest permits in read-only, plan and deny: of files, or by a request, of a
    server."""
    return request.kind in (Kind.FS_WRITE, Kind.NET) and not _only_reads(request)


def _only_looks(request: CapabilityRequest, view: PolicyView) -> bool:
    """Whether a command of `bash` only reads what the tool `file` may read anyway: the project without its credentials.

    In mode `deny` no command is free, nor in a "project" that contains the home folder.
    """
    target, places = request.target, view.places
    if not isinstance(target, ExecTarget) or not target.reads or request.actor.kind is not ActorKind.TOOL:
        return False
    if view.mode is Mode.DENY or covers(places.project, places.home):
        return False
    closed = _not_to_be_read(view)
    return all(
        covers(places.project, path)
        and not usually_holds_credentials(path, places)
        and not any(path_denied(pattern, path, "rename", places) for pattern in closed)
        for path in target.reads
    )


def _not_to_be_read(view: PolicyView) -> tuple[str, ...]:
    """Whether the person denied reading this path, or something below it that `grep -r` would read."""
    kinds = (Kind.FS_READ, Kind.MODEL)
    rules = tuple(rule.target for rule in view.rules if rule.verdict is Verdict.DENY and rule.kind in kinds)
    answers = (grant for grant in view.grants if grant.verdict is Verdict.DENY and grant.kind is Kind.FS_READ)
    return rules + tuple("*" if grant.scope is Scope.KIND else grant.pattern for grant in answers)


def _is_ordinary_edit(request: CapabilityRequest, places: Places) -> bool:
    """Whether a built-in tool writes a file of the project without credentials that no other program acts on.

    In a "project" that contains the home folder, no file is ordinary.
    """
    target = request.target
    if not isinstance(target, FileTarget) or target.kind is not Kind.FS_WRITE or covers(places.project, places.home):
        return False
    free = request.actor.kind is ActorKind.TOOL and target.operation in _EDITS
    return free and covers(places.project, target.path) and is_ordinary(request, places)


def _only_reads(request: CapabilityRequest) -> bool:
    """What the modes read-only and plan still ask about: reading files, and requests that by their method only read."""
    match request.target:
        case FileTarget(kind=Kind.FS_READ):
            return True
        case NetTarget(method=method, body_bytes=size):
            return method in _SAFE_METHODS and size == 0
        case _:
            return False


def _why_asked(request: CapabilityRequest, view: PolicyView) -> str:
    target = request.target
    if isinstance(target, ExecTarget) and target.use:
        return f"not caged: {target.not_caged}" if target.not_caged else "only you can allow this"
    if isinstance(target, FileTarget):
        if target.secret_name:
            return f"{visible_line(target.path)} is another name for {visible_line(target.secret_name)}, which {_HOLDS}"
        if holds_credentials(request, view.places):
            return f"{visible_line(target.path)} {_HOLDS}"
        if target.kind is Kind.FS_WRITE and (words := obeyed_by(target.path)):
            return f"{_why_undecided(request, view)}; {words}"
    if isinstance(target, ExecTarget) and target.not_caged:
        return f"{_why_undecided(request, view)}; not caged: {target.not_caged}"
    return _why_undecided(request, view)


def _why_undecided(request: CapabilityRequest, view: PolicyView) -> str:
    actor = request.actor
    if actor.kind is ActorKind.TOOL:
        if declared_patterns(builtin_capabilities(actor.name), request.kind):
            return f"it lies outside the project folder, where the built-in tool {actor.name} needs approval"
        return f"the built-in tool {actor.name} needs approval to {subject(request.kind)}"
    if actor.manifest is None and actor.declared is not None:
        return "this skill's manifest has not been approved"
    declared = actor.manifest.capabilities if actor.manifest else NOTHING_DECLARED
    if server_of(actor.name) and not declared_patterns(declared, request.kind):
        return f"the MCP server is not declared to {subject(request.kind)}"
    if not declared_patterns(declared, request.kind):
        return f"the manifest declares no {request.kind}"
    if _outranks_manifests(view) and covering_declaration(declared, request, view.places):
        return "a manifest allows no changes in this mode"
    beyond = f"not declared in the manifest, which declares {declared_in_words(declared, request.kind)} only"
    return beyond + _led_out(request, declared, view.places)


def _led_out(request: CapabilityRequest, declared: Capabilities, places: Places) -> str:
    """A note that the requested path is declared but a link leads elsewhere; "" otherwise."""
    target = request.target
    if not isinstance(target, FileTarget):
        return ""
    try:
        asked = normpath(absolute(target.requested, places))
    except NeverRule:
        return ""
    as_asked = replace(request, target=replace(target, path=asked))
    if asked == target.path or not covering_declaration(declared, as_asked, places):
        return ""
    return f"; {visible_line(asked)} is a link to {visible_line(target.path)}, and its target is what counts"


def _declared_scope(request: CapabilityRequest) -> str:
    manifest = request.actor.declared or request.actor.manifest
    return declared_in_words(manifest.capabilities, request.kind) if manifest else ""


def _allow(decided_by: DecidedBy, rule: str, grant_id: str = "") -> Decision:
    return Decision(Verdict.ALLOW, decided_by, rule, grant_id)


def _deny(decided_by: DecidedBy, rule: str, cause: DenialCause, words: str = "") -> Decision:
    return Decision(Verdict.DENY, decided_by, rule, cause=cause, words=words)
