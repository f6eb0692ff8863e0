"""Whether a declared capability, a user rule or a stored grant covers a request."""

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    NetTarget,
    UnixTarget,
    Verdict,
)
from blufio_tui.core.guards.paths import Places, loose
from blufio_tui.core.manifest.manifest import Capabilities
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.builtin_rights import BUILT_IN_TOOLS, holds_credentials
from blufio_tui.core.policy.command_patterns import denied_words, pattern_allows, pattern_denies
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.named_files import allowance_names, manifest_names
from blufio_tui.core.policy.patterns import ANY, host_covers, origin, path_covers, path_denied
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.policy.wide_offers import (
    CHECKS,
    RUN_FAMILIES,
    checks_cover,
    domain_covers,
    folder_covers,
    run_family_covers,
)
from blufio_tui.core.policy.wording import rule_in_words
from blufio_tui.core.shell.command_line import separable_parts
from blufio_tui.core.shell.literal import Words, literal_words
from blufio_tui.core.shell.programs import is_opaque, may_run, programs_run


def declared_patterns(capabilities: Capabilities, kind: Kind) -> tuple[str, ...]:
    """What is declared for a kind, as written."""
    match kind:
        case Kind.FS_READ:
            return capabilities.filesystem.read
        case Kind.FS_WRITE:
            return capabilities.filesystem.write
        case Kind.NET:
            return capabilities.network.domains if capabilities.network else ()
        case Kind.ENV:
            return capabilities.env
        case Kind.UNIX:
            return capabilities.unix
        case Kind.EXEC | Kind.MODEL:
            return ()


def covering_declaration(capabilities: Capabilities, request: CapabilityRequest, places: Places) -> str:
    """The declared pattern that covers the request, "" if none does."""
    target = request.target
    if isinstance(target, NetTarget) and not _method_declared(capabilities, target.method):
        return ""
    patterns = declared_patterns(capabilities, request.kind)
    covering = (pattern for pattern in patterns if declaration_covers(pattern, request, places))
    return next((pattern for pattern in covering if manifest_names(pattern, request, places)), "")


def declaration_covers(pattern: str, request: CapabilityRequest, places: Places) -> bool:
    match request.target:
        case FileTarget(path=path):
            return pattern != ANY and path_covers(pattern, path, places)
        case NetTarget(host=host):
            return pattern != ANY and host_covers(pattern, host)
        case EnvTarget(key=key):
            return key == pattern
        case UnixTarget(path=path):
            return pattern != ANY and path_covers(pattern, path, places)
        case ExecTarget():
            return False


def exact_pattern(request: CapabilityRequest) -> str:
    """What an EXACT grant for the request names. For a request to a host: method and origin, any path."""
    match request.target:
        case NetTarget() as target:
            return f"{target.method} {origin(target)}"
        case target:
            return target.resource


# ── user rules ─────────────────────────────────────────────────────────────────────────────────────


def rule_allows(rule: UserRule, request: CapabilityRequest, places: Places) -> bool:
    """Whether the rule by itself allows the whole request; of a command, see `allowing_rule`."""
    return rule.verdict is Verdict.ALLOW and _rule_applies(rule, request) and _rule_covers(rule, request, places)


def rule_denies(rule: UserRule, request: CapabilityRequest, places: Places) -> bool:
    return rule.verdict is Verdict.DENY and _rule_applies(rule, request) and _rule_denies(rule, request, places)


def rules_for(rules: tuple[UserRule, ...], request: CapabilityRequest, verdict: Verdict) -> tuple[UserRule, ...]:
    return tuple(rule for rule in rules if rule.verdict is verdict and _rule_applies(rule, request))


def denying_rule(rules: tuple[UserRule, ...], request: CapabilityRequest, places: Places) -> UserRule | None:
    return next((rule for rule in rules if rule_denies(rule, request, places)), None)


def allowing_rule(rules: tuple[UserRule, ...], request: CapabilityRequest, places: Places) -> UserRule | None:
    """The allow rule that covers the whole request; a command is covered part by part, by `uncovered_parts`."""
    return next((rule for rule in rules if rule_allows(rule, request, places)), None)


