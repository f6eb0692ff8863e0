"""What is typed right before the end, where it cannot be kept."""

from dataclasses import replace

import pytest

from blufio_tui.core.errors import StorageError
from blufio_tui.ui.app import BlufioApp
from tests.fakes.ui_drafts import FakeDrafts
from tests.fakes.ui_services import Fakes
from tests.ui.helpers import opened


class FullDisk(FakeDrafts):
    async def save(self, session_id: str, project: str, text: str) -> None:
        raise StorageError("the disk is full")


async def test_it_is_told_that_the_last_typing_was_not_kept(capfd: pytest.CaptureFixture[str]) -> None:
    app = BlufioApp(replace(Fakes().services(), drafts=FullDisk()))
    async with opened(app) as pilot:
        await pilot.press(*"hello")
    assert app.return_code == 1
    assert "What was typed last was not kept: the disk is full" in capfd.readouterr().err
