"""Rules in words, with those that have no effect or contradict each other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blufio_tui.core.capability import Kind, Verdict
from blufio_tui.core.guards.paths import Places, covers
from blufio_tui.core.policy.command_patterns import ANYTHING, ARGUMENTS, pattern_allows, pattern_denies
from blufio_tui.core.policy.patterns import ANY, absolute_pattern, host_covers
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.policy.wording import rule_in_words
from blufio_tui.core.shell.literal import literal_words

_TOGETHER = "allowed by your rules: "
_VERBS = {
    Kind.FS_READ: "read",
    Kind.FS_WRITE: "change",
    Kind.NET: "send requests to",
    Kind.ENV: "see the variable",
    Kind.EXEC: "run",
}
_EVERYTHING = {
    Kind.FS_READ: "read every file",
    Kind.FS_WRITE: "change every file",
    Kind.NET: "send requests to every host",
    Kind.ENV: "see every variable",
    Kind.EXEC: "run every command",
}


@dataclass(frozen=True, slots=True)
class RuleReport:
    """
    Attributes:
        number: its place among the rules, from 1; `rules remove` takes it.
        sentence: the rule in plain words.
        answered: how many decisions of the log it made.
        problems: what is odd about it, each a sentence.
    """

    number: int
    rule: UserRule
    sentence: str
    answered: int
    problems: tuple[str, ...] = ()


def rule_sentence(rule: UserRule) -> str:
    """`bash may run git log with any arguments that are not options`."""
    is_denied = rule.verdict is not Verdict.ALLOW
    everyone = "No tool or skill" if is_denied else "Every tool and skill"
    who = everyone if rule.actor == ANY else rule.actor
    may = "may not" if is_denied and rule.actor != ANY else "may"
    if rule.target == ANY:
        return f"{who} {may} {_EVERYTHING[rule.kind]}."
    return f"{who} {may} {_VERBS[rule.kind]} {_target_in_words(rule)}."


def _target_in_words(rule: UserRule) -> str:
    is_denied = rule.verdict is not Verdict.ALLOW
    if rule.kind in (Kind.FS_READ, Kind.FS_WRITE):
        return f"{rule.target} {'or anything' if is_denied else 'and everything'} below it"
    if rule.kind is Kind.NET:
        method, _, host = rule.target.rpartition(" ")
        place = (
            f"the subdomains of {host[2:]}"
            if host.startswith("*.")
            else f"{host} {'or' if is_denied else 'and'} its subdomains"
        )
        return f"{place}, by {method.upper()} only" if method else place
    if rule.kind is Kind.EXEC and rule.verdict is Verdict.ALLOW:
        if rule.target.endswith(f" {ANYTHING}"):
            return f"`{rule.target[:-3]}` with any arguments, options included"
        if rule.target.endswith(f" {ARGUMENTS}"):
            return f"`{rule.target[:-2]}` with any arguments that are not options"
        return f"exactly `{rule.target}`"
    return f"`{rule.target}`, whatever its arguments" if rule.kind is Kind.EXEC else rule.target


def reports(rules: Sequence[UserRule], counts: Mapping[str, int], places: Places) -> list[RuleReport]:
    """
    Args:
        counts: how many decisions were made by each rule, by the rule as the audit rows spell it.
    """
    return [
        RuleReport(number, rule, rule_sentence(rule), _answered(rule, counts), _problems(rule, number, rules, places))
        for number, rule in enumerate(rules, 1)
    ]


def _answered(rule: UserRule, counts: Mapping[str, int]) -> int:
    words = rule_in_words(rule)
    return sum(count for said, count in counts.items() if said.partition(": ")[2] == words or _took_part(rule, said))


def _took_part(rule: UserRule, said: str) -> bool:
    """A line of several commands is allowed by rules together; its row names the commands."""
    if rule.kind is not Kind.EXEC or rule.verdict is Verdict.DENY or not said.startswith(_TOGETHER):
        return False
    commands = [literal_words(part) for part in re.findall("`([^`]*)`", said)]
    return any(words is not None and pattern_allows(rule.target, words) for words in commands)


def _problems(rule: UserRule, number: int, rules: Sequence[UserRule], places: Places) -> tuple[str, ...]:
    found = []
    for other_number, other in enumerate(rules, 1):
        if other_number == number or other.kind is not rule.kind or other.actor not in (ANY, rule.actor):
            continue
        if not _within(rule, other, places):
            continue
        if other.verdict is rule.verdict and (other != rule or other_number < number):
            found.append(f"adds nothing: rule {other_number} covers it already")
        elif rule.verdict is Verdict.ALLOW and other.verdict is Verdict.DENY:
            found.append(f"has no effect: rule {other_number} denies all of it, and denials come first")
    return tuple(found)


def _within(inner: UserRule, outer: UserRule, places: Places) -> bool:
    """Whether all that `inner` is about is covered by `outer`; False if that is not certain."""
    if outer.target == ANY or outer.target == inner.target:
        return True
    if inner.target == ANY:
        return False
    match inner.kind:
        case Kind.FS_READ | Kind.FS_WRITE:
            small, large = absolute_pattern(inner.target, places), absolute_pattern(outer.target, places)
            return bool(small and large) and covers(large, small)
        case Kind.NET:
            return " " not in outer.target and ":" not in outer.target and _host_within(inner.target, outer.target)
        case Kind.EXEC:
            return _command_within(inner, outer)
        case _:
            return outer.target.endswith(ANY) and inner.target.startswith(outer.target[:-1])


def _host_within(inner: str, outer: str) -> bool:
    host = inner.rpartition(" ")[2].partition(":")[0]
    return host_covers(outer, host.removeprefix("*."))


def _command_within(inner: UserRule, outer: UserRule) -> bool:
    fixed = inner.target.removesuffix(f" {ANYTHING}").removesuffix(f" {ARGUMENTS}")
    words = literal_words(fixed)
    if words is None:
        return False
    if outer.verdict is Verdict.DENY:
        return pattern_denies(outer.target, words)
    start = literal_words(outer.target.removesuffix(f" {ANYTHING}"))
    return outer.target.endswith(f" {ANYTHING}") and start is not None and words[: len(start)] == start
