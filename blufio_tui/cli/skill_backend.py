"""The installer on top of the program's parts, for the commands that change what is installed."""

import argparse
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blufio_tui.adapters.clock import SystemClock
from blufio_tui.adapters.skill_install import InstallPorts, SkillInstaller
from blufio_tui.core.capability import Actor, ActorKind
from blufio_tui.core.effects import EffectResult, Fetch
from blufio_tui.core.tools import CallContext
from blufio_tui.wiring.backend import open_backend


@asynccontextmanager
async def open_installer(args: argparse.Namespace) -> AsyncIterator[SkillInstaller]:
    """An address that a person types is fetched without asking them again, but under the network guard."""
    args.on_denial = "allow"
    async with open_backend(args, interactive=False) as parts:
        context = CallContext("", "", f"install_{secrets.token_hex(8)}", lambda _event: None)

        async def download(effect: Fetch) -> EffectResult:
            return await parts.gate.perform(effect, Actor(ActorKind.USER, "user"), context)

        ports = InstallPorts(parts.options.paths.skills, parts.audit, SystemClock(), parts.grants, download)
        yield SkillInstaller(parts.skills, ports)
