"""The only place where adapters meet the screen and the command line.

`stores` opens what is stored, `backend` builds what acts, `screen` feeds the app.
The functions here load those modules when they are called, so that a command loads what it needs only.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from blufio_tui.adapters.audit.store import AuditStore
    from blufio_tui.adapters.config.grants_file import GrantsFile
    from blufio_tui.adapters.skills.registry import SkillRegistry
    from blufio_tui.core.policy.back_test import BackTest
    from blufio_tui.core.policy.rule_report import RuleReport
    from blufio_tui.core.policy.rules import UserRule
    from blufio_tui.wiring.effect_lists import EffectLists
    from blufio_tui.wiring.erasing import ErasingSessions
    from blufio_tui.wiring.start_options import StartOptions


def open_audit() -> "AbstractContextManager[AuditStore]":
    """The audit log, closed at the end of the `with` block."""
    from blufio_tui.wiring import stores

    return stores.open_audit()


def open_effect_lists() -> "AbstractContextManager[EffectLists]":
    """The lists of what caged commands did."""
    from blufio_tui.wiring import stores

    return stores.open_effect_lists()


def open_grants() -> "AbstractContextManager[GrantsFile]":
    """The stored answers."""
    from blufio_tui.wiring import stores

    return stores.open_grants()


def open_sessions() -> "AbstractContextManager[ErasingSessions]":
    """The stored conversations."""
    from blufio_tui.wiring import stores

    return stores.open_sessions()


def open_registry(project: "Path | None" = None) -> "AbstractContextManager[SkillRegistry]":
    """The skills. Relative folders of the configuration are below the project."""
    from blufio_tui.wiring import stores

    return stores.open_registry(project or stores.working_folder())


def add_rule(rule: "UserRule") -> int:
    """Write a rule into config.toml; its number."""
    from blufio_tui.wiring import rules

    return rules.add_rule(rule)


def remove_rule(number: int) -> "UserRule | None":
    """Take a rule out of config.toml; None when there is none with that number."""
    from blufio_tui.wiring import rules

    return rules.remove_rule(number)


async def rule_reports(project: "Path | None") -> "list[RuleReport]":
    """Each rule in words and what it did."""
    from blufio_tui.wiring import rules

    return await rules.rule_reports(project)


async def test_rule(rule: "UserRule", project: "Path | None") -> "BackTest":
    """What a rule would have answered to the questions in the log."""
    from blufio_tui.wiring import rules

    return await rules.test_rule(rule, project)


def run_app(start: "StartOptions", doctor: "Callable[[], Awaitable[str]]") -> int:
    """Open the full-screen app; its exit code. `doctor` says what works here."""
    from blufio_tui.wiring.screen import run_app

    return run_app(start, doctor)
