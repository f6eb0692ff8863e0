"""The MCP client of this program for the published conformance suite, which starts it with the address of a server.

It connects, logs in when that is asked for, fills in forms with their defaults, and calls every tool there is.
"""

import asyncio
import os
import sys
import tempfile
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from blufio_tui.adapters.mcp import http
from blufio_tui.adapters.mcp.server import Server, State
from blufio_tui.core.capability import Verdict
from blufio_tui.core.policy.approval import ApprovalAnswer, ApprovalQuestion, Lifetime
from blufio_tui.core.servers.forms import PendingForm
from blufio_tui.core.tools import CallContext
from blufio_tui.features.servers.login import log_in
from blufio_tui.features.start.arguments import StartOptions
from blufio_tui.ui.state.schema_form import fields_of, values_of
from blufio_tui.wiring.backend import open_backend

CONTEXT = CallContext("s", "t", "c", lambda _event: None)


class Yes:
    async def ask(self, question: ApprovalQuestion) -> ApprovalAnswer:
        return ApprovalAnswer(
            Verdict.ALLOW, next(offer for offer in question.offers if offer.lifetime is Lifetime.CALL)
        )


def browse(address: str) -> None:
    def follow() -> None:
        with suppress(OSError):
            urllib.request.urlopen(address).read()

    threading.Thread(target=follow, daemon=True).start()


def fill_in(pending: PendingForm) -> None:
    fields = fields_of(pending.schema)
    typed, _ = values_of(fields, pending.schema, {field.name: field.default for field in fields})
    pending.resolve(typed)


async def use(url: str, root: Path) -> None:
    (root / "home").mkdir()
    (root / "project").mkdir()
    os.environ["BLUFIO_HOME"] = str(root / "home")
    allowed = f'[network]\nallow_private = ["{urlsplit(url).netloc}"]\n'
    (root / "home" / "config.toml").write_text(f'{allowed}[mcp.servers.far]\nurl = "{url}"\n')
    # The suite's login servers listen on loopback ports that nobody knows beforehand.
    http.check_address = http.refuse_never = lambda *_: None  # type: ignore[attr-defined, assignment]
    start = StartOptions(project=root / "project", mode="ask", offline=True)
    async with open_backend(start, interactive=True, approver=Yes()) as backend:
        servers, tools = backend.equipment.servers, backend.equipment.tools
        servers.forms.attach(fill_in)
        print(await servers.prepare())
        server: Server = servers.get("far")
        if server.state is State.LOGIN:
            print(await log_in(start, server.config, browse))
            await server.restart(CONTEXT)
        for tool in [found for name in tools.names() if name.startswith("far__") and (found := tools.get(name))]:
            arguments = {"a": 5, "b": 3} if "add" in tool.name else {}
            print(tool.name, (await tool.invoke(arguments, CONTEXT)).content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(use(sys.argv[-1], Path(folder)))