def _rule_applies(rule: UserRule, request: CapabilityRequest) -> bool:
    if not _is_about(rule.verdict, rule.kind, request) or rule.actor not in (ANY, request.actor.name):
        return False
    poses = request.actor.kind is ActorKind.SKILL and rule.actor in BUILT_IN_TOOLS
    return rule.verdict is Verdict.DENY or not poses


def _is_about(verdict: Verdict, kind: Kind, request: CapabilityRequest) -> bool:
    """Whether a rule applies to a request. A denied read also covers giving the file another name."""
    if kind is request.kind:
        return True
    renames = isinstance(request.target, FileTarget) and request.target.operation in ("rename", "link")
    return verdict is Verdict.DENY and kind is Kind.FS_READ and renames


def rule_for_models(rules: tuple[UserRule, ...], request: CapabilityRequest, places: Places) -> UserRule | None:
    """The rule that keeps a file from models, if this request would bring its content to one or rename it."""
    return next(
        (
            rule
            for rule in rules
            if rule.kind is Kind.MODEL
            and rule.verdict is Verdict.DENY
            and rule.actor in (ANY, request.actor.name)
            and _is_about(Verdict.DENY, Kind.FS_READ, request)
            and isinstance(request.target, FileTarget)
            and path_denied(rule.target, request.target.path, request.target.operation, places)
        ),
        None,
    )


def kept_from_model(rules: tuple[UserRule, ...], actor: str, path: str, places: Places) -> str:
    """The rule that keeps a file which a skill has read from models, in words; "" for none."""
    target = FileTarget(Kind.FS_READ, path, path, "read")
    rule = rule_for_models(rules, CapabilityRequest(Actor(ActorKind.SKILL, actor), target), places)
    return rule_in_words(rule) if rule else ""


def _rule_denies(rule: UserRule, request: CapabilityRequest, places: Places) -> bool:
    match request.target:
        case ExecTarget() as target:
            return _denies_command(rule.target, target)
        case FileTarget(path=path, operation=operation):
            return path_denied(rule.target, path, operation, places)
        case _:
            return _rule_covers(rule, request, places)


def _rule_covers(rule: UserRule, request: CapabilityRequest, places: Places) -> bool:
    if isinstance(request.target, FileTarget):
        covered = path_covers(rule.target, request.target.path, places)
        return covered and (rule.verdict is Verdict.DENY or allowance_names(rule.target, request, places))
    if rule.target == ANY:
        return True
    match request.target:
        case NetTarget() as target:
            return _net_rule_covers(rule.target, target)
        case EnvTarget(key=key):
            return key == rule.target or (rule.target.endswith(ANY) and key.startswith(rule.target[:-1]))
        case UnixTarget(path=path):
            return path_covers(rule.target, path, places)
        case ExecTarget():
            return False


def _net_rule_covers(pattern: str, target: NetTarget) -> bool:
    """`[METHOD ]host[:port]`."""
    method, _, host = pattern.rpartition(" ")
    if method and method.upper() != target.method:
        return False
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        return int(port) == target.port and host_covers(name.strip("[]"), target.host)
    return host_covers(host.strip("[]"), target.host)


def _denies_command(pattern: str, target: ExecTarget) -> bool:
    """Whether a deny rule covers a command. A command that cannot be parsed is covered by any deny rule."""
    if is_opaque(target) or any(pattern_denies(pattern, words) for words in programs_run(target)):
        return True
    denied = denied_words(pattern)
    return denied is not None and may_run(*denied, target)


# ── grants ─────────────────────────────────────────────────────────────────────────────────────────


def grant_is_live(grant: Grant, *, session_id: str, now: float) -> bool:
    if grant.expires and grant.expires <= now:
        return False
    return grant.lifetime is not Lifetime.SESSION or grant.session_id == session_id


def grant_is_for(grant: Grant, actor: Actor) -> bool:
    """Whether a grant belongs to an actor. An allowance is bound to name, publisher and content; a denial only to the
    name, so that a denied skill cannot escape it by changing one byte.
    """
    if (grant.actor_kind, grant.actor_name) != (actor.kind, actor.name):
        return False
    if grant.verdict is Verdict.DENY:
        return True
    return (grant.publisher, grant.content_hash) == (actor.publisher, actor.content_hash)


