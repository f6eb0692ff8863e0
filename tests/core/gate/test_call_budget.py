"""One call does so much and no more, and says so; what comes after the limit leaves no rows."""

import pytest

from blufio_tui.core.capability import Mode
from blufio_tui.core.effects import Effect, GetEnv
from blufio_tui.core.errors import CapabilityDenied, HostError
from blufio_tui.core.gate import call_budget
from tests.fakes.gate_world import DECLARED, SKILL, UNDECLARED, World


@pytest.mark.parametrize(
    ("name", "limit", "effect", "mode", "said"),
    [
        ("MAX_EFFECTS", 3, DECLARED, Mode.ASK, "limit of 3 host calls"),
        ("MAX_DENIED", 3, UNDECLARED, Mode.DENY, "limit of 3 denied host calls"),
        ("MAX_NAMED_BYTES", 3_000, GetEnv("K" * 1_000), Mode.DENY, "of names in the audit log"),
    ],
)
async def test_a_call_has_its_share(
    monkeypatch: pytest.MonkeyPatch, name: str, limit: int, effect: Effect, mode: Mode, said: str
) -> None:
    monkeypatch.setattr(call_budget, name, limit)
    world = World()
    world.mode = mode
    perform = world.gate.bind(SKILL, world.context())
    for _ in range(3):
        try:
            await perform(effect)
        except CapabilityDenied:
            continue
    rows = len(world.audit.entries)
    for _ in range(2):
        with pytest.raises(HostError, match=said):
            await perform(effect)
    assert len(world.audit.entries) == rows
    another = world.gate.bind(SKILL, world.context())
    if mode is Mode.ASK:
        await another(effect)
    else:
        with pytest.raises(CapabilityDenied):
            await another(effect)
