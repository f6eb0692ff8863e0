"""The app as the pictures show it: real sandbox, real policy, a small project, a model with written replies."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from blufio_tui.core.conversation import Message, Role, TextBlock, TokenUsage
from blufio_tui.core.sessions.records import RequestRecord
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.features.start.opening import Opening
from blufio_tui.features.start.options import read_options
from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.ports.desk import ApprovalDesk
from blufio_tui.wiring.screen import services_of
from blufio_tui.wiring.screen_ports import open_parts
from scripts.steady import (
    SteadyAgent,
    SteadyAudit,
    SteadyCare,
    SteadyClock,
    SteadyGrants,
    SteadySkills,
    steady_time,
)
from tests.fakes.messages_api import KEY, Reply, serving

DEMO = Path("/tmp/blufio")
"""A fixed place, so that the paths on the pictures are always the same."""
MODEL = "claude-sonnet-4-5"
MODELS = [
    {
        "type": "model",
        "id": name,
        "display_name": shown,
        "created_at": "2025-09-29T00:00:00Z",
        "max_input_tokens": 200_000,
    }
    for name, shown in (
        ("claude-opus-4-5", "Claude Opus 4.5"),
        (MODEL, "Claude Sonnet 4.5"),
        ("claude-haiku-4-5", "Claude Haiku 4.5"),
    )
]
CONFIG = """# The servers I use.
[connections.work]
model = "claude-sonnet-4-5"
key = "env:ANTHROPIC_API_KEY"

[connections.attic]
base_url = "http://127.0.0.1:8080"
model = "qwen3-8b"
key = "none"

[approval]
timeout_secs = 300.0    # I am slow

[commands]
cage = "off"            # pictures are the same on machines that can make no cage

[policy]
rules = [{ deny = "fs.read", target = "~/Documents/tax" }]
"""
LAMP = '''BLINKS = 2


def signal() -> str:
    """What the lamp shows."""
    return " ".join(["▮"] * BLINKS)
'''
PROJECT = {
    "README.md": "# Lighthouse\n\nA small server that tells ships where the coast is.\n\n"
    "The light blinks twice. The harbour answers once.\n",
    "ships.csv": "name,length,flag\nAurora,62,NO\nBounty,28,GB\nCalypso,43,FR\nDiana,110,DK\n",
    "lamp.py": LAMP,
    "greeting/skill.toml": '[skill]\nname = "greeting"\nversion = "0.3.0"\n'
    'description = "Greet a ship in the language of its flag."\nauthor = "Ada"\n\n'
    '[capabilities]\nenv = ["LANG"]\n\n[capabilities.network]\ndomains = ["api.example.org"]\n\n'
    '[capabilities.filesystem]\nread = ["${PROJECT}"]\n\n[wasm]\nentry = "skill.py"\n',
    "greeting/skill.py": 'import blufio\n\nblufio.set_output("ahoy")\n',
    "greeting/SKILL.md": "# greeting\n\nUse it when a ship comes in.\n",
}
DAY = 86_400
EARLIER = (
    (3 * DAY, "Why does the lighthouse blink twice?", "Because two is a sign, and one may be a star."),
    (2 * DAY, "Rename the module harbour to port", "Done: `port.py`, and its three imports."),
    (DAY, "灯台の光はなぜ二回点滅するのですか？", "二回は合図、一回は星かもしれないからです。"),
)


@asynccontextmanager
async def demo(name: str, replies: Sequence[Reply]) -> AsyncIterator[tuple[BlufioApp, SteadyClock]]:
    """The app in a fresh home of this name; without replies the offline guide answers."""
    clock = SteadyClock()
    with ExitStack() as stack:
        project = _fresh_project(name)
        stack.enter_context(steady_time(clock))
        numbers = count(1)
        steady_ids = SimpleNamespace(token_hex=lambda size: f"{next(numbers):0{size}x}".ljust(2 * size, "0"))
        stack.enter_context(patch("blufio_tui.adapters.sessions.store.secrets", steady_ids))
        if replies:
            api = stack.enter_context(serving(*replies, models=MODELS))
            os.environ["ANTHROPIC_API_KEY"], os.environ["ANTHROPIC_BASE_URL"] = KEY, api.url
        arguments = StartOptions(offline=not replies, project=project, model=MODEL if replies else None)
        options = read_options(arguments, interactive=True)
        desk = ApprovalDesk()
        opening = Opening(lambda: open_parts(options, desk))
        services = services_of(options, desk, opening)
        assert services.care is not None
        steady = replace(
            services,
            agent=SteadyAgent(services.agent, clock),
            audit=SteadyAudit(services.audit),
            grants=SteadyGrants(services.grants),
            skills=SteadySkills(services.skills),
            care=SteadyCare(services.care),
            clock=clock,
            look=replace(services.look, colors=None),
            why_not_caged=None,
        )
        try:
            if replies:
                await _earlier_sessions(opening, clock, str(project))
            yield BlufioApp(steady), clock
        finally:
            await opening.close()


def _fresh_project(name: str) -> Path:
    home = DEMO / name
    shutil.rmtree(home, ignore_errors=True)
    project = home / "lighthouse"
    for path, text in PROJECT.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, "utf-8")
    (home / "harbour.txt").write_text("The harbour master keeps the list of ships.\n", "utf-8")
    for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "NO_COLOR"):
        os.environ.pop(variable, None)
    os.environ["BLUFIO_HOME"] = str(home / "home")
    config = home / "home" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG, "utf-8")
    return project


async def _earlier_sessions(opening: Opening, clock: SteadyClock, project: str) -> None:
    """What was said and spent on the days before."""
    sessions = (await opening.parts()).backend.stored.sessions
    for number, (ago, prompt, reply) in enumerate(EARLIER):
        clock.passed = -float(ago)
        session = await sessions.create(project)
        await sessions.append(session, "t", Message(Role.USER, (TextBlock(prompt),)))
        await sessions.append(session, "t", Message(Role.ASSISTANT, (TextBlock(reply),)))
        usage = TokenUsage(9_000 * (number + 1), 700 * (number + 2), 4_000)
        cost = 0.04 + 0.11 * number
        await sessions.record_request(RequestRecord(session, "t", MODEL, usage, cost, clock.now(), "end_turn"))
    clock.passed = 0.0