def grant_covers(grant: Grant, request: CapabilityRequest, places: Places) -> bool:
    """True if the grant's pattern covers the whole request (for a command: the command as it stands)."""
    if not _is_about(grant.verdict, grant.kind, request):
        return False
    match grant.scope:
        case Scope.KIND:
            return grant.verdict is Verdict.DENY or _kind_covers(request, places)
        case Scope.DECLARED if grant.actor_kind is ActorKind.TOOL:
            return _tool_grant_covers(grant.pattern, request, places)
        case Scope.DECLARED:
            covered = declaration_covers(grant.pattern, request, places) and _declares_method(request)
            return covered and (grant.verdict is Verdict.DENY or allowance_names(grant.pattern, request, places))
        case Scope.EXACT if isinstance(request.target, ExecTarget):
            return _grant_covers_command(grant, request.target)
        case Scope.EXACT if grant.verdict is Verdict.DENY and isinstance(request.target, FileTarget):
            return loose(grant.pattern) == loose(request.target.path)
        case Scope.EXACT:
            return grant.pattern == exact_pattern(request)


def _tool_grant_covers(pattern: str, request: CapabilityRequest, places: Places) -> bool:
    """Whether a wider answer for a built-in tool covers the request (see `core.policy.wide_offers`)."""
    match request.target:
        case FileTarget() as target:
            return folder_covers(pattern, target, places)
        case NetTarget() as target:
            return domain_covers(pattern, target)
        case _:
            return False


def _kind_covers(request: CapabilityRequest, places: Places) -> bool:
    """Whether "everything of a kind" covers the request: not files that usually hold credentials, which need approval
    by name."""
    return request.kind in (Kind.FS_READ, Kind.NET) and not holds_credentials(request, places)


def uncovered_parts(
    target: ExecTarget, grants: tuple[Grant, ...], rules: tuple[UserRule, ...]
) -> tuple[Words, ...] | None:
    """The commands of a line that no grant and no allow rule covers; None if the line cannot be taken apart."""
    parts = separable_parts(target)
    if not parts:
        return None
    here = tuple(grant for grant in grants if _same_place(grant, target))
    return tuple(
        words
        for words in parts
        if not any(_grant_allows_words(grant, words) for grant in here)
        and not any(pattern_allows(rule.target, words) for rule in rules)
    )


def _grant_allows_words(grant: Grant, words: Words) -> bool:
    """EXACT compares words, so that a `*` in a granted command stays a `*`; DECLARED is a pattern."""
    match grant.scope:
        case Scope.EXACT:
            return literal_words(grant.pattern) == words
        case Scope.DECLARED:
            if grant.pattern == CHECKS:
                return checks_cover(words)
            if grant.pattern in RUN_FAMILIES:
                return run_family_covers(grant.pattern, words)
            return grant.pattern != ANY and pattern_allows(grant.pattern, words)
        case Scope.KIND:
            return False


def _grant_covers_command(grant: Grant, target: ExecTarget) -> bool:
    if grant.verdict is Verdict.DENY:
        return _is_at_or_below(grant.cwd, target.cwd) and _denies_exactly(grant.pattern, target)
    return _same_place(grant, target) and grant.pattern == target.command


def _denies_exactly(pattern: str, target: ExecTarget) -> bool:
    if pattern.strip() == target.command.strip():
        return True
    denied = literal_words(pattern)
    if denied is None:
        return False
    return any(words == denied for words in programs_run(target)) or may_run(denied[0], denied[1:], target)


def _is_at_or_below(folder: str, cwd: str) -> bool:
    """A denied command is denied in its folder and below, not in other projects."""
    return folder in ("", cwd) or cwd.startswith(folder.rstrip("/") + "/")


def _same_place(grant: Grant, target: ExecTarget) -> bool:
    """Whether it is the same folder: `make test` elsewhere is a different command."""
    return grant.cwd in ("", target.cwd)


def _method_declared(capabilities: Capabilities, method: str) -> bool:
    network = capabilities.network
    return network is not None and (network.methods is None or method in network.methods)


def _declares_method(request: CapabilityRequest) -> bool:
    """A grant for a declared host pattern keeps to the declared methods."""
    declared = request.actor.declared or request.actor.manifest
    if not isinstance(request.target, NetTarget):
        return True
    return declared is not None and _method_declared(declared.capabilities, request.target.method)
