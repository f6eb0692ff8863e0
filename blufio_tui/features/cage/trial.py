"""Checks whether a cage can be made here, by making one."""

import os
from contextlib import aclosing
from pathlib import Path

from blufio_tui.adapters.cage.profiles.build import build_profile
from blufio_tui.adapters.cage.program_side.cage import Answered, Asked, CageFailed, CagePool, Command, Ended, Reply
from blufio_tui.adapters.cage.program_side.probe import why_not
from blufio_tui.adapters.scratch import scratch


async def trial() -> str:
    """Why it cannot, "" if it can."""
    if why := why_not():
        return why
    with scratch("cage") as tmp:
        home = os.path.realpath(Path.home())
        profile = build_profile(tmp, tmp, environment=os.environ, home=home)
        pool = CagePool(spare=False)
        command = Command(("/bin/sh", "-c", "exit 0"), tmp, {"PATH": "/usr/bin:/bin"}, profile, "", 10)
        try:
            async with aclosing(pool.run(command, _refuse)) as events:
                async for event in events:
                    if isinstance(event, Ended) and event.exit_code:
                        return f"a program that does nothing ended with {event.exit_code} in it"
        except CageFailed as error:
            return str(error)
        finally:
            pool.close()
    return ""


async def _refuse(_asked: Asked, reply: Reply) -> None:
    await reply(Answered(False))
