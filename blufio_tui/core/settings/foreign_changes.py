"""How a change by another program to the policy's files applies while this program runs.

Any allowed command may have made it. So it can remove rights at once but add none until a person confirms: a denial
counts if either version has it, an allowance only if both have it.
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.mcp.server import DEFAULT_TIMEOUT_SECS, ServerConfig, facts
from blufio_tui.core.policy.approval import Scope
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.settings.schema import SETTINGS, Settings

D = TypeVar("D", UserRule, Grant)


def safe_rules(trusted: Sequence[UserRule], found: Sequence[UserRule]) -> tuple[UserRule, ...]:
    """The denials of both versions, and the allowances that are in both."""
    denials = dict.fromkeys(rule for rule in (*trusted, *found) if rule.verdict is Verdict.DENY)
    return (*denials, *(rule for rule in trusted if rule.verdict is Verdict.ALLOW and rule in found))


def safe_settings(trusted: Settings, found: Settings) -> Settings:
    """The trusted settings with the rules of `safe_rules`."""
    rules = safe_rules(trusted.policy.rules, found.policy.rules)
    return replace(trusted, policy=replace(trusted.policy, rules=rules))


def denials_of(decisions: Iterable[D]) -> tuple[D, ...]:
    return tuple(one for one in decisions if one.verdict is Verdict.DENY)


def that_deny(decisions: Iterable[D], denials: Iterable[D]) -> tuple[D, ...]:
    """These decisions, with the denials that are not among them."""
    return tuple(dict.fromkeys(chain(decisions, denials)))


def settings_that_deny(settings: Settings, denials: Iterable[UserRule]) -> Settings:
    return replace(settings, policy=replace(settings.policy, rules=that_deny(settings.policy.rules, denials)))


def gains_of_settings(trusted: Settings, found: Settings) -> tuple[str, ...]:
    """Everything a change of the configuration does, other than denying more or allowing less, in words."""
    before, now = trusted.policy.rules, found.policy.rules
    added = [f"it allows {_rule(rule)}" for rule in now if rule.verdict is Verdict.ALLOW and rule not in before]
    dropped = [
        f"it drops the denial of {_rule(rule)}" for rule in before if rule.verdict is Verdict.DENY and rule not in now
    ]
    compared = (key for key in SETTINGS if key not in ("policy.rules", "mcp.servers") and not key.startswith("ui."))
    changed = [
        f"{key} is {_value(found, key)!r}, not {_value(trusted, key)!r}"
        for key in compared
        if _value(found, key) != _value(trusted, key)
    ]
    return (*added, *dropped, *changed, *_server_changes(trusted, found))


def _server_changes(trusted: Settings, found: Settings) -> list[str]:
    before = {server.name: server for server in trusted.mcp.servers}
    now = {server.name: server for server in found.mcp.servers}
    said = [f"it drops the MCP server {name}" for name in before if name not in now]
    for name, server in now.items():
        if before.get(name) != server:
            said.append(f"it {'changes' if name in before else 'adds'} the MCP server {name}: {_server(server)}")
    return said


def _server(server: ServerConfig) -> str:
    """Everything that decides what runs and what it may do."""
    state = () if server.enabled else ("disabled",)
    patience = () if server.timeout_secs == DEFAULT_TIMEOUT_SECS else (f"timeout {server.timeout_secs:g} s",)
    return "; ".join((server.url or shlex.join(server.words), *facts(server), *patience, *state))


def safe_grants(trusted: Sequence[Grant], found: Sequence[Grant]) -> tuple[Grant, ...]:
    """As `safe_rules`, for stored answers."""
    denials = {(grant.grant_id, grant): grant for grant in (*trusted, *found) if grant.verdict is Verdict.DENY}
    return (*denials.values(), *(grant for grant in trusted if grant.verdict is Verdict.ALLOW and grant in found))


def gains_of_grants(trusted: Sequence[Grant], found: Sequence[Grant]) -> tuple[str, ...]:
    added = [f"it allows {_grant(one)}" for one in found if one.verdict is Verdict.ALLOW and one not in trusted]
    dropped = [
        f"it drops the denial of {_grant(one)}" for one in trusted if one.verdict is Verdict.DENY and one not in found
    ]
    return (*added, *dropped)


def _value(settings: Settings, key: str) -> object:
    section, _, name = key.partition(".")
    return getattr(getattr(settings, section), name)


def _rule(rule: UserRule) -> str:
    return f"{rule.kind.value} {rule.target} to {'everyone' if rule.actor == '*' else rule.actor}"


def _grant(grant: Grant) -> str:
    """Everything that decides what it covers, for whom and for how long."""
    from blufio_tui.core.policy.wording import lifetime_in_words, pattern_in_words

    scope = " as a pattern" if grant.scope is Scope.DECLARED else ""
    where = f" in {grant.cwd}" if grant.cwd else " in any folder" if grant.kind is Kind.EXEC else ""
    bound = "".join(
        f", {name} {value}" for name, value in (("publisher", grant.publisher), ("hash", grant.content_hash)) if value
    )
    what = f"{grant.kind} {pattern_in_words(grant.scope, grant.pattern)}{scope}{where}"
    return f"{what} to the {grant.actor_kind} {grant.actor_name}{bound}, {lifetime_in_words(grant)}"
