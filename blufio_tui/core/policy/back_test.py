"""Tries a wider answer or a rule on past questions in the log."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from urllib.parse import urlsplit

from blufio_tui.core.capability import (
    Actor,
    ActorKind,
    CapabilityRequest,
    EnvTarget,
    ExecTarget,
    FileTarget,
    Kind,
    NetTarget,
    Target,
    UnixTarget,
    Verdict,
)
from blufio_tui.core.guards.paths import Places
from blufio_tui.core.policy.builtin_rights import BUILT_IN_TOOLS
from blufio_tui.core.policy.grants import Grant
from blufio_tui.core.policy.matching import grant_covers, rule_allows, rule_denies, rules_for, uncovered_parts
from blufio_tui.core.policy.patterns import ANY, absolute_pattern
from blufio_tui.core.policy.rules import UserRule
from blufio_tui.core.policy.wide_offers import CHECKS
from blufio_tui.core.shell.command_line import exec_target

MAX_COMMANDS = 2_000
"""Different command lines that are taken apart; it takes about 0.1 ms for each."""
_EXAMPLES = 10

_OPERATION = re.compile(r"[a-z_]+\Z|[a-z_]+(?= with )")
_ORIGIN = re.compile(r"[^:/?#]+://[^/?#]+")
_SENT = re.compile(r"([A-Z]+), (\d+) bytes sent")
_FOLDER = re.compile(r"in (.*?)(?:, with [^,]+(?:, [^,]+)* exported before)?(?:, in the background)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """Identical past questions, and how a person answered them.

    Attributes:
        detail: what the decision row says besides the resource.
        count: how often it was asked and answered so.
        last_seq: the newest of its audit rows.
    """

    kind: Kind
    resource: str
    actor: str
    detail: str
    allowed: bool
    count: int
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Which past questions to consider; empty means any.

    Attributes:
        below: only resources with this prefix.
        containing: only resources that contain it.
    """

    kind: Kind
    actor: str = ""
    below: str = ""
    containing: str = ""


@dataclass(frozen=True, slots=True)
class BackTest:
    """
    Attributes:
        answered: how many questions it would have answered.
        against: how many of them were answered the other way.
        examples: some of the questions, those answered the other way first.
        is_whole: False if there were too many different ones to try all.
        doubt: what speaks against relying on the examples and on the end of the log, as `AuditLog.doubt` says it.
    """

    answered: int = 0
    against: int = 0
    examples: tuple[PastQuestion, ...] = ()
    is_whole: bool = True
    doubt: str = ""

    def sentence(self, verdict: Verdict = Verdict.ALLOW) -> str:
        """`would have answered 41 past questions, 2 of which you denied`."""
        if not self.answered:
            return "would have answered no past question"
        least = "" if self.is_whole else "at least "
        noun = "question" if self.answered == 1 else "questions"
        other = "denied" if verdict is Verdict.ALLOW else "allowed"
        which = f", {self.against} of which you {other}" if self.against else ""
        return f"would have answered {least}{self.answered:,} past {noun}{which}"


Covers = Callable[[CapabilityRequest], bool]


def back_test(covers: Covers, questions: Iterable[PastQuestion], verdict: Verdict = Verdict.ALLOW) -> BackTest:
    """Which of the past questions are covered. Pure."""
    hit: list[PastQuestion] = []
    commands = 0
    is_whole = True
    for question in questions:
        if question.kind is Kind.EXEC:
            commands += 1
            if commands > MAX_COMMANDS:
                is_whole = False
                continue
        target = target_of(question)
        if target is not None and covers(CapabilityRequest(_actor(question.actor), target)):
            hit.append(question)
    against = [question for question in hit if question.allowed is not (verdict is Verdict.ALLOW)]
    alike = (question for question in hit if question.allowed is (verdict is Verdict.ALLOW))
    examples = tuple(islice(chain(against, alike), _EXAMPLES))
    return BackTest(sum(one.count for one in hit), sum(one.count for one in against), examples, is_whole)


