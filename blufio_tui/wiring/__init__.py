"""The only place where adapters meet the screen and the command line.

`stores` opens what is stored, `backend` builds what acts, `screen` feeds the app, `diagnosis` is `doctor`.
The functions here load those modules when they are called, so that a command loads what it needs only.
"""

import argparse
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from blufio_tui.adapters.audit.store import AuditStore
    from blufio_tui.adapters.config.grants_file import GrantsFile
    from blufio_tui.adapters.sessions.store import SqliteSessions
    from blufio_tui.adapters.skills.registry import SkillRegistry
    from blufio_tui.core.policy.back_test import BackTest
    from blufio_tui.core.policy.rule_report import RuleReport
    from blufio_tui.core.policy.rules import UserRule
    from blufio_tui.wiring.diagnosis import Finding
    from blufio_tui.wiring.effect_lists import EffectLists


def open_audit(_args: argparse.Namespace | None = None) -> "AbstractContextManager[AuditStore]":
    """The audit log, closed at the end of the `with` block."""
    from blufio_tui.wiring import stores

    return stores.open_audit()


def open_effect_lists() -> "AbstractContextManager[EffectLists]":
    """The lists of what caged commands did."""
    from blufio_tui.wiring import stores

    return stores.open_effect_lists()


def open_grants(_args: argparse.Namespace | None = None) -> "AbstractContextManager[GrantsFile]":
    """The stored answers."""
    from blufio_tui.wiring import stores

    return stores.open_grants()


def open_sessions(_args: argparse.Namespace | None = None) -> "AbstractContextManager[SqliteSessions]":
    """The stored conversations."""
    from blufio_tui.wiring import stores

    return stores.open_sessions()


def open_registry(args: argparse.Namespace | None = None) -> "AbstractContextManager[SkillRegistry]":
    """The skills. Relative folders of the configuration are below the project."""
    from blufio_tui.wiring import stores

    return stores.open_registry(getattr(args, "project", None) or stores.working_folder())


def add_rule(rule: "UserRule") -> int:
    """Write a rule into config.toml; its number."""
    from blufio_tui.wiring import rules

    return rules.add_rule(rule)


def remove_rule(number: int) -> "UserRule | None":
    """Take a rule out of config.toml; None when there is none with that number."""
    from blufio_tui.wiring import rules

    return rules.remove_rule(number)


async def rule_reports(args: argparse.Namespace) -> "list[RuleReport]":
    """Each rule in words and what it did."""
    from blufio_tui.wiring import rules

    return await rules.rule_reports(args)


async def test_rule(rule: "UserRule", args: argparse.Namespace) -> "BackTest":
    """What a rule would have answered to the questions in the log."""
    from blufio_tui.wiring import rules

    return await rules.test_rule(rule, args)


def run_app(args: argparse.Namespace) -> int:
    """Open the full-screen app; its exit code."""
    from blufio_tui.wiring.screen import run_app

    return run_app(args)


def diagnose(args: argparse.Namespace) -> "Sequence[Finding]":
    """What `doctor` finds."""
    from blufio_tui.wiring.diagnosis import diagnose

    return diagnose(args)
