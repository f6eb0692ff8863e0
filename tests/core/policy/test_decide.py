"""The order of the policy, one table at a time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    DecidedBy,
    Decision,
    EnvTarget,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    Target,
    Verdict,
)
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.manifest.manifest import Capabilities, FilesystemCapability, Manifest, NetworkCapability
from blufio_tui.core.policy.approval import ApprovalAnswer, Lifetime, Scope
from blufio_tui.core.policy.approval_offers import grants_of
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import exact_pattern
from blufio_tui.core.policy.patterns import path_covers
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.shell.command_line import exec_target

PLACES = Places("/home/p", "/home/p/work")
MANIFEST = Manifest(
    "weather",
    "1.0.0",
    "…",
    capabilities=Capabilities(
        network=NetworkCapability(("api.weather.com", "*.example.org"), ("GET",)),
        filesystem=FilesystemCapability(read=("~/notes", "${PROJECT}/data", "/srv/maps"), write=("~/notes/out",)),
        env=("WEATHER_KEY",),
    ),
)
SKILL = Actor(ActorKind.SKILL, "weather", "1.0.0", "cc" * 32, "aa" * 32, MANIFEST, MANIFEST)
UNAPPROVED = replace(SKILL, manifest=None)
BASH, FILE, HTTP = (Actor(ActorKind.TOOL, name) for name in ("bash", "file", "http"))


def view(mode: Mode = Mode.ASK, **changes: object) -> PolicyView:
    return replace(PolicyView(mode, PLACES, now=1000.0, session_id="s1"), **changes)  # type: ignore[arg-type]


def read(path: str) -> FileTarget:
    return FileTarget(Kind.FS_READ, path, path, "read")


def write(path: str) -> FileTarget:
    return FileTarget(Kind.FS_WRITE, path, path, "write")


def net(host: str, method: str = "GET", scheme: str = "https", port: int = 443, body: int = 0) -> NetTarget:
    return NetTarget(method, scheme, host, port, f"{scheme}://{host}/x", body)


def run(command: str, cwd: str = "/home/p/work") -> Target:
    return exec_target(command, cwd)


def answer(actor: Actor, target: Target, look: PolicyView) -> tuple[str, str]:
    decision = decide(CapabilityRequest(actor, target), look)
    return ("ask", "") if isinstance(decision, NeedsApproval) else (decision.verdict, decision.decided_by)


ASK, ALLOWED = ("ask", ""), ("allow", "manifest")

MANIFEST_CASES: list[tuple[Actor, Target, tuple[str, str]]] = [
    (SKILL, read("/home/p/notes"), ALLOWED),
    (SKILL, read("/home/p/notes/a/b.txt"), ALLOWED),
    (SKILL, read("/home/p/notes-evil/a"), ASK),
    (SKILL, read("/home/p/notes.txt"), ASK),
    (SKILL, read("/home/p/Notes/a"), ASK),
    (SKILL, read("/home/p"), ASK),
    (SKILL, read("/home/p/work/data/x"), ALLOWED),
    (SKILL, read("/home/p/work/database"), ASK),
    (SKILL, read("/srv/maps/m"), ALLOWED),
    (SKILL, read("/srv/map"), ASK),
    (SKILL, read("/"), ASK),
    (SKILL, write("/home/p/notes/out/x"), ALLOWED),
    (SKILL, write("/home/p/notes/x"), ASK),
    (SKILL, net("api.weather.com"), ALLOWED),
    (SKILL, net("v2.api.weather.com"), ALLOWED),
    (SKILL, net("weather.com"), ASK),
    (SKILL, net("evilapi.weather.com"), ASK),
    (SKILL, net("api.weather.com.evil.net"), ASK),
    (SKILL, net("example.org"), ASK),
    (SKILL, net("a.example.org"), ALLOWED),
    (SKILL, net("api.weather.com", "POST"), ASK),
    (SKILL, EnvTarget("WEATHER_KEY"), ALLOWED),
    (SKILL, EnvTarget("WEATHER_KEY2"), ASK),
    (SKILL, EnvTarget("weather_key"), ASK),
    (SKILL, run("ls"), ASK),
    (UNAPPROVED, read("/home/p/notes/a"), ASK),
    (FILE, read("/home/p/work/src/a.py"), ALLOWED),
    (FILE, read("/home/p/work"), ALLOWED),
    (FILE, read("/home/p/workshop/a"), ASK),
    (FILE, read("/home/p/.bashrc"), ASK),
    (FILE, read("/home/p/work/.env"), ASK),
    (FILE, read("/home/p/work/.env.example"), ALLOWED),
    (FILE, read("/home/p/work/deploy/id_rsa"), ASK),
    (FILE, read("/home/p/work/.ssh/config"), ASK),
    (FILE, read("/home/p/work/keys.py"), ALLOWED),
    (FILE, write("/home/p/work/a.py"), ASK),
    (BASH, read("/home/p/work/a.py"), ASK),
    (BASH, run("ls"), ASK),
    (HTTP, net("example.com"), ASK),
]


@pytest.mark.parametrize(("actor", "target", "expected"), MANIFEST_CASES)
def test_what_is_declared_and_approved_is_allowed_and_nothing_beside_it(
    actor: Actor, target: Target, expected: tuple[str, str]
) -> None:
    assert answer(actor, target, view()) == expected


MODES: list[tuple[Mode, Target, tuple[str, str]]] = [
    (Mode.ASK, write("/x"), ASK),
    (Mode.DENY, read("/x"), ("deny", "mode")),
    (Mode.DENY, net("e.com"), ("deny", "mode")),
    (Mode.ALLOW_ALL, write("/x"), ("allow", "mode")),
    (Mode.ALLOW_ALL, run("rm x"), ("allow", "mode")),
    (Mode.READ_ONLY, read("/x"), ASK),
    (Mode.READ_ONLY, net("e.com"), ASK),
    (Mode.READ_ONLY, net("e.com", "HEAD"), ASK),
    (Mode.READ_ONLY, net("e.com", "GET", body=3), ("deny", "mode")),
    (Mode.READ_ONLY, net("e.com", "POST"), ("deny", "mode")),
    (Mode.READ_ONLY, write("/x"), ("deny", "mode")),
    (Mode.READ_ONLY, run("ls"), ("deny", "mode")),
    (Mode.READ_ONLY, EnvTarget("X"), ("deny", "mode")),
]


@pytest.mark.parametrize(("mode", "target", "expected"), MODES)
def test_the_mode_decides_what_is_left(mode: Mode, target: Target, expected: tuple[str, str]) -> None:
    assert answer(SKILL, target, view(mode)) == expected


def grant(target: Target, actor: Actor = SKILL, **changes: object) -> Grant:
    request = CapabilityRequest(actor, target)
    values = {
        "grant_id": "g1",
        "verdict": Verdict.ALLOW,
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "publisher": actor.publisher,
        "content_hash": actor.content_hash,
        "kind": request.kind,
        "scope": Scope.EXACT,
        "pattern": exact_pattern(request),
        "lifetime": Lifetime.FOREVER,
        **changes,
    }
    return Grant(**values)  # type: ignore[arg-type]


GRANTED = ("allow", "grant")
SECRET = read("/home/p/secret")

GRANTS: list[tuple[str, Grant, Actor, Target, tuple[str, str]]] = [
    ("the same target", grant(SECRET), SKILL, SECRET, GRANTED),
    ("another target", grant(SECRET), SKILL, read("/home/p/secret2"), ASK),
    ("what is below it", grant(SECRET), SKILL, read("/home/p/secret/x"), ASK),
    ("another kind", grant(SECRET), SKILL, write("/home/p/secret"), ASK),
    ("changed content", grant(SECRET), replace(SKILL, content_hash="bb" * 32), SECRET, ASK),
    ("another publisher", grant(SECRET), replace(SKILL, publisher="dd" * 32), SECRET, ASK),
    ("another name", grant(SECRET), replace(SKILL, name="other"), SECRET, ASK),
    ("a tool of that name", grant(SECRET), Actor(ActorKind.TOOL, "weather"), SECRET, ASK),
    ("this session", grant(SECRET, lifetime=Lifetime.SESSION, session_id="s1"), SKILL, SECRET, GRANTED),
    ("another session", grant(SECRET, lifetime=Lifetime.SESSION, session_id="s2"), SKILL, SECRET, ASK),
    ("not yet over", grant(SECRET, lifetime=Lifetime.UNTIL, expires=1001.0), SKILL, SECRET, GRANTED),
    ("over", grant(SECRET, lifetime=Lifetime.UNTIL, expires=1000.0), SKILL, SECRET, ASK),
    ("all reading", grant(SECRET, scope=Scope.KIND, pattern="*"), SKILL, read("/etc/x"), GRANTED),
    ("all writing", grant(write("/x"), scope=Scope.KIND, pattern="*"), SKILL, write("/x"), ASK),
    ("all variables", grant(EnvTarget("A"), scope=Scope.KIND, pattern="*"), SKILL, EnvTarget("B"), ASK),
    ("all commands", grant(run("ls"), scope=Scope.KIND, pattern="*"), SKILL, run("ls"), ASK),
    (
        "a declared pattern",
        grant(SECRET, scope=Scope.DECLARED, pattern="~/notes"),
        UNAPPROVED,
        read("/home/p/notes/a"),
        GRANTED,
    ),
    ("a host", grant(net("e.com")), SKILL, net("e.com"), GRANTED),
    ("another method", grant(net("e.com")), SKILL, net("e.com", "POST"), ASK),
    ("another scheme", grant(net("e.com")), SKILL, net("e.com", scheme="http", port=80), ASK),
    ("another port", grant(net("e.com")), SKILL, net("e.com", port=8443), ASK),
    ("a subdomain", grant(net("e.com")), SKILL, net("a.e.com"), ASK),
]


@pytest.mark.parametrize(("given_", "actor", "target", "expected"), [c[1:] for c in GRANTS], ids=[c[0] for c in GRANTS])
def test_a_grant_covers_what_it_says(given_: Grant, actor: Actor, target: Target, expected: tuple[str, str]) -> None:
    assert answer(actor, target, view(grants=(given_,))) == expected


GIT = grant(run("git status"), BASH, cwd="/home/p/work")

COMMANDS = [
    ("git status", True),
    ("  git   status ", True),
    ("git status 2>/dev/null", True),
    ("git status && git status", True),
    ("git push", False),
    ("git status -s", False),
    ("git status; rm -rf x", False),
    ("rm -rf x; git status", False),
    ("git status > ~/.bashrc", False),
    ("git status $(rm x)", False),
    ("git status | sh", False),
    ("cd /evil && git status", False),
    ("PATH=. git status", False),
    ("git status\nrm x", False),
    ("./git status", False),
    ("git status 'unclosed", False),
]


@pytest.mark.parametrize(("command", "allowed"), COMMANDS)
def test_a_granted_command_covers_itself_and_no_other(command: str, allowed: bool) -> None:
    assert answer(BASH, run(command), view(grants=(GIT,))) == (GRANTED if allowed else ASK)


def test_a_granted_command_is_another_one_in_another_folder() -> None:
    assert answer(BASH, run("git status", "/evil"), view(grants=(GIT,))) == ASK


@pytest.mark.parametrize("command", ["git log > x", "a $(b)", "echo 'unclosed", "ls *.py"])
def test_a_line_that_cannot_be_taken_apart_can_be_granted_letter_by_letter(command: str) -> None:
    given_ = grant(run(command), BASH, cwd="/home/p/work")
    assert answer(BASH, run(command), view(grants=(given_,))) == GRANTED
    assert answer(BASH, run(command + " x"), view(grants=(given_,))) == ASK


def test_a_star_in_a_granted_command_is_no_pattern() -> None:
    given_ = grant(run("rm *"), BASH, cwd="/home/p/work")
    assert answer(BASH, run("rm a"), view(grants=(given_,))) == ASK


def test_a_family_covers_other_arguments_and_no_other_options() -> None:
    given_ = grant(run("git log"), BASH, scope=Scope.DECLARED, pattern="git log *", cwd="/home/p/work")
    assert answer(BASH, run("git log a.py"), view(grants=(given_,))) == GRANTED
    assert answer(BASH, run("git log --output=x"), view(grants=(given_,))) == ASK


# ── denials, rules, order ──────────────────────────────────────────────────────────────────────────


def deny(kind: Kind, target: str, actor: str = "*") -> UserRule:
    return UserRule(Verdict.DENY, kind, target, actor)


def allow(kind: Kind, target: str, actor: str = "*") -> UserRule:
    return UserRule(Verdict.ALLOW, kind, target, actor)


BY_RULE = ("deny", "user-rule")
RULES: list[tuple[str, tuple[UserRule, ...], Actor, Target, tuple[str, str]]] = [
    ("deny beats manifest", (deny(Kind.FS_READ, "~/notes/private"),), SKILL, read("/home/p/notes/private/x"), BY_RULE),
    ("and only there", (deny(Kind.FS_READ, "~/notes/private"),), SKILL, read("/home/p/notes/x"), ALLOWED),
    ("deny beats allow", (allow(Kind.NET, "*"), deny(Kind.NET, "evil.com")), SKILL, net("a.evil.com"), BY_RULE),
    ("allow", (allow(Kind.NET, "e.com"),), SKILL, net("e.com", "POST"), ("allow", "user-rule")),
    ("allow a method", (allow(Kind.NET, "GET e.com"),), SKILL, net("e.com", "POST"), ASK),
    ("allow a port", (allow(Kind.NET, "e.com:8443"),), SKILL, net("e.com"), ASK),
    ("that port", (allow(Kind.NET, "e.com:8443"),), SKILL, net("e.com", port=8443), ("allow", "user-rule")),
    ("another actor", (deny(Kind.FS_READ, "~/notes", "other"),), SKILL, read("/home/p/notes/x"), ALLOWED),
    ("this actor", (deny(Kind.FS_READ, "~/notes", "weather"),), SKILL, read("/home/p/notes/x"), BY_RULE),
    ("variables by prefix", (deny(Kind.ENV, "WEATHER_*"),), SKILL, EnvTarget("WEATHER_KEY"), BY_RULE),
    ("commands", (allow(Kind.EXEC, "git log **"),), BASH, run("git log --oneline"), ("allow", "user-rule")),
    ("each part", (allow(Kind.EXEC, "git log **"),), BASH, run("git log; rm x"), ASK),
    ("denied part", (deny(Kind.EXEC, "rm **"), allow(Kind.EXEC, "*")), BASH, run("ls && rm x"), BY_RULE),
    ("all commands", (allow(Kind.EXEC, "*"),), BASH, run("ls | sort"), ("allow", "user-rule")),
    ("cannot tell", (deny(Kind.EXEC, "rm **"),), BASH, run("$X y"), BY_RULE),
    ("a pattern that means nothing", (allow(Kind.FS_READ, "relative/x"),), SKILL, read("/relative/x"), ASK),
]


@pytest.mark.parametrize(("rules", "actor", "target", "expected"), [c[1:] for c in RULES], ids=[c[0] for c in RULES])
def test_user_rules(rules: tuple[UserRule, ...], actor: Actor, target: Target, expected: tuple[str, str]) -> None:
    assert answer(actor, target, view(rules=rules)) == expected


def test_a_stored_denial_beats_the_manifest_and_survives_a_change_of_the_skill() -> None:
    denied = grant(read("/home/p/notes/x"), verdict=Verdict.DENY)
    changed = replace(SKILL, content_hash="bb" * 32, publisher="")
    assert answer(SKILL, read("/home/p/notes/x"), view(grants=(denied,))) == BY_RULE
    assert answer(changed, read("/home/p/notes/x"), view(grants=(denied,))) == BY_RULE


def test_a_stored_denial_of_a_command_holds_inside_longer_lines() -> None:
    denied = grant(run("git push"), BASH, verdict=Verdict.DENY)
    look = view(Mode.ALLOW_ALL, grants=(denied,))
    assert answer(BASH, run("ls; git push"), look) == BY_RULE
    assert answer(BASH, run("git status"), look) == ("allow", "mode")


def test_a_stored_denial_of_a_command_holds_in_its_folder_and_below_alone_and_in_a_line() -> None:
    denied = grant(run("git push"), BASH, verdict=Verdict.DENY, cwd="/home/p/work")
    look = view(Mode.ALLOW_ALL, grants=(denied,))
    for command in ("git push", "ls; git push"):
        assert answer(BASH, run(command), look) == BY_RULE
        assert answer(BASH, run(command, "/home/p/work/sub"), look) == BY_RULE
        assert answer(BASH, run(command, "/home/p/other"), look) == ("allow", "mode")
        assert answer(BASH, run(command, "/home/p/workshop"), look) == ("allow", "mode")


def test_a_denied_line_says_for_the_model_which_part_was_refused() -> None:
    look = view(rules=(deny(Kind.EXEC, "rm *"),))
    decision = decide(CapabilityRequest(BASH, run("make && rm -rf build")), look)
    assert isinstance(decision, Decision)
    assert decision.words == "deny exec rm *, which refuses `rm -rf build`"


def test_denials_hold_in_allow_all() -> None:
    assert answer(SKILL, read("/x"), view(Mode.ALLOW_ALL, rules=(deny(Kind.FS_READ, "/x"),))) == BY_RULE


@pytest.mark.parametrize("mode", list(Mode))
def test_grants_that_cannot_be_read_deny_everything(mode: Mode) -> None:
    decision = decide(CapabilityRequest(SKILL, read("/home/p/notes/a")), view(mode, blocked="grants.toml is garbage"))
    assert isinstance(decision, Decision)
    assert (decision.verdict, decision.decided_by) == (Verdict.DENY, DecidedBy.GRANT)
    assert "grants.toml is garbage" in decision.rule


WORDS = [
    (SKILL, read("/home/p/notes/a"), view(), "allowed by manifest: read ~/notes"),
    (SKILL, net("a.example.org"), view(), "allowed by manifest: GET *.example.org"),
    (SKILL, EnvTarget("WEATHER_KEY"), view(), "allowed by manifest: env WEATHER_KEY"),
    (SKILL, SECRET, view(grants=(grant(SECRET),)), "allowed by grant: fs.read /home/p/secret (for good, g1)"),
    (SKILL, SECRET, view(rules=(deny(Kind.FS_READ, "~"),)), "denied by your rule: deny fs.read ~"),
    (SKILL, run("ls"), view(Mode.DENY), "denied by mode deny: the manifest declares no exec"),
    (UNAPPROVED, SECRET, view(Mode.DENY), "denied by mode deny: this skill's manifest has not been approved"),
]


@pytest.mark.parametrize(("actor", "target", "look", "rule"), WORDS)
def test_each_decision_says_its_rule(actor: Actor, target: Target, look: PolicyView, rule: str) -> None:
    decision = decide(CapabilityRequest(actor, target), look)
    assert isinstance(decision, Decision)
    assert decision.rule == rule


# ── offers ─────────────────────────────────────────────────────────────────────────────────────────


def offers(actor: Actor, target: Target, look: PolicyView | None = None) -> list[tuple[str, str, str]]:
    needed = decide(CapabilityRequest(actor, target), look or view())
    assert isinstance(needed, NeedsApproval)
    return [(offer.lifetime, offer.scope, offer.pattern) for offer in needed.offers]


def test_writing_variables_and_commands_are_never_offered_as_a_kind() -> None:
    for target in (write("/x"), EnvTarget("X"), run("ls")):
        assert all(scope != "kind" for _, scope, _ in offers(BASH, target))


def test_an_unapproved_skill_is_offered_what_it_declares() -> None:
    assert ("session", "declared", "~/notes") in offers(UNAPPROVED, read("/home/p/notes/a"))
    assert all(scope != "declared" for _, scope, _ in offers(SKILL, SECRET))


def test_a_line_of_commands_offers_the_parts_that_nothing_allows_yet() -> None:
    needed = decide(CapabilityRequest(BASH, run("git status && make test")), view(grants=(GIT,)))
    assert isinstance(needed, NeedsApproval)
    assert {offer.parts for offer in needed.offers} == {(), ("make test",)}


TARGETS = [SECRET, write("/x"), net("e.com", "POST"), EnvTarget("X"), run("git log a"), run("a; b"), run("a > b")]


@pytest.mark.parametrize("target", TARGETS, ids=[t.resource for t in TARGETS])
@pytest.mark.parametrize("actor", [SKILL, UNAPPROVED, BASH], ids=["skill", "unapproved", "tool"])
def test_every_offer_stores_what_makes_the_same_request_pass(actor: Actor, target: Target) -> None:
    request = CapabilityRequest(actor, target)
    needed = decide(request, view())
    assert isinstance(needed, NeedsApproval)
    for offer in needed.offers[1:]:
        reply = ApprovalAnswer(Verdict.ALLOW, offer)
        stored = grants_of(reply, request, session_id="s1", now=1000.0, new_id=lambda: "g")
        assert answer(actor, target, view(grants=stored)) == GRANTED
        assert actor.name in offer.stores
        assert ("session" in offer.stores) == (offer.lifetime is Lifetime.SESSION)


def test_once_stores_nothing() -> None:
    request = CapabilityRequest(SKILL, SECRET)
    needed = decide(request, view())
    assert isinstance(needed, NeedsApproval)
    reply = ApprovalAnswer(Verdict.ALLOW, needed.offers[0])
    assert grants_of(reply, request, session_id="s1", now=0.0, new_id=lambda: "g") == ()


# ── patterns of paths ──────────────────────────────────────────────────────────────────────────────

NAME = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=8
)
NAMES = NAME.filter(lambda name: name not in (".", ".."))


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=3), NAMES)
def test_a_folder_covers_what_is_below_it_and_never_its_siblings(
    folder: list[str], below: list[str], suffix: str
) -> None:
    base = "/" + "/".join(folder)
    assert path_covers(base, "/".join([base, *below]), PLACES)
    assert path_covers(base + "/", base, PLACES)
    assert not path_covers(base, base + suffix, PLACES)
    assert not path_covers(base, base.rpartition("/")[0] or "/", PLACES)


@pytest.mark.parametrize(
    "pattern", ["", ".", "x", "~x", "../x", "/a/../b", "${PROJECT}x", "${HOME}/x", "/a\0b", "~/../x"]
)
def test_a_pattern_that_is_not_plain_covers_nothing(pattern: str) -> None:
    paths = ("/", "/a", "/b", "/x", "/home/p", "/home/p/x", "/home/x", "/home/p/work/x", "/home/p/workx")
    assert not any(path_covers(pattern, path, PLACES) for path in paths)


PLAN_CASES: list[tuple[Actor, Target, tuple[str, str]]] = [
    (FILE, write("/home/p/work/a.py"), ("deny", "mode")),
    (SKILL, write("/home/p/notes/out/a"), ("deny", "mode")),
    (HTTP, net("api.weather.com", "POST"), ("deny", "mode")),
    (HTTP, net("api.weather.com", "GET", body=5), ("deny", "mode")),
    (HTTP, net("api.weather.com"), ("allow", "user-rule")),
    (FILE, read("/etc/hosts"), ("allow", "user-rule")),
    (FILE, read("/home/p/work/a.py"), ALLOWED),
    (SKILL, EnvTarget("WEATHER_KEY"), ALLOWED),
    (BASH, run("make"), ("deny", "mode")),
    (BASH, replace(run("make"), caged=True), ("allow", "user-rule")),
    (Actor(ActorKind.USER, "user"), run("make"), ("allow", "user")),
]


@pytest.mark.parametrize(("actor", "target", "expected"), PLAN_CASES)
def test_in_mode_plan_nothing_changes_whatever_is_stored(
    actor: Actor, target: Target, expected: tuple[str, str]
) -> None:
    rules = tuple(UserRule(Verdict.ALLOW, kind, "*") for kind in (Kind.FS_READ, Kind.FS_WRITE, Kind.NET, Kind.EXEC))
    assert answer(actor, target, view(Mode.PLAN, rules=rules)) == expected
    if expected == ("deny", "mode"):
        assert answer(actor, target, view(Mode.ASK, rules=rules))[0] == "allow", "it is the mode that denies"


HOOKED = "no network on a Friday"


@pytest.mark.parametrize(
    ("actor", "target", "look", "expected"),
    [
        (FILE, read("/home/p/work/a.py"), view(), ("ask", "")),
        (FILE, write("/home/p/work/a.py"), view(Mode.ALLOW_ALL), ("ask", "")),
        (BASH, replace(run("make"), caged=True), view(), ("ask", "")),  # type: ignore[type-var]
        (BASH, run("ls"), view(), ("ask", "")),
        (FILE, write("/home/p/work/a.py"), view(Mode.READ_ONLY), ("deny", "mode")),
        (FILE, read("/home/p/work/a.py"), view(Mode.DENY), ("deny", "mode")),
        (Actor(ActorKind.USER, "bash"), run("ls"), view(), ("allow", "user")),
    ],
)
def test_a_hook_has_the_person_asked_whatever_allows_it_and_never_undoes_a_denial(
    actor: Actor, target: Target, look: PolicyView, expected: tuple[str, str]
) -> None:
    assert answer(actor, target, replace(look, hook_asks=HOOKED)) == expected


def test_what_a_hook_has_asked_is_answered_for_this_once() -> None:
    needed = decide(CapabilityRequest(FILE, read("/home/p/work/a.py")), view(hook_asks=HOOKED))
    assert isinstance(needed, NeedsApproval)
    assert [offer.lifetime for offer in needed.offers] == [Lifetime.CALL]
    assert needed.why.startswith(f"your hook asks for your approval: {HOOKED}; without that it is allowed")
