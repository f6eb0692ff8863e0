"""The schema says of each setting when a change applies; this changes each on the settings screen's way and looks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from blufio_tui.adapters.config.settings import as_toml
from blufio_tui.core.flows.marks import FlowRules
from blufio_tui.core.settings.schema import SETTINGS, Effect
from blufio_tui.features.start.opening import Opening
from blufio_tui.ui.ports.desk import ApprovalDesk
from blufio_tui.wiring.backend import Backend
from blufio_tui.wiring.screen import services_of
from blufio_tui.wiring.screen_ports import open_parts
from tests.wiring.test_connecting import options_of

IN_USE: dict[str, Callable[[Backend], object]] = {
    "model.name": lambda backend: backend.agent.config.model,
    "agent.max_tool_iterations": lambda backend: backend.agent.config.settings.max_tool_iterations,
    "agent.max_skills_in_prompt": lambda backend: len(_system_text(backend)),
    "agent.keys_shown": lambda backend: backend.equipment.mask(_KEY),
    "agent.max_tokens": lambda backend: backend.agent.config.settings.max_tokens,
    "agent.thinking_budget": lambda backend: backend.agent.config.settings.thinking_budget,
    "agent.compact_at": lambda backend: backend.agent.config.settings.compact_at,
    "approval.timeout_secs": lambda backend: backend.gate._circumstances().timeout_secs,
    "policy.mode": lambda backend: backend.gate._circumstances().mode,
    "policy.pass_env": lambda backend: dict(backend.outside.shell.environment()),
    "commands.ask": lambda backend: backend.outside.cages._settings().ask,
    "commands.cage": lambda backend: backend.outside.cages._settings().cage,
    "budget.session_usd": lambda backend: backend.agent.config.budget.session_usd,
    "budget.daily_usd": lambda backend: backend.agent.config.budget.daily_usd,
    "budget.monthly_usd": lambda backend: backend.agent.config.budget.monthly_usd,
    "flows.guard": lambda backend: _flows(backend).guard,
    "flows.private": lambda backend: _flows(backend).private,
    "flows.foreign": lambda backend: _flows(backend).foreign,
    "flows.own_hosts": lambda backend: _flows(backend).own_hosts,
    "audit.witness": lambda backend: backend.stored.guardian._witnesses(),
    "record.calls": lambda backend: backend.stored.recorder.is_on("s1"),
    "record.skills": lambda backend: backend.stored.recorder.is_on("s1", "another"),
    "mcp.tools_in_prompt": lambda backend: backend.equipment.tools.most_shown,
    "skills.limit_tools": lambda backend: backend.equipment.active_skills.limiting,
}
"""What acts by a setting, where it can be seen."""

OTHER = {
    "policy.mode": '"deny"',
    "policy.pass_env": '["A_TOKEN"]',
    "commands.ask": '"both"',
    "commands.cage": '"off"',
    "agent.keys_shown": '["github"]',
    "flows.guard": '"off"',
    "audit.witness": '["file:/tmp/witness"]',
}
"""Another value than the default."""
_KEY = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


def _flows(backend: Backend) -> FlowRules:
    return backend.gate._circumstances().flow_rules


def _system_text(backend: Backend) -> str:
    return "".join(block.text for block in backend.agent._system())


def _other(key: str) -> str:
    spec = SETTINGS[key]
    if key in OTHER:
        return OTHER[key]
    match spec.type_name:
        case "bool":
            return as_toml(not spec.default)
        case "float":
            return as_toml(spec.default / 2 or 1.5)
        case "int":
            return as_toml(spec.default // 2 or 7) if key != "agent.max_skills_in_prompt" else "0"
        case "list":
            return '["another"]'
        case _:
            return '"another"'


@pytest.mark.parametrize("key", IN_USE)
async def test_a_change_applies_when_the_schema_says(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "secret enough")
    options, desk = options_of(tmp_path / "home", monkeypatch, offline=True), ApprovalDesk()
    opening = Opening(lambda: open_parts(options, desk))
    settings = services_of(options, desk, opening).settings
    try:
        backend = (await opening.parts()).backend
        before = IN_USE[key](backend)
        settings.set(key, _other(key))
        counts = IN_USE[key](backend) != before
        assert counts is (SETTINGS[key].effect is not Effect.RESTART)
    finally:
        await opening.close()


def test_what_applies_without_a_restart_is_looked_at() -> None:
    at_once = {key for key, spec in SETTINGS.items() if spec.effect is not Effect.RESTART}
    assert at_once - set(IN_USE) == {"policy.rules"}  # `test_foreign_changes` changes those


async def test_a_limit_that_another_program_lifted_stays_whatever_the_person_changes_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir()
    config.write_text("[budget]\ndaily_usd = 1.0\n")
    options, desk = options_of(config.parent, monkeypatch, offline=True), ApprovalDesk()
    opening = Opening(lambda: open_parts(options, desk))
    try:
        agent = (await opening.parts()).backend.agent
        config.write_text("[budget]\ndaily_usd = 1000.0\n")
        assert agent.config.budget.daily_usd == 1.0
        services_of(options, desk, opening).settings.set("agent.max_tokens", "7")
        assert agent.config.budget.daily_usd == 1.0
        assert (await opening.parts()).backend.stored.held.waiting()
    finally:
        await opening.close()
