"""Rules and grants under attack: a denial has no way around it, an allowance no more in it than its words."""

from dataclasses import replace
from pathlib import Path

import pytest

from blufio_tui.adapters.config.deny_rule_links import with_real_paths
from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    FileTarget,
    Kind,
    Mode,
    NetTarget,
    Target,
    Verdict,
)
from blufio_tui.core.errors import ConfigError
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.approval import Lifetime, Scope
from blufio_tui.core.policy.decide import NeedsApproval, PolicyView, decide
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.parser import parse_settings

PLACES = Places("/home/p", "/home/p/work")
SKILL = Actor(ActorKind.SKILL, "weather", "1.0.0", "", "aa" * 32)
FILE = Actor(ActorKind.TOOL, "file")


def file(path: str, operation: str = "read") -> FileTarget:
    kind = Kind.FS_READ if operation in ("read", "list") else Kind.FS_WRITE
    return FileTarget(kind, path, path, operation)


def verdict(target: Target, *rules: UserRule, actor: Actor = SKILL, grants: tuple[Grant, ...] = ()) -> str:
    look = PolicyView(Mode.ALLOW_ALL, PLACES, now=0.0, session_id="s1", rules=rules, grants=grants)
    decision = decide(CapabilityRequest(actor, target), look)
    assert not isinstance(decision, NeedsApproval)
    return f"{decision.verdict} {decision.decided_by}"


def deny(kind: Kind, target: str, actor: str = "*") -> UserRule:
    return UserRule(Verdict.DENY, kind, target, actor)


def grant(kind: Kind, pattern: str, scope: Scope = Scope.EXACT, verdict: Verdict = Verdict.ALLOW) -> Grant:
    values = (verdict, SKILL.kind, SKILL.name, "", SKILL.content_hash, kind, scope, pattern, Lifetime.SESSION, "s1")
    return Grant("g1", *values)


DENIED, BY_MODE = "deny user-rule", "allow mode"
TAX = deny(Kind.FS_READ, "~/Documents/tax")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (file("/home/p/Documents/tax/2025.pdf"), DENIED),
        (file("/home/p/documents/TAX/2025.pdf"), DENIED),
        (file("/home/p/Documents/tax", "rename"), DENIED),
        (file("/home/p/Documents", "rename"), DENIED),
        (file("/home/p/Documents/tax/a", "link"), DENIED),
        (file("/home/p/Documents/tax/a", "write"), BY_MODE),
        (file("/home/p/Documents", "list"), BY_MODE),
        (file("/home/p/Documents/taxes"), BY_MODE),
    ],
)
def test_a_denied_folder_has_no_other_way_in(target: FileTarget, expected: str) -> None:
    assert verdict(target, TAX) == expected


def test_a_stored_denial_of_a_file_holds_for_other_spellings_and_against_renaming() -> None:
    denied = grant(Kind.FS_READ, "/home/p/Diary", verdict=Verdict.DENY)
    for target in (file("/home/p/Diary"), file("/home/p/diary"), file("/home/p/Diary", "rename")):
        assert verdict(target, grants=(denied,)) == DENIED


def test_a_denied_path_that_is_a_link_denies_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "tax").symlink_to(tmp_path / "disk")
    (rule, real) = with_real_paths([deny(Kind.FS_READ, f"{tmp_path}/tax")], PLACES)
    assert verdict(file(f"{(tmp_path / 'disk').resolve()}/2025.pdf"), rule, real) == DENIED


def test_rules_that_lead_nowhere_else_stay_as_they_are(tmp_path: Path) -> None:
    rules = (deny(Kind.FS_READ, str(tmp_path.resolve())), UserRule(Verdict.ALLOW, Kind.FS_READ, "~/x"))
    assert with_real_paths(rules, PLACES) == rules


