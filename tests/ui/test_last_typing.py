"""What is typed right before the end: kept, or it is told that it is not."""

import asyncio
from dataclasses import replace

import pytest

from blufio_tui.core.errors import StorageError
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_drafts import FakeDrafts
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import app_of, opened, until
from tests.ui.test_first_minute import KEY


class FullDisk(FakeDrafts):
    async def save(self, session_id: str, project: str, text: str) -> None:
        raise StorageError("the disk is full")


async def test_it_is_told_that_the_last_typing_was_not_kept(capfd: pytest.CaptureFixture[str]) -> None:
    app = BlufioApp(replace(Fakes().services(), drafts=FullDisk()))
    async with opened(app) as pilot:
        await pilot.press(*"hello")
    assert app.return_code == 1
    assert "Your latest typing was not saved: the disk is full" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("typed", "kept"), [("my key is {key}", "my key is sk-ant-[masked]"), ("!login {key}", "!login {key}")]
)
async def test_a_key_that_is_being_typed_is_not_kept_unless_it_is_for_a_command_of_the_persons(
    typed: str, kept: str
) -> None:
    drafts = FakeDrafts()
    async with opened(BlufioApp(replace(Fakes().services(), drafts=drafts))) as pilot:
        app_of(pilot).main.prompt.put(typed.format(key=KEY))
        await until(pilot, lambda: kept.format(key=KEY) in drafts.kept.values())


class SlowDisk(FakeDrafts):
    """Is still writing when the program ends."""

    def __init__(self) -> None:
        super().__init__()
        self.is_writing = False

    async def save(self, session_id: str, project: str, text: str) -> None:
        if not self.is_writing:
            self.is_writing = True
            await asyncio.Event().wait()
        await super().save(session_id, project, text)


async def test_an_end_that_comes_while_it_is_being_kept_loses_nothing() -> None:
    drafts = SlowDisk()
    async with opened(BlufioApp(replace(Fakes().services(), drafts=drafts))) as pilot:
        await pilot.press(*"hello")
        await until(pilot, lambda: drafts.is_writing)
    assert drafts.kept == {"": "hello"}
