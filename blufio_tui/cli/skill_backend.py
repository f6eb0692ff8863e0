"""The installer on top of the program's parts, for the commands that change what is installed."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from blufio_tui.adapters.skills.install import SkillInstaller
from blufio_tui.cli.start import start_options
from blufio_tui.wiring.backend import open_backend


@asynccontextmanager
async def open_installer(args: argparse.Namespace) -> AsyncIterator[SkillInstaller]:
    async with open_backend(start_options(args), interactive=False) as parts:
        yield parts.installer(lambda: None)