def grants_cover(grants: Sequence[Grant], places: Places) -> Covers:
    """Whether grants that an answer would store allow a request."""
    stored = tuple(grants)

    def covers(request: CapabilityRequest) -> bool:
        mine = tuple(grant for grant in stored if grant.actor_name == request.actor.name)
        if any(grant_covers(grant, request, places) for grant in mine):
            return True
        return isinstance(request.target, ExecTarget) and uncovered_parts(request.target, mine, ()) == ()

    return covers


def rule_covers(rule: UserRule, places: Places) -> Covers:
    """Whether a rule by itself decides a request."""

    def covers(request: CapabilityRequest) -> bool:
        if rule.verdict is Verdict.DENY:
            return rule_denies(rule, request, places)
        if rule_allows(rule, request, places):
            return True
        if not isinstance(request.target, ExecTarget):
            return False
        return uncovered_parts(request.target, (), rules_for((rule,), request, Verdict.ALLOW)) == ()

    return covers


def filter_for_grant(grant: Grant, places: Places) -> QuestionFilter:
    return _filter(grant.kind, grant.actor_name, grant.pattern, places, is_any=grant.pattern == ANY)


def filter_for_rule(rule: UserRule, places: Places) -> QuestionFilter:
    actor = "" if rule.actor == ANY else rule.actor
    if rule.verdict is Verdict.DENY:  # a denial is about other spellings and unreadable commands, too
        return QuestionFilter(rule.kind, actor)
    return _filter(rule.kind, actor, rule.target, places, is_any=rule.target == ANY)


def _filter(kind: Kind, actor: str, pattern: str, places: Places, *, is_any: bool) -> QuestionFilter:
    if is_any:
        return QuestionFilter(kind, actor)
    match kind:
        case Kind.FS_READ | Kind.FS_WRITE:
            return QuestionFilter(kind, actor, below=absolute_pattern(pattern, places) or pattern)
        case Kind.EXEC if pattern == CHECKS:
            return QuestionFilter(kind, actor)
        case Kind.EXEC:
            return QuestionFilter(kind, actor, containing=pattern.split(" ", 1)[0].strip("'\""))
        case _:
            return QuestionFilter(kind, actor)


def target_of(question: PastQuestion) -> Target | None:
    """The target as it was when asked about; None if the row does not contain enough."""
    match question.kind:
        case Kind.FS_READ | Kind.FS_WRITE:
            said = _OPERATION.match(question.detail)
            usual = "read" if question.kind is Kind.FS_READ else "write"
            path = question.resource
            return FileTarget(question.kind, path, path, said[0] if said else usual)
        case Kind.NET:
            return _net_target(question)
        case Kind.ENV:
            return EnvTarget(question.resource)
        case Kind.EXEC:
            folder = _FOLDER.match(question.detail)
            return exec_target(question.resource, folder[1]) if folder else None
        case Kind.UNIX:
            return UnixTarget(question.resource, "")
        case Kind.MODEL:  # a request of the program's own; nobody is asked about it
            return None


def _net_target(question: PastQuestion) -> NetTarget | None:
    sent, origin = _SENT.match(question.detail), _ORIGIN.match(question.resource)
    server = _server_of(origin[0]) if origin else None
    if sent is None or server is None:
        return None
    return NetTarget(sent[1], *server, question.resource, int(sent[2]))


@lru_cache(maxsize=1024)
def _server_of(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL without its path; None if one is missing."""
    try:
        url = urlsplit(origin)
        port = url.port or {"http": 80, "https": 443}[url.scheme]
    except (ValueError, KeyError):
        return None
    return (url.scheme, url.hostname, port) if url.hostname else None


@lru_cache(maxsize=256)
def _actor(name: str) -> Actor:
    return Actor(ActorKind.TOOL if name in BUILT_IN_TOOLS else ActorKind.SKILL, name)
