"""The app in a real browser: its page draws, can be typed into at once, and asks nothing of other machines."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e.conftest import World
from tests.e2e.terminal import blufio_command

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
_PATIENCE_SECS = 60.0


class Page:
    """One page, driven over the browser's own protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.requested: list[str] = []
        self.complaints: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json(timeout=_PATIENCE_SECS)
            self._note(message)
            if message.get("id") == number:
                return dict(message.get("result", {}))

    def _note(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requested.append(message["params"]["request"]["url"])
            case "Network.webSocketCreated":
                self.requested.append(message["params"]["url"])
            case "Log.entryAdded" if message["params"]["entry"]["source"] == "security":
                self.complaints.append(message["params"]["entry"]["text"])

    async def until(self, expression: str) -> None:
        async with asyncio.timeout(_PATIENCE_SECS):
            while not (await self.call("Runtime.evaluate", expression=expression))["result"].get("value"):
                await asyncio.sleep(0.02)  # the processor is for what is waited for


@asynccontextmanager
async def browser_page(folder: Path) -> AsyncIterator[Page]:
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--window-size=1200,800"]
    process = subprocess.Popen(
        [str(BROWSER), *flags, f"--user-data-dir={folder}", "about:blank"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        found = next(match for line in lines if (match := re.search(r"ws://127\.0\.0\.1:(\d+)/", line)))
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{found[1]}/json/list") as answer:
                (target, *_) = [one for one in await answer.json() if one["type"] == "page"]
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        process.terminate()
        process.wait(20)


async def test_the_page_draws_fills_the_window_and_hears_keys_without_a_click(world: World, tmp_path: Path) -> None:
    served = subprocess.Popen(
        blufio_command("serve", "--offline"), env=dict(world.env), cwd=world.project, stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        line = next(line for line in iter(served.stdout.readline, "") if "token=" in line)
        address = re.search(r"http://\S+", line)
        assert address is not None
        async with browser_page(tmp_path / "browser") as page:
            for part in ("Network", "Log", "Page", "Runtime"):
                await page.call(f"{part}.enable")
            await page.call("Page.navigate", url=address[0])
            await page.until("document.body?.classList.contains('-first-byte')")
            await page.until("document.activeElement?.className === 'xterm-helper-textarea'")
            await page.until("document.querySelector('.xterm-screen')?.clientWidth > innerWidth * 0.95")
            await page.until("document.fonts.check('16px \"Roboto Mono\"') && document.title === 'blufio-tui'")
            hosts = {url.split("/")[2] for url in page.requested if not url.startswith(("data:", "about:"))}
            assert hosts == {address[0].split("/")[2]} and page.complaints == []
            await page.call("Input.insertText", text="\x11")  # ^q
            await page.until("document.body.classList.contains('-closed')")
            await page.until("document.activeElement?.id === 'again'")
    finally:
        served.terminate()
        served.wait(20)
