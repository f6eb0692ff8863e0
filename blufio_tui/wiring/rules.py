"""The user's rules together with the log that they are tried on."""

from typing import TYPE_CHECKING

from blufio_tui.adapters.config import rules_file
from blufio_tui.adapters.config.paths import Paths
from blufio_tui.adapters.config.settings import load_settings
from blufio_tui.adapters.files.guard import places
from blufio_tui.core.policy.back_test import (
    BackTest,
)
from blufio_tui.core.policy.rule_report import RuleReport, reports
from blufio_tui.features.rules import try_rule
from blufio_tui.wiring.options import project_folder
from blufio_tui.wiring.stores import open_audit

if TYPE_CHECKING:
    from pathlib import Path

    from blufio_tui.core.policy.rules import UserRule

_PATIENCE_SECS = 0.3


def add_rule(rule: "UserRule") -> int:
    return rules_file.add_rule(Paths.from_environment().config_file, rule)


def remove_rule(number: int) -> "UserRule | None":
    return rules_file.remove_rule(Paths.from_environment().config_file, number)


async def rule_reports(project: "Path | None") -> list[RuleReport]:
    rules = load_settings(Paths.from_environment().config_file).policy.rules
    with open_audit() as audit:
        return reports(rules, await audit.rule_counts(), places(project_folder(project)))


async def test_rule(rule: "UserRule", project: "Path | None") -> BackTest:
    with open_audit() as audit:
        return await try_rule(rule, audit, places(project_folder(project)))
