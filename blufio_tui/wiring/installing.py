"""The installer on top of the program's parts."""

import secrets
from collections.abc import Callable

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.skills.install import InstallPorts, SkillInstaller
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.gate.approvers import AllowOnce
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import Backend


def installer_of(backend: Backend, changed: Callable[[], None]) -> SkillInstaller:
    """`changed` is called when what is installed has changed.

    An address that a person types is fetched without asking them again, but under the network guard."""
    context = CallContext("", "", f"install_{secrets.token_hex(8)}", lambda _event: None)
    gate = backend.gate.answered_by(AllowOnce())

    async def download(effect: Fetch) -> EffectResult:
        return await gate.perform(effect, Actor(ActorKind.USER, "user"), context)

    paths = backend.options.paths
    return SkillInstaller(
        backend.skills, InstallPorts(paths.skills, backend.audit, SystemClock(), backend.grants, download, changed)
    )
