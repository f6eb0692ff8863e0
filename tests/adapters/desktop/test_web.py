"""The app in a browser: only whoever has the token, only from our own page, only by our own name."""

import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from blufio_tui.adapters.desktop.web import COOKIE, GuardedServer, refusal
from blufio_tui.adapters.desktop.web_page import PageColors, page
from blufio_tui.cli.serve import app_command, page_colors
from blufio_tui.features.start.arguments import StartOptions


@pytest.mark.parametrize(
    ("host", "origin", "answered"),
    [
        ("127.0.0.1:8000", None, True),
        ("localhost:8000", "http://localhost:8000", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("evil.example:8000", None, False),
        ("127.0.0.1:8001", None, False),
        ("", None, False),
        ("127.0.0.1:8000", "https://evil.example", False),
        ("127.0.0.1:8000", "null", False),
        ("127.0.0.1:8000", "http://127.0.0.1:9999", False),
    ],
)
def test_only_our_own_name_and_page_are_answered(host: str, origin: str | None, answered: bool) -> None:
    assert (refusal(host, origin, 8000) == "") is answered


@pytest.fixture
async def address():
    server = GuardedServer(["true"], 0, "the-token")
    runner = web.AppRunner(await server._make_app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = site._server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{server.port}"
    await runner.cleanup()


@pytest.mark.parametrize("path", ["/", "/ws", "/static/", "/?token=wrong", "/download/x"])
async def test_nothing_is_served_without_the_token(address: str, path: str) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(address + path) as answer:
        assert answer.status == 403


async def test_the_token_opens_the_page_and_leaves_the_address(address: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(f"{address}/?token=the-token") as answer:
            assert answer.status == 200
            assert "token" not in str(answer.url)
        async with browser.get(f"{address}/", headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
        assert [cookie["httponly"] for cookie in jar if cookie.key == COOKIE] == [True]


async def test_the_page_can_be_typed_into_without_a_click(address: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{address}/?token=the-token") as answer:
            page = await answer.text()
        assert 'querySelector(".xterm-helper-textarea")?.focus()' in page
        assert page.count("</body>") == 1


def test_the_page_has_the_colours_of_the_configured_theme_and_the_app_all_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUFIO_HOME", str(tmp_path))
    start = StartOptions(project=tmp_path, instructions="ignore", offline=True)
    (tmp_path / "config.toml").write_text('[ui]\ntheme = "parchment"\n')
    colors = page_colors(start)
    assert colors.background == "#F7F0E1" and f"background: {colors.background};" in page("ws://x", 16, "n", colors)
    (tmp_path / "config.toml").write_text("[ui")
    assert page_colors(start) == PageColors()
    assert app_command(start)[3:] == ["--project", str(tmp_path), "--instructions", "ignore", "--offline"]


async def test_the_page_names_nothing_outside_this_machine(address: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{address}/?token=the-token") as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        named = re.findall(r"(?:src|href)=\"([^\"]+)\"|url\(\"([^\"]+)\"\)", page)
        paths = [path for pair in named for path in pair if path]
        assert len(paths) >= 5 and all(path.startswith("/") for path in paths)
        for path in paths:
            async with browser.get(address + path) as part:
                assert part.status == 200, path
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    assert page.count(f'nonce="{nonce}"') == 2 and "<title>blufio-tui</title>" in page


async def test_every_page_has_another_nonce_and_a_refusal_is_hardened_too(address: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{address}/") as refused:
            assert refused.status == 403 and "Content-Security-Policy" in refused.headers
        async with browser.get(f"{address}/?token=the-token") as first:
            one = first.headers["Content-Security-Policy"]
        async with browser.get(f"{address}/") as second:
            assert second.headers["Content-Security-Policy"] != one


@pytest.mark.parametrize("size", ["1e9", "-1", '"><script>', "١٢", "100"])
async def test_a_strange_font_size_is_the_usual_one(address: str, size: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{address}/?token=the-token"):
            pass
        async with browser.get(f"{address}/", params={"fontsize": size}) as answer:
            assert 'data-font-size="16"' in await answer.text()
