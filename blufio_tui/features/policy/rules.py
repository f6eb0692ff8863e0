"""Tries the user's rules and wider answers on the questions in the log."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from blufio_tui.adapters.config import rules_file
from blufio_tui.adapters.config.deny_rule_links import with_real_paths
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.files.guard import places
from blufio_tui.core.capability import Verdict
from blufio_tui.core.errors import ConfigError, StorageError
from blufio_tui.core.policy.approval import ApprovalAnswer, Scope
from blufio_tui.core.policy.approval_offers import grants_of
from blufio_tui.core.policy.back_test import (
    BackTest,
    back_test,
    filter_for_grant,
    filter_for_rule,
    grants_cover,
    rule_covers,
)
from blufio_tui.core.policy.rule_report import RuleReport, reports
from blufio_tui.features.start.options import project_folder
from blufio_tui.features.stored.stores import open_audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from blufio_tui.adapters.audit.store import AuditStore
    from blufio_tui.core.capability import CapabilityRequest
    from blufio_tui.core.gate.ports import Approver
    from blufio_tui.core.guards.paths import Places
    from blufio_tui.core.policy.approval import ApprovalQuestion, Offer
    from blufio_tui.core.policy.grants import Grant
    from blufio_tui.core.policy.rules import UserRule

_PATIENCE_SECS = 0.3


def add_rule(rule: "UserRule") -> int:
    """Write a rule into config.toml; its number."""
    return rules_file.add_rule(Paths.from_environment().config_file, rule)


def remove_rule(number: int) -> "UserRule | None":
    """Take a rule out of config.toml; None if there is none with that number."""
    return rules_file.remove_rule(Paths.from_environment().config_file, number)


async def rule_reports(project: "Path | None") -> tuple[list[RuleReport], str]:
    """Each rule in words and what it did, and whether the end of the log was cut off, as `AuditLog.doubt` says it."""
    rules = load_settings(Paths.from_environment().config_file).policy.rules
    with open_audit() as audit:
        found = reports(rules, await audit.rule_counts(), places(project_folder(project)))
        return found, await audit.doubt([])


async def test_rule(rule: "UserRule", project: "Path | None") -> BackTest:
    """What a rule would have answered to the questions in the log."""
    with open_audit() as audit:
        tried = await try_rule(rule, audit, places(project_folder(project)))
        return replace(tried, doubt=await audit.doubt([one.last_seq for one in tried.examples]))


async def try_rule(rule: "UserRule", audit: "AuditStore", where: "Places") -> BackTest:
    """What the rule would have answered, also under the real paths of what it names."""
    questions = await audit.past_questions(filter_for_rule(rule, where))
    first, *others = [rule_covers(one, where) for one in with_real_paths([rule], where)]

    def either(request: "CapabilityRequest") -> bool:
        return first(request) or any(covers(request) for covers in others)

    return back_test(either if others else first, questions, rule.verdict)


async def try_grants(grants: "Sequence[Grant]", audit: "AuditStore", where: "Places") -> BackTest:
    """What the grants that an answer would store would have answered."""
    if not grants:
        return BackTest()
    questions = await audit.past_questions(filter_for_grant(grants[0], where))
    return back_test(grants_cover(grants, where), questions)


class InformedApprover:
    """Puts beside each wider answer of a question what it would have answered so far.

    A person is never kept waiting for it: what is not known after `_PATIENCE_SECS` is left out.
    """

    def __init__(self, approver: "Approver", audit: "AuditStore", where: "Places") -> None:
        self._approver = approver
        self._audit = audit
        self._places = where

    async def ask(self, question: "ApprovalQuestion") -> ApprovalAnswer | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECS):
                offers = [await self._informed(question, offer) for offer in question.offers]
        except (TimeoutError, StorageError):
            return await self._approver.ask(question)
        return await self._approver.ask(replace(question, offers=tuple(offers)))

    async def _informed(self, question: "ApprovalQuestion", offer: "Offer") -> "Offer":
        if offer.scope is Scope.EXACT:
            return offer
        answer = ApprovalAnswer(Verdict.ALLOW, offer)
        stored = grants_of(answer, question.request, session_id="", now=0.0, new_id=lambda: "tried")
        return replace(offer, past=(await try_grants(stored, self._audit, self._places)).sentence())


class ScreenRules:
    """Implements `ui.ports.services.RulesPort`."""

    def __init__(self, config_file: "Path", audit: "AuditStore", where: "Places") -> None:
        self._file = config_file
        self._audit = audit
        self._places = where

    async def reports(self) -> list[RuleReport]:
        rules = load_settings(self._file).policy.rules
        return reports(rules, await self._audit.rule_counts(), self._places)

    async def test(self, rule: "UserRule") -> BackTest:
        return await try_rule(rule, self._audit, self._places)

    async def remove(self, report: RuleReport) -> None:
        """
        Raises:
            ConfigError: the file has changed, so that this would be another rule.
        """
        rules = load_settings(self._file).policy.rules
        if report.number > len(rules) or rules[report.number - 1] != report.rule:
            raise ConfigError(f"{self._file} has changed in the meantime; look again")
        rules_file.remove_rule(self._file, report.number)

    async def test_offer(self, question: "ApprovalQuestion", offer: "Offer") -> BackTest:
        answer = ApprovalAnswer(Verdict.ALLOW, offer)
        stored = grants_of(answer, question.request, session_id="", now=0.0, new_id=lambda: "tried")
        return await try_grants(stored, self._audit, self._places)
