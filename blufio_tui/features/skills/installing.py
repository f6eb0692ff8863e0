"""Fetching what a person installs."""

import secrets
from collections.abc import Awaitable, Callable

from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.gate.approvers import AllowOnce
from blufio_tui.core.gate.gate import Gate
from blufio_tui.core.tools import CallContext, unheard


def downloads_through(gate: Gate) -> Callable[[Fetch], Awaitable[EffectResult]]:
    """An address that a person types is fetched without asking them again, but under the network guard."""
    context = CallContext("", "", f"install_{secrets.token_hex(8)}", unheard)
    unasked = gate.answered_by(AllowOnce())

    async def download(effect: Fetch) -> EffectResult:
        return await unasked.perform(effect, Actor(ActorKind.USER, "user"), context)

    return download