@pytest.mark.parametrize(
    ("kind", "target", "problem"),
    [
        ("fs.read", "Documents/tax", "must start with /"),
        ("fs.read", "~user/x", "must start with /"),
        ("fs.write", "~/a/../b", "must not hold .."),
        ("fs.read", "~/Documents/*", "a folder covers what is below it"),
        ("net", "https://evil.com/", "without scheme and path"),
        ("net", "evil.com/path", "without scheme and path"),
        ("net", "FETCH evil.com", "without scheme and path"),
        ("net", "fd12::1:80", "without scheme and path"),
        ("net", "*.*.evil.com", "without scheme and path"),
        ("env", "AWS-*", "not the name of a variable"),
        ("env", "*_TOKEN", "not the name of a variable"),
        ("exec", " ", "plain words"),
    ],
)
def test_a_denial_that_could_never_apply_is_refused_when_the_configuration_is_read(
    kind: str, target: str, problem: str
) -> None:
    with pytest.raises(ConfigError, match=r"policy\.rules: rule 1.*" + problem.replace("..", r"\.\.")):
        parse_settings({"policy": {"rules": [{"deny": kind, "target": target}]}})


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        *(("fs.read", target) for target in ("~", "~/tax", "${PROJECT}/x", "/srv", "*")),
        *(("net", target) for target in ("e.com", "*.e.com", "POST e.com:8443", "[::1]:80", "10.0.0.1", "nas:80")),
        *(("env", target) for target in ("AWS_*", "HOME")),
        *(("exec", target) for target in ("git log **", "git status", "rm", "*")),
    ],
)
def test_ordinary_targets_of_rules_are_accepted(kind: str, target: str) -> None:
    for word in ("deny", "allow"):
        (rule,) = parse_settings({"policy": {"rules": [{word: kind, "target": target}]}}).policy.rules
        assert rule.target == target


def test_a_skill_that_bears_the_name_of_a_tool_gets_none_of_its_allowances_and_all_of_its_denials() -> None:
    posing = replace(SKILL, name="http")
    target = NetTarget("GET", "https", "e.com", 443, "https://e.com/")
    allowed = UserRule(Verdict.ALLOW, Kind.NET, "e.com", "http")
    assert verdict(target, allowed, actor=posing) == BY_MODE
    assert verdict(target, allowed, actor=Actor(ActorKind.TOOL, "http")) == "allow user-rule"
    assert verdict(target, deny(Kind.NET, "e.com", "http"), actor=posing) == DENIED


@pytest.mark.parametrize(
    "path",
    [
        *("/home/p/.ssh/id_ed25519", "/home/p/.SSH/config", "/home/p/.aws/credentials", "/home/p/x/.env.local"),
        *("/home/p/x/prod.env", "/home/p/x/.envrc", "/home/p/x/.git/config", "/home/p/.config/gh/hosts.yml"),
        *("/home/p/.bash_history", "/home/p/x/secrets.yml", "/srv/tls/site.pem", "/home/p/.config/gcloud/a.db"),
        *("/home/p/x/terraform.tfstate", "/home/p/.docker/config.json", "/home/p/x/.my.cnf"),
    ],
)
def test_all_reading_leaves_out_what_usually_holds_credentials(path: str) -> None:
    everything = grant(Kind.FS_READ, "*", Scope.KIND)
    assert verdict(file(path), grants=(everything,)) == BY_MODE
    assert verdict(file("/home/p/x/README.md"), grants=(everything,)) == "allow grant"
    assert verdict(file(path), grants=(grant(Kind.FS_READ, path),)) == "allow grant"


@pytest.mark.parametrize("path", ["src/op/add.py", "secrets.py", ".env.example", "keys.py", "docs/secret-santa.md"])
def test_ordinary_files_of_a_project_are_read_without_asking(path: str) -> None:
    assert verdict(file(f"/home/p/work/{path}"), actor=FILE) == "allow manifest"


def offers(target: Target, actor: Actor = SKILL) -> dict[str, str]:
    needed = decide(CapabilityRequest(actor, target), PolicyView(Mode.ASK, PLACES, now=0.0))
    assert isinstance(needed, NeedsApproval)
    return {f"{offer.lifetime} {offer.scope}": offer.stores for offer in needed.offers}


def test_what_an_answer_stores_is_one_line_whatever_the_path_holds() -> None:
    tricky = file("/home/p/a\nd  deny\x1b[2J\u202etxt")
    for stores in offers(tricky).values():
        assert stores.isprintable()
    needed = decide(CapabilityRequest(FILE, file("/x/a\nwho  me/.env")), PolicyView(Mode.ASK, PLACES, now=0.0))
    assert isinstance(needed, NeedsApproval)
    assert "\n" not in needed.why


def test_offers_say_how_far_they_reach() -> None:
    assert "list what is in /srv, but not read it" in offers(file("/srv", "list"))["session exact"]
    assert "replace or remove /x" in offers(file("/x", "write"))["forever exact"]
    assert "every file that you can read, except" in offers(file("/x"))["session kind"]
    assert "session kind" not in offers(file("/home/p/.ssh/id_rsa"))
    request = NetTarget("GET", "https", "e.com", 443, "https://e.com/")
    assert "any request, with any content, to any server" in offers(request)["session kind"]
