"""Lines of files and addresses are links: the terminal knows where they lead, and keys choose and open them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content
from textual.pilot import Pilot

from blufio_tui.ui.app import BlufioApp
from blufio_tui.ui.text.code import code_lines
from blufio_tui.ui.text.links import link_places, resolved, with_links
from tests.fakes.ui_agent import Call, Say
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened, say, screen_text, turn_over, until

ADDRESS = "https://example.org/docs?page=1"
TEXT = f"The fault is in `src/lamp.py:12`, not in gone.py:3; see [the page]({ADDRESS}) and {ADDRESS}.\n"


@asynccontextmanager
async def _said(
    project: Path, text: str = TEXT
) -> AsyncIterator[tuple[BlufioApp, Pilot[int], list[tuple[Path, int]], list[str]]]:
    (project / "src").mkdir()
    (project / "src" / "lamp.py").write_text("BLINKS = 2\n" * 20)
    opened_files: list[tuple[Path, int]] = []
    copied: list[str] = []

    def open_file(file: Path, line: int) -> str:
        opened_files.append((file, line))
        return ""

    fakes = Fakes(more={"open_file": open_file})
    fakes.scripts["where"] = [Say(text)]
    fakes.scripts["grep"] = [Call("bash", {"command": "grep"}, "src/lamp.py:3:BLINKS = 2\nnothing.py:4:x"), Say("So.")]
    app = BlufioApp(replace(fakes.services(), project=project))
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
    app.suspend = nullcontext  # type: ignore[assignment, method-assign]
    async with opened(app) as pilot:
        yield app, pilot, opened_files, copied


def _links(app: BlufioApp) -> list[tuple[str, str]]:
    """Text and address of every link on the screen."""
    return [
        (segment.text, segment.style.link)
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if segment.style is not None and segment.style.link
    ]


async def test_the_terminal_is_told_where_links_lead_and_only_of_files_that_are_there(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, _, _copied):
        await say(pilot, "where")
        await turn_over(app, pilot)
        links = _links(app)
        assert [text for text, _ in links] == ["src/lamp.py:12", "the page", ADDRESS, ADDRESS][: len(links)]
        assert links[0][1].startswith("file://") and links[0][1].endswith(f"{tmp_path}/src/lamp.py")
        assert {address for _, address in links[1:]} == {ADDRESS}


async def test_enter_on_a_line_of_a_file_opens_it_in_the_editor_and_on_an_address_copies_it(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, opened_files, copied):
        await say(pilot, "where")
        await turn_over(app, pilot)
        await pilot.press("f2", "p", "p", "p", "enter")
        await until(pilot, lambda: opened_files)
        assert opened_files == [(tmp_path / "src/lamp.py", 12)]
        await pilot.press("y", "n", "enter")
        assert copied == ["src/lamp.py:12", ADDRESS]


async def test_a_link_has_a_label_in_jump_mode(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, opened_files, _):
        await say(pilot, "where")
        await turn_over(app, pilot)
        links = [target for target in app.main.chat.view.jump_targets() if target.x > app.main.chat.view.region.x]
        assert len(links) == 3
        links[0].go()
        await pilot.press("enter")
        await until(pilot, lambda: opened_files == [(tmp_path / "src/lamp.py", 12)])


async def test_what_a_command_printed_has_links_too(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, opened_files, _):
        await say(pilot, "grep")
        await turn_over(app, pilot)
        assert [text for text, _ in _links(app)] == ["src/lamp.py:3"]
        await pilot.press("f2", "p", "p", "enter")
        await until(pilot, lambda: opened_files == [(tmp_path / "src/lamp.py", 3)])


async def test_what_stands_in_a_code_block_is_a_link_too(tmp_path: Path) -> None:
    code = f"Run it:\n\n```python\nraise Dark()  # src/lamp.py:12, gone.py:3\nfetch('{ADDRESS}')\n```\n"
    async with _said(tmp_path, code) as (app, pilot, opened_files, copied):
        await say(pilot, "where")
        await turn_over(app, pilot)
        assert [text for text, _ in _links(app)] == ["src/lamp.py:12", ADDRESS]
        await pilot.press("f2", "p", "enter")
        assert copied == [ADDRESS]
        await pilot.press("p", "enter")
        await until(pilot, lambda: opened_files == [(tmp_path / "src/lamp.py", 12)])


def test_a_folded_line_of_a_code_block_leads_to_the_whole_address(tmp_path: Path) -> None:
    address = "https://example.org/" + "long/" * 12
    lines = [resolved(line, tmp_path) for line in code_lines(f"see {address}", 40)]
    links = [[span.style.link for span in line.spans if getattr(span.style, "link", "")] for line in lines]
    assert len(lines) > 1 and lines[1].plain.startswith("↳")
    assert links == [[address]] * len(lines)


async def test_a_file_that_went_meanwhile_is_said(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, opened_files, _):
        await say(pilot, "where")
        await turn_over(app, pilot)
        (tmp_path / "src" / "lamp.py").unlink()
        await pilot.press("f2", "p", "p", "p", "enter")
        await until(pilot, lambda: "src/lamp.py no longer exists" in screen_text(app))
        assert not opened_files


async def test_where_there_is_no_terminal_an_editor_is_not_started(tmp_path: Path) -> None:
    async with _said(tmp_path) as (app, pilot, opened_files, _):
        del app.suspend  # type: ignore[attr-defined]
        await say(pilot, "where")
        await turn_over(app, pilot)
        await pilot.press("f2", "p", "p", "p", "enter")
        await until(pilot, lambda: "An editor needs a terminal" in screen_text(app))
        assert not opened_files


def test_what_a_folded_line_ends_with_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    line = Content("xx a.py:1")
    assert resolved(with_links(line), tmp_path).spans
    assert not resolved(with_links(line, folded_at=9), tmp_path).spans


def test_control_characters_never_reach_the_terminals_link() -> None:
    line = resolved(with_links(Content("https://e.org/\x1b]8;;\x07é")), Path("/"))
    assert all(character.isascii() and character.isprintable() for span in line.spans for character in span.style.link)


@pytest.mark.parametrize("lead", ["  ", " ↳"])
def test_an_address_that_goes_on_in_the_next_line_is_one_link(lead: str) -> None:
    from rich.segment import Segment
    from textual.strip import Strip

    (span,) = resolved(with_links(Content(ADDRESS)), Path("/")).spans
    style = span.style.rich_style
    strips = [
        Strip([Segment("see "), Segment(ADDRESS[:9], style)]),
        Strip([Segment(lead), Segment(ADDRESS[9:], style)]),
    ]
    (place,) = link_places(strips)
    assert (place.target, place.pieces) == (ADDRESS, ((0, 4, 13), (1, 2, 2 + len(ADDRESS) - 9)))
